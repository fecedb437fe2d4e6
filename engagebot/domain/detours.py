"""How news finds another way where a channel fails: which one is next, and when nobody was reached."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engagebot.domain.notices import past_words
from engagebot.domain.outbox import DeliveryState, Severity
from engagebot.domain.records import DeliveryRecord

CASE, ALARM = "case", "alarm"
# What presses goes another way with its first failure; all else has until about five minutes after.
PRESSING = frozenset({Severity.HIGH.value, Severity.URGENT.value})
FAILURES_ELSE = 3
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
    return kind in {CASE, ALARM}


def next_channel(told: Collection[DeliveryRecord], ways: Sequence[str]) -> str | None:
    """The channel that the notice takes now, or `None`: somebody has it, may still get it, or no way is left.

    Each channel is taken once, so that there is no way round in a circle.
    """
    if is_settled(told):
        return None
    taken = {delivery.channel for delivery in told}
    return next((channel for channel in ways if channel not in taken), None)


def is_settled(told: Iterable[DeliveryRecord]) -> bool:
    """Whether nothing more is to be done for a notice: it arrived, or a way of it has not failed yet."""
    return any(not has_failed(delivery) for delivery in told)


def has_failed(delivery: DeliveryRecord) -> bool:
    """Whether this way counts as closed for the moment. It is tried on all the same until it is dead."""
    if delivery.state is DeliveryState.DELIVERED or delivery.last_error is None:
        return False
    return delivery.state is DeliveryState.DEAD or delivery.attempts >= _failures_allowed(delivery)


def team_of(payload: Mapping[str, object]) -> str | None:
    """The team that a notice about a case goes to."""
    team = _case(payload).get("team")
    return team if isinstance(team, str) else None


def _failures_allowed(delivery: DeliveryRecord) -> int:
    presses = delivery.kind == ALARM or _case(delivery.payload).get("severity") in PRESSING
    return 1 if presses else FAILURES_ELSE


def _case(payload: Mapping[str, object]) -> Mapping[str, object]:
    data = payload.get("data")
    case = data.get("case") if isinstance(data, Mapping) else None
    return case if isinstance(case, Mapping) else {}
