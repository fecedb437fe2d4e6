"""The page of a case and its API: what was said elsewhere, in whose words, what happened in which order."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

from engagebot.domain.heard.removal import Removal
from engagebot.domain.outbox import CaseState
from engagebot.domain.roles import Role
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.heard import mentions, redaction
from tests.factories import make_author
from tests.fakes import NOON, FakeClock
from tests.integration.web.office import Office

MAPLE = make_author("maple_fan_demo")


def opened(office: Office, text: str = "the modem is dead again") -> int:
    return office.opens_case(text, author=MAPLE, conversation_id="talk-1")


def test_a_call_is_logged_on_the_page_and_counts(office: Office) -> None:
    case_id = opened(office)
    light = office.person(Role.LIGHT)

    done = light.post(
        f"/cases/{case_id}/log", data={"channel": "phone", "minutes": "65", "text": "told to reset it"}
    )

    assert done.status_code == 303
    page = light.get(done.headers["location"]).text
    assert "2 contacts · 1 h 05 of their time" in page
    assert "They, noted by light_demo" in page
    assert "Contact written down" in page


class WalkingClock(FakeClock):
    """A clock that has moved on at every look, as a real one has."""

    def now(self) -> datetime:
        self.forward(milliseconds=1)
        return self.at


def test_a_call_just_now_is_logged_by_a_clock_that_walks(office: Office) -> None:
    case_id = opened(office)
    browser = office.person()
    office.app.clock = WalkingClock(office.clock.now())

    done = browser.post(f"/cases/{case_id}/log", data={"channel": "phone", "minutes": "12", "at": ""})

    assert done.status_code == 303


def test_what_cannot_be_logged_stays_in_the_form_with_the_reason(office: Office) -> None:
    case_id = opened(office)
    browser = office.person()
    for written, says in (
        ({"channel": "phone", "minutes": "soon", "text": "long call"}, "is not a number of minutes"),
        ({"channel": "pigeon", "minutes": "5", "text": "long call"}, "is not one of phone, chat"),
        ({"channel": "shop", "minutes": "5", "text": "long call", "at": "2026-13-01T00:00"}, "is not a time"),
        ({"channel": "shop", "text": "long call", "at": "2030-01-01T00:00"}, "still to come"),
        ({"channel": "shop", "text": "she is pregnant"}, "pregnant"),
    ):
        answer = browser.post(f"/cases/{case_id}/log", data=written)
        assert answer.status_code == 422, written
        assert says in answer.text
        assert f'value="{written["text"]}"' in answer.text


def test_the_api_logs_contacts_and_tells_effort_marks_and_words(office: Office) -> None:
    case_id = opened(office)
    program = office.program()
    address = f"/api/v1/cases/{case_id}"

    body = {
        "channel": "chat",
        "minutes": 60,
        "text": "asked for a new modem",
        "at": "2026-07-11T09:00:00+02:00",
    }
    detail = program.post(f"{address}/contacts", json=body).json()

    assert detail["effort"] == {
        "contacts": 2, "minutes": 60, "days": 23, "words": "2 contacts · 1 h 00 of their time · 23 days",
    }  # fmt: skip
    assert detail["elsewhere"][0]["at"] == "2026-07-11T07:00:00Z"
    assert program.post(f"{address}/contacts", json={"channel": "chat", "minutes": 0}).status_code == 422
    assert program.post("/api/v1/cases/4711/contacts", json={"channel": "chat"}).status_code == 404
    assert program.post(f"{address}/title", json={"text": "dead  again"}).json()["title"] == "dead again"
    refused = program.post(f"{address}/title", json={"text": "our own words"})
    assert (refused.status_code, "none of their messages" in refused.text) == (422, True)
    wanted = program.post(f"{address}/wanted", json={"text": "a modem that works"}).json()
    assert wanted["desired_outcome"] == "a modem that works"


def test_a_quoted_title_stays_until_its_post_is_gone(office: Office) -> None:
    case_id = opened(office)
    browser = office.person()
    assert browser.post(f"/cases/{case_id}/title", data={"text": "modem is dead"}).status_code == 303
    office.hears("the line is dead as well", author=MAPLE, conversation_id="talk-1")
    with office.app.store.read() as tx:
        case = cases.get(tx, case_id)
        assert (case.title, case.titled_by, case.contacts) == ("modem is dead", "community_demo", 2)
        first = mentions.get(tx, case.mention_ids[0])
        history = audit.of(tx, f"case:{case_id}")
    assert "Their words, picked by <bdi>community_demo</bdi>" in browser.get(f"/cases/{case_id}").text
    assert all("modem is dead" not in str(event.detail) for event in history)
    with office.app.store.write() as tx:
        redaction.redact(tx, [first.id], office.clock.now(), Removal.GONE)

    with office.app.store.read() as tx:
        case = cases.get(tx, case_id)
    assert (case.title, case.titled_by) == ("(removed by its author)", None)


def test_what_fixed_it_is_offered_for_cases_like_it(office: Office) -> None:
    browser, program = office.person(), office.program()
    tried = []
    for number, fix in enumerate(("Replace modem", "replace  modem.", "replace modem", "reset the box")):
        mention = office.hears("dead, error 502", author=make_author(f"fan_{number}_demo"))
        with office.app.store.write() as tx:
            case = cases.of_mention(tx, mention)
            assert case is not None
            cases.name_problem(tx, case.id, "bug")
        tried.append(case.id)
        said = {"outcome": "fixed", "remedy": fix, "cause": "ours", "reached": "" if number else "reached"}
        assert browser.post(f"/cases/{case.id}/resolve", data=said).status_code == 303
    assert program.post(f"/api/v1/cases/{tried[1]}/reopen").status_code == 200
    like = office.opens_case("dead, error 503", author=make_author("oak_fan_demo"))
    with office.app.store.write() as tx:
        cases.name_problem(tx, like, "bug")

    found = program.get(f"/api/v1/cases/{like}").json()["suggestions"]

    assert [each["words"] for each in found] == [
        "worked 2 of 3 times: replace modem", "worked 1 of 1 time: reset the box",
    ]  # fmt: skip
    assert found[0]["case_ids"] == [tried[2], tried[1], tried[0]]
    page = browser.get(f"/cases/{like}").text
    assert "worked 2 of 3 times: replace modem" in page
    assert f'href="/cases/{tried[0]}"' in page


def test_four_channels_stand_in_true_order_and_can_be_told_apart(office: Office) -> None:
    case_id = opened(office)
    program, browser = office.program(), office.person()
    for channel, hours in (("email", 30), ("phone", 50), ("chat", 40)):
        at = (NOON - timedelta(hours=hours)).isoformat()
        body = {"channel": channel, "minutes": 5, "text": f"by {channel}", "at": at}
        assert program.post(f"/api/v1/cases/{case_id}/contacts", json=body).status_code == 200
    browser.post(f"/cases/{case_id}/note", data={"text": "=cmd() is not for spreadsheets"})

    everything = program.get(f"/api/v1/cases/{case_id}/timeline").json()["entries"]

    told = [entry["channel"] for entry in everything if entry["kind"] in {"said", "contact"}]
    assert told == ["phone", "chat", "email", "demo"]
    assert [entry["at"] for entry in everything] == sorted(entry["at"] for entry in everything)
    actors = {entry["action"]: entry["actor"] for entry in everything}
    assert (actors["case.opened"], actors["case.note"]) == ("rule", "human")
    assert {entry["actor"] for entry in everything if entry["kind"] == "news"} == {"system"}
    page = (
        browser.get(f"/cases/{case_id}?channel=chat")
        .text.partition('class="entries"')[2]
        .partition("</ol>")[0]
    )
    assert "by chat" in page
    assert "by phone" not in page
    rows = list(csv.DictReader(io.StringIO(browser.get(f"/cases/{case_id}/timeline.csv").text)))
    assert len(rows) == len(everything)
    assert [row["text"] for row in rows if row["channel"] == "note"] == ["'=cmd() is not for spreadsheets"]
    kept = browser.get(f"/cases/{case_id}/timeline.json?channel=phone").json()
    assert [entry["text"] for entry in kept] == ["by phone"]


def test_a_long_story_is_shown_from_its_end_and_read_to_its_beginning(office: Office) -> None:
    case_id = opened(office)
    browser, program = office.person(), office.program()
    for number in range(7):
        browser.post(f"/cases/{case_id}/note", data={"text": f"note {number}"})
    seen: list[dict[str, object]] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"/api/v1/cases/{case_id}/timeline?limit=3" + (f"&cursor={cursor}" if cursor else "")
        found = program.get(path).json()
        seen[:0] = found["entries"]
        cursor = found["earlier"]
    whole = program.get(f"/api/v1/cases/{case_id}/timeline").json()["entries"]
    assert seen == whole
    assert [entry["text"] for entry in whole if entry["kind"] == "note"] == [f"note {n}" for n in range(7)]
    assert program.get(f"/api/v1/cases/{case_id}/timeline?cursor=nonsense").status_code == 422


def test_posts_are_parted_and_brought_together_by_hand(office: Office) -> None:
    case_id = opened(office)
    other = office.hears("dead bill too", author=MAPLE, conversation_id="talk-1")
    browser, program = office.person(), office.program()
    own = program.post(f"/api/v1/cases/{case_id}/part", json={"mention_id": other}).json()
    assert own["mention_ids"] == [other]
    assert f'href="/cases/{own["id"]}"' in browser.get(f"/cases/{case_id}").text
    whole = browser.post(f"/cases/{case_id}/join", data={"mention_id": str(other)})
    assert whole.status_code == 303
    assert program.get(f"/api/v1/cases/{own['id']}").json()["state"] == "resolved"
    again = browser.post(f"/cases/{own['id']}/join", data={"mention_id": str(other)})
    assert again.status_code == 409


def test_the_list_puts_who_presses_most_first_and_counts_in_words(office: Office) -> None:
    late = office.opens_case("dead late", author=make_author("late_demo"), posted_at=NOON - timedelta(days=3))
    soon = office.opens_case(
        "dead soon", author=make_author("soon_demo"), posted_at=NOON - timedelta(hours=20)
    )
    new = office.opens_case("dead new", author=make_author("new_demo"), posted_at=NOON - timedelta(hours=1))
    support = office.person(Role.SUPPORT)
    support.post(f"/cases/{soon}/ack")

    page = support.get("/cases").text

    order = [page.index(f'href="/cases/{case_id}"') for case_id in (late, soon, new)]
    assert order == sorted(order)
    assert "3 open cases: 1 late, 2 that nobody has" in page
    mine = support.get("/cases?show=mine").text
    assert f'href="/cases/{soon}"' in mine
    assert f'href="/cases/{late}"' not in mine
    assert "No case here. That is good news." in support.get("/cases?show=stale").text
    office.clock.forward(days=3)
    support = office.person(Role.SUPPORT)
    silent = support.get("/cases?show=silent").text
    assert all(f'href="/cases/{case_id}"' in silent for case_id in (late, soon, new))
    office.clock.forward(days=12)
    support = office.person(Role.SUPPORT)
    assert "3 stale" in support.get("/cases?show=stale").text
    chosen = support.get("/cases?show=open&state=acknowledged&team=support").text
    assert f'href="/cases/{soon}"' in chosen
    assert f'href="/cases/{late}"' not in chosen
    assert CaseState.ACKNOWLEDGED.value in chosen


def test_a_list_of_cases_goes_on_behind_its_last_one_and_old_links_begin_at_the_top(office: Office) -> None:
    numbers = [
        office.opens_case(f"dead {number}", author=make_author(f"a{number}_demo")) for number in range(3)
    ]
    program, support = office.program(Role.SUPPORT), office.person(Role.SUPPORT)
    first = program.get("/api/v1/cases", params={"show": "nobody", "limit": 2}).json()
    office.opens_case("dead late", author=make_author("late_demo"), posted_at=NOON - timedelta(hours=30))
    asked = {"show": "nobody", "limit": 2, "cursor": first["next_cursor"]}
    rest = program.get("/api/v1/cases", params=asked).json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == numbers
    assert rest["next_cursor"] is None
    assert program.get("/api/v1/cases?show=mine").json()["items"] == []
    for wrong in ("show=nobody&cursor=50", "show=best", "show=late&state=new", "show=open&cursor=pressing_1"):
        assert program.get(f"/api/v1/cases?{wrong}").status_code == 422, wrong
    for old in ("cursor=50", "cursor=", "page=3", "offset=100"):
        shown = support.get(f"/cases?{old}")
        assert (shown.status_code, shown.text.count('class="rowlink"')) == (200, 4), old
    assert support.get("/cases?cursor=pressing_1").status_code == 422


def test_a_person_opens_a_case_for_somebody_whom_no_rule_gave_away(office: Office) -> None:
    mention_id = office.hears("hm, not what I hoped for", author=MAPLE)
    browser, program = office.person(Role.SUPPORT), office.program(Role.SUPPORT)
    assert 'action="/cases"' in browser.get(f"/mentions/{mention_id}").text
    data = {"mention_id": str(mention_id), "team": "support", "severity": "high", "note": "call her"}

    done = browser.post("/cases", data=data)

    assert done.status_code == 303
    page = browser.get(done.headers["location"]).text
    assert "support_demo gave it to the team: call her" in page
    assert 'action="/cases"' not in browser.get(f"/mentions/{mention_id}").text
    body = {"mention_id": mention_id, "team": "support"}
    assert program.post("/api/v1/cases", json=body).status_code == 409
    further = office.hears("and another thing", author=MAPLE)
    joined = program.post("/api/v1/cases", json={"mention_id": further, "team": "support"}).json()
    assert (joined["mention_ids"], joined["severity"]) == ([mention_id, further], "high")
    for wrong, status in (
        ({"team": "nobody"}, 422),
        ({"severity": "dire"}, 422),
        ({"mention_id": 4711}, 404),
    ):
        assert program.post("/api/v1/cases", json={**body, **wrong}).status_code == status
