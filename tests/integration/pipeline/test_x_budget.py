"""A budget on X with the real client: a burst that was cut off by it is read to its end the next day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.x import open_connector
from connectors.x.connector import XConnector
from engagebot.domain.listening.costs import Budget, PriceList, Prices, Purse, units_of
from engagebot.pipeline.pull import PollResult, PullContext, poll
from engagebot.ports import Watch
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.listening import costs, watches
from tests.emulators.x import XEmulator
from tests.fakes import FakeClock

SEARCH = "GET /2/tweets/search/recent"
PURSE = Purse(
    prices=Prices(connectors={"x": PriceList(units={"posts": Decimal("0.005"), "users": Decimal("0.01")})})
)


@pytest.fixture
def x(clock: FakeClock) -> Iterator[XEmulator]:
    with XEmulator(account="acme", clock=clock.now) as emulator:
        yield emulator


@pytest.fixture
def connector(x: XEmulator, clock: FakeClock) -> XConnector:
    options = {"bearer_token": "bearer-made-up-1", "handle": "acme", "base_url": x.url}
    return open_connector(options, clock)


def listen(store: Store, connector: XConnector, budget: Budget) -> PollResult:
    watch = Watch(
        name="talk",
        connector="x",
        kind="search",
        every=timedelta(minutes=5),
        budget=budget,
        options={"query": "acme"},
    )
    with store.write() as tx:
        watches.register(tx, [watch], store.clock.now())
    context = PullContext(
        store=store, clock=store.clock, owner="worker-1", own_handles={"x": "acme"}, purse=PURSE
    )
    found = poll(context, watch, connector)
    assert found is not None
    return found


def stored(store: Store) -> set[str]:
    with store.read() as tx:
        return {record.mention.ref.native_id for record in mentions.waiting(tx, 1000)}


def read(store: Store) -> dict[str, int]:
    with store.read() as tx:
        return units_of(costs.counted(tx, since=store.clock.now().date()))


def sizes(x: XEmulator) -> list[str]:
    return [request.query["max_results"] for request in x.calls(SEARCH)]


def test_a_burst_stops_at_the_budget_and_goes_on_the_next_day(
    x: XEmulator, connector: XConnector, store: Store, clock: FakeClock
) -> None:
    budget = Budget(posts_per_day=130)
    published = set(x.burst(250))

    cut_off = listen(store, connector, budget)
    assert (cut_off.pages, cut_off.added) == (2, 130)
    assert cut_off.error is not None
    assert sizes(x) == ["100", "30"]
    assert read(store)["posts"] == 130
    assert listen(store, connector, budget).pages == 0
    assert len(x.calls(SEARCH)) == 2

    clock.forward(hours=12)
    published |= set(x.burst(5))
    clock.forward(minutes=1)
    listen(store, connector, budget)
    listen(store, connector, budget)
    assert stored(store) == published
    assert read(store)["posts"] == 125


def test_money_bounds_a_page_by_the_dearest_posts(x: XEmulator, connector: XConnector, store: Store) -> None:
    x.burst(250)

    listen(store, connector, Budget(usd_per_day=Decimal("0.60")))
    assert sizes(x)[0] == "40"
    with store.read() as tx:
        spent = sum(
            PURSE.prices.cost(line.connector, {line.unit: line.count})
            for line in costs.counted(tx, since=store.clock.now().date())
        )
    assert Decimal("0.60") <= spent < Decimal("0.60") + 10 * Decimal("0.015")
