"""What concerns the whole site: its history, its numbers, and what it keeps of strangers' words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engagebot.domain.ruling.rule_holds import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a history that is only ever added to; `actor` is a person, a rule or `engagebot`."""

    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReceipt:
    """What is kept of one source, and how long its platform has not been asked about the oldest of it.

    `is_checked` is false where nobody can ask (imports, platforms without such a question). `overdue` ones
    were not shown within the time set. `problem` says why asking fails.
    """

    source: str
    stored: int
    redacted: int
    is_checked: bool
    oldest_check_age: timedelta | None = None
    overdue: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DeletionReceipt:
    """What is kept of strangers' words, over all sources; redacted mentions are not counted as stored."""

    sources: tuple[SourceReceipt, ...]

    @property
    def stored(self) -> int:
        """Mentions whose words are kept."""
        return sum(line.stored for line in self.sources)

    @property
    def redacted(self) -> int:
        """Mentions whose words were forgotten."""
        return sum(line.redacted for line in self.sources)

    @property
    def overdue(self) -> int:
        """Mentions that should have been asked for by now."""
        return sum(line.overdue for line in self.sources)

    @property
    def oldest_check_age(self) -> timedelta | None:
        """How long ago the mention that waits longest was last shown; `None` where nothing can be checked."""
        ages = [line.oldest_check_age for line in self.sources if line.oldest_check_age is not None]
        return max(ages, default=None)

    @property
    def unchecked(self) -> dict[str, int]:
        """Stored mentions of sources that nobody can ask, by source."""
        return {line.source: line.stored for line in self.sources if not line.is_checked and line.stored}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """The site in numbers, for `engagebot status` and the metrics."""

    mentions: int
    undecided: int
    drafts: Mapping[str, int]
    cases: Mapping[str, int]
    deliveries: Mapping[str, int]
    paused_by: str | None
    paused_at: datetime | None
    heartbeat_at: datetime | None
    rules_hash: str | None = None
    rules_version: int | None = None
    holds: tuple[Hold, ...] = ()
    rules_problem: str | None = None
