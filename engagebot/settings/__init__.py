from engagebot.settings.load import load_settings
from engagebot.settings.values import Secret, Settings

__all__ = ["Secret", "Settings", "load_settings"]
