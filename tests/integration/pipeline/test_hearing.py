"""Hearing: an outage is a hole until it is read up, and people are told once that a watch is deaf."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engagebot.domain.listening.coverage import Span
from engagebot.domain.listening.hearing import Cause, Deaf
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.errors import AuthFailed, OutOfCredit, RateLimited, Unavailable, WatchInvalid
from engagebot.pipeline.hearing import (
    Hearing,
    HearingContext,
    check_hearing,
    deaf_watches,
    how_heard,
    learn_usual,
)
from engagebot.ports import Gap, Watch
from engagebot.store import tables
from engagebot.store.listening import hearing
from engagebot.store.telling.deliveries import in_state
from tests.factories import hear, make_mention, make_watch
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WATCH = make_watch()


@pytest.fixture
def listening(desk: Desk) -> Desk:
    desk.register()
    return desk


def context(
    desk: Desk, began_at: datetime | None = NOON, watches: tuple[Watch, ...] = (WATCH,)
) -> HearingContext:
    return HearingContext(
        store=desk.store,
        clock=desk.clock,
        watches=watches,
        channels=("console", "slack"),
        began_at=began_at,
        url="https://engage.example.com/connectors",
    )


def polls(desk: Desk, minutes: int, *, every: int = 5, error: Exception | None = None) -> None:
    """Let time pass and poll at each interval, as the scheduler does."""
    for _ in range(minutes // every):
        desk.clock.forward(minutes=every)
        if error is not None:
            desk.fake.fail("pull", error)
        desk.poll()


def heard(desk: Desk, days: int = 1) -> Hearing:
    with desk.store.read() as tx:
        (found,) = how_heard(tx, [WATCH], desk.clock.now(), span=days * DAY)
    return found


def deaf(desk: Desk) -> dict[str, Deaf]:
    with desk.store.read() as tx:
        return deaf_watches(tx, [WATCH], desk.clock.now())


def notices(desk: Desk, channel: str = "console") -> list[DeliveryRecord]:
    with desk.store.read() as tx:
        found = in_state(tx, DeliveryState.PENDING)
    return [each for each in reversed(found) if each.channel == channel]


def titles(desk: Desk) -> list[str]:
    return [each.payload["title"] for each in notices(desk)]


def at(minute: float) -> datetime:
    return NOON + minute * MINUTE


def test_polls_without_trouble_are_one_stretch_without_a_hole(listening: Desk) -> None:
    listening.poll()
    polls(listening, 120)
    found = heard(listening)
    assert found.coverage.heard == (Span(at(0), at(120)),)
    assert (found.coverage.blind_minutes, found.coverage.late_minutes, found.deaf) == (0, 0, None)
    assert listening.count(tables.coverage) == 2


def test_an_outage_is_a_hole_until_the_next_poll_fills_it_late(listening: Desk) -> None:
    listening.poll()
    polls(listening, 30)
    polls(listening, 120, error=Unavailable("down"))
    during = heard(listening)
    assert during.coverage.silent == (Span(at(30), at(150)),)
    assert during.coverage.blind_minutes == 120
    assert during.deaf is not None

    polls(listening, 10)
    after = heard(listening)
    assert after.coverage.heard == (Span(at(0), at(160)),)
    assert (after.coverage.blind_minutes, after.deaf) == (0, None)
    assert after.coverage.late == (Span(at(30), at(155)),)
    assert after.coverage.longest_lag == 125 * MINUTE


def test_a_burst_that_is_cut_is_not_heard_until_it_ends(listening: Desk) -> None:
    listening.poll()
    listening.clock.forward(minutes=5)
    listening.fake.posts = [make_mention(str(number)) for number in range(25)]
    listening.fake.before_call = lambda name: (
        listening.fake.fail("pull", Unavailable("down")) if listening.watch().cursor == "10" else None
    )
    listening.poll()
    listening.clock.forward(minutes=30)
    assert heard(listening).coverage.silent == (Span(at(0), at(35)),)

    listening.fake.before_call = lambda name: None
    listening.poll()
    assert heard(listening).coverage.blind_minutes == 0


def test_a_gap_of_the_platform_is_told_until_a_later_page_covers_it(listening: Desk) -> None:
    listening.poll()
    polls(listening, 10)
    listening.fake.gaps = [Gap(at(4), at(8), "the listing ended")]
    polls(listening, 10)
    found = heard(listening).coverage
    assert [(gap.span, gap.reason) for gap in found.gaps] == [(Span(at(4), at(8)), "the listing ended")]
    assert (found.blind_minutes, found.silent) == (4, ())


def test_a_rate_limit_is_told_in_minutes_for_every_watch_of_the_connector(listening: Desk) -> None:
    other = make_watch("other")
    listening.register(WATCH, other)
    listening.poll()
    listening.poll(other)
    listening.clock.forward(minutes=5)
    listening.fake.fail("pull", RateLimited("slow", retry_at=at(20)))
    listening.poll()
    listening.clock.at = at(20)
    listening.poll()
    with listening.store.read() as tx:
        found = how_heard(tx, [WATCH, other], at(20), span=DAY)
    assert [each.coverage.limited_minutes for each in found] == [15, 15]


def test_a_key_that_works_again_ends_the_rest_at_once(listening: Desk) -> None:
    listening.poll()
    listening.clock.forward(minutes=5)
    listening.fake.fail("pull", AuthFailed("revoked"))
    listening.poll()
    listening.clock.forward(minutes=3)
    listening.poll()
    listening.clock.forward(hours=3)
    assert heard(listening).coverage.limited_minutes == 3


def test_the_alarm_is_raised_within_three_intervals_and_said_once(listening: Desk) -> None:
    listening.poll()
    polls(listening, 15, error=Unavailable("down"))
    assert check_hearing(context(listening)) == 0
    listening.clock.forward(minutes=1)
    assert check_hearing(context(listening)) == 1
    for _ in range(5):
        listening.clock.forward(minutes=1)
        assert check_hearing(context(listening)) == 0
    (notice,) = notices(listening)
    assert notice.kind == "alarm"
    assert notice.payload["title"] == "Deaf: talk hears nothing"
    assert "down" in notice.payload["text"]
    assert len(notices(listening, "slack")) == 1


def test_recovery_is_said_once_and_the_next_outage_anew(listening: Desk) -> None:
    listening.poll()
    for _ in range(2):
        polls(listening, 20, error=Unavailable("down"))
        check_hearing(context(listening))
        polls(listening, 5)
        check_hearing(context(listening))
        check_hearing(context(listening))
    assert titles(listening) == ["Deaf: talk hears nothing", "Hearing again: talk"] * 2


def test_a_restart_neither_ends_nor_repeats_an_alarm(listening: Desk) -> None:
    listening.poll()
    polls(listening, 20, error=Unavailable("down"))
    check_hearing(context(listening))
    for _ in range(3):
        listening.clock.forward(minutes=1)
        assert check_hearing(context(listening, began_at=listening.clock.now())) == 0
    assert titles(listening) == ["Deaf: talk hears nothing"]


def test_the_night_in_which_nothing_ran_rings_no_alarm_at_the_start(listening: Desk) -> None:
    listening.poll()
    listening.clock.forward(hours=10)
    assert check_hearing(context(listening, began_at=listening.clock.now())) == 0
    assert deaf(listening)["talk"].cause is Cause.FAILING
    listening.poll()
    assert deaf(listening) == {}


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        pytest.param(AuthFailed("revoked"), Cause.KEY, id="key"),
        pytest.param(OutOfCredit("empty"), Cause.CREDIT, id="credit"),
        pytest.param(WatchInvalid("no such community"), Cause.STOPPED, id="stopped"),
    ],
)
def test_what_needs_a_person_rings_at_once(listening: Desk, error: Exception, cause: Cause) -> None:
    listening.poll()
    polls(listening, 5, error=error)
    assert check_hearing(context(listening)) == 1
    assert deaf(listening)["talk"].cause is cause
    assert str(error) in notices(listening)[0].payload["text"]


def test_all_watches_of_a_refused_key_make_one_alarm(listening: Desk) -> None:
    watches = tuple(make_watch(f"talk-{number}") for number in range(5))
    listening.register(*watches)
    listening.fake.fail("pull", AuthFailed("revoked"))
    listening.poll(watches[0])
    assert check_hearing(context(listening, watches=watches)) == 5
    assert titles(listening) == ["Deaf: fake (5 watches) hears nothing"]


def test_a_watch_that_nobody_can_poll_is_deaf_on_every_page_too(listening: Desk) -> None:
    assert deaf(listening) == {}
    listening.clock.forward(minutes=16)
    assert deaf(listening) == {}
    check_hearing(context(listening))
    assert deaf(listening)["talk"].cause is Cause.FAILING
    listening.poll()
    assert deaf(listening) == {}


def test_a_watch_that_left_the_settings_is_forgotten_in_silence(listening: Desk) -> None:
    listening.poll()
    polls(listening, 20, error=Unavailable("down"))
    check_hearing(context(listening))
    check_hearing(context(listening, watches=()))
    assert titles(listening) == ["Deaf: talk hears nothing"]
    with listening.store.read() as tx:
        assert hearing.known_deaf(tx) == {}


def talks(desk: Desk, days: int) -> None:
    """Mentions at eight in the morning and eight in the evening, up to yesterday evening."""
    for day in range(1, days + 1):
        for hour in (8, 20):
            posted_at = NOON.replace(hour=hour) - day * DAY
            hear(desk.store, make_mention(f"{day}-{hour}", posted_at=posted_at))


def test_a_silence_twice_as_long_as_any_before_rings(listening: Desk) -> None:
    talks(listening, 13)
    listening.poll()
    while listening.clock.now() - (NOON.replace(hour=20) - DAY) < 24 * HOUR:
        polls(listening, 60, every=60)
        learn_usual(context(listening))
        assert check_hearing(context(listening)) == 0
    polls(listening, 60, every=60)
    assert check_hearing(context(listening)) == 1
    assert deaf(listening)["talk"].cause is Cause.SILENT

    hear(listening.store, make_mention("at last", posted_at=listening.clock.now()))
    assert check_hearing(context(listening)) == 1
    assert titles(listening)[-1] == "Hearing again: talk"


def test_what_is_usual_is_learnt_once_an_hour(listening: Desk) -> None:
    talks(listening, 13)
    hear(listening.store, make_mention("old", posted_at=NOON - 15 * DAY))
    learn_usual(context(listening))
    with listening.store.read() as tx:
        kept = hearing.kept_usual(tx)
    assert kept is not None
    usual = kept[1]["talk"]
    assert (usual.mentions, usual.longest_silence) == (26, 12 * HOUR)
    assert usual.since == NOON.replace(hour=8) - 13 * DAY

    hear(listening.store, make_mention("more", posted_at=NOON - MINUTE))
    for minutes, mentions in ((59, 26), (1, 27)):
        listening.clock.forward(minutes=minutes)
        learn_usual(context(listening))
        with listening.store.read() as tx:
            kept = hearing.kept_usual(tx)
        assert kept is not None
        assert kept[1]["talk"].mentions == mentions


def test_a_young_watch_is_not_missed(listening: Desk) -> None:
    talks(listening, 5)
    learn_usual(context(listening))
    listening.poll()
    listening.clock.forward(days=3)
    listening.poll()
    assert check_hearing(context(listening)) == 0


def test_a_watch_of_another_name_is_left_alone(listening: Desk) -> None:
    unknown = replace(WATCH, name="unknown")
    with listening.store.read() as tx:
        assert deaf_watches(tx, [unknown], NOON) == {}
        (found,) = how_heard(tx, [unknown], NOON, span=DAY)
    assert (found.coverage.heard, found.coverage.blind) == ((), ())
