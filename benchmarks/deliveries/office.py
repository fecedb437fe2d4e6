"""Escalations of several teams, and what it takes to tell them: real channels to receivers near by."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.deliveries.receivers import ARCHIVED, CRM, DESK, FULL, GONE, SLACK
from engagebot.domain.outbox import Severity
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling import detours
from engagebot.errors import WrongUsage
from engagebot.pipeline.deliver import TellContext
from engagebot.ports import Clock, Sink
from engagebot.sinks import email, slack, webhook
from engagebot.sinks.outbound import Way
from engagebot.store.engine import Store
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery

START = datetime(2026, 8, 3, 12, tzinfo=UTC)
MENDED_AT = START + timedelta(days=1, hours=6)
SECRET = "whsec_" + base64.b64encode(b"a key for tests, made up here....").decode()
# By team: the channel that is told first, then those it falls back to.
TEAMS: dict[str, tuple[str, ...]] = {
    "crm": (CRM, DESK),
    "chat": (SLACK, CRM),
    "mail": (DESK, SLACK),
    "moved": (GONE, DESK),
    "archived": (ARCHIVED,),
    "full": (FULL,),
}
SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the receivers listen, and how long an exchange may take."""

    http_port: int
    smtp_port: int
    seconds: float

    def sink(self, channel: str, clock: Clock) -> Sink:
        way = Way(allow_private=True, seconds=self.seconds)
        kind, _, target = channel.partition(":")
        base = f"http://127.0.0.1:{self.http_port}"
        if kind == "webhook":
            return webhook.open_sink(f"{base}/{target}", SECRET, clock, way=way, name=channel)
        if kind == "slack":
            return slack.open_sink(f"{base}/{target or 'slack'}", clock, way=way, name=channel)
        if kind == "email":
            url = f"smtp://127.0.0.1:{self.smtp_port}?from=bot@example.com"
            return email.open_sink(url, target, name=channel, seconds=self.seconds)
        raise WrongUsage(f"there is no channel {channel}")


def notice_id(number: int) -> str:
    """The id of an escalation, which receivers must see and no other."""
    return f"case-{number}-mention-{number}"


def team_of(number: int) -> str:
    """The team that an escalation goes to. Two in a hundred have no channel that works."""
    if number % 50 in {7, 8}:
        return "archived" if number % 50 == 7 else "full"
    return ("crm", "chat", "mail", "moved")[number % 4]


def announce(store: Store, clock: Clock, numbers: Sequence[int]) -> None:
    """Put escalations in line, as a decision does."""
    with store.write() as tx:
        for number in numbers:
            team, severity = team_of(number), SEVERITIES[number % len(SEVERITIES)].value
            words = f"{severity.upper()}: number {number}, new case"
            payload = {
                "title": words,
                "text": "> dead again",
                "url": None,
                "data": {"case": {"severity": severity, "team": team}, "words": words},
            }
            new = NewDelivery(
                notice_id=notice_id(number), channel=TEAMS[team][0], kind=detours.CASE, payload=payload
            )
            deliveries.add(tx, new, clock.now())


def context(store: Store, clock: Clock, place: Place, *, owner: str) -> TellContext:
    """What it takes to tell the teams; from `MENDED_AT` on, channels that were gone have other addresses."""
    return TellContext(
        store=store,
        clock=clock,
        owner=owner,
        sink=lambda channel: place.sink(channel, clock),
        mark=lambda channel: "new" if clock.now() >= MENDED_AT else "old",
        ways=_ways,
    )


def _ways(delivery: DeliveryRecord) -> tuple[str, ...]:
    return TEAMS[detours.team_of(delivery.payload) or ""]
