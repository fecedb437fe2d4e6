"""Today: people first, then who waits, what breaks soon and what is not as usual."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.roles import Role
from engagebot.store import tables
from tests.factories import make_author
from tests.integration.web.office import Office


def put(office: Office, case_id: int, **values: Any) -> None:
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.cases).where(tables.cases.c.id == case_id).values(**values))


def clock(office: Office, case_id: int, kind: str, due_at: datetime, **over: Any) -> None:
    values = {
        "case_id": case_id, "kind": kind, "policy": "standard", "span_s": 86_400, "is_business_time": False,
        "began_at": due_at - timedelta(days=1), "due_at": due_at, "told": 0,
    }  # fmt: skip
    with office.app.store.write() as tx:
        tx.execute(sa.insert(tables.case_clocks).values(**values, **over))


def section(text: str, heading: str) -> str:
    """The part of the page below a heading; empty where there is none."""
    return text.partition(f">{heading}</h2>")[2].partition("</section>")[0]


def test_what_breaks_within_four_hours_stands_once_the_nearest_first(office: Office) -> None:
    now = office.clock.now()
    first, second, later, over = (
        office.opens_case(f"the modem number {n} is dead", author=make_author(f"maple_{n}_demo"))
        for n in range(4)
    )
    with office.app.store.write() as tx:
        tx.execute(sa.delete(tables.case_clocks))
    clock(office, second, "resolution", now + timedelta(hours=3))
    clock(office, first, "resolution", now + timedelta(hours=3))
    clock(office, first, "next_reply", now + timedelta(minutes=27))
    clock(office, later, "first_reply", now + timedelta(hours=5))
    clock(office, over, "first_reply", now + timedelta(hours=1), ended_at=now)

    soon = section(office.person(Role.LIGHT).get("/").text, "Breaks soon")

    links = [part.partition('"')[0] for part in soon.split('href="/cases/')[1:]]
    assert links == [str(first), str(second)]
    assert "next reply due" in soon
    assert "(in 27 min)" in soon


def test_a_case_offered_to_somebody_stands_on_their_page_alone(office: Office) -> None:
    case_id = office.opens_case()
    put(office, case_id, handed_to="ben_demo", handed_by="kim_demo", handed_at=office.clock.now())

    assert "offered by kim_demo" in office.person(Role.SUPPORT, name="ben_demo").get("/").text
    assert "Offered to you" not in office.person(Role.SUPPORT, name="ada_demo").get("/").text


def test_an_offered_case_stands_once_and_says_what_is_due(office: Office) -> None:
    now = office.clock.now()
    offered, told, late, other = (
        office.opens_case(f"the modem number {n} is dead", author=make_author(f"elm_{n}_demo"))
        for n in range(4)
    )
    with office.app.store.write() as tx:
        tx.execute(sa.delete(tables.case_clocks))
    for case_id in (offered, told, late):
        put(office, case_id, handed_to="ben_demo", handed_by="kim_demo", handed_at=now, assignee="kim_demo")
    put(office, late, first_reply_due_at=now - timedelta(minutes=5))
    clock(office, offered, "resolution", now + timedelta(hours=3))
    clock(office, offered, "next_reply", now + timedelta(minutes=27))
    clock(office, told, "follow_up", now - timedelta(minutes=3))
    ben, ada = office.person(Role.SUPPORT, name="ben_demo"), office.person(Role.SUPPORT, name="ada_demo")

    page = ben.get("/").text

    for case_id in (offered, told, late, other):
        assert page.count(f'href="/cases/{case_id}"') == 1, case_id
    lines = section(page, "Offered to you").split("<li>")[1:]
    assert all("offered by kim_demo" in line for line in lines)
    for line, says in zip(
        lines, ("next reply due", "follow-up, late: was due", ">late: was due"), strict=True
    ):
        assert says in line
    assert f'href="/cases/{other}"' in section(page, "Who waits")
    assert ada.get("/").text.count(f'href="/cases/{offered}"') == 2, "it waits, and breaks soon"
    put(office, other, first_reply_at=now)
    alone = ben.get("/").text
    assert "Nobody is waiting" not in alone
    assert "Who waits" not in alone


def test_what_looked_fixed_and_a_problem_that_rises_are_what_changed(office: Office) -> None:
    now = office.clock.now()
    ids = [
        office.opens_case(f"the modem number {n} is dead", author=make_author(f"birch_{n}_demo"))
        for n in range(6)
    ]
    browser = office.person(Role.LIGHT)
    assert section(browser.get("/").text, "What changed") == "", "nothing is known of usual days yet"
    put(office, ids[0], opened_at=now - timedelta(days=6), problem="billing", looked_fixed_at=now)
    for case_id in ids[1:]:
        put(office, case_id, opened_at=now - timedelta(hours=2), problem="billing")

    changed = section(browser.get("/").text, "What changed")

    assert "5 cases about billing in the last day; 0.2 are usual" in changed
    assert "1 case looked fixed and was not" in changed
    assert f'href="/cases/{ids[0]}"' in changed


def test_the_day_begins_with_people_and_is_kind_when_there_are_none(office: Office) -> None:
    browser = office.person(Role.LIGHT)
    office.hears("a van stands in the way")
    assert "Nobody is waiting." in browser.get("/").text
    draft = office.drafts("we love the new router, thank you", posted_at=office.clock.now())
    with office.app.store.write() as tx:
        now = office.clock.now()
        done = {"state": "posted_by_hand", "due_at": now, "posted_at": now}
        tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == draft.id).values(**done))
    assert "You have helped 1 person today." in browser.get("/").text
