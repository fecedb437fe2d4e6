"""The list of customers: by name, tag and mark, and those who may leave, each with the reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import MentionRef
from engagebot.store import tables
from engagebot.store.casework import cases
from engagebot.store.heard import mentions, redaction
from engagebot.store.tables import case_clocks
from tests.factories import make_author
from tests.integration.web.office import Office
from tests.integration.web.test_around_the_item import words
from tests.integration.web.test_customer_page import customer_of


def heard(office: Office, name: str, *feelings: str, is_leaving: bool = False) -> int:
    """Somebody who spoke a few days running, and felt like this."""
    now = office.clock.now()
    for number, sentiment in enumerate(feelings):
        author = make_author(name, name=f"The {name.title()}")
        at = now - timedelta(days=len(feelings) - number)
        mention_id = office.hears(f"hello {number}", author=author, posted_at=at)
        values: dict[str, Any] = {"sentiment": sentiment, "intents": ["churn"] if is_leaving else None}
        with office.app.store.write() as tx:
            is_it = tables.mentions.c.id == mention_id
            tx.execute(sa.update(tables.mentions).where(is_it).values(**values))
    return customer_of(office, name)


def listed(program: TestClient, **params: Any) -> list[str]:
    answer = program.get("/api/v1/customers", params=params)
    assert answer.status_code == 200, answer.text
    return [each["handle"] for each in answer.json()["items"]]


def test_people_are_found_by_letters_tag_and_mark(office: Office) -> None:
    maple, birch = heard(office, "maple_demo", "positive"), heard(office, "birch_100_demo", "positive")
    browser, program = office.person(), office.program()
    browser.post(f"/customers/{maple}/tag", data={"tag": "Beta"})
    browser.post(f"/customers/{maple}/vip")
    browser.post(f"/customers/{birch}/mark", data={"mark": "press"})
    for params, wanted in (
        ({}, ["birch_100_demo", "maple_demo"]), ({"q": "APLE"}, ["maple_demo"]),
        ({"q": "@maple_demo"}, ["maple_demo"]),
        ({"q": "the birch"}, ["birch_100_demo"]), ({"q": "%"}, []), ({"q": "h_1"}, ["birch_100_demo"]),
        ({"tag": "#beta"}, ["maple_demo"]), ({"tag": "none"}, []), ({"show": "vip"}, ["maple_demo"]),
        ({"show": "press"}, ["birch_100_demo"]), ({"show": "staff"}, []), ({"show": "vip", "q": "birch"}, []),
    ):  # fmt: skip
        assert sorted(listed(program, **params)) == wanted, params
    assert program.get("/api/v1/customers?show=friends").status_code == 422
    body = words(browser, "/customers?show=vip")
    assert "@maple_demo The Maple_Demo ★ VIP #beta" in body
    assert "birch" not in body
    assert "Nobody like that." in words(browser, "/customers?q=nobody")


def test_who_may_leave_is_listed_with_every_reason_and_goes_with_it(office: Office) -> None:
    heard(office, "calm_demo", "positive", "neutral")
    heard(office, "leaver_demo", "negative", is_leaving=True)
    falling = heard(office, "falling_demo", "positive", "negative", "very_negative")
    browser, program = office.person(), office.program()
    body = words(browser, "/customers?show=at_risk")
    assert "feels worse from talk to talk: happy, unhappy, very unhappy" in body
    assert "3 contacts in 30 days, 2 of them unhappy" in body
    assert "spoke of leaving a day ago" in body
    assert "calm_demo" not in body
    assert sorted(listed(program, show="at_risk")) == ["falling_demo", "leaver_demo"]
    with office.app.store.write() as tx:
        record = mentions.find(tx, MentionRef("demo", "post-6"))
        assert record is not None
        assert record.customer_id == falling
        is_it = tables.mentions.c.customer_id == falling
        tx.execute(sa.update(tables.mentions).where(is_it).values(sentiment="neutral"))
    assert listed(program, show="at_risk") == ["leaver_demo"]
    browser.post(f"/customers/{customer_of(office, 'leaver_demo')}/mark", data={"mark": "staff"})
    assert listed(program, show="at_risk") == []


def breaks(office: Office, case_id: int, *, promised: float, took: float, kind: str = "first_reply") -> None:
    """A promise of so many hours, broken and kept late, half a day ago."""
    hour, kept_at = timedelta(hours=1), office.clock.now() - timedelta(hours=12)
    began_at = kept_at - took * hour
    with office.app.store.write() as tx:
        row = {
            "case_id": case_id, "kind": kind, "policy": "standard", "span_s": int(promised * 3600),
            "is_business_time": False, "began_at": began_at, "due_at": began_at + promised * hour,
            "ended_at": kept_at, "told": 3,
        }  # fmt: skip
        tx.execute(sa.insert(case_clocks).values(**row))


def test_a_broken_promise_is_a_reason_as_long_as_what_it_is_drawn_from(office: Office) -> None:
    late = office.opens_case("dead", author=make_author("patient_demo"))
    kept = office.opens_case("dead too", author=make_author("content_demo"))
    breaks(office, late, promised=4, took=9)
    breaks(office, late, promised=4, took=5, kind="next_reply")
    breaks(office, kept, promised=4, took=3.5)
    browser, program = office.person(), office.program()
    assert listed(program, show="at_risk") == ["patient_demo"]
    body = words(browser, "/customers?show=at_risk")
    assert "answered late: promised 4 h, took 9 h (and 1 more broken in 90 days)" in body
    with office.app.store.write() as tx:
        is_first = case_clocks.c.kind == "first_reply"
        tx.execute(sa.delete(case_clocks).where(case_clocks.c.case_id == late, is_first))
    assert "answered late: promised 4 h, took 5 h" in words(browser, "/customers?show=at_risk")
    office.clock.forward(days=89)
    assert listed(office.program(), show="at_risk") == ["patient_demo"]
    with office.app.store.write() as tx:
        case = cases.get(tx, late)
        redaction.redact(tx, case.mention_ids, office.clock.now(), Removal.GONE)
    assert listed(office.program(), show="at_risk") == []
    breaks(office, kept, promised=4, took=100)
    assert listed(office.program(), show="at_risk") == ["content_demo"]
    office.clock.forward(days=90)
    assert listed(office.program(), show="at_risk") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_filtered_list_is_paged(office: Office) -> None:
    for number in range(5):
        heard(office, f"maple_{number}_demo", "positive")
    heard(office, "birch_demo", "positive")
    program = office.program()
    first = program.get("/api/v1/customers", params={"q": "maple", "limit": 3}).json()
    rest = program.get("/api/v1/customers", params={"q": "maple", "cursor": first["next_cursor"]}).json()
    found = [each["handle"] for each in (*first["items"], *rest["items"])]
    assert (len(first["items"]), sorted(found)) == (3, [f"maple_{number}_demo" for number in range(5)])


def test_the_record_and_the_list_count_what_the_case_counts(office: Office) -> None:
    case_id = office.opens_case("dead since Monday", author=make_author("patient_demo"))
    office.drafts("I love it", author=make_author("content_demo"))
    browser, program = office.person(), office.program()
    for channel, minutes in (("phone", 65), ("chat", 95), ("direct_message", None), ("post", 25)):
        logged = {"channel": channel, "minutes": minutes, "text": "asked again"}
        assert program.post(f"/api/v1/cases/{case_id}/contacts", json=logged).status_code == 200
    logged = {"channel": "phone", "minutes": None, "text": "we called", "by_us": True}
    assert program.post(f"/api/v1/cases/{case_id}/contacts", json=logged).status_code == 200
    assert program.get(f"/api/v1/cases/{case_id}").json()["contacts"] == 4
    customer_id = customer_of(office, "patient_demo")
    body = words(browser, f"/customers/{customer_id}")
    assert body.count("4 contacts, 3 h 05 of their time (1 post, 3 logged)") == 2
    assert "4 (1 post, 3 logged)" in words(browser, "/customers")
    record = program.get(f"/api/v1/customers/{customer_id}").json()
    assert (record["contacts"], record["contacts_elsewhere"], record["minutes"]) == (1, 3, 185)
    listed_as = {each["handle"]: each for each in program.get("/api/v1/customers").json()["items"]}
    assert (listed_as["patient_demo"]["contacts"], listed_as["patient_demo"]["contacts_elsewhere"]) == (1, 3)
    assert (listed_as["content_demo"]["contacts_elsewhere"], listed_as["content_demo"]["minutes"]) == (0, 0)
    assert "Contacts 1 post First" in words(browser, f"/customers/{customer_of(office, 'content_demo')}")


def test_the_desk_counts_calls_too(office: Office) -> None:
    draft = office.drafts("I love it", author=make_author("patient_demo"))
    case_id = office.opens_case("dead since Monday", author=make_author("patient_demo"))
    for _ in range(2):
        logged = {"channel": "phone", "minutes": 5, "text": "asked again"}
        office.program().post(f"/api/v1/cases/{case_id}/contacts", json=logged)
    assert "4th contact, since" in words(office.person(), f"/queue?item={draft.id}")
