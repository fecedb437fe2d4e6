"""How values lie in columns: times as epoch milliseconds (UTC), structures as JSON, strangers' words."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import PydanticSerializationError, to_json
from sqlalchemy import BigInteger, Dialect, Text, TypeDecorator

from engagebot.store.texts import storable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime kept as epoch milliseconds: sortable, and free of zone traps on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MS

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


# pydantic-core writes JSON four times as fast as the standard library; what it cannot encode (lone
# surrogates) the latter writes as ASCII escapes, which every database takes.
_escaping = json.JSONEncoder(separators=(",", ":")).encode


def encode(value: Any) -> str:
    """Write a JSON value on one line."""
    try:
        return to_json(value).decode()
    except (UnicodeError, PydanticSerializationError):
        return _escaping(value)


class Json(TypeDecorator[Any]):
    """A JSON value kept as text, so that both databases hold the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text of strangers. U+0000 and lone surrogates cannot be stored everywhere and become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)
