"""How channels fare, and what reached nobody: for pages, commands and programs."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from engagebot.bootstrap import App
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.detours import Unreached
from engagebot.domain.telling.proving import Stage, stage_of
from engagebot.store.engine import Tx
from engagebot.store.telling import channels, deliveries, proofs, unreached


class UnreachedJson(BaseModel):
    """News that reached nobody and that nobody knows of: how many, since when, and why the oldest did not."""

    escalations: int
    alarms: int
    since: datetime
    channel: str
    reason: str
    words: str


class TestJson(BaseModel):
    """The last weekly test of a channel: queued, sent, delivered or failed, since when, and why it failed."""

    state: Stage
    at: datetime
    problem: str | None


class ChannelJson(BaseModel):
    """A channel; `shut` says why it is used no more. `failing` wait for another try, `dead` for a person.

    `test` is its last weekly test, `None` before the first.
    """

    name: str
    shut: str | None
    shut_at: datetime | None
    failing: int
    dead: int
    test: TestJson | None


def unreached_words(app: App, found: Unreached | None) -> str | None:
    """What has reached nobody so far, in a sentence, or `None`."""
    return None if found is None else found.words(app.clock.now(), app.settings.timezone)


def unreached_json(app: App, tx: Tx) -> UnreachedJson | None:
    """The same for programs."""
    found = unreached.summary(tx)
    if found is None:
        return None
    words = found.words(app.clock.now(), app.settings.timezone)
    return UnreachedJson(
        escalations=found.escalations, alarms=found.alarms, since=found.since, channel=found.channel,
        reason=found.reason, words=words,
    )  # fmt: skip


def channels_json(app: App, tx: Tx) -> list[ChannelJson]:
    """The channels of the settings and how they fare; one that was shut under another setting is open."""
    shut = channels.all_shut(tx)
    troubled = deliveries.by_channel(tx)
    tests = proofs.latest(tx, app.settings.channels)
    found = []
    for name in app.settings.channels:
        closed = shut.get(name)
        if closed is not None and closed.mark != app.mark(name):
            closed = None
        counts = troubled.get(name, {})
        found.append(
            ChannelJson(
                name=name,
                shut=closed.reason if closed else None,
                shut_at=closed.shut_at if closed else None,
                failing=counts.get(DeliveryState.PENDING, 0),
                dead=counts.get(DeliveryState.DEAD, 0),
                test=_test_json(tests[name]) if name in tests else None,
            )
        )
    return found


def _test_json(test: DeliveryRecord) -> TestJson:
    return TestJson(state=stage_of(test), at=test.delivered_at or test.created_at, problem=test.last_error)
