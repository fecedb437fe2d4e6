"""How values lie in columns: times as epoch milliseconds (UTC), structures as JSON, strangers' words.

Each type hands out its own function for rows. The layers that a TypeDecorator puts around `process_…` methods
cost more than these do, and a mention has dozens of columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import BigInteger, Dialect, Text, TypeDecorator

from engagebot.store.texts import LONE, storable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


# pydantic-core writes and reads JSON several times as fast as the standard library. What it cannot encode has
# a lone surrogate, which would come back as it went in and break whoever answers with it.
_escaping = json.JSONEncoder(separators=(",", ":")).encode


def encode(value: Any) -> str:
    """Write a JSON value on one line."""
    try:
        return to_json(value).decode()
    except (UnicodeError, PydanticSerializationError):
        return _escaping(_whole(value))


def decode(text: str) -> Any:
    """Read what `encode` wrote."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return LONE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_whole(key): _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list | tuple) else value


def _written(value: Any) -> str | None:
    return None if value is None else encode(value)


def _read(text: str | None) -> Any:
    return None if text is None else decode(text)


def _written_time(value: datetime | None) -> int | None:
    return None if value is None else (value - _EPOCH) // _MS


def _read_time(value: int | None) -> datetime | None:
    return None if value is None else _EPOCH + timedelta(0, 0, 0, value)


def _written_words(value: str | None) -> str | None:
    return None if value is None else storable(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime kept as epoch milliseconds: sortable, and free of zone traps on both databases."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        return _written_time

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        return _read_time


class Json(TypeDecorator[Any]):
    """A JSON value kept as text, so that both databases hold the same bytes."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _written

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _read


class Words(TypeDecorator[str]):
    """Text of strangers. U+0000 and lone surrogates cannot be stored everywhere and become U+FFFD."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        return _written_words
