"""Ticks: named jobs that ask the database what is due. The scheduler itself remembers nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engagebot.bootstrap import App, SystemClock
from engagebot.bootstrap.seeding import seeding_context
from engagebot.errors import AlreadyRunning, EngagebotError
from engagebot.pipeline import prune, review
from engagebot.pipeline.avatars import Avatars
from engagebot.pipeline.deliver import (
    DeliverContext,
    TellContext,
    deliver_notices,
    deliver_replies,
    open_changed_channels,
    recover_replies,
    requeue_notices,
    settle_replies,
)
from engagebot.pipeline.hearing import HearingContext, check_hearing, learn_usual
from engagebot.pipeline.learning import learn_nightly
from engagebot.pipeline.minding import MindContext, mind_cases
from engagebot.pipeline.proving import ProveContext, prove_channels
from engagebot.pipeline.pull import PollResult, PullContext, due_watches, poll
from engagebot.pipeline.seeding import seed
from engagebot.pipeline.triage import Tally, TriageContext, look_at_ages, look_at_growth, triage
from engagebot.store import site
from engagebot.store.casework import clocks
from engagebot.store.desk import writings
from engagebot.store.listening import watches
from engagebot.store.replying import seeded, snoozing

log = logging.getLogger(__name__)

WORKERS_FINISH = timedelta(minutes=10)
HEARTBEAT_S = 10

# APScheduler writes a traceback at every tick of a failing job, once a second; `Ticks` says it once.
logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)


@dataclass(slots=True, kw_only=True)
class Summary:
    """What one walk through the pipeline did."""

    watches: list[PollResult] = field(default_factory=list)
    decided: int = 0
    drafted: int = 0
    escalated: int = 0
    delivered: int = 0


def run_once(app: App, *, is_alone: bool = True) -> Summary:
    """Poll every watch once, decide everything, deliver what is due; for `is_alone` see `prepare`.

    Raises:
        FilesInvalid: the rule files hold errors and no good set ever ran here.
    """
    app.rules.refresh()
    prepare(app, is_alone=is_alone)
    summary = Summary()
    with app.store.read() as tx:
        paused = watches.paused_connectors(tx, app.store.lease_now(tx))
    for watch in app.settings.watches:
        if (until := paused.get(watch.connector)) is not None:
            told = f"{watch.connector} asked to wait until {until:%Y-%m-%d %H:%M} UTC"
            summary.watches.append(PollResult(name=watch.name, error=told))
        elif (result := _poll(app, watch.name)) is not None:
            summary.watches.append(result)
    exhaust(app, check_deletions)
    expire(app)
    tidy_desk(app)
    tally = decide_all(app)
    summary.decided, summary.drafted, summary.escalated = tally.decided, tally.drafted, tally.escalated
    mind(app)
    prove(app)
    check_ears(app, began_at=None)
    summary.delivered = exhaust(app, send_replies) + settle(app) + exhaust(app, tell_people)
    return summary


def exhaust(app: App, step: Callable[[App], int]) -> int:
    """Repeat a step that takes a handful at a time until nothing more arrives."""
    total = 0
    while arrived := step(app):
        total += arrived
    return total


def prepare(app: App, *, is_alone: bool = True) -> None:
    """Make the tables agree with the settings, and call what a crash cut off by its name.

    `is_alone` says that no other process works on this database, so that nothing in flight is alive.
    """
    now = app.clock.now()
    with app.store.write() as tx:
        watches.register(tx, app.settings.watches, now)
        watches.forgive_keys(tx)
        clocks.look_again(tx, now)
        if is_alone:
            # Whoever holds a lease is dead; until it ran out, nobody would poll the watch.
            watches.end_leases(tx)
    recover(app, older_than=timedelta(0) if is_alone else WORKERS_FINISH)


def recover(app: App, *, older_than: timedelta = WORKERS_FINISH) -> None:
    """Call attempts that were cut off by their name: replies become unknown, notices get back in line.

    A worker that died is found by those that go on, not only by the next start.
    """
    recover_replies(_deliver_context(app))
    requeue_notices(app.store, app.clock, older_than=older_than)
    open_changed_channels(_tell_context(app))


def decide_all(app: App) -> Tally:
    """Decide everything that waits, and again what spreads or has grown older by now."""
    context = TriageContext(store=app.store, clock=app.clock, scorer=app.scorer, settings=app.settings)
    look_at_growth(context, app.rules.book)
    total = Tally()
    has_more = True
    while has_more:
        has_more = look_at_ages(context, app.rules.book)
        while (tally := triage(context, app.rules.book)).decided:
            total.add(tally)
    return total


def poll_connector(app: App, name: str) -> None:
    """Poll what is due of one connector.

    Its watches never run side by side: neither client library is safe to share between threads, and platforms
    count calls per account.
    """
    configured = {watch.name: watch for watch in app.settings.watches if watch.connector == name}
    for watch in due_watches(_pull_context(app), configured):
        _poll(app, watch.name)


def _poll(app: App, name: str) -> PollResult | None:
    watch = next(watch for watch in app.settings.watches if watch.name == name)
    try:
        connector = app.connector(watch.connector)
    except EngagebotError as error:
        log.error("watch %s: %s", watch.name, error)
        return PollResult(name=watch.name, error=str(error))
    return poll(_pull_context(app), watch, connector)


def send_replies(app: App) -> int:
    """Send approved replies that are due; a dry run keeps them where they are."""
    return deliver_replies(_deliver_context(app)) if app.is_live else 0


def settle(app: App) -> int:
    """Find out what became of replies whose outcome is unknown; this only reads."""
    return settle_replies(_deliver_context(app)) if app.is_live else 0


def tell_people(app: App) -> int:
    """Deliver notices; a dry run shows them on the console and keeps the others in line."""
    return deliver_notices(_tell_context(app))


def _tell_context(app: App) -> TellContext:
    return TellContext(
        store=app.store, clock=app.clock, owner=app.worker, sink=app.sink, mark=app.mark, ways=app.ways,
        only=None if app.may_notify else ("console",), showing=app.showing,
    )  # fmt: skip


def prove(app: App) -> int:
    """Put the weekly tests of channels in line, where this process may tell people."""
    settings = app.settings
    if not app.may_notify or not settings.tests_channels:
        return 0
    context = ProveContext(
        store=app.store, clock=app.clock, channels=settings.channels, hours=settings.hours,
        zone=settings.timezone, url=settings.base_url,
    )  # fmt: skip
    return prove_channels(context)


def check_deletions(app: App) -> int:
    """Ask platforms which stored mentions still stand; answer of how many they told."""
    done = prune.recheck(app.prune_context)
    return done.shown + done.redacted


def expire(app: App) -> None:
    """Empty mentions that were kept long enough, and drop what nobody went on writing."""
    prune.expire(app.store, app.clock, app.settings.retention.mentions)
    with app.store.write() as tx:
        writings.expire(tx, app.clock.now())
        seeded.expire(tx, app.clock.now())
    Avatars(app.settings.avatars).sweep(app.store)


def mind(app: App) -> int:
    """Let time do its work on cases: warn, call, remind, wake and give back."""
    return mind_cases(MindContext(store=app.store, clock=app.clock, settings=app.settings))


def tidy_desk(app: App) -> None:
    """Bring back to the queue what was put off or taken over, once that is over; seed a check when due."""
    now = app.clock.now()
    with app.store.write() as tx:
        snoozing.wake_due(tx, now)
        review.return_unposted(tx, now, after=app.settings.review.by_hand_returns_after)
    seed(seeding_context(app))


def learn(app: App) -> None:
    """Learn from what people decided, once a night; the demo's made-up people teach nothing.

    Deleted posts are forgotten every night, whoever makes the models.
    """
    if app.is_demo:
        return
    is_told = not app.settings.learning.nightly
    try:
        learn_nightly(app.learning_context, app.settings.timezone, only_forgets=is_told)
    except AlreadyRunning as error:
        log.info("%s", error)


def _pull_context(app: App) -> PullContext:
    return PullContext(
        store=app.store, clock=app.clock, owner=app.worker, own_handles=app.settings.brand.handles,
        manners=app.settings.manners, purse=app.settings.purse,
    )  # fmt: skip


def _deliver_context(app: App) -> DeliverContext:
    return DeliverContext(
        store=app.store, clock=app.clock, owner=app.worker, connector=app.connector,
        prices=app.settings.prices, manners=app.settings.manners, leaving=app.settings.leaving,
        stopwatch=app.stopwatch,
    )  # fmt: skip


def check_ears(app: App, *, began_at: datetime | None) -> None:
    """Say which watches went deaf or hear again; `began_at` is since when this process listens."""
    context = HearingContext(
        store=app.store,
        clock=app.clock,
        watches=app.settings.watches,
        channels=app.settings.alarms.notify,
        began_at=began_at,
        url=f"{app.settings.base_url}/connectors",
    )
    if not app.is_demo:
        # The demo's stories come to an end, which is no silence to call anybody for.
        learn_usual(context)
    check_hearing(context)


def beat(app: App) -> None:
    """Leave a sign of life."""
    with app.store.write() as tx:
        site.beat(tx, app.clock.now())


@dataclass(slots=True)
class Ticks:
    """The running jobs; `failures` holds the last error of each job that is failing now."""

    scheduler: BackgroundScheduler
    failures: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """Let running jobs finish, then end."""
        self.scheduler.shutdown(wait=True)

    def _listen(self, event: JobEvent) -> None:
        if event.code == EVENT_JOB_EXECUTED:
            if self.failures.pop(event.job_id, None) is not None:
                log.warning("job %s works again", event.job_id)
            return
        error = getattr(event, "exception", None)
        problem = "did not get its turn in time" if error is None else str(error) or type(error).__name__
        if self.failures.get(event.job_id) != problem:  # said once, not at every tick
            log.error("job %s: %s", event.job_id, problem, exc_info=error)
        self.failures[event.job_id] = problem


def start(app: App, *, polls: bool = True, works: bool = True) -> Ticks:
    """Start the jobs: `polls` for listening, `works` for deciding and delivering.

    Every job may be late, skipped or run in several processes: what is due is a question to the database, and
    leases and compare-and-set updates decide who does it.
    """
    # A memory store on purpose: several schedulers on one SQLAlchemyJobStore run jobs twice and can delete
    # them (apscheduler issues 129 and 341). The default misfire grace of one second drops late runs in
    # silence (issue 146); None keeps them.
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(12)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    ticks = Ticks(scheduler)
    scheduler.add_listener(
        # A tick left out because the one before still runs is no failure: a long poll is doing its work.
        ticks._listen,
        EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_EXECUTED,
    )
    jobs: list[tuple[str, Callable[[], object], float]] = [("heartbeat", lambda: beat(app), HEARTBEAT_S)]
    if polls:
        jobs += [
            (f"poll {name}", _poller(app, name), 1)
            for name in sorted({watch.connector for watch in app.settings.watches})
        ]
        began_at = app.clock.now()
        jobs.append(("hearing", lambda: check_ears(app, began_at=began_at), 60))
    if works:
        jobs += [
            ("scorer", app.judging.refresh, 2),
            ("rules", app.rules.refresh, 2),
            ("decide", lambda: decide_all(app), 1),
            ("send", lambda: send_replies(app), 1),
            ("settle", lambda: settle(app), 15),
            ("tell", lambda: tell_people(app), 1),
            ("recover", lambda: recover(app), 60),
            ("recheck", lambda: check_deletions(app), 60),
            ("retention", lambda: expire(app), 3600),
            ("desk", lambda: tidy_desk(app), 5),
            ("mind", lambda: mind(app), 5),
            ("prove", lambda: prove(app), 60),
            ("learn", lambda: learn(app), 600),
        ]
    # The machine's own clock, not the site's: ticks must go on while a rehearsal freezes the latter.
    first = SystemClock().now()
    for name, job, every_s in jobs:
        scheduler.add_job(job, "interval", seconds=every_s, id=name, next_run_time=first)
    scheduler.start()
    return ticks


def _poller(app: App, name: str) -> Callable[[], None]:
    return lambda: poll_connector(app, name)
