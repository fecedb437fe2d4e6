"""`engagebot status` tells what was read and spent today."""

from datetime import UTC, datetime

import pytest

from engagebot.bootstrap import FrozenClock
from engagebot.store.engine import Store
from engagebot.store.listening import costs
from tests.integration.cli.conftest import Cli

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def paid(cli: Cli) -> Cli:
    """A site whose platform charges, with 90 posts read."""
    cli.listens().environ["ENGAGEBOT_NOW"] = NOW.isoformat()
    cli.config("kind: stories,", "kind: stories, budget: {posts_per_day: 100},")
    (cli.site / "config" / "prices.yaml").write_text("connectors: {demo: {units: {posts: 0.005}}}\n")
    cli("db", "upgrade")
    store = Store(f"sqlite:///{cli.site}/var/engagebot.db", clock=FrozenClock(NOW))
    with store.write() as tx:
        costs.count(tx, {"posts": 90}, connector="demo", watch="stories", at=NOW)
    store.close()
    return cli


def test_status_tells_programs_reads_and_cost_of_each_connector_and_watch(paid: Cli) -> None:
    status = paid.json("status")

    (connector,) = status["connectors"]
    assert (connector["reads_today"], connector["cost_today"]) == (90, 0.45)
    assert status["watches"] == [
        {"name": "stories", "connector": "demo", "reads_today": 90, "cost_today": 0.45}
    ]
    assert status["budgets"] == [{"level": "warn", "words": "90 of 100 posts a day used by watch stories"}]


def test_status_tells_people_too(paid: Cli) -> None:
    shown = paid("status").stdout

    assert "COST TODAY" in shown
    assert shown.count("$0.45") == 2
    assert "budget warn: 90 of 100 posts a day used by watch stories" in shown
