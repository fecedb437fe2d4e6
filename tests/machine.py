"""What tests find on this machine: programs that no Python package brings, and memory in place of a disk."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium without windows and menus: the same pages for a third of the browser's own work.
_HEADLESS_NAME = "chromium-headless-shell"
_MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_MEMORY = Path("/dev/shm")
# Several times what a run has there at once; containers often have 64 MB, on which nothing may be executed.
_ROOM_BYTES = 4 * 2**30


def stay_in_memory() -> None:
    """Let temporary files lie in memory, for this process and those it starts, unless TMPDIR says where.

    Databases of tests commit some hundred thousand times, and each time a disk is waited for. No test asks
    what survives a power cut: what is killed here are processes, whose writes the system keeps in any case.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return
    found = os.statvfs(_MEMORY)
    if found.f_bavail * found.f_frsize >= _ROOM_BYTES and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def find_chromium(*, as_people_use_it: bool = False) -> Path | None:
    """A Chromium: the one without windows where there is one, unless what people use is to be measured."""
    names = _CHROMIUM_NAMES if as_people_use_it else (_HEADLESS_NAME, *_CHROMIUM_NAMES)
    for name in names:
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
