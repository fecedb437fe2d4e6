"""What a rule can do to a mention, and the decision that a rule set comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engagebot.domain.outbox import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Give the mention to a team as a case."""

    team: str
    severity: Severity = Severity.MEDIUM
    assignee: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftReply:
    """Put a friendly reply, filled from a template, into the review queue."""

    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Mark the mention with words of our own."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Suggest the person who should look at the mention's draft or case."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell a channel, without opening a case."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Post the mention to a named webhook of the settings."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Leave the mention alone, and say why."""

    reason: str


Action = Escalate | DraftReply | Tag | Assign | Notify | Webhook | Ignore


class Outcome(StrEnum):
    """What became of a mention, the weightiest action first."""

    ESCALATED = "escalated"
    DRAFTED = "drafted"
    IGNORED = "ignored"
    ROUTED = "routed"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition asked of one mention: `result` is `None` where the fact is not known.

    `spans` are (start, end) pairs into the mention's words.
    """

    condition: str
    expected: Any
    actual: Any
    result: bool | None
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrace:
    """What one rule said of one mention; `error` is set when the rule could not be evaluated.

    `stopped_by` is the earlier rule that ended the walk, so that this one was not asked.
    """

    rule_id: str
    matched: bool
    checks: tuple[Check, ...] = ()
    error: str | None = None
    note: str | None = None
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An action and the rule that asked for it; `silenced` says why it will not be carried out.

    `why` says what the interlock saw, where it and no rule asked.
    """

    rule_id: str
    action: Action
    silenced: str | None = None
    why: str | None = None


def no_draft(rule_id: str, reason: str = "") -> str:
    """The note of a decision that says why a rule's draft was not begun; without a reason, how it begins."""
    return f"no draft by rule {rule_id}: {reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the rule set with hash `rule_set` makes of one mention.

    `matched` are the ids of live rules that matched, in order; `shadow` those that would have, were they
    live; `failed` those that raised. `planned` keeps silenced actions too, so that the reason can be shown.
    """

    rule_set: str
    matched: tuple[str, ...]
    planned: tuple[Planned, ...]
    shadow: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[Planned, ...]:
        """The actions to carry out."""
        return tuple(planned for planned in self.planned if planned.silenced is None)

    @property
    def outcome(self) -> Outcome:
        """Name what became of the mention."""
        kinds = {type(planned.action) for planned in self.actions}
        if Escalate in kinds:
            return Outcome.ESCALATED
        if DraftReply in kinds:
            return Outcome.DRAFTED
        if Ignore in kinds:
            return Outcome.IGNORED
        return Outcome.ROUTED if kinds else Outcome.UNTOUCHED
