"""What listening cost over a span of days, what came of it, and what could be had for less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from engagebot.domain.listening.costs import (
    WRITE_UNITS,
    BudgetLine,
    Counted,
    Prices,
    cost_of,
    money,
    month_start,
    units_of,
)

_FREE = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """What came of a watch's mentions: `useful` ones were escalated or got a draft.

    `addressed` counts those whose authors meant us.
    """

    useful: int = 0
    addressed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """One UTC day: everything that was read and what the day cost, replies included."""

    day: date
    cost: Decimal
    reads: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """The ledger over a span of days. `today` and `month` are the cost of this UTC day and month.

    `days` and `watches` hold only those with a line in the ledger. The watch with the empty name stands for
    reads that belong to none, such as looks at whether mentions still stand.
    """

    currency: str
    today: Decimal
    month: Decimal
    days: Sequence[DayCost]
    watches: Sequence[WatchUsage]
    writes: Mapping[str, int]
    writes_cost: Decimal
    advice: Sequence[str]
    budgets: Sequence[BudgetLine]


def report(
    rows: Sequence[Counted],
    returns: Mapping[str, Returns],
    budgets: Sequence[BudgetLine],
    *,
    prices: Prices,
    now: datetime,
    since: date,
) -> CostReport:
    """Add the ledger up; `rows` reach back to `since`, and to the beginning of the month at the least."""
    shown = [row for row in rows if row.day >= since]
    writes = [row for row in shown if row.unit in WRITE_UNITS]
    usages = [
        _usage(connector, watch, shown, returns=returns, prices=prices)
        for connector, watch in sorted({(row.connector, row.watch) for row in shown})
    ]
    heard = [usage for usage in usages if usage.reads]
    return CostReport(
        currency=prices.currency,
        today=cost_of([row for row in rows if row.day == now.date()], prices),
        month=cost_of([row for row in rows if row.day >= month_start(now)], prices),
        days=[_day(day, shown, prices) for day in sorted({row.day for row in shown})],
        watches=heard,
        writes=units_of(writes),
        writes_cost=cost_of(writes, prices),
        advice=advise([usage for usage in heard if usage.name], prices),
        budgets=budgets,
    )


def _day(day: date, rows: Sequence[Counted], prices: Prices) -> DayCost:
    own = [row for row in rows if row.day == day]
    reads = units_of(row for row in own if row.unit not in WRITE_UNITS)
    return DayCost(day=day, cost=cost_of(own, prices), reads=reads)


def _usage(
    connector: str, watch: str, rows: Sequence[Counted], *, returns: Mapping[str, Returns], prices: Prices
) -> WatchUsage:
    own = [
        row
        for row in rows
        if (row.connector, row.watch) == (connector, watch) and row.unit not in WRITE_UNITS
    ]
    came = returns.get(watch, Returns())
    return WatchUsage(
        name=watch,
        connector=connector,
        reads=units_of(own),
        cost=cost_of(own, prices),
        useful=came.useful,
        addressed=came.addressed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchUsage:
    """What a watch read and what came of it. `useful` mentions were escalated or got a draft.

    `addressed` counts its mentions whose authors meant us.
    """

    name: str
    connector: str
    reads: Mapping[str, int]
    cost: Decimal
    useful: int
    addressed: int

    @property
    def cost_per_useful(self) -> Decimal | None:
        """What one useful mention cost; `None` without any."""
        return self.cost / self.useful if self.useful else None


def advise(usages: Sequence[WatchUsage], prices: Prices) -> list[str]:
    """Say in sentences what could be had for less, and what is counted as free for want of a price."""
    found: list[str] = []
    for usage in usages:
        others = [each for each in usages if each is not usage and each.connector == usage.connector]
        has_timeline = any(each.reads.get("owned_posts") for each in others)
        found += _cheaper_posts(usage, prices, has_timeline=has_timeline)
        found += _authors(usage, prices)
        if usage.cost and not usage.useful:
            found.append(
                f"watch {usage.name} cost {money(usage.cost)} and brought nothing that was escalated or "
                "got a draft: narrow what it asks for, or ask less often"
            )
    return [*found, *_unpriced(usages, prices)]


def _cheaper_posts(usage: WatchUsage, prices: Prices, *, has_timeline: bool) -> Iterator[str]:
    units = prices.units(usage.connector)
    dear, cheap = units.get("posts", _FREE), units.get("owned_posts")
    count = min(usage.addressed, usage.reads.get("posts", 0))
    if cheap is None or cheap >= dear or not count:
        return
    read = (
        f"watch {usage.name} read {count} posts addressed to us at {money(dear)} each; the mentions timeline "
        f"reads them at {money(cheap)}"
    )
    if has_timeline:
        yield f"{read}, and a watch does so already: exclude our own name from this search"
    else:
        yield f"mentions timeline instead of search: {read}"


def _authors(usage: WatchUsage, prices: Prices) -> Iterator[str]:
    spent = prices.cost(usage.connector, {"users": usage.reads.get("users", 0)})
    if spent and spent * 2 >= usage.cost:
        setting = f"ENGAGEBOT_{usage.connector.upper()}_AUTHORS=false"
        share = f"{money(spent)} of {money(usage.cost)}"
        yield (
            f"watch {usage.name}: {share} went for authors' profiles; {setting} leaves them out, and with "
            "them names and follower counts"
        )


def _unpriced(usages: Sequence[WatchUsage], prices: Prices) -> Iterator[str]:
    units = {(usage.connector, unit) for usage in usages for unit, count in usage.reads.items() if count}
    for connector, unit in sorted(units):
        if unit not in prices.units(connector):
            yield f"{connector}: no price is listed for {unit}, so they are counted as free"
