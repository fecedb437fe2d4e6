"""Ticks ask the database what is due; whoever fails is seen, and is seen to recover."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from engagebot import scheduler
from engagebot.bootstrap import App, Outside
from engagebot.domain.outbox import DraftState
from engagebot.errors import AuthFailed, StoreUnavailable
from engagebot.pipeline import review
from engagebot.pipeline.pull import PollResult
from engagebot.ports import Watch
from engagebot.scheduler import Ticks
from engagebot.settings.values import Team
from engagebot.store import site
from engagebot.store.engine import Store
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.telling import deliveries
from tests.factories import act, id_of, make_author, make_mention, make_settings, make_watch
from tests.fakes import NOON, FakeClock, FakeConnector, FakeSink

RULES = """
- id: dead
  name: Something is dead
  status: live
  when:
    all:
      - text: {contains_any: [dead]}
  then:
    - escalate: {team: support, severity: high}
- id: love
  name: Somebody loves it
  status: live
  when:
    all:
      - text: {contains_any: [love]}
  then:
    - draft: {template: thanks}
- id: rest
  name: Everything else
  status: live
  default: true
  then:
    - tag: [seen]
"""


class Site:
    """An app on fakes, live or not."""

    def __init__(self, folder: Path, store: Store, clock: FakeClock) -> None:
        (folder / "rules" / "templates").mkdir(parents=True)
        (folder / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
        (folder / "rules" / "templates" / "thanks.md").write_text(
            "Thank you, {{author.handle}}!", encoding="utf-8"
        )
        self.clock = clock
        self.fake = FakeConnector(clock)
        self.console, self.slack = FakeSink("console"), FakeSink("slack")
        self.settings = make_settings(
            folder,
            store.url,
            sending=True,
            teams={"support": Team(name="support", notify=("console", "slack"))},
            tests_channels=False,
        )
        self.apps: list[App] = []

    def app(self, *, is_live: bool = True, watches: tuple[Watch, ...] = (make_watch(),)) -> App:
        outside = Outside(
            clock=self.clock,
            connectors={"fake": self.fake},
            sinks={"console": self.console, "slack": self.slack},
        )
        made = App(replace(self.settings, watches=watches), is_live=is_live, outside=outside)
        self.apps.append(made)
        return made


@pytest.fixture
def place(store: Store, clock: FakeClock, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, store, clock)
    yield made
    for app in made.apps:
        app.close()


def approve_all(app: App) -> None:
    with app.store.write() as tx:
        for draft in drafts.in_state(tx, DraftState.PROPOSED):
            review.approve(tx, draft.id, act(app.store))


def test_one_walk_takes_a_post_from_the_platform_to_people_and_back(place: Site) -> None:
    app = place.app()
    place.fake.posts = [
        make_mention("1", "the modem is dead"),
        make_mention("2", "I love it", author=make_author("happy_demo")),
    ]
    found = scheduler.run_once(app)
    assert found.watches == [PollResult(name="talk", fetched=2, added=2, pages=1)]
    assert (found.decided, found.drafted, found.escalated, found.delivered) == (2, 1, 1, 2)
    assert place.console.ids == place.slack.ids != []
    assert place.fake.replies == []
    approve_all(app)
    again = scheduler.run_once(app)
    assert (again.decided, again.delivered) == (0, 1)
    assert place.fake.replies == [("2", "Thank you, happy_demo!")]
    assert scheduler.run_once(app).delivered == 0


def test_a_dry_run_sends_nothing_and_shows_notices_on_the_console_alone(place: Site) -> None:
    app = place.app(is_live=False)
    place.fake.posts = [
        make_mention("1", "the modem is dead"),
        make_mention("2", "I love it", author=make_author("happy_demo")),
    ]
    scheduler.run_once(app)
    approve_all(app)
    calls: list[str] = []
    place.fake.before_call = calls.append
    assert (scheduler.send_replies(app), scheduler.settle(app)) == (0, 0)
    assert calls == []
    assert (len(place.console.notices), len(place.slack.notices)) == (1, 0)
    assert (app.mode(None), app.mode("kim_demo")) == ("DRY RUN", "PAUSED")


def test_sending_must_be_on_in_the_settings_too(place: Site) -> None:
    place.settings = replace(place.settings, sending=False)
    app = place.app()
    assert not app.is_live
    assert app.may_notify


def test_a_paused_connector_is_said_and_not_asked(place: Site) -> None:
    app = place.app()
    with app.store.write() as tx:
        problem = AuthFailed("revoked")
        watches.pause_connector(tx, "fake", until=NOON + timedelta(hours=1), problem=problem)
        tx.exec_driver_sql("UPDATE connectors SET problem_kind = 'RateLimited'")
    place.fake.fail("pull", AssertionError("asked"))
    found = scheduler.run_once(app)
    assert [result.error for result in found.watches] == ["fake asked to wait until 2026-08-03 13:00 UTC"]


def test_a_connector_that_is_not_there_is_said_and_the_others_go_on(place: Site) -> None:
    app = place.app(watches=(make_watch("bad", connector="nonsense"), make_watch()))
    place.fake.posts = [make_mention("1")]
    found = scheduler.run_once(app)
    assert [result.name for result in found.watches] == ["bad", "talk"]
    assert "there is no connector 'nonsense'" in (found.watches[0].error or "")
    assert found.watches[1].added == 1


def test_a_walk_beside_others_skips_what_they_hold(place: Site) -> None:
    app = place.app()
    scheduler.prepare(app)
    with app.store.write() as tx:
        (row,) = watches.all_of(tx, ["talk"])
        assert watches.claim(tx, row.id, owner="other", now=NOON, lease=timedelta(minutes=5)) is not None
    assert scheduler.run_once(app, is_alone=False).watches == []


def test_a_tick_polls_only_what_is_due(place: Site) -> None:
    app = place.app(watches=(make_watch(), make_watch("other", every=timedelta(hours=1))))
    scheduler.prepare(app)
    calls: list[str] = []
    place.fake.before_call = calls.append
    scheduler.poll_connector(app, "fake")
    scheduler.poll_connector(app, "fake")
    assert len(calls) == 2
    place.clock.forward(minutes=5)
    scheduler.poll_connector(app, "fake")
    assert len(calls) == 3


def test_a_heartbeat_is_seen(place: Site) -> None:
    app = place.app()
    scheduler.beat(app)
    with app.store.read() as tx:
        found = site.status(tx)
    assert (found.heartbeat_at, found.paused_by, found.mentions) == (NOON, None, 0)


def test_what_a_dead_worker_left_is_found_by_the_living(place: Site) -> None:
    app = place.app()
    place.fake.posts = [make_mention("1", "I love it")]
    scheduler.run_once(app)
    approve_all(app)
    with app.store.write() as tx:
        (draft,) = drafts.of_mention(tx, id_of(tx, "1"))
        move = drafts.Move(
            to=DraftState.SENDING,
            at=NOON,
            actor="engagebot",
            action="sending",
            values={"attempt_started_at": NOON},
        )
        drafts.change(tx, draft, move)
    scheduler.recover(app)
    place.clock.forward(minutes=10)
    scheduler.recover(app)
    with app.store.read() as tx:
        assert drafts.get(tx, draft.id).state is DraftState.UNKNOWN
        assert deliveries.counts(tx) == {}
    place.clock.forward(seconds=90)
    assert scheduler.settle(app) == 1


def until(holds: Callable[[], bool]) -> None:
    """Wait for another thread, ten seconds at most."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def test_the_jobs_are_late_rather_than_lost_and_never_side_by_side(place: Site) -> None:
    app = place.app(watches=(make_watch(), make_watch("two"), make_watch("other", connector="x")))
    ticks = scheduler.start(app)
    try:
        jobs = {job.id: job for job in ticks.scheduler.get_jobs()}
        assert set(jobs) == {
            "heartbeat", "hearing", "poll fake", "poll x", "scorer", "rules", "decide", "send", "settle",
            "tell", "recover", "recheck", "retention", "desk", "mind", "prove", "learn",
        }  # fmt: skip
        for job in jobs.values():
            assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None), job.id
        assert isinstance(ticks.scheduler._jobstores["default"], MemoryJobStore)
    finally:
        ticks.stop()
    assert not ticks.scheduler.running


@pytest.mark.parametrize(
    ("polls", "works", "expected"),
    [
        (True, False, {"heartbeat", "hearing", "poll fake"}),
        (
            False,
            True,
            {
                "heartbeat",
                "scorer",
                "rules",
                "decide",
                "send",
                "settle",
                "tell",
                "recover",
                "recheck",
                "retention",
                "desk",
                "mind",
                "prove",
                "learn",
            },
        ),
        (False, False, {"heartbeat"}),
    ],
)
def test_a_process_may_do_a_part_of_the_work(
    place: Site, polls: bool, works: bool, expected: set[str]
) -> None:
    ticks = scheduler.start(place.app(), polls=polls, works=works)
    try:
        assert {job.id for job in ticks.scheduler.get_jobs()} == expected
    finally:
        ticks.stop()


def test_the_ticks_do_the_whole_walk_by_themselves(place: Site) -> None:
    app = place.app()
    place.fake.posts = [
        make_mention("1", "the modem is dead"),
        make_mention("2", "I love it", author=make_author("happy_demo")),
    ]
    scheduler.prepare(app)
    ticks = scheduler.start(app)
    try:
        until(lambda: bool(place.console.notices) and bool(place.slack.notices))
        assert place.fake.replies == []
        approve_all(app)
        until(lambda: bool(place.fake.replies))
    finally:
        ticks.stop()
    assert place.fake.replies == [("2", "Thank you, happy_demo!")]
    assert ticks.failures == {}


class BrokenClock(FakeClock):
    is_broken = False

    def now(self) -> datetime:
        if self.is_broken:
            raise StoreUnavailable("the disk is full")
        return super().now()


def test_a_job_that_raises_is_seen_until_it_works_again(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = BrokenClock()
    place = Site(tmp_path, store, clock)
    app = place.app(watches=())
    ticks = scheduler.start(app, polls=False)
    try:
        until(lambda: app.rules.problem is None and "send" not in ticks.failures)
        clock.is_broken = True
        until(lambda: ticks.failures.get("send") == "the disk is full")
        clock.is_broken = False
        until(lambda: "send" not in ticks.failures)
    finally:
        ticks.stop()
        app.close()
    said = [record.getMessage() for record in caplog.records if "job send" in record.getMessage()]
    assert said == ["job send: the disk is full", "job send works again"]


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        (EVENT_JOB_ERROR, KeyError("data"), "'data'"),
        (EVENT_JOB_ERROR, AssertionError(), "AssertionError"),
        (EVENT_JOB_MISSED, None, "did not get its turn in time"),
    ],
)
def test_every_failure_is_told_in_words(
    caplog: pytest.LogCaptureFixture, code: int, error: Exception | None, says: str
) -> None:
    ticks = Ticks(BackgroundScheduler())
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        ticks._listen(JobExecutionEvent(code, "tell", "default", NOON, exception=error))
    assert ticks.failures == {"tell": says}
    assert len(caplog.records) == 1
    for _ in range(2):
        ticks._listen(JobExecutionEvent(EVENT_JOB_EXECUTED, "tell", "default", NOON))
    assert ticks.failures == {}
    assert len(caplog.records) == 2
