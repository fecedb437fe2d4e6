"""The forms of a case's page: which stands open, where the focus is, and that nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import pytest

from engagebot.domain.roles import Role
from engagebot.store.casework import cases
from engagebot.web.case_forms import MAIN
from tests.factories import make_author
from tests.integration.web.office import Office

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MAPLE = make_author("maple_fan_demo")
LONG = "so long " * 40
# A bad request to each form, the field that is wrong, and a piece of the reason.
BAD: tuple[tuple[str, Mapping[str, str], str, str], ...] = (
    ("log", {"channel": "shop", "minutes": "soon", "text": "a call", "by_us": "yes"}, "minutes", "number"),
    ("log", {"channel": "chat", "minutes": "5", "text": "she is pregnant"}, "text", "pregnant"),
    ("log", {"channel": "chat", "text": "hm", "at": "2030-01-01T10:00"}, "at", "still to come"),
    ("log", {"channel": "chat", "minutes": "5", "answered": "maybe"}, "answered", "neither yes nor no"),
    ("note", {"text": " "}, "text", "the note is empty"),
    ("assign", {"to": "nobody_demo"}, "to", "nobody here and no team is called"),
    ("resolve", {"outcome": LONG, "remedy": "new cable"}, "outcome", "320 characters, and at most 200"),
    ("resolve", {"outcome": "fixed", "cause": "magic"}, "cause", "not one of ours"),
    ("snooze", {}, "until", "choose one"),
    ("snooze", {"until": "2001-01-01T00:00"}, "until", "still to come"),
    ("snooze", {"until": "9999-12-31T23:59"}, "until", "ten years at most"),
    ("suggest", {"text": " "}, "text", "write what should be answered"),
    ("links", {"channel": "email", "note": "n" * 600}, "note", "at most 500"),
    ("title", {"text": "words of ours"}, "text", "none of their messages"),
    ("wanted", {"text": LONG}, "text", "at most 200"),
    ("part", {"mention_id": "first"}, "mention_id", "not a number"),
    ("join", {"mention_id": "4711"}, "mention_id", "there is no mention"),
    ("tickets", {"system": "jira", "key": "X-12", "url": "jira.example/12"}, "url", "no address of"),
    ("tickets/wanted", {"system": "jira"}, "system", "no ticket system of the settings"),
    ("follow-up/close", {"reason": " "}, "reason", "no follow-up runs"),
    ("ending", {"cause": "magic"}, "cause", "not one of ours"),
)  # fmt: skip
# What no field can hold: a choice that is not offered, a tick.
NOT_KEPT = {"magic", "maybe", "first", "yes", "2001-01-01T00:00", "9999-12-31T23:59"}
FOLD = re.compile(r'<details name="deeds"[^>]*>')
FOCUS = re.compile(r"<(\w+)[^>]*\sname=\"([^\"]*)\"\s+autofocus[^>]*>")


def opened(office: Office) -> int:
    case_id = office.opens_case(author=MAPLE, conversation_id="talk-1")
    office.hears("the line is dead as well", author=MAPLE, conversation_id="talk-1")
    return case_id


def standing_form(html: str) -> str:
    """The end of the address of the form with the focus, after the one fold that stands open."""
    (begin,) = [found.end() for found in FOLD.finditer(html) if re.search(r"\sopen\b", found.group())]
    before = html.rindex("<form", begin, html.index("autofocus", begin))
    address = re.search(r'action="/cases/\d+/([^"]*)"', html[before:])
    assert address is not None
    return address.group(1)


def test_a_refused_form_stands_open_with_its_words_its_reason_and_the_focus(office: Office) -> None:
    case_id, ended = opened(office), office.opens_case("dead box")
    support = office.person(Role.SUPPORT)
    support.post(f"/cases/{ended}/resolve")
    assert {form for form, *_ in BAD} == set(MAIN)
    for form, typed, field, why in BAD:
        answer = support.post(f"/cases/{ended if form == 'ending' else case_id}/{form}", data=dict(typed))
        page = unescape(answer.text)
        assert answer.status_code in {404, 409, 422}, form
        assert re.search(rf'role="alert"[^>]*><p>[^<]*{why}', page, re.IGNORECASE), form
        if form in {"follow-up/close", "tickets/wanted"}:
            continue
        assert standing_form(page) == form
        (focus,) = (found.group() for found in FOCUS.finditer(page))
        assert f'name="{field}"' in focus, form
        assert 'aria-invalid="true"' in focus, form
        assert re.search(r'aria-describedby="[^"]*\brefused"', focus), form
        assert re.search(rf'id="refused">.*{why}', page, re.IGNORECASE), form
        assert all(value.strip() in page for value in typed.values() if value not in NOT_KEPT), form
    with office.app.store.read() as tx:
        assert cases.get(tx, case_id).contacts == 2, "nothing was done"


def test_what_was_typed_stays_where_its_form_is_gone(office: Office) -> None:
    case_id = opened(office)
    support, kim = office.person(Role.SUPPORT), office.person(Role.SUPPORT, "kim_demo")
    kim.post(f"/cases/{case_id}/resolve")

    words = {"text": "A new modem is on its way."}
    late = {name: support.post(f"/cases/{case_id}/{name}", data=data) for name, data in (
        ("snooze", {"until": "tomorrow"}), ("suggest", words), ("wait", {}), ("assign", {"to": "kim_demo"}),
    )}  # fmt: skip

    for name, answer in late.items():
        assert answer.status_code == 409, name
        assert re.search(r"<p>kim_demo resolved this case on <time[^>]*>[^<]*</time>", answer.text), name
        assert "What you asked for was not done; reopen the case first." in answer.text, name
        assert 'role="alert" tabindex="-1" autofocus' in answer.text, name
        assert "Reopen</button>" in answer.text
    assert "<textarea readonly" in late["suggest"].text
    assert words["text"] in late["suggest"].text


def test_a_move_that_comes_late_hears_who_moved_the_case(office: Office) -> None:
    case_id = opened(office)
    support, kim = office.person(Role.SUPPORT), office.person(Role.SUPPORT, "kim_demo")
    for first, then, says in (
        ("wait", "wait", "kim_demo let this case wait for the customer on"),
        ("ack", "close", "kim_demo acknowledged this case on"),
        ("unack", "unack", "kim_demo gave this case back to the team on"),
        ("resolve", "resolve", "kim_demo resolved this case on"),
        ("reopen", "reopen", "kim_demo opened this case again on"),
    ):
        assert kim.post(f"/cases/{case_id}/{first}").status_code == 303
        late = support.post(f"/cases/{case_id}/{then}")
        assert (late.status_code, says in late.text) == (409, True), then
        assert "What you asked for was not done." in late.text, then
    offered = support.post(f"/cases/{case_id}/accept").text
    assert "is not offered to anybody." in offered


def test_whoever_comes_late_to_acknowledge_hears_who_has_it_and_may_take_it_over(office: Office) -> None:
    case_id = opened(office)
    kim, lee = office.person(Role.SUPPORT, "kim_demo"), office.person(Role.SUPPORT, "lee_demo")
    kim.post(f"/cases/{case_id}/ack")
    office.clock.forward(minutes=12)

    late = lee.post(f"/cases/{case_id}/ack")

    assert late.status_code == 409
    assert re.search(r"kim_demo looks after this case already, since <time[^>]*>[^<]*14:00</time>", late.text)
    assert "12 min ago" in late.text
    assert "Take it over from <bdi>kim_demo</bdi>" in late.text
    again = kim.post(f"/cases/{case_id}/ack").text
    assert "You look after this case already" in again
    assert "Take it over from <bdi>" not in again
    taken = lee.get(lee.post(f"/cases/{case_id}/assign", data={"to": "lee_demo"}).headers["location"]).text
    assert "The case is yours." in taken
    assert "with <bdi>lee_demo</bdi>" in taken
    other = office.opens_case("dead box")
    kim.post(f"/cases/{other}/assign", data={"to": "kim_demo"})
    assert "It stays with <bdi>kim_demo</bdi>" in lee.get(f"/cases/{other}").text
    assert "It stays yours, and nobody else is rung." in kim.get(f"/cases/{other}").text
    done = lee.post(f"/cases/{other}/ack").headers["location"]
    assert "It stays with whoever has it." in lee.get(done).text


def test_a_link_to_a_deed_opens_what_this_person_can_do(office: Office) -> None:
    case_id = opened(office)
    support, kim = office.person(Role.SUPPORT), office.person(Role.COMMUNITY, "kim_demo")
    for deed, form in (("reply", "suggest"), ("resolve", "resolve"), ("note", "note"), ("log", "log"),
                       ("assign", "assign"), ("snooze", "snooze"), ("ticket", "tickets")):  # fmt: skip
        assert standing_form(support.get(f"/cases/{case_id}?do={deed}").text) == form
    page = support.get(f"/cases/{case_id}?do=reply").text
    assert "somebody who reviews replies reads it in the queue" in page
    assert "aria-invalid" not in page
    assert '<button class="primary" autofocus' in kim.get(f"/cases/{case_id}?do=reply").text
    light = office.person(Role.LIGHT).get(f"/cases/{case_id}?do=reply").text
    assert "The role light may not answer in public; a note reaches those who may." in light
    assert standing_form(light) == "note"
    assert " open>" not in support.get(f"/cases/{case_id}?do=dance").text
    support.post(f"/cases/{case_id}/suggest", data={"text": "A new modem is on its way."})
    waiting = support.get(f"/cases/{case_id}?do=reply").text
    assert re.search(r'<a href="/queue\?item=\d+" autofocus>A reply waits for review</a>', waiting)
    assert re.search(r'<a class="button primary" href="/queue\?item=\d+" autofocus', kim.get(
        f"/cases/{case_id}?do=reply").text)  # fmt: skip
    support.post(f"/cases/{case_id}/resolve")
    assert standing_form(support.get(f"/cases/{case_id}?do=resolve").text) == "ending"
    assert "This case is resolved; reopen it first." in support.get(f"/cases/{case_id}?do=reply").text
