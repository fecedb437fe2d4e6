"""Pictures of authors: fetched for us alone, kept in the site's own folder, and gone with their author.

A browser never asks a platform for one, since that would tell it who reads what here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from engagebot.errors import DeliveryFailed
from engagebot.sinks.outbound import fetch
from engagebot.store.engine import Store
from engagebot.store.heard.shown import with_author

TIMEOUT_S = 3.0
MOST_BYTES = 300_000
MOST_KEPT = 1_000
AT_ONCE = 4
_FIRST_BYTES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)


def kind_of(picture: bytes) -> str | None:
    """The type of a picture by its first bytes; `None` for whatever is not made of pixels."""
    return next((kind for pattern, kind in _FIRST_BYTES if pattern.match(picture)), None)


def allowed(url: str, hosts: Sequence[str]) -> tuple[SplitResult, bool] | None:
    """The address of a picture, and whether it may be on a private network; `None` for any other."""
    try:
        parts = urlsplit(url)
        origin, has_port = f"{parts.scheme}://{parts.netloc}", parts.port not in (None, 443)
    except ValueError:
        return None
    if origin in hosts:
        return parts, True
    is_listed = parts.scheme == "https" and not has_port and parts.netloc == parts.hostname
    return (parts, False) if is_listed and parts.hostname in hosts else None


class Avatars:
    """The pictures that were fetched, by mention; the oldest make room for new ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._missing: dict[tuple[int, str], None] = {}

    def of(self, mention_id: int, url: str, hosts: Sequence[str]) -> bytes | None:
        """The picture at `url`, fetched at most once; `None` where there is none to be had."""
        place = self._folder / str(mention_id)
        if place.is_file():
            return place.read_bytes()
        address = allowed(url, hosts)
        if address is None or (mention_id, url) in self._missing or not self._turns.acquire(blocking=False):
            return None
        try:
            picture = fetch(address[0], timeout_s=TIMEOUT_S, most_bytes=MOST_BYTES, allow_private=address[1])
        except DeliveryFailed:
            picture = b""
        finally:
            self._turns.release()
        if kind_of(picture) is None:
            self._note_missing((mention_id, url))
            return None
        self._keep(place, picture)
        return picture

    def drop(self, mention_ids: Iterable[int]) -> None:
        """Forget the pictures of these mentions' authors."""
        for each in mention_ids:
            (self._folder / str(each)).unlink(missing_ok=True)

    def sweep(self, store: Store) -> int:
        """Forget every picture whose author is forgotten; answer how many."""
        kept = [int(place.name) for place in self._places() if place.name.isdigit()]
        if not kept:
            return 0
        with store.read() as tx:
            shown = with_author(tx, kept)
        gone = set(kept) - shown
        self.drop(gone)
        return len(gone)

    def _places(self) -> list[Path]:
        return list(self._folder.iterdir()) if self._folder.is_dir() else []

    def _keep(self, place: Path, picture: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(f".{threading.get_ident()}")
        half.write_bytes(picture)
        half.replace(place)
        oldest_first = sorted(self._places(), key=lambda each: each.stat().st_mtime_ns)
        for extra in oldest_first[: max(0, len(oldest_first) - MOST_KEPT)]:
            extra.unlink(missing_ok=True)

    def _note_missing(self, key: tuple[int, str]) -> None:
        self._missing[key] = None
        while len(self._missing) > MOST_KEPT:
            self._missing.pop(next(iter(self._missing)), None)
