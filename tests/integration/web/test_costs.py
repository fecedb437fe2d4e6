"""What it costs: for programs, for people, and beside a reply."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from engagebot.domain.listening.costs import Budget, PriceList, Prices
from engagebot.domain.roles import Role
from engagebot.store.listening import costs, watches
from tests.factories import BY_HAND, make_watch
from tests.integration.web.office import Office

PRICES = Prices(
    connectors={
        name: PriceList(
            units={
                "posts": Decimal("0.005"), "users": Decimal("0.01"), "owned_posts": Decimal("0.001"),
                "writes": Decimal("0.015"), "writes_with_link": Decimal("0.2"),
                "summoned_replies": Decimal("0.01"),
            }
        )
        for name in ("fake", "demo")
    }
)  # fmt: skip


@pytest.fixture
def paid(office: Office) -> Office:
    """An office whose platforms charge, with a budget, and a ledger of two days."""
    watch = make_watch(budget=Budget(posts_per_day=500))
    office.app.settings = replace(
        office.app.settings,
        prices=PRICES,
        watches=(watch,),
        budgets={"fake": Budget(usd_per_month=Decimal("2.50"))},
    )
    now = office.clock.now()
    with office.app.store.write() as tx:
        watches.register(tx, office.app.settings.watches, now)
        costs.count(tx, {"posts": 100}, connector="fake", watch="talk", at=now - timedelta(days=1))
        costs.count(tx, {"posts": 420, "users": 10}, connector="fake", watch="talk", at=now)
        costs.count(tx, {"posts": 3}, connector="fake", watch=None, at=now)
        costs.count(tx, {"summoned_replies": 2}, connector="fake", watch="talk", at=now)
    office.opens_case()
    office.drafts()
    office.hears("nothing of note")
    return office


def test_costs_are_told_by_day_watch_and_budget(paid: Office) -> None:
    body = paid.program(Role.LIGHT).get("/api/v1/costs").json()

    assert (body["currency"], body["today"], body["month"]) == ("USD", 2.235, 2.735)
    assert [(day["day"], day["cost"], day["reads"]) for day in body["days"]] == [
        ("2026-08-02", 0.5, {"posts": 100}),
        ("2026-08-03", 2.235, {"posts": 423, "users": 10}),
    ]
    assert body["watches"] == [
        {
            "name": "talk",
            "connector": "fake",
            "reads": {"posts": 520, "users": 10},
            "cost": 2.7,
            "useful_mentions": 2,
            "cost_per_useful": 1.35,
        }
    ]
    assert body["other_reads"] == [{"connector": "fake", "reads": {"posts": 3}, "cost": 0.015}]
    assert body["writes"] == {"counts": {"summoned_replies": 2}, "cost": 0.02}
    (advice,) = body["advice"]
    assert "read 3 posts addressed to us at $0.005 each" in advice
    shared, own = body["budgets"]
    assert (shared["scope"], shared["key"], shared["level"]) == ("connector", "usd_per_month", "spent")
    assert (own["name"], own["used"], own["limit"], own["share"]) == ("talk", 420.0, 500.0, 0.84)
    assert (own["level"], own["resets_at"]) == ("warn", "2026-08-04T00:00:00Z")


def test_costs_are_over_the_days_asked_for(paid: Office) -> None:
    program = paid.program(Role.LIGHT)

    body = program.get("/api/v1/costs?days=1").json()
    assert [day["day"] for day in body["days"]] == ["2026-08-03"]
    assert body["month"] == 2.735
    assert program.get("/api/v1/costs?days=0").status_code == 422
    assert program.get("/api/v1/costs?days=367").status_code == 422


def test_a_site_that_read_nothing_has_costs_of_nothing(office: Office) -> None:
    body = office.program(Role.LIGHT).get("/api/v1/costs").json()

    assert (body["today"], body["month"], body["days"], body["watches"]) == (0, 0, [], [])
    assert (body["advice"], body["budgets"]) == ([], [])


def test_the_status_knows_the_day_of_each_connector(paid: Office) -> None:
    (connector,) = paid.program(Role.LIGHT).get("/api/v1/status").json()["connectors"]

    assert (connector["reads_today"], connector["cost_today"]) == (433, 2.235)


def test_the_connectors_page_tells_costs_and_budgets_in_words(paid: Office) -> None:
    page = paid.person().get("/connectors").text

    assert "About $2.24 today and $2.74 this month" in page
    assert "420 of 500 posts a day used by watch talk (84 %)" in page
    assert "<strong>Nearly used up:</strong>" in page
    assert "<strong>Used up:</strong>" in page
    assert "520 posts, 10 authors’ profiles" in page
    assert "$1.35" in page
    assert "mentions timeline" in page


def test_metrics_tell_reads_and_cost_of_the_day(paid: Office) -> None:
    text = paid.visitor().get("/metrics").text
    figures = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    assert figures["engagebot_reads_total", "fake", "posts"] == 423
    assert figures["engagebot_reads_total", "fake", "users"] == 10
    assert figures["engagebot_cost_today_usd", "fake"] == 2.235
    assert ("engagebot_reads_total", "fake", "summoned_replies") not in figures


def test_a_reply_shows_its_price_and_the_price_of_its_link(paid: Office) -> None:
    draft = paid.drafts(platform={"summoned": True})
    browser = paid.person()

    page = browser.get(f"/queue?item={draft.id}").text
    assert "Sending it costs about $0.01<" in page
    assert re.search(r'href="/connectors">\$2\.2\d today<', page)
    read = browser.post(f"/queue/{draft.id}/read", data={"text": "See https://acme.example"}).text
    assert "Sending it costs about $0.01; with this link $0.20" in read


def test_a_reply_by_hand_costs_nothing(paid: Office) -> None:
    draft = paid.drafts(route=BY_HAND)

    assert "Sending it costs" not in paid.person().get(f"/queue?item={draft.id}").text
