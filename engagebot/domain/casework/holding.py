"""Holding replies: since when somebody waits for us, and at what time they can honestly be told of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engagebot.domain.casework.clocks import Happening, Told
from engagebot.domain.drafting import Template
from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord

SOONEST: Final = timedelta(minutes=15)
"""A time nearer than this may have passed when a person has read the reply."""
LATEST: Final = timedelta(hours=24)
"""So long after a holding reply a person answers, or when the team works next."""
_NEAR: Final = timedelta(days=6)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOLDING: Final = Template(
    "holding",
    'Hi {{author.name | default("there")}}, your message has reached us, and we are sorry that you have to '
    "wait. A person will answer you {{answer.when}}. – {{brand.name}}",
    (
        'Hi {{author.name | default("there")}}, sorry that this takes us so long. '
        "Somebody of our team will answer you {{answer.when}}. – {{brand.name}}",
    ),
)
"""The text of a site that has none of its own."""


@dataclass(frozen=True, slots=True)
class Stated:
    """When a person will answer: by then, or once the team works again."""

    at: datetime
    is_opening: bool = False


def waits_since(history: Iterable[Happening]) -> datetime | None:
    """Since when a case's customer waits for a word of ours; `None` where we spoke last, or it has ended."""
    since: datetime | None = None
    for each in history:
        if each.told in (Told.OPENED, Told.CONTACT):
            since = since or each.at
        elif each.told is Told.REPLY:
            since = None if since is not None and since <= each.at else since
        elif each.state is not None and each.state not in CASE_OPEN:
            since = None
    return since


def waiting_since(case: CaseRecord) -> datetime | None:
    """Since when the customer of an open case waits for us; what has not been minded yet, since it began."""
    if case.state not in CASE_OPEN or case.state is CaseState.WAITING:
        return None
    is_unanswered = case.first_reply_at is None and case.spoken_at is None
    return case.waits_since or (case.first_symptom_at if is_unanswered else None)


def stated(
    now: datetime, dues: Iterable[datetime], *, hours: BusinessHours | None, span: timedelta
) -> Stated:
    """The time to tell who waits: the next one that is due, or where nobody works, when they work next.

    What is due at once or was due before is no time to tell; then it is `span` from now. It is never later
    than a day from now, or than when the team works next after that day.
    """
    if hours is not None and not hours.is_open(now):
        return Stated(hours.opens_at(now), is_opening=True)
    near = [due for due in dues if due >= now + SOONEST]
    wanted = min(near) if near else max(hours.add(now, span) if hours else now + span, now + SOONEST)
    last = now + LATEST
    return Stated(min(wanted, hours.opens_at(last) if hours else last))


def stated_words(time: Stated, now: datetime, zone: ZoneInfo) -> str:
    """A time as whoever waits reads it, with its weekday and zone: `by Monday 16:30 CEST`."""
    local = time.at.astimezone(zone)
    day = _DAYS[local.weekday()]
    if time.at - now >= _NEAR:
        day += f" {local.day} {local:%B}"
    name = local.tzname() or ""
    place = name if name[:1].isalpha() else f"UTC{name}"
    clock = f"{local:%H:%M} {place}"
    return f"when we are back, on {day} at {clock}" if time.is_opening else f"by {day} {clock}"
