"""Mutes and opt-outs through the API and the pages: a person's word, audited, and taken back as easily."""

from __future__ import annotations

from typing import Any

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.store import audit
from engagebot.store.heard import mentions, receiving
from engagebot.store.persons import customers
from tests.factories import incoming, make_author, make_mention
from tests.integration.web.office import Office

AUTHOR = {"source": "demo", "author": "@Maple_Fan_1_demo"}
PLACE = {"source": "reddit", "community": "r/Gadgets"}


def customer_of(office: Office, mention_id: int) -> int:
    with office.app.store.read() as tx:
        found = mentions.get(tx, mention_id).customer_id
    assert found is not None
    return found


def events(office: Office) -> list[tuple[str, str, str]]:
    with office.app.store.read() as tx:
        return [(event.actor, event.action, event.subject) for event in audit.page(tx).items]


@pytest.mark.parametrize("body", [AUTHOR, PLACE])
def test_a_mute_is_made_listed_and_taken_back(office: Office, body: dict[str, str]) -> None:
    program = office.program()
    key = {"author": "maple_fan_1_demo" if "author" in body else None}
    key["community"] = "gadgets" if "community" in body else None
    made = program.post("/api/v1/mutes", json=body)
    assert (made.status_code, made.json()) == (
        200, {"source": body["source"], **key, "muted": True, "changed": True},
    )  # fmt: skip
    assert program.post("/api/v1/mutes", json=body).json()["changed"] is False
    (listed,) = program.get("/api/v1/mutes").json()["items"]
    assert {name: listed[name] for name in ("source", "author", "community", "muted_by")} == {
        "source": body["source"], **key, "muted_by": "community_program",
    }  # fmt: skip
    gone = program.request("DELETE", "/api/v1/mutes", json=body)
    assert (gone.status_code, gone.json()["muted"], gone.json()["changed"]) == (200, False, True)
    assert program.request("DELETE", "/api/v1/mutes", params=body).json()["changed"] is False
    assert program.get("/api/v1/mutes").json()["items"] == []
    kind = "author" if "author" in body else "community"
    subject = f"{kind}:{body['source']}/{key[kind]}"
    assert [event for event in events(office) if event[2] == subject] == [
        ("community_program", f"{kind}.unmuted", subject),
        ("community_program", f"{kind}.muted", subject),
    ]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"source": "demo", "author": "x" * 301}, "author"),
        ({"source": "demo", "community": "x" * 301}, "community"),
        ({"source": "x" * 301, "author": "maple"}, "source"),
    ],
)
def test_a_name_longer_than_any_is_not_muted(office: Office, body: dict[str, str], what: str) -> None:
    program = office.program()
    refused = program.post("/api/v1/mutes", json=body)
    assert refused.status_code == 422
    assert refused.json()["detail"] == f"{what}: 301 characters; a name has 300 at most"
    assert program.get("/api/v1/mutes").json()["items"] == []
    longest = {name: value[:300] for name, value in body.items()}
    assert program.post("/api/v1/mutes", json=longest).json()["changed"] is True


def test_a_mute_by_address_alone_can_be_taken_back(office: Office) -> None:
    program = office.program()
    program.post("/api/v1/mutes", json=AUTHOR)
    assert program.delete("/api/v1/mutes", params=AUTHOR).json()["changed"] is True


def test_mutes_are_paged(office: Office) -> None:
    program = office.program()
    for name in ("a_demo", "b_demo", "c_demo"):
        program.post("/api/v1/mutes", json={"source": "x", "author": name})
    first = program.get("/api/v1/mutes", params={"limit": 2}).json()
    rest = program.get("/api/v1/mutes", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["author"] for item in [*first["items"], *rest["items"]]] == ["c_demo", "b_demo", "a_demo"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": "x"},
        {"source": "x", "author": "a", "community": "b"},
        {"source": "x", "author": "@"},
        {"source": "", "author": "a"},
        {"source": "x", "author": 1},
        {"source": "x", "author": "a", "until": "tomorrow"},
    ],
)
def test_a_mute_of_nobody_is_refused_in_words(office: Office, body: dict[str, Any]) -> None:
    for method in ("POST", "DELETE"):
        response = office.program().request(method, "/api/v1/mutes", json=body)
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
    assert office.program().request("DELETE", "/api/v1/mutes").status_code == 422
    both = office.program().request("DELETE", "/api/v1/mutes", json=AUTHOR, params=AUTHOR)
    assert both.status_code == 422


def test_an_opt_out_is_noted_and_taken_back(office: Office) -> None:
    draft = office.drafts()
    customer_id = customer_of(office, draft.mention_id)
    address = f"/api/v1/customers/{customer_id}/opt-out"
    told = office.program().post(address).json()
    assert (told["is_opted_out"], told["opted_out_at"]) == (True, "2026-08-03T12:00:00Z")
    assert office.draft(draft.id).state is DraftState.WITHDRAWN
    told = office.program().delete(address).json()
    assert (told["is_opted_out"], told["opted_out_at"]) == (False, None)
    assert office.program().post("/api/v1/customers/999/opt-out").status_code == 404
    assert office.program().get(f"/api/v1/customers/{customer_id}").json()["is_opted_out"] is False
    assert [event[:2] for event in events(office) if event[2] == f"customer:{customer_id}"] == [
        ("community_program", "customer.opted_in"),
        ("community_program", "customer.opted_out"),
    ]


def test_the_page_shows_an_opt_out_and_a_mute_and_takes_both_back(office: Office) -> None:
    customer_id = customer_of(office, office.drafts().mention_id)
    browser = office.person()
    address = f"/customers/{customer_id}"
    for deed, said in (
        ("opt-out", "They asked not to be written to"),
        ("mute", "Somebody here muted them"),
        ("unmute", "No longer muted."),
        ("opt-in", "They may be written to again."),
    ):
        answer = browser.post(f"{address}/{deed}")
        assert answer.status_code == 303
        assert said in browser.get(answer.headers["location"]).text
    page = browser.get(address).text
    assert "Do not write to them" not in page
    assert "Somebody here muted them" not in page
    assert "asked not to be written to" in page


def test_a_mention_offers_no_reply_to_whoever_asked_not_to_be_written_to(office: Office) -> None:
    mention_id = office.hears("my modem is dead again")
    kim, address = office.person(name="kim_demo"), f"/mentions/{mention_id}"
    assert f'action="{address}/reply"' in kim.get(address).text
    kim.post(f"/customers/{customer_of(office, mention_id)}/opt-out")
    shown = kim.get(address).text
    assert f'action="{address}/reply"' not in shown
    assert "Can send" not in shown
    assert "this person has asked not to be written to. Noted by <bdi>kim_demo</bdi>, <time" in shown
    assert kim.post(f"{address}/reply").status_code == 409
    kim.post(f"/customers/{customer_of(office, mention_id)}/opt-in")
    assert f'action="{address}/reply"' in kim.get(address).text


def test_a_mention_says_where_they_asked_not_to_be_written_to_themselves(office: Office) -> None:
    asked = office.hears("I love the new box")
    customer_id, at = customer_of(office, asked), office.clock.now()
    with office.app.store.write() as tx:
        customers.opt_out(tx, customer_id, at)
        receiving.leave_alone(tx, customer_id, actor=receiving.ACTOR, at=at, detail={"said": "post-1"})
    shown = office.person().get(f"/mentions/{asked}").text
    assert "asked not to be written to. They said so in a post, <time" in shown


def test_who_may_not_mute_sees_no_button(office: Office) -> None:
    customer_id = customer_of(office, office.drafts().mention_id)
    page = office.person(Role.SUPPORT).get(f"/customers/{customer_id}").text
    assert f"/customers/{customer_id}/mute" not in page


def said_twice(office: Office, text: str, *, is_history: bool = False) -> dict[str, dict[str, Any]]:
    """Two people say the same; `is_history` of the second one. Answers mentions by "1" and "2"."""
    posts = [make_mention(str(n), text, author=make_author(f"fan_{n}_demo")) for n in (1, 2)]
    items = [incoming(posts[0]), incoming(posts[1], is_history=is_history)]
    with office.app.store.write() as tx:
        receiving.receive(tx, items, office.app.settings.manners, watch="talk", fetched_at=office.clock.now())
    office.hears("nothing of note")
    return {item["native_id"]: item for item in office.program().get("/api/v1/mentions").json()["items"]}


def test_a_copy_names_its_original_in_the_api_and_on_the_page(office: Office) -> None:
    by_id = said_twice(office, "the modems are dead by design two days after the warranty ends")
    first, copy = by_id["1"], by_id["2"]
    assert (first["copy_of"], copy["copy_of"]) == (None, first["id"])
    assert copy["reply_route"].keys() == {"route", "reason", "rule"}
    assert f'href="/mentions/{first["id"]}"' in office.person().get(f"/mentions/{copy['id']}").text
    (case,) = office.program().get("/api/v1/cases").json()["items"]
    assert (case["contacts"], case["sources"], case["echoes"]) == (1, 1, 1)
    assert "1 source, 1 echo" in office.person().get(f"/cases/{case['id']}").text


def test_of_a_copy_no_page_says_that_a_reply_was_drafted(office: Office) -> None:
    by_id = said_twice(office, "I love how the new box wakes up before I do, and so does the whole house")
    browser = office.person()

    first, copy = (browser.get(f"/mentions/{by_id[name]['id']}").text for name in ("1", "2"))

    assert "reply drafted" in first
    assert "no reply drafted" not in first
    assert copy.count("reply drafted") == copy.count("no reply drafted") == 1
    assert "no draft by rule praise: " in copy
    listed = browser.get("/mentions").text
    assert (listed.count("</span> reply drafted"), listed.count("</span> no reply drafted")) == (1, 1)


def test_our_own_words_cannot_be_pushed_in(office: Office) -> None:
    ours = {"source": "fake", "text": "sorry", "posted_at": "2026-08-03T11:00:00Z", "author": "@Acme"}
    response = office.program().post("/api/v1/mentions", json=ours)
    assert response.status_code == 422
    assert "our own account" in response.json()["detail"]


UNDONE = '</s> <span class="muted">not done</span> <span class="muted">(rule praise)</span>'


@pytest.mark.parametrize("is_history", [False, True])
def test_what_a_copy_or_history_left_undone_is_struck_out(office: Office, is_history: bool) -> None:
    praise = "I love the new box and I love the new remote and the family loves them"
    by_id = said_twice(office, praise, is_history=is_history)
    first, second = (office.person().get(f"/mentions/{by_id[name]['id']}").text for name in ("1", "2"))
    assert (first.count(UNDONE), second.count(UNDONE)) == (0, 1)


def test_a_draft_to_somebody_who_asked_for_none_is_struck_out(office: Office) -> None:
    author = make_author("maple_fan_demo")
    customer_id = customer_of(office, office.hears("I love the new box", author=author))
    with office.app.store.write() as tx:
        customers.opt_out(tx, customer_id, office.clock.now())
    again = office.hears("I love the new remote", author=author)
    page = office.person().get(f"/mentions/{again}").text
    assert UNDONE in page
    assert "no draft by rule praise: this person has asked not to be written to" in page
