"""A mention as it is kept, and what was decided on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from engagebot.domain.actions import Outcome, Planned
from engagebot.domain.heard.correction import Correction
from engagebot.domain.heard.removal import Removal
from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import Mention, MentionState, ReplyRoute


class MentionRecord(NamedTuple):
    """A stored mention. `is_history` mentions start no clock, no notification and no draft.

    `copy_of` is the id of an earlier mention that says nearly the same. `checked_at` is when the platform
    last showed that the post still stands; `redacted_at` when its words were forgotten since it was gone.
    `correction` is the word of people on it, which `judgement` holds already.
    """

    id: int
    mention: Mention
    fetched_at: datetime
    state: MentionState
    is_history: bool
    reply_route: ReplyRoute
    watch: str | None = None
    customer_id: int | None = None
    judgement: Judgement | None = None
    tags: tuple[str, ...] = ()
    outcome: Outcome | None = None
    copy_of: int | None = None
    checked_at: datetime | None = None
    redacted_at: datetime | None = None
    correction: Correction | None = None

    @property
    def removal(self) -> Removal | None:
        """Why the words are gone; `None` while they are kept."""
        if self.redacted_at is None:
            return None
        reason = self.reply_route.reason
        return next((each for each in Removal if each.value == reason), Removal.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """What the rule set with hash `rule_set` decided, with the facts it decided on (see `facts_json`)."""

    id: int
    mention_id: int
    rule_set: str
    decided_at: datetime
    outcome: Outcome
    matched: tuple[str, ...]
    shadow: tuple[str, ...]
    failed: tuple[str, ...]
    planned: tuple[Planned, ...]
    facts: Mapping[str, Any]
    notes: tuple[str, ...] = ()
