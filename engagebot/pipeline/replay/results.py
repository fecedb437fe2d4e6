"""What replays answer with: plain values, for the terminal, programs and pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A stored mention as an example; `url` and `author` are `None` where they are not known."""

    id: int
    source: str
    posted_at: datetime
    author: str | None
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMissed:
    """A mention that a rule missed by one condition; `result` is `None` where the fact was not known."""

    mention: Sample
    condition: str
    expected: Any
    actual: Any
    result: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReplay:
    """What one rule did in a replay.

    `matched` counts the mentions that it would match by itself; `acted` those on which it was asked and live.
    `taken_first` are the others, by the earlier rule that stopped before it. `silenced` are drafts that were
    not proposed, by reason. `share` is `matched` of all. `per_hour` has 24 counts in the team's zone.
    """

    id: str
    name: str
    status: str
    sentence: str
    matched: int
    acted: int
    shadow: int
    failed: int
    share: float
    taken_first: Mapping[str, int]
    silenced: Mapping[str, int]
    actions: Mapping[str, int]
    per_hour: Sequence[int]
    per_day: Mapping[date, int]
    newest: Sequence[Sample] = ()
    random: Sequence[Sample] = ()
    near_misses: Sequence[NearMissed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A limit that was reached: so many drafts it held back, and when the first."""

    limit: str
    rule_id: str
    times: int
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What the team would have had to do with it.

    `days` are those from the first mention to the last. `drafts` were proposed after limits; `wanted` is what
    rules asked for. `not_drafted` has the reasons other than limits. `outside_hours` is `None` where the team
    has no business hours; `at_night` counts 22 to 6 o'clock. `times` are moments in the team's zone: all
    where there are few, else the newest at night. `cost` is, as text, what it
    would take to send those drafts that the platform lets us send.
    """

    days: int
    drafts: int
    wanted: int
    drafts_per_day: float
    not_drafted: Mapping[str, int]
    caps: Sequence[Cap]
    escalations: int
    escalations_per_day: float
    escalated_people: int
    teams: Mapping[str, int]
    severities: Mapping[str, int]
    per_hour: Sequence[int]
    outside_hours: int | None
    at_night: int
    times: Sequence[datetime]
    cost: str | None
    currency: str
    costs: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A mention on which a rule set and the people disagree."""

    mention: Sample
    said: str
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How often a rule set does what people later showed to be right.

    `by` has (how often people said so, how often the set agrees) for each thing that people say; `drafted`
    has how many of those it drafts to. `share` is `None` where people said nothing.
    """

    decided_by_people: int = 0
    agreed: int = 0
    share: float | None = None
    by: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    drafted: Mapping[str, int] = field(default_factory=dict)
    disagreements: Sequence[Disagreement] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A rule set over the stored mentions of a period. `left_out` are undecided or have lost their words."""

    rule_set: str
    days: int
    since: datetime | None
    until: datetime | None
    zone: str
    mentions: int = 0
    left_out: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    actions: Mapping[str, int] = field(default_factory=dict)
    per_hour: Sequence[Mapping[str, int]] = ()
    per_day: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    rules: Sequence[RuleReplay] = ()
    consequences: Consequences | None = None
    agreement: Agreement = Agreement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of the newest mentions one rule matches by itself, with examples."""

    mentions: int
    matched: int
    since: datetime | None
    until: datetime | None
    newest: Sequence[Sample] = ()
    random: Sequence[Sample] = ()
    near_misses: Sequence[NearMissed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """So many mentions go from one path to another."""

    old: str
    new: str
    count: int
    examples: Sequence[Sample] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A mention that may not move so without a person's look, and why."""

    mention: Sample
    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two routings: its name, hash, what it does and how it agrees with people."""

    name: str
    rule_set: str
    outcomes: Mapping[str, int]
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two routings over the same mentions. `protected_count` counts all; `protected` holds some of them."""

    old: Side
    new: Side
    days: int
    since: datetime | None
    until: datetime | None
    mentions: int
    left_out: int
    moved: int
    moves: Sequence[Move]
    protected_count: int
    protected: Sequence[Protected]
    changes: Sequence[str] = ()
