"""Prices and budgets as people write them: every fault has a place and a remedy."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engagebot.domain.listening.costs import Budget, PriceList, Prices, Purse
from engagebot.errors import FilesInvalid
from engagebot.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]
CONNECTORS = ("demo", "reddit", "x")
TALK = "brand: {name: Acme}\nwatches:\n  - {name: talk, connector: x, kind: search, query: acme, every: 5m, "


def load(site: Path, config: str = "brand: {name: Acme}\n", prices: str | None = None) -> Settings:
    (site / "config").mkdir()
    (site / "config" / "engagebot.yaml").write_text(config, encoding="utf-8")
    if prices is not None:
        (site / "config" / "prices.yaml").write_text(prices, encoding="utf-8")
    return load_settings(site, {}, connectors=CONNECTORS)


def faults(site: Path, config: str = "brand: {name: Acme}\n", prices: str | None = None) -> list[str]:
    with pytest.raises(FilesInvalid) as caught:
        load(site, config, prices)
    return str(caught.value).splitlines()


def test_the_price_list_is_read_exactly(tmp_path: Path) -> None:
    prices = """\
currency: USD
connectors:
  x: {source: https://example.com/prices, read_on: 2026-08-22, units: {posts: 0.005, writes_with_link: 0.200}}
  reddit: {units: {requests: 0}}
"""
    x = PriceList(
        units={"posts": Decimal("0.005"), "writes_with_link": Decimal("0.2")},
        source="https://example.com/prices",
        read_on=date(2026, 8, 22),
    )
    found = load(tmp_path, prices=prices).prices
    assert found == Prices(connectors={"x": x, "reddit": PriceList(units={"requests": Decimal(0)})})


def test_a_site_without_a_price_list_has_no_prices(tmp_path: Path) -> None:
    assert load(tmp_path).prices == Prices()


def test_the_shipped_price_list_has_the_published_prices_and_their_date() -> None:
    x = load_settings(ROOT, {}, connectors=CONNECTORS).prices.connectors["x"]
    assert {unit: str(price) for unit, price in x.units.items()} == {
        "posts": "0.005",
        "users": "0.01",
        "owned_posts": "0.001",
        "lookups": "0.015",
        "writes": "0.015",
        "writes_with_link": "0.2",
        "summoned_replies": "0.01",
    }
    assert x.read_on is not None
    assert x.source is not None


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        pytest.param(
            "curency: USD", '1:1 EBY11 unknown key "curency"; allowed here: currency, connectors', id="key"
        ),
        pytest.param("currency: EUR", '1:11 EBY14 "currency" must be one of: USD; it is', id="currency"),
        pytest.param(
            "connectors:\n  x: {units: {posts: cheap}}",
            '2:22 EB021 must be an amount such as 2.50, 0 or more, not the text "cheap"',
            id="text",
        ),
        pytest.param(
            "connectors:\n  x: {units: {posts: -1}}",
            "2:22 EB021 must be an amount such as 2.50, 0 or more, not the number -1",
            id="negative",
        ),
        pytest.param("connectors:\n  x: {units: {posts: true}}", "2:22 EB021", id="bool"),
        pytest.param("connectors:\n  x: {unit: {}}", '2:7 EBY11 unknown key "unit"', id="inner key"),
        pytest.param("connectors:\n  x: {read_on: soon}", '2:16 EB021 "soon" is not a date', id="date"),
        pytest.param("connectors: [", "EBY01 is not YAML", id="syntax"),
    ],
)
def test_faults_of_the_price_list_are_told_with_their_place(tmp_path: Path, prices: str, said: str) -> None:
    (line,) = faults(tmp_path, prices=prices)
    assert line.startswith("config/prices.yaml:")
    assert said in line


def test_faults_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    lines = faults(tmp_path, "brand: {nam: Acme}\n", "curency: USD")
    assert {line.partition(":")[0] for line in lines} == {"config/engagebot.yaml", "config/prices.yaml"}


def test_budgets_reach_the_purse(tmp_path: Path) -> None:
    config = TALK + "budget: {posts_per_day: 500, warn_at: 60%}}\nbudgets: {x: {usd_per_day: 0.1}}\n"
    settings = load(tmp_path, config, "connectors: {x: {units: {posts: 0.005}}}")
    assert settings.watches[0].budget == Budget(posts_per_day=500, warn_at=0.6)
    assert settings.purse == Purse(prices=settings.prices, budgets={"x": Budget(usd_per_day=Decimal("0.1"))})
    assert settings.warnings == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param(
            "budget: {post_per_day: 5}}", 'EBY11 unknown key "post_per_day"; allowed here: posts_per_day, '
            'usd_per_day, warn_at; did you mean "posts_per_day"?', id="slip",
        ),
        pytest.param("budget: {posts_per_day: 0}}", "EB021 must be a whole number, 1 or more", id="zero"),
        pytest.param("budget: {posts_per_day: 2.5}}", "EB021 must be a whole number, 1 or more", id="half"),
        pytest.param("budget: {usd_per_day: 0}}", "EB021 must be more than 0", id="no money"),
        pytest.param("budget: {usd_per_day: $5}}", "EB021 must be an amount such as 2.50", id="sign"),
        pytest.param("budget: {warn_at: 0.8}}", 'EB021 must be a share such as 80%', id="share"),
        pytest.param("budget: 500}", 'EBY13 "watches.budget" must be a mapping', id="number"),
        pytest.param("}\nbudgets: {y: {usd_per_day: 1}}", 'EB022 "y" is not a connector', id="connector"),
        pytest.param("}\nbudgets: {x: {posts_per_day: 1}}", 'EBY11 unknown key "posts_per_day"', id="posts"),
    ],
)  # fmt: skip
def test_faults_of_budgets_are_told_with_their_place(tmp_path: Path, written: str, said: str) -> None:
    (line,) = faults(tmp_path, TALK + written)
    assert line.startswith("config/engagebot.yaml:")
    assert said in line


@pytest.mark.parametrize(
    ("connector", "budget", "said"),
    [
        pytest.param("x", "usd_per_day: 1", "lists nothing of x that costs", id="no price"),
        pytest.param("reddit", "posts_per_day: 5", "reddit counts requests, not posts", id="no posts"),
        pytest.param("reddit", "usd_per_day: 5", "lists nothing of reddit that costs", id="free"),
    ],
)
def test_a_budget_that_can_never_be_reached_is_warned_of(
    tmp_path: Path, connector: str, budget: str, said: str
) -> None:
    config = TALK.replace("connector: x", f"connector: {connector}") + f"budget: {{{budget}}}}}\n"
    settings = load(tmp_path, config, "connectors: {reddit: {units: {requests: 0}}}")
    (warning,) = settings.warnings
    assert (warning.line, warning.code) == (3, "EB032")
    assert said in warning.message


def test_a_connectors_budget_without_prices_is_warned_of(tmp_path: Path) -> None:
    settings = load(tmp_path, "brand: {name: Acme}\nbudgets: {x: {usd_per_day: 1, usd_per_month: 9}}\n")
    assert [warning.code for warning in settings.warnings] == ["EB032", "EB032"]
