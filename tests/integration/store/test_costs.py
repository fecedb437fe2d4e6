"""The ledger counts by day, connector, watch and unit, whoever counts at the same time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from engagebot.domain.actions import Outcome
from engagebot.domain.listening.costs import Budget, Level, PriceList, Prices, Purse, units_of
from engagebot.domain.listening.spending import Returns
from engagebot.domain.records import ConnectorRecord
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.listening import costs, watches
from tests.factories import incoming, make_mention, make_watch
from tests.fakes import NOON, FakeClock

TODAY = NOON.date()
PRICES = Prices(connectors={"fake": PriceList(units={"posts": Decimal("0.005"), "writes": Decimal("0.01")})})


def count(store: Store, counts: Mapping[str, int], *, watch: str | None = "talk", name: str = "fake") -> None:
    with store.write() as tx:
        costs.count(tx, counts, connector=name, watch=watch, at=store.clock.now())


def totals(store: Store, since: date = TODAY, connector: str | None = None) -> dict[str, int]:
    with store.read() as tx:
        return units_of(costs.counted(tx, since=since, connector=connector))


def test_counts_add_up_within_a_utc_day(store: Store, clock: FakeClock) -> None:
    count(store, {"posts": 3})
    count(store, {"posts": 2, "users": 1, "nothing": 0})
    clock.forward(hours=12)
    count(store, {"posts": 7})
    with store.read() as tx:
        found = costs.counted(tx, since=TODAY)
    assert [(line.day, line.unit, line.count) for line in found] == [
        (TODAY, "posts", 5),
        (TODAY, "users", 1),
        (TODAY + timedelta(days=1), "posts", 7),
    ]
    assert totals(store, TODAY + timedelta(days=1)) == {"posts": 7}


def test_watches_and_connectors_are_counted_apart(store: Store) -> None:
    count(store, {"posts": 1})
    count(store, {"posts": 2}, watch="other")
    count(store, {"posts": 4}, watch=None)
    count(store, {"posts": 8}, name="else")
    assert totals(store) == {"posts": 15}
    assert totals(store, connector="fake") == {"posts": 7}
    with store.read() as tx:
        assert {line.watch for line in costs.counted(tx, since=TODAY)} == {"talk", "other", ""}


def test_a_count_is_gone_with_its_transaction(store: Store) -> None:
    def cut_off() -> None:
        with store.write() as tx:
            costs.count(tx, {"posts": 9}, connector="fake", watch="talk", at=NOON)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert totals(store) == {}


def test_workers_lose_no_count(store: Store) -> None:
    start = threading.Barrier(4)

    def work(units: tuple[str, ...]) -> None:
        start.wait(10)
        for _ in range(10):
            count(store, dict.fromkeys(units, 1))

    orders = (("posts", "users"), ("users", "posts")) * 2
    threads = [threading.Thread(target=work, args=(units,)) for units in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals(store) == {"posts": 40, "users": 40}


def record(store: Store, prices: Prices | None = None) -> ConnectorRecord:
    with store.read() as tx:
        (found,) = watches.connector_records(tx, [make_watch()], store.clock.now(), prices=prices)
    return found


def test_a_connectors_day_comes_from_the_ledger(store: Store, clock: FakeClock) -> None:
    assert (record(store, PRICES).reads_today, record(store, PRICES).cost_today) == (0, 0.0)
    count(store, {"posts": 3, "requests": 1})
    count(store, {"writes": 2})
    count(store, {"posts": 50}, name="else")
    assert (record(store).reads_today, record(store).cost_today) == (4, None)
    assert record(store, PRICES).cost_today == 0.035
    clock.forward(hours=12)
    assert (record(store, PRICES).reads_today, record(store, PRICES).cost_today) == (0, 0.0)


def test_a_watch_is_judged_by_its_own_and_by_its_connectors_budget(store: Store, clock: FakeClock) -> None:
    watch = make_watch(budget=Budget(posts_per_day=10))
    purse = Purse(prices=PRICES, budgets={"fake": Budget(usd_per_month=Decimal("0.10"))})

    def level() -> Level:
        with store.read() as tx:
            return costs.verdict(tx, watch, purse, clock.now()).level

    count(store, {"posts": 7})
    assert level() is Level.FINE
    count(store, {"posts": 3})
    assert level() is Level.SPENT
    clock.forward(hours=12)
    assert level() is Level.FINE
    count(store, {"posts": 12}, watch="other")
    assert level() is Level.SPENT


def test_what_came_of_a_watch_is_what_a_person_gets_to_see(store: Store) -> None:
    outcomes = (*Outcome, None)
    with store.write() as tx:
        items = [incoming(make_mention(str(n), addressed_to_us=n % 2 == 0)) for n in range(len(outcomes))]
        mentions.save(tx, items, watch="talk", fetched_at=NOON)
        mentions.save(tx, [incoming(make_mention("imported"))], watch=None, fetched_at=NOON)
        long_ago = make_mention("old", posted_at=NOON - timedelta(days=40))
        mentions.save(tx, [incoming(long_ago)], watch="talk", fetched_at=NOON)
        table = tables.mentions
        for number, outcome in enumerate(outcomes):
            tx.execute(table.update().where(table.c.native_id == str(number)).values(outcome=outcome))
        found = costs.returns(tx, since=NOON - timedelta(days=30))
    assert found == {"talk": Returns(useful=2, addressed=3)}
