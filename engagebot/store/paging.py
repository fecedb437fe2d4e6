"""Keyset cursors: where a list stopped, as a short opaque string."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from engagebot.errors import WrongUsage

T = TypeVar("T")
LARGEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Key(NamedTuple):
    """The last row of a page: its time and its id."""

    at: datetime
    row_id: int


def next_cursor(rows: Sequence[T], limit: int, key: Callable[[T], Key]) -> str | None:
    """The cursor behind the `limit`-th row, or `None` when `rows` (one more was asked for) ended."""
    if len(rows) <= limit:
        return None
    return write_cursor(key(rows[limit - 1]))


def write_cursor(key: Key) -> str:
    """The cursor behind a row."""
    return f"{(key.at - _EPOCH) // timedelta(milliseconds=1)}-{key.row_id}"


def read_cursor(cursor: str) -> Key:
    """Read what `write_cursor` wrote.

    Raises:
        WrongUsage: it is not one of ours.
    """
    at, _, row_id = cursor.rpartition("-")
    try:
        key = Key(_EPOCH + timedelta(milliseconds=int(at)), int(row_id))
        if not 0 <= key.row_id <= LARGEST:
            raise ValueError(row_id)
        return key
    except (ValueError, OverflowError):
        raise WrongUsage(f"{cursor!r} is not a cursor; use the one that the list before this gave") from None


def write_place(name: str, keys: Sequence[int]) -> str:
    """The cursor behind a row of a list that is sorted by several whole numbers."""
    return "_".join([name, *map(str, keys)])


def read_place(cursor: str, name: str, length: int) -> tuple[int, ...]:
    """Read what `write_place` wrote for a list of this name.

    Raises:
        WrongUsage: it is not one of ours, or another list's.
    """
    found, *values = cursor.split("_")
    try:
        keys = tuple(int(value) for value in values)
    except ValueError:
        keys = ()
    if found != name or len(keys) != length or any(abs(key) > LARGEST for key in keys):
        raise WrongUsage(
            f"{cursor[:80]!r} is not a cursor of this list; use the one that the list before this gave"
        )
    return keys
