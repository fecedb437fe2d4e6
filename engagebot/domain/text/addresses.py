"""Web addresses that people and programs write down, to be shown as links later."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from engagebot.errors import WrongUsage

LONGEST: Final = 2000


def read_address(text: str, *, of: str) -> str | None:
    """A web address as it was written, without spaces around it; `None` where none was.

    Raises:
        WrongUsage: it is no plain web address.
    """
    url = text.strip()
    if not url:
        return None
    if len(url) > LONGEST or not url.isprintable() or " " in url or not _is_web(url):
        raise WrongUsage(
            f"{url[:60]!r} is no address of {of}; write one that begins with https:// or http://, "
            f"without a user name in it and with at most {LONGEST} signs",
            field="url",
        )
    return url


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # A user name before the host makes an address look as if it led elsewhere.
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False
