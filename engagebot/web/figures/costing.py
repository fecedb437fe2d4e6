"""What listening and answering cost, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from engagebot.bootstrap import App
from engagebot.domain.listening.costs import BudgetLine, ReplyCost, reply_cost
from engagebot.domain.listening.spending import CostReport, WatchUsage
from engagebot.domain.mention import Mention, ReplyRoute, Route
from engagebot.store.engine import Tx
from engagebot.store.listening import costs
from engagebot.web.entry.auth import Reader
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1", tags=["site"])
DAYS = 30
_UNITS = {
    "posts": "posts", "owned_posts": "own mentions", "users": "authors’ profiles", "requests": "requests",
    "lookups": "looks before a reply",
}  # fmt: skip


class DayCostJson(BaseModel):
    day: date
    cost: float
    reads: dict[str, int]


class WatchCostJson(BaseModel):
    """`useful_mentions` were escalated or got a draft."""

    name: str
    connector: str
    reads: dict[str, int]
    cost: float
    useful_mentions: int
    cost_per_useful: float | None


class OtherReadsJson(BaseModel):
    """Reads of no watch, such as looks at whether mentions still stand."""

    connector: str
    reads: dict[str, int]
    cost: float


class WritesJson(BaseModel):
    counts: dict[str, int]
    cost: float


class BudgetJson(BaseModel):
    scope: str
    name: str
    key: str
    limit: float
    used: float
    share: float
    level: str
    resets_at: datetime
    words: str


class CostsJson(BaseModel):
    """`today` and `month` are the cost of this UTC day and month; all else is over the days asked for."""

    currency: str
    today: float
    month: float
    days: list[DayCostJson]
    watches: list[WatchCostJson]
    other_reads: list[OtherReadsJson]
    writes: WritesJson
    advice: list[str]
    budgets: list[BudgetJson]


@router.get("/costs")
def show_costs(
    app: Site,
    _: Reader,
    days: Annotated[int, Query(ge=1, le=366, description="How many UTC days, this one included.")] = DAYS,
) -> CostsJson:
    with app.store.read() as tx:
        return costs_json(read_report(app, tx, days))


def read_report(app: App, tx: Tx, days: int = DAYS) -> CostReport:
    """The ledger over the last days."""
    settings = app.settings
    return costs.report(tx, settings.watches, settings.purse, now=app.clock.now(), days=days)


def costs_json(report: CostReport) -> CostsJson:
    """The ledger for programs."""
    return CostsJson(
        currency=report.currency,
        today=float(report.today),
        month=float(report.month),
        days=[DayCostJson(day=day.day, cost=float(day.cost), reads=dict(day.reads)) for day in report.days],
        watches=[_watch(usage) for usage in report.watches if usage.name],
        other_reads=[
            OtherReadsJson(connector=usage.connector, reads=dict(usage.reads), cost=float(usage.cost))
            for usage in report.watches
            if not usage.name
        ],
        writes=WritesJson(counts=dict(report.writes), cost=float(report.writes_cost)),
        advice=list(report.advice),
        budgets=[_budget(line) for line in report.budgets],
    )


def _watch(usage: WatchUsage) -> WatchCostJson:
    each = usage.cost_per_useful
    return WatchCostJson(
        name=usage.name,
        connector=usage.connector,
        reads=dict(usage.reads),
        cost=float(usage.cost),
        useful_mentions=usage.useful,
        cost_per_useful=None if each is None else round(float(each), 6),
    )


def _budget(line: BudgetLine) -> BudgetJson:
    return BudgetJson(
        scope=line.scope,
        name=line.name,
        key=line.key,
        limit=float(line.limit),
        used=float(line.used),
        share=round(line.share, 4),
        level=line.level.value,
        resets_at=line.resets_at.astimezone(UTC),
        words=line.words,
    )


def cost_of_reply(app: App, mention: Mention, route: ReplyRoute, text: str) -> ReplyCost | None:
    """What sending this reply would cost; `None` where it is free, or a person posts it."""
    if route.route is not Route.API:
        return None
    is_summoned = mention.platform.get("summoned") is True
    return reply_cost(app.settings.prices, mention.ref.source, text, is_summoned=is_summoned)


def reads_words(reads: Mapping[str, int]) -> str:
    """`412 posts, 38 authors’ profiles`, or `nothing`."""
    return ", ".join(f"{count:,} {_UNITS.get(unit, unit)}" for unit, count in reads.items()) or "nothing"
