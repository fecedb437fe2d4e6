"""What some tests need that no Python package brings, and the one command that brings it."""

import os
import shutil
import sys
from pathlib import Path

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium() -> Path | None:
    for name in _CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _MAC_CHROME if _MAC_CHROME.exists() else None


def install_command(*packages: str) -> str:
    """The one command that installs `postgresql`, `chromium`, or both, on this machine."""
    wanted = " ".join(packages)
    if sys.platform == "darwin":
        return f"brew install {wanted}"
    prefix = "" if os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get"):
        return f"{prefix}apt-get install --yes {wanted}"
    if shutil.which("dnf"):
        return f"{prefix}dnf install --assumeyes {wanted.replace('postgresql', 'postgresql-server')}"
    return f"install {wanted} with this system's package manager"
