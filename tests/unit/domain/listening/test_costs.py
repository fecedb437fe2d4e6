"""Prices times counts, budgets, advice, and the price of a reply."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.listening.costs import (
    Budget,
    Counted,
    Level,
    PriceList,
    Prices,
    Purse,
    Used,
    Verdict,
    connector_lines,
    cost_of,
    has_link,
    money,
    reply_cost,
    units_of,
    verdict,
    watch_lines,
)
from engagebot.domain.listening.spending import Returns, WatchUsage, advise, report

NOW = datetime(2026, 8, 31, 12, tzinfo=UTC)
TODAY = NOW.date()
UNITS = {
    "posts": "0.005", "users": "0.01", "owned_posts": "0.001", "writes": "0.015",
    "writes_with_link": "0.2", "summoned_replies": "0.01",
}  # fmt: skip
PRICES = Prices(
    connectors={
        "x": PriceList(units={unit: Decimal(price) for unit, price in UNITS.items()}),
        "reddit": PriceList(units={"requests": Decimal(0), "writes": Decimal(0)}),
    }
)


def row(unit: str, count: int, *, day: date = TODAY, watch: str = "talk", connector: str = "x") -> Counted:
    return Counted(day=day, connector=connector, watch=watch, unit=unit, count=count)


def judge(budget: Budget, *rows: Counted, shared: Budget | None = None) -> Verdict:
    lines = watch_lines("talk", budget, rows, prices=PRICES, now=NOW)
    lines += connector_lines("x", shared or Budget(), rows, prices=PRICES, now=NOW)
    return verdict(lines, PRICES.units("x"))


def test_costs_are_counts_times_prices_to_the_last_cent() -> None:
    assert PRICES.cost("x", {"posts": 3, "users": 1, "owned_posts": 10}) == Decimal("0.035")
    assert cost_of([row("posts", 100)] * 3, PRICES) == Decimal("1.5")


def test_what_has_no_price_is_free() -> None:
    assert PRICES.cost("x", {"likes": 5}) == 0
    assert PRICES.cost("elsewhere", {"posts": 5}) == 0


def test_lines_of_the_ledger_add_up_by_unit() -> None:
    assert units_of([row("posts", 2), row("users", 1), row("posts", 3)]) == {"posts": 5, "users": 1}


def test_days_and_months_are_those_of_utc() -> None:
    rows = [
        row("posts", 1), row("owned_posts", 2), row("users", 4), row("posts", 8, day=date(2026, 8, 1)),
        row("posts", 16, day=date(2026, 7, 31)),
    ]  # fmt: skip
    used = Used.of(rows, PRICES, NOW)
    assert used == Used(posts_today=3, today=Decimal("0.047"), month=Decimal("0.087"))


@pytest.mark.parametrize(
    ("read", "level", "room"),
    [
        pytest.param(0, Level.FINE, 100, id="nothing yet"),
        pytest.param(79, Level.FINE, 21, id="below"),
        pytest.param(80, Level.WARN, 20, id="soft"),
        pytest.param(99, Level.WARN, 1, id="one left"),
        pytest.param(100, Level.SPENT, 0, id="hard"),
        pytest.param(131, Level.SPENT, 0, id="a page beyond"),
    ],
)
def test_a_budget_warns_at_its_share_and_stops_at_its_end(read: int, level: Level, room: int) -> None:
    found = judge(Budget(posts_per_day=100), row("posts", read - read // 2), row("owned_posts", read // 2))
    assert (found.level, found.room) == (level, room)
    assert bool(found.words) is (level is not Level.FINE)
    assert found.until == (datetime(2026, 9, 1, tzinfo=UTC) if level is Level.SPENT else None)


def test_without_a_budget_all_is_fine() -> None:
    assert judge(Budget(), row("posts", 10**6)) == Verdict()
    assert not Purse().limits("x", Budget())
    assert Purse().limits("x", Budget(posts_per_day=1))
    assert Purse(budgets={"x": Budget(usd_per_month=Decimal(1))}).limits("x", Budget())


def test_a_watch_pays_only_for_its_own_reads() -> None:
    others = (row("posts", 50, watch="other"), row("writes_with_link", 9))
    assert judge(Budget(usd_per_day=Decimal("0.10")), row("posts", 15), *others).level is Level.FINE
    spent = judge(Budget(usd_per_day=Decimal("0.10")), row("posts", 20), *others)
    assert spent.words == (
        "$0.10 of $0.10 a day used by watch talk; listening goes on at 2026-09-01 00:00 UTC"
    )


def test_a_connector_pays_for_everything() -> None:
    shared = Budget(usd_per_month=Decimal(2))
    rows = [row("writes_with_link", 9), row("posts", 39, day=date(2026, 8, 2), watch="other")]
    assert judge(Budget(), *rows, shared=shared).level is Level.WARN
    assert judge(Budget(), *rows, row("posts", 1), shared=shared).until == datetime(2026, 9, 1, tzinfo=UTC)


def test_of_two_spent_budgets_the_longer_says_when_it_goes_on() -> None:
    now = datetime(2026, 12, 3, tzinfo=UTC)
    rows = [row("posts", 4000, day=now.date())]
    budget = Budget(posts_per_day=1, usd_per_month=Decimal(20))
    found = verdict(watch_lines("talk", budget, rows, prices=PRICES, now=now), PRICES.units("x"))
    assert found.until == datetime(2027, 1, 1, tzinfo=UTC)
    assert "a month" in found.words
    assert "2027-01-01" in found.words


def test_the_room_of_money_is_counted_in_the_dearest_posts() -> None:
    assert judge(Budget(usd_per_day=Decimal("0.10")), row("posts", 4)).room == 5
    free = watch_lines("talk", Budget(usd_per_day=Decimal(1)), [], prices=Prices(), now=NOW)
    assert verdict(free, {}).room is None


@given(
    reads=st.lists(st.integers(0, 300), max_size=8),
    limit=st.integers(1, 1000),
    usd=st.decimals("0.01", "50", places=2),
)
def test_more_reads_never_make_a_budget_better(reads: list[int], limit: int, usd: Decimal) -> None:
    budget = Budget(posts_per_day=limit, usd_per_day=usd)
    order = list(Level)
    levels = [
        order.index(judge(budget, *(row("posts", count) for count in reads[:end])).level)
        for end in range(len(reads) + 1)
    ]
    assert levels == sorted(levels)


def usage(**over: object) -> WatchUsage:
    values = {
        "name": "talk", "connector": "x", "reads": {"posts": 100}, "cost": Decimal("0.5"), "useful": 4,
        "addressed": 0, **over,
    }  # fmt: skip
    return WatchUsage(**values)


def test_a_useful_mention_has_its_price() -> None:
    assert usage().cost_per_useful == Decimal("0.125")
    assert usage(useful=0).cost_per_useful is None


def test_posts_to_us_are_cheaper_in_the_timeline() -> None:
    (said,) = advise([usage(addressed=40)], PRICES)
    assert said == (
        "mentions timeline instead of search: watch talk read 40 posts addressed to us at $0.005 each; the "
        "mentions timeline reads them at $0.001"
    )


def test_where_the_timeline_is_read_already_the_search_need_not() -> None:
    timeline = usage(name="mentions", reads={"owned_posts": 40}, cost=Decimal("0.04"))
    (said,) = advise([usage(addressed=40), timeline], PRICES)
    assert said.endswith("a watch does so already: exclude our own name from this search")


def test_dear_profiles_and_barren_watches_are_told() -> None:
    reads = {"posts": 100, "users": 100}
    profiles, barren = advise([usage(reads=reads, cost=Decimal("1.5"), useful=0)], PRICES)
    assert profiles.startswith("watch talk: $1.00 of $1.50 went for authors' profiles; ENGAGEBOT_X_AUTHORS=")
    assert barren.startswith("watch talk cost $1.50 and brought nothing")


def test_what_has_no_price_is_said_to_be_free() -> None:
    other = usage(name="c", connector="reddit", reads={"requests": 5, "likes": 1, "none": 0}, cost=Decimal(0))
    assert advise([usage(), other], PRICES) == [
        "reddit: no price is listed for likes, so they are counted as free"
    ]


def test_a_report_adds_up_days_watches_and_replies() -> None:
    rows = [
        row("posts", 1000, day=date(2026, 8, 1)),
        row("posts", 100, day=date(2026, 8, 30)),
        row("posts", 10),
        row("users", 1),
        row("owned_posts", 5, watch="mentions"),
        row("posts", 7, watch=""),
        row("summoned_replies", 3),
        row("writes_with_link", 1, watch="gone"),
    ]
    came = {"talk": Returns(useful=11, addressed=4)}
    found = report(rows, came, [], prices=PRICES, now=NOW, since=date(2026, 8, 30))
    assert (found.currency, found.today, found.month) == ("USD", Decimal("0.33"), Decimal("5.83"))
    assert [(each.day.day, each.cost, each.reads) for each in found.days] == [
        (30, Decimal("0.5"), {"posts": 100}),
        (31, Decimal("0.33"), {"posts": 17, "users": 1, "owned_posts": 5}),
    ]
    assert [(each.name, each.reads, each.cost, each.useful) for each in found.watches] == [
        ("", {"posts": 7}, Decimal("0.035"), 0),
        ("mentions", {"owned_posts": 5}, Decimal("0.005"), 0),
        ("talk", {"posts": 110, "users": 1}, Decimal("0.56"), 11),
    ]
    assert (found.writes, found.writes_cost) == (
        {"summoned_replies": 3, "writes_with_link": 1},
        Decimal("0.23"),
    )
    assert all(" talk " in said or " mentions " in said for said in found.advice)


@pytest.mark.parametrize(
    ("text", "is_summoned", "words"),
    [
        pytest.param("thank you", True, "about $0.01", id="summoned"),
        pytest.param("thank you", False, "about $0.015", id="not summoned"),
        pytest.param("see https://acme.example", True, "about $0.01; with this link $0.20", id="link"),
        pytest.param("see acme.com/help", False, "about $0.015; with this link $0.20", id="bare domain"),
    ],
)
def test_a_reply_has_its_price_in_words(text: str, is_summoned: bool, words: str) -> None:
    cost = reply_cost(PRICES, "x", text, is_summoned=is_summoned)
    assert cost is not None
    assert cost.words == words


def test_a_free_reply_has_none() -> None:
    assert reply_cost(PRICES, "reddit", "see https://acme.example", is_summoned=True) is None
    assert reply_cost(PRICES, "elsewhere", "hello", is_summoned=True) is None
    assert PRICES.write_unit("reddit", "see https://acme.example", is_summoned=True) == "writes"


@pytest.mark.parametrize("text", ["HTTP://A.B", "(www.acme.com)", "acme.co.uk!", "ask at shop.acme.io/x?y"])
def test_links_are_found(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize("text", ["", "3.5 stars, e.g. now", "@acme.support hi", "a@acme.com", "so... yes"])
def test_other_dots_are_no_links(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"), ("0.2", "$0.20"), ("0.015", "$0.015"), ("0.001", "$0.001"), ("12.5", "$12.50"),
        ("0.00001", "less than $0.0001"), ("0.0625", "$0.0625"),
    ],
)  # fmt: skip
def test_amounts_show_as_many_decimals_as_they_need(amount: str, shown: str) -> None:
    assert money(Decimal(amount)) == shown
