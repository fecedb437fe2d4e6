"""The composition root."""

from engagebot.bootstrap.app import App, open_app
from engagebot.bootstrap.clocks import FrozenClock, SystemClock
from engagebot.bootstrap.outside import Outside, connector_names, open_connector, open_sink
from engagebot.bootstrap.rules import Published

__all__ = [
    "App",
    "FrozenClock",
    "Outside",
    "Published",
    "SystemClock",
    "connector_names",
    "open_app",
    "open_connector",
    "open_sink",
]
