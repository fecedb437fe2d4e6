"""A page of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One page of a list; `cursor` asks for the next one and is `None` at the end.

    `looked_until` is how far back was looked for it, where a list is too long to be looked through at once.
    """

    items: Sequence[T]
    cursor: str | None = None
    looked_until: datetime | None = None
