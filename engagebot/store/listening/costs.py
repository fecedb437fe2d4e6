"""The ledger: what was read and written, by UTC day, connector, watch and unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.actions import Outcome
from engagebot.domain.listening import costs, spending
from engagebot.domain.listening.costs import Budget, BudgetLine, Counted, Prices, Purse, Verdict
from engagebot.domain.listening.spending import CostReport, Returns
from engagebot.domain.records import MentionRecord
from engagebot.ports import Watch
from engagebot.store.engine import Tx, upsert
from engagebot.store.remembered import remembered
from engagebot.store.tables import mentions, reads

USEFUL = (Outcome.ESCALATED.value, Outcome.DRAFTED.value)


def count(tx: Tx, counts: Mapping[str, int], *, connector: str, watch: str | None, at: datetime) -> None:
    """Add to the ledger in the transaction of what was counted, so that neither is there without the other.

    `watch` is `None` for what belongs to no watch. One statement adds: two workers that read and write would
    lose one's count.
    """
    # In one order everywhere: workers that lock rows in different orders wait for each other for ever.
    for unit, number in sorted(counts.items()):
        if number <= 0:
            continue
        statement = upsert(tx, reads).values(
            day=at.date().isoformat(), connector=connector, watch=watch or "", unit=unit, count=number
        )
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["day", "connector", "watch", "unit"],
                set_={"count": reads.c.count + statement.excluded.count},
            )
        )


def count_reply(tx: Tx, answered: MentionRecord, text: str, *, prices: Prices, at: datetime) -> None:
    """Add a reply that arrived, as the unit that its platform charges for."""
    source = answered.mention.ref.source
    is_summoned = answered.mention.platform.get("summoned") is True
    unit = prices.write_unit(source, text, is_summoned=is_summoned)
    count(tx, {unit: 1}, connector=source, watch=answered.watch, at=at)


def counted(tx: Tx, *, since: date, connector: str | None = None) -> list[Counted]:
    """The ledger's lines from this day on, oldest first."""
    return list(_counted(tx, since, connector))


@remembered
def _counted(tx: Tx, since: date, connector: str | None) -> tuple[Counted, ...]:
    query = sa.select(reads).where(reads.c.day >= since.isoformat())
    if connector is not None:
        query = query.where(reads.c.connector == connector)
    return tuple(
        Counted(
            day=date.fromisoformat(row["day"]),
            connector=row["connector"],
            watch=row["watch"],
            unit=row["unit"],
            count=row["count"],
        )
        for row in tx.execute(
            query.order_by(reads.c.day, reads.c.connector, reads.c.watch, reads.c.unit)
        ).mappings()
    )


def verdict(tx: Tx, watch: Watch, purse: Purse, now: datetime) -> Verdict:
    """Whether a watch may read one more page, by its own budget and its connector's."""
    if not purse.limits(watch.connector, watch.budget):
        return Verdict()
    shared = purse.budgets.get(watch.connector, Budget())
    prices = purse.prices
    rows = counted(tx, since=costs.month_start(now), connector=watch.connector)
    lines = costs.watch_lines(watch.name, watch.budget, rows, prices=prices, now=now)
    lines += costs.connector_lines(watch.connector, shared, rows, prices=prices, now=now)
    return costs.verdict(lines, prices.units(watch.connector))


def returns(tx: Tx, *, since: datetime) -> dict[str, Returns]:
    """What came of the mentions posted from then on, by watch."""
    is_useful = sa.case((mentions.c.outcome.in_(USEFUL), 1), else_=0)
    is_addressed = sa.case((mentions.c.addressed_to_us.is_(True), 1), else_=0)
    query = (
        sa.select(mentions.c.watch, sa.func.sum(is_useful), sa.func.sum(is_addressed))
        .where(mentions.c.posted_at >= since, mentions.c.watch.is_not(None))
        .group_by(mentions.c.watch)
    )
    return {row[0]: Returns(useful=int(row[1]), addressed=int(row[2])) for row in tx.execute(query)}


def report(tx: Tx, configured: Sequence[Watch], purse: Purse, *, now: datetime, days: int) -> CostReport:
    """What the last `days` UTC days cost, this one included, what came of them, and how budgets stand."""
    since = now.date() - timedelta(days=days - 1)
    rows = counted(tx, since=min(since, costs.month_start(now)))
    came = returns(tx, since=datetime(since.year, since.month, since.day, tzinfo=UTC))
    budgets = budget_lines(rows, configured, purse, now=now)
    return spending.report(rows, came, budgets, prices=purse.prices, now=now, since=since)


def budget_lines(
    rows: Sequence[Counted], configured: Sequence[Watch], purse: Purse, *, now: datetime
) -> list[BudgetLine]:
    """Every limit of the settings beside what was used of it; `rows` reach back to this month's beginning."""
    found = []
    for connector, budget in purse.budgets.items():
        found += costs.connector_lines(connector, budget, rows, prices=purse.prices, now=now)
    for watch in configured:
        found += costs.watch_lines(watch.name, watch.budget, rows, prices=purse.prices, now=now)
    return found
