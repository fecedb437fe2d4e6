"""A clock that one process sets and others read, whoever of them dies."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZE = 8


class SharedClock:
    """Microseconds since 1970 in a file of eight bytes."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _SIZE)

    def now(self) -> datetime:
        return _EPOCH + timedelta(microseconds=struct.unpack("q", self._shared[:_SIZE])[0])

    def set(self, at: datetime) -> None:
        self._shared[:_SIZE] = struct.pack("q", (at - _EPOCH) // timedelta(microseconds=1))

    def close(self) -> None:
        self._shared.close()
