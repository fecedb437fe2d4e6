"""How news finds another way where a channel fails: which one is next, and when nobody was reached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engagebot.domain.outbox import DeliveryState, Severity
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.notices import past_words

CASE, STORM, ALARM = "case", "storm", "alarm"
CASE_STATE = "case_state"
"""The kind of delivery that only brings the message of a case up to date."""
TICKET, TICKET_STATE = "ticket", "ticket_state"
"""What a ticket system is asked and told; no person waits for it, so it takes no other way."""
SELF_TEST = "self_test"
"""The kind of delivery that proves once a week that its channel works."""
# What presses goes another way with its first failure, all else after three tries, which are five minutes.
PRESSING = frozenset({Severity.HIGH.value, Severity.URGENT.value})
FAILURES_ELSE, SPAN_ELSE = 3, timedelta(minutes=5)
# Nobody is called for a single answer that went wrong: the second try is a few seconds later.
FAILURES_BEFORE_WARNING = 2
_REASON_CHARS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """News that reached nobody so far: how many of each kind, since when, and why the oldest did not."""

    escalations: int
    alarms: int
    since: datetime
    channel: str
    reason: str

    @property
    def count(self) -> int:
        """All of them."""
        return self.escalations + self.alarms

    def words(self, now: datetime, zone: ZoneInfo) -> str:
        """One sentence: "3 escalations have reached nobody since 14:02: email: it refuses …"."""
        counted = [
            f"{count} {name}{'' if count == 1 else 's'}"
            for count, name in ((self.escalations, "escalation"), (self.alarms, "alarm"))
            if count
        ]
        verb = "has" if self.count == 1 else "have"
        since = past_words(self.since, now, zone)
        reason = self.reason if len(self.reason) <= _REASON_CHARS else f"{self.reason[:_REASON_CHARS]}…"
        return f"{' and '.join(counted)} {verb} reached nobody since {since}: {self.channel}: {reason}"


def has_to_reach(kind: str) -> bool:
    """Whether somebody has to hear of it: of cases and alarms, but not of each post that a rule passes on."""
    return kind in {CASE, STORM, ALARM}


def next_channel(told: Collection[DeliveryRecord], ways: Sequence[str]) -> str | None:
    """The first channel of these that the notice has not taken, or `None` where all are taken.

    Each channel is taken once, so that there is no way round in a circle.
    """
    taken = {delivery.channel for delivery in told}
    return next((channel for channel in ways if channel not in taken), None)


def wants_another(told: Iterable[DeliveryRecord], now: datetime) -> bool:
    """Whether a notice shall go another way: each way it has taken failed, as far as its kind puts up with.

    The ways that failed are tried on all the same, until they are dead.
    """
    return all(_has_failed(each) and (_presses(each) or _is_hopeless(each, now)) for each in told)


def has_reached_nobody(told: Iterable[DeliveryRecord], now: datetime) -> bool:
    """Whether people have to be warned that nobody has it, where no way is left."""
    return all(_has_failed(each) and _is_hopeless(each, now) for each in told)


def team_of(payload: Mapping[str, object]) -> str | None:
    """The team that a notice about a case goes to."""
    team = _case(payload).get("team")
    return team if isinstance(team, str) else None


def _has_failed(delivery: DeliveryRecord) -> bool:
    return delivery.state is not DeliveryState.DELIVERED and delivery.last_error is not None


def _presses(delivery: DeliveryRecord) -> bool:
    return delivery.kind == ALARM or _case(delivery.payload).get("severity") in PRESSING


def _is_hopeless(delivery: DeliveryRecord, now: datetime) -> bool:
    failures = FAILURES_BEFORE_WARNING if _presses(delivery) else FAILURES_ELSE
    is_late = now - delivery.created_at >= SPAN_ELSE
    return delivery.state is DeliveryState.DEAD or delivery.attempts >= failures or is_late


def _case(payload: Mapping[str, object]) -> Mapping[str, object]:
    data = payload.get("data")
    case = data.get("case") if isinstance(data, Mapping) else None
    return case if isinstance(case, Mapping) else {}
