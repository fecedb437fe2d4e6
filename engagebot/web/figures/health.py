"""Is it alive, is it ready, and how does it fare: for supervisors and monitoring."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from engagebot.bootstrap import App
from engagebot.domain.listening.costs import WRITE_UNITS, Counted, cost_of, units_of
from engagebot.domain.listening.hearing import Cause, Deaf
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState
from engagebot.domain.records import ConnectorRecord, DeletionReceipt, SiteStatus, WatchRecord
from engagebot.domain.telling.detours import Unreached
from engagebot.errors import EngagebotError, SchemaMismatch, StoreUnavailable
from engagebot.pipeline import prune
from engagebot.pipeline.hearing import deaf_watches
from engagebot.store import schema, site
from engagebot.store.listening import costs, watches
from engagebot.store.replying import breakers
from engagebot.store.telling import channels, unreached
from engagebot.web.entry.auth import may_see
from engagebot.web.figures.held import rule_figures
from engagebot.web.figures.judging import judging_figures, judging_json
from engagebot.web.figures.reaching import unreached_words
from engagebot.web.figures.sending import breaker_figures, breaker_words
from engagebot.web.problems import SignInNeeded
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
HEARTBEAT_MAX_AGE = timedelta(seconds=60)
# A connector that rests for a rate limit comes back by itself; one that rests longer waits for a person.
REST_MAX = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be in order; `detail` says what is wrong, or how it stands."""

    name: str
    is_fine: bool
    detail: str


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def readyz(request: Request, app: Site) -> JSONResponse:
    checks = ready_checks(app, runs_scheduler=request.app.state.runs_scheduler)
    is_ready = all(check.is_fine for check in checks)
    body = {
        "ready": is_ready,
        "reasons": [f"{check.name}: {check.detail}" for check in checks if not check.is_fine],
        "checks": {check.name: {"ok": check.is_fine, "detail": check.detail} for check in checks},
    }
    return JSONResponse(body, 200 if is_ready else 503)


@router.get("/metrics")
def metrics(request: Request, app: Site) -> Response:
    if not may_see(app, request):
        raise SignInNeeded("figures are for this machine, or for a token: `Authorization: Bearer TOKEN`")
    registry = CollectorRegistry()
    registry.register(SiteFigures(app))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def ready_checks(app: App, *, runs_scheduler: bool) -> list[Check]:
    """Everything that must be in order before this process is of use."""
    try:
        schema.check(app.store)
    except SchemaMismatch as error:
        return [Check("database", True, "answers"), Check("migrations", False, str(error))]
    except StoreUnavailable as error:
        return [Check("database", False, str(error))]
    checks = [Check("database", True, "answers"), Check("migrations", True, "at the newest revision")]
    try:
        with app.store.read() as tx:
            status = site.status(tx)
            records = watches.connector_records(tx, app.settings.watches, app.clock.now())
            deaf = deaf_watches(tx, app.settings.watches, app.clock.now())
            told = unreached.summary(tx)
            resting = breakers.all_open(tx)
    except EngagebotError as error:
        return [Check("database", False, str(error))]
    if runs_scheduler:
        checks.append(_heartbeat(app, status))
    # No reason to take this process away: nobody would send the notices on.
    checks.append(Check("notices", True, unreached_words(app, told) or "nothing has reached nobody"))
    zone = app.settings.timezone
    words = "; ".join(breaker_words(each, app.clock.now(), zone) for each in resting)
    # Another process would fare no better.
    checks.append(Check("sending", True, words or "no platform rests after failures"))
    ears = [[each for each in deaf.values() if each.connector == record.name] for record in records]
    return [*checks, *(_connector(app, record, ear) for record, ear in zip(records, ears, strict=True))]


def _heartbeat(app: App, status: SiteStatus) -> Check:
    if status.heartbeat_at is None:
        return Check("scheduler", False, "has given no sign of life yet")
    age = app.clock.now() - status.heartbeat_at
    words = f"last sign of life {age.total_seconds():.0f} s ago"
    return Check("scheduler", age < HEARTBEAT_MAX_AGE, words)


def _connector(app: App, record: ConnectorRecord, deaf: list[Deaf]) -> Check:
    name = f"connector {record.name}"
    if deaf:
        # An unusual silence may be nothing; all else means that we cannot hear.
        is_fine = all(each.cause is Cause.SILENT for each in deaf)
        return Check(name, is_fine, "; ".join(f"{each.watch} is deaf: {each.why}" for each in deaf))
    if record.is_healthy is not False:
        return Check(name, True, "listening" if record.is_healthy else "not polled yet")
    until = record.paused_until
    now = app.clock.now()
    if until is not None and now < until <= now + REST_MAX:
        return Check(name, True, f"rests until {until.isoformat()}: {record.problem}")
    return Check(name, False, record.problem or "fails")


class SiteFigures(Collector):
    """The site's figures, read from the store at each scrape, so that every process tells the same."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read and yield every figure."""
        app = self._app
        judging = judging_json(app)
        with app.store.read() as tx:
            status = site.status(tx)
            polled = watches.all_of(tx, [watch.name for watch in app.settings.watches])
            ledger = costs.counted(tx, since=app.clock.now().date())
            receipt = prune.receipt(app.prune_context, tx)
            deaf = deaf_watches(tx, app.settings.watches, app.clock.now())
            told = unreached.summary(tx)
            shut = channels.all_shut(tx)
            resting = breakers.all_open(tx)
        yield GaugeMetricFamily("engagebot_mentions", "Mentions stored.", value=status.mentions)
        yield GaugeMetricFamily("engagebot_mentions_undecided", "Mentions waiting.", value=status.undecided)
        for name, help_text, counted, states in (
            ("drafts", "Reply drafts by state.", status.drafts, list(DraftState)),
            ("cases", "Cases by state.", status.cases, list(CaseState)),
            ("deliveries", "Notifications by state.", status.deliveries, list(DeliveryState)),
        ):
            family = GaugeMetricFamily(f"engagebot_{name}", help_text, labels=["state"])
            for state in states:
                family.add_metric([state.value], counted.get(state.value, 0))
            yield family
        yield from self._reaching(told, shut)
        yield from breaker_figures(resting, [watch.connector for watch in app.settings.watches])
        yield self._poll_ages(polled)
        ears = GaugeMetricFamily(
            "engagebot_watch_deaf", "1 while a watch hears nothing, or is unusually silent.", labels=["watch"]
        )
        for watch in polled:
            ears.add_metric([watch.name], float(watch.name in deaf))
        yield ears
        yield from self._costs(ledger)
        yield from _deletion(receipt)
        yield from rule_figures(status)
        yield from judging_figures(judging, app.clock.now())
        yield GaugeMetricFamily(
            "engagebot_paused", "1 while a person has stopped everything that leaves.",
            value=float(status.paused_by is not None),
        )  # fmt: skip

    def _costs(self, ledger: list[Counted]) -> Iterator[GaugeMetricFamily]:
        # A gauge in spite of its name: it starts again with every UTC day, as the bill does.
        reads = GaugeMetricFamily(
            "engagebot_reads_total", "What was read this UTC day, by what platforms charge for.",
            labels=["connector", "unit"],
        )  # fmt: skip
        spent = GaugeMetricFamily(
            "engagebot_cost_today_usd", "What this UTC day cost by the price list.", labels=["connector"]
        )
        for connector in sorted({watch.connector for watch in self._app.settings.watches}):
            own = [line for line in ledger if line.connector == connector]
            spent.add_metric([connector], float(cost_of(own, self._app.settings.prices)))
            for unit, count in sorted(units_of(own).items()):
                if unit not in WRITE_UNITS:
                    reads.add_metric([connector, unit], count)
        yield reads
        yield spent

    def _reaching(self, told: Unreached | None, shut: Collection[str]) -> Iterator[GaugeMetricFamily]:
        counts = GaugeMetricFamily(
            "engagebot_unreached_notices", "Notices that reached nobody, and nobody knows.", labels=["kind"]
        )
        counts.add_metric(["escalation"], told.escalations if told else 0)
        counts.add_metric(["alarm"], told.alarms if told else 0)
        yield counts
        age = (self._app.clock.now() - told.since).total_seconds() if told else 0.0
        yield GaugeMetricFamily(
            "engagebot_unreached_oldest_seconds", "Age of the oldest notice that reached nobody.", value=age
        )
        family = GaugeMetricFamily(
            "engagebot_channel_shut", "1 while a channel is gone and used no more.", labels=["channel"]
        )
        for channel in self._app.settings.channels:
            family.add_metric([channel], float(channel in shut))
        yield family

    def _poll_ages(self, polled: list[WatchRecord]) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "engagebot_poll_age_seconds", "Time since a watch was last read without error.", labels=["watch"]
        )
        now = self._app.clock.now()
        for watch in polled:
            if watch.last_success_at is not None:
                family.add_metric([watch.name], (now - watch.last_success_at).total_seconds())
        return family


def _deletion(receipt: DeletionReceipt) -> Iterator[GaugeMetricFamily]:
    for name, help_text in (
        ("stored", "Mentions whose words are kept."),
        ("redacted", "Mentions whose words were forgotten."),
        ("overdue", "Mentions whose platform should have been asked by now whether they still stand."),
    ):
        family = GaugeMetricFamily(f"engagebot_deletion_{name}", help_text, labels=["source"])
        for line in receipt.sources:
            if line.is_checked or name != "overdue":
                family.add_metric([line.source], getattr(line, name))
        yield family
    ages = GaugeMetricFamily(
        "engagebot_deletion_oldest_check_seconds",
        "Time since the mention that waits longest was last shown.",
        labels=["source"],
    )
    for line in receipt.sources:
        if line.oldest_check_age is not None:
            ages.add_metric([line.source], line.oldest_check_age.total_seconds())
    yield ages
