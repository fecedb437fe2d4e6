"""Everything that happened in a case, in true order: what was said, done and told, on whichever channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

MADE_BY_RULE = "rule:"
MACHINE = "engagebot"


class Kind(StrEnum):
    """What an entry is. At one moment the first of these came first: a cause stands before what it led to."""

    SAID = "said"
    CONTACT = "contact"
    REPLY = "reply"
    NOTE = "note"
    DEED = "deed"
    NEWS = "news"


class Actor(StrEnum):
    """Who is behind an entry."""

    HUMAN = "human"
    RULE = "rule"
    SYSTEM = "system"


class Place(NamedTuple):
    """Where an entry stands in the order; no two entries share one."""

    at: datetime
    rank: int
    id: int


_RANKS: Mapping[Kind, int] = {kind: rank for rank, kind in enumerate(Kind)}
# Notes and deeds are lines of one audit, whose ids tell them apart.
RANKS: Mapping[Kind, int] = {**_RANKS, Kind.NOTE: _RANKS[Kind.DEED]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. `channel` is a platform, a channel of a contact (`contacts`), or its kind.

    `by` did or said it; `action` is the audit's word for a deed. `is_theirs` where it is the customer's.
    """

    kind: Kind
    id: int
    at: datetime
    channel: str
    by: str
    text: str = ""
    action: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    minutes: int | None = None
    is_theirs: bool = False
    mention_id: int | None = None
    draft_id: int | None = None

    @property
    def place(self) -> Place:
        """Where it stands in the order."""
        return Place(self.at, RANKS[self.kind], self.id)

    @property
    def actor(self) -> Actor:
        """Who is behind it: a person (customers are people too), a rule or the machine."""
        if self.by.startswith(MADE_BY_RULE):
            return Actor.RULE
        return Actor.SYSTEM if self.by == MACHINE else Actor.HUMAN


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a case's history, oldest first; `earlier` is the place before which more is stored."""

    entries: Sequence[Entry]
    earlier: Place | None = None


def stretch(found: Iterable[Entry], most: int) -> Timeline:
    """The latest `most` of what was found, in order."""
    ordered = sorted(found, key=lambda entry: entry.place)
    kept = ordered[-most:]
    return Timeline(kept, kept[0].place if len(ordered) > len(kept) else None)
