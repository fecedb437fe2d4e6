"""A customer's record on its page and in the API: all that was said both ways, and what people keep."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.store import audit, tables
from engagebot.store.heard import mentions
from engagebot.store.persons import customers
from tests.factories import make_author
from tests.integration.web.office import Office
from tests.integration.web.test_around_the_item import words

MAPLE: dict[str, Any] = {"author": make_author("maple_demo")}
QUOTE = "their post of 3 March: “no DMs please”"


def customer_of(office: Office, handle: str = "maple_demo") -> int:
    with office.app.store.read() as tx:
        (found,) = customers.named(tx, "demo", handle)
    return found


def met(office: Office, text: str = "seen you at the fair", **over: Any) -> int:
    """Hear somebody once; answer the customer."""
    office.hears(text, **{**MAPLE, **over})
    return customer_of(office)


def story(office: Office) -> int:
    """Unhappy, answered, called, happy: one problem over four days."""
    now = office.clock.now()
    sent = office.drafts("I love the answer", **MAPLE, posted_at=now - timedelta(days=1))
    case_id = office.opens_case("the modem is dead", **MAPLE, posted_at=now - timedelta(days=4))
    office.hears("thank you, it works", **MAPLE, posted_at=now - timedelta(hours=1))
    feelings = {
        "very_negative": "the modem is dead",
        "positive": "I love the answer",
        "very_positive": "thank%",
    }
    with office.app.store.write() as tx:
        for sentiment, said in feelings.items():
            is_it = tables.mentions.c.text.like(said)
            tx.execute(sa.update(tables.mentions).where(is_it).values(sentiment=sentiment))
        left = {
            "state": DraftState.SENT.value,
            "approved_by": "lena_demo",
            "posted_at": now - timedelta(hours=20),
        }
        tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == sent.id).values(**left))
        ended = {"state": "resolved", "resolved_at": now - timedelta(hours=2), "outcome": "replaced"}
        replied = {"first_reply_at": now - timedelta(hours=20), "assignee": "lena_demo"}
        tx.execute(sa.update(tables.cases).where(tables.cases.c.id == case_id).values(**ended, **replied))
        called = {
            "case_id": case_id, "channel": "phone", "is_inbound": True, "minutes": 65, "noted_by": "kim_demo",
            "text": "was cut off twice", "at": now - timedelta(days=2), "noted_at": now,
        }  # fmt: skip
        tx.execute(sa.insert(tables.case_contacts).values(**called))
    return customer_of(office)


def test_everything_said_both_ways_stands_in_its_true_order(office: Office) -> None:
    customer_id = story(office)
    body = words(office.person(Role.LIGHT), f"/customers/{customer_id}")
    talk = body[body.index("What was said") :]
    order = (
        "thank you, it works",
        "We, lena_demo",
        "I love the answer",
        "They, phone, 65 min",
        "the modem is dead",
    )
    assert [talk.index(each) for each in order] == sorted(talk.index(each) for each in order)
    assert "was cut off twice" in talk
    assert "noted by kim_demo" in talk
    record = office.program().get(f"/api/v1/customers/{customer_id}").json()
    assert [(said["kind"], said["direction"], said["channel"]) for said in record["said"]] == [
        ("mention", "in", "demo"), ("reply", "out", "demo"), ("mention", "in", "demo"),
        ("contact", "in", "phone"), ("mention", "in", "demo"),
    ]  # fmt: skip


def test_how_it_went_stands_at_the_case_over_time_and_in_one_line(office: Office) -> None:
    customer_id = story(office)
    body = words(office.person(Role.LIGHT), f"/customers/{customer_id}")
    last = "Last : the modem is dead, 3 August 2026, lena_demo, replaced, ended happy."
    assert last in body
    assert "▲ recovered" in body
    assert "From very unhappy (30 Jul 2026) to very happy (3 Aug 2026)." in body
    record = office.program().get(f"/api/v1/customers/{customer_id}").json()
    (case,) = record["cases"]
    assert (case["before"], case["after"], case["recovery"]) == (
        "very_negative",
        "very_positive",
        "recovered",
    )
    assert record["last"]["words"] == last.removesuffix(".").replace("Last :", "Last:")
    draft = office.drafts("I love the next box", **MAPLE)
    assert record["last"]["words"] in words(office.person(), f"/queue?item={draft.id}")


def test_what_was_said_is_read_page_by_page_and_nothing_twice(office: Office) -> None:
    customer_id = story(office)
    program = office.program()
    whole = program.get(f"/api/v1/customers/{customer_id}").json()["said"]
    for limit in (1, 2, 3):
        found, cursor = [], None
        while True:
            params = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = program.get(f"/api/v1/customers/{customer_id}", params=params).json()
            found += page["said"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == whole


def test_the_record_is_one_click_from_a_mention_and_from_a_case(office: Office) -> None:
    mention_id = office.hears("the modem is dead", **MAPLE)
    link = f'href="/customers/{customer_of(office)}"'
    browser = office.person(Role.LIGHT)
    assert link in browser.get(f"/mentions/{mention_id}").text
    assert link in browser.get("/cases/1").text
    assert link in browser.get("/customers").text


def test_notes_and_wishes_are_written_changed_and_ended_on_the_page(office: Office) -> None:
    customer_id = met(office)
    browser, address = office.person(Role.LIGHT), f"/customers/{customer_id}"
    for kind, text in (
        ("note", "asks for Kim"),
        ("cares_about", "short answers"),
        ("dislikes_channel", "dm"),
    ):
        answer = browser.post(f"{address}/note", data={"kind": kind, "text": text, "basis": QUOTE})
        assert answer.headers["location"] == f"{address}?done=noted"
    body = words(browser, address)
    assert "cares about short answers" in body
    assert f"does not want direct message how we know: {QUOTE}" in body
    browser.post(f"{address}/notes/2", data={"text": "very short answers", "basis": QUOTE})
    browser.post(f"{address}/notes/1/end")
    body = words(browser, address).rpartition("Notes and wishes")[2]
    assert "2 earlier notes" in body
    assert body.index("very short answers") < body.index("2 earlier notes") < body.index("asks for Kim")


def test_the_desk_warns_of_a_channel_they_do_not_want_with_their_own_words(office: Office) -> None:
    draft = office.drafts(**MAPLE)
    browser, address = office.person(), f"/customers/{customer_of(office)}"
    for way in ("direct_message", "public_reply"):
        browser.post(f"{address}/note", data={"kind": "dislikes_channel", "text": way, "basis": QUOTE})
    browser.post(f"{address}/note", data={"kind": "avoid", "text": "jokes", "basis": QUOTE})
    page = browser.get(f"/queue?item={draft.id}").text
    said = f"Does not want public reply: {QUOTE} (community_demo, 3 August 2026)."
    assert f'<li class="bad">{said}</li>' in unescape(page)
    assert f"Does not want direct message: {QUOTE}" in unescape(page)
    assert "Avoid: jokes." in page


def test_a_reply_that_sends_them_where_they_do_not_want_to_go_is_marked_as_it_is_written(
    office: Office,
) -> None:
    draft = office.drafts(**MAPLE)
    browser, address = office.person(), f"/customers/{customer_of(office)}"
    read, wish = (
        f"/queue/{draft.id}/read",
        {"kind": "dislikes_channel", "text": "direct_message", "basis": QUOTE},
    )
    text = {"text": "Please send us a DM."}
    assert "They do not want" not in browser.post(read, data=text).text
    browser.post(f"{address}/note", data=wish)
    told = unescape(browser.post(read, data=text).text)
    assert f"<mark>DM</mark> They do not want direct message: <bdi>{QUOTE}</bdi>." in told
    assert "They do not want" not in browser.post(read, data={"text": "We call you."}).text


def test_the_last_talk_stands_on_the_next_case(office: Office) -> None:
    story(office)
    following = office.opens_case("the router is dead", **MAPLE, posted_at=office.clock.now())
    assert "Last: the modem is dead, 3 August 2026, lena_demo, replaced" in words(
        office.person(Role.LIGHT), f"/cases/{following}"
    )


def test_a_trait_is_refused_with_a_reason_a_safer_wording_and_the_words_kept(office: Office) -> None:
    customer_id = met(office)
    trait = "she is pregnant"
    answer = office.person().post(f"/customers/{customer_id}/note", data={"kind": "note", "text": trait})
    assert answer.status_code == 422
    assert "“pregnant”: Note what they need instead" in unescape(answer.text)
    assert f"{trait}</textarea>" in answer.text
    program = office.program()
    base = f"/api/v1/customers/{customer_id}"
    for path, body in (
        ("notes", {"text": trait}), ("notes", {"kind": "avoid", "text": "x", "basis": trait}),
        ("tags", {"tag": "pregnant"}), ("links", {"other": 1, "basis": "opted_in", "reason": trait}),
    ):  # fmt: skip
        refused = program.post(f"{base}/{path}", json=body)
        assert refused.status_code == 422
        assert "Note what they need instead" in refused.json()["detail"]
    assert program.get(base).json()["notes"] == []


def test_marks_and_tags_are_set_on_the_page_and_shown_on_the_desk(office: Office) -> None:
    draft = office.drafts(**MAPLE)
    browser, address = office.person(), f"/customers/{customer_of(office)}"
    for deed, data in (("vip", {}), ("mark", {"mark": "press"}), ("tag", {"tag": "Beta Tester"})):
        assert browser.post(f"{address}/{deed}", data=data).status_code == 303
    body = words(browser, address)
    assert "★ VIP: a person answers" in body
    assert "¶ press" in body
    assert "#beta-tester" in body
    assert "Press: whoever speaks with journalists answers." in words(browser, f"/queue?item={draft.id}")
    for deed, data in (("not-vip", {}), ("mark", {"mark": ""}), ("untag", {"tag": "beta-tester"})):
        assert browser.post(f"{address}/{deed}", data=data).status_code == 303
    assert "★ VIP" not in words(browser, address)
    assert browser.post(f"{address}/mark", data={"mark": "friend"}).status_code == 422


def test_the_api_keeps_the_same_record(office: Office) -> None:
    customer_id = met(office)
    program, base = office.program(), f"/api/v1/customers/{customer_id}"
    note = program.post(f"{base}/notes", json={"kind": "cares_about", "text": "trains", "basis": QUOTE})
    assert (note.status_code, note.json()["noted_by"]) == (201, "community_program")
    edited = program.put(
        f"{base}/notes/{note.json()['id']}", json={"text": "late trains", "basis": QUOTE}
    ).json()
    assert program.delete(f"{base}/notes/{edited['id']}").json()["ended_by"] == "community_program"
    assert program.put(f"{base}/notes/{edited['id']}", json={"text": "x", "basis": QUOTE}).status_code == 409
    assert program.put(f"{base}/notes/999", json={"text": "x"}).status_code == 404
    assert program.post(f"{base}/notes", json={"kind": "secret", "text": "x"}).status_code == 422
    assert program.post(f"{base}/tags", json={"tag": "#Fan"}).json() == {"tag": "fan"}
    assert program.delete(f"{base}/tags/fan").json() == {"changed": True}
    assert program.post(f"{base}/vip").json()["is_vip"] is True
    assert program.delete(f"{base}/vip").json()["is_vip"] is False
    assert program.put(f"{base}/mark", json={"mark": "press"}).json()["mark"] == "press"
    assert program.delete(f"{base}/mark").json()["mark"] is None
    assert [note["text"] for note in program.get(base).json()["notes"]] == ["late trains", "trains"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_happened_to_a_record_is_told_in_plain_words(office: Office) -> None:
    customer_id = met(office)
    office.drafts("I love the new box", **MAPLE)
    other = met(office, author=make_author("oak_demo")) and customer_of(office, "oak_demo")
    lead, base = office.person(Role.LEAD, "kim_demo"), f"/customers/{customer_id}"

    def done(what: str, **form: str) -> None:
        assert lead.post(f"{base}/{what}", data=form).status_code == 303, what

    def happened() -> list[str]:
        part = lead.get(base).text.partition('id="history-h"')[2].partition("</section>")[0]
        lines = (re.sub(r"<[^>]+>", "", each) for each in part.split("<li>")[1:])
        return [" ".join(unescape(each).split()).partition("_demo ")[2] for each in lines]

    done("note", kind="note", text="late is no good")
    done("notes/1", text="calls in the evening")
    done("notes/2/end")
    done("note", kind="dislikes_channel", text="phone", basis=QUOTE)
    done("notes/3/end")
    done("note", kind="avoid", text="the word delay", basis=QUOTE)
    done("link", other="demo/oak_demo", basis="said_it_themselves", reason="their post of 3 March")
    done("links/1/undo")
    done("note", kind="not_linked", basis=QUOTE)
    done("opt-out")
    done("mark", mark="staff")
    done("mark")
    done("tag", tag="fan")

    assert happened() == [
        "wrote a note: late is no good",
        "changed a note: calls in the evening (before: late is no good)",
        "ended a note: calls in the evening",
        "noted a channel that they do not want: phone calls",
        "ended a wish of theirs: does not want phone calls",
        "noted what to avoid: the word delay",
        f"linked customer {other} with this one: they said so themselves",
        f"undid the link with customer {other}",
        "noted that they want no accounts linked",
        "noted that they asked not to be written to; 1 reply that waited will not leave",
        "said that the account is one of our own people's",
        "said that the account is a customer's",
        "put a tag on",
    ]
    assert f'<a href="/customers/{other}">' in lead.get(base).text
    owner = office.person(Role.OWNER)
    owner.post(f"{base}/export")
    owner.post(f"{base}/forget", data={"confirm": "maple_demo"})
    assert happened()[-2:] == [
        "exported all that is kept of them",
        "forgot them: words and names of 2 mentions, 5 notes",
    ]
    assert "calls in the evening" not in lead.get(base).text
    # A line that lacks what it is about, as it may come from elsewhere, is told all the same.
    with office.app.store.write() as tx:
        whose = f"customer:{customer_id}"
        for action in ("noted", "note_changed", "note_ended", "linked", "unlinked", "marked"):
            deed = f"customer.{action}"
            audit.add(tx, at=office.clock.now(), actor="kim_demo", action=deed, subject=whose, detail={})
    assert len(happened()) == 21
    assert all(happened())


@pytest.mark.parametrize("role", [Role.LIGHT, Role.OWNER])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_role_reads_a_record(office: Office, role: Role) -> None:
    customer_id = story(office)
    assert "thank you, it works" in office.person(role).get(f"/customers/{customer_id}").text
    with office.app.store.read() as tx:
        assert mentions.page(tx).items


def test_an_export_holds_what_the_screen_shows_page_after_page(office: Office) -> None:
    customer_id = story(office)
    owner, program = office.person(Role.OWNER), office.program(Role.OPERATOR)
    base = f"/api/v1/customers/{customer_id}"
    owner.post(f"/customers/{customer_id}/note", data={"kind": "note", "text": "asks for Kim"})
    screen = program.get(base, params={"limit": 2}).json()
    pages, cursor = [owner.get(f"/customers/{customer_id}").text], screen["next_cursor"]
    while cursor is not None:
        page = program.get(base, params={"limit": 2, "cursor": cursor}).json()
        screen["said"] += page["said"]
        cursor = page["next_cursor"]
    del screen["mentions"], screen["next_cursor"]
    answer = owner.post(f"/customers/{customer_id}/export")
    exported = answer.json()
    assert exported.pop("next_cursor") is None
    assert exported == screen
    assert answer.headers["content-disposition"] == f'attachment; filename="customer-{customer_id}.json"'
    shown = unescape("".join(pages))
    for said in exported["said"]:
        assert said["text"] in shown
    assert exported["notes"][0]["text"] in shown
    again = program.get(f"{base}/export").json()
    assert [event["action"] for event in again["history"]] == ["customer.noted", "customer.exported"]


def test_a_person_is_forgotten_once_their_name_is_written(office: Office) -> None:
    customer_id = story(office)
    owner, address = office.person(Role.OWNER), f"/customers/{customer_id}"
    refused = owner.post(f"{address}/forget", data={"confirm": "maple"})
    assert refused.status_code == 422
    assert "write 'maple_demo' to say that it is meant" in unescape(refused.text)
    program = office.program(Role.OPERATOR)
    assert program.post(f"/api/v1{address}/forget", json={}).status_code == 422
    assert owner.post(f"{address}/forget", data={"confirm": "@Maple_Demo"}).status_code == 303
    body = owner.get(address).text
    assert "Forgotten at their request" in body
    for word in ("maple_demo", "modem", "thank you", "cut off"):
        assert word not in body
        assert word not in owner.get("/cases/1").text
        assert word not in owner.get("/mentions").text
    assert program.post(f"/api/v1{address}/forget", json={"confirm": True}).status_code == 409


def test_a_program_forgets_what_it_means_to(office: Office) -> None:
    customer_id = met(office)
    answer = office.program(Role.OPERATOR).post(
        f"/api/v1/customers/{customer_id}/forget", json={"confirm": True}
    )
    assert answer.json() == {"customer_ids": [customer_id], "mentions": 1, "cases": 0, "notes": 0}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_accounts_are_linked_and_parted_on_the_page(office: Office) -> None:
    one, other = (
        met(office),
        met(office, "hello", author=make_author("shop_demo"), posted_at=office.clock.now()),
    )
    other = customer_of(office, "shop_demo")
    browser, address = office.person(), f"/customers/{one}"
    form = {"other": "demo/Shop_Demo", "basis": "public_link", "reason": "their profile names both"}
    for wrong in ({"basis": ""}, {"reason": " "}, {"other": "demo/nobody"}, {"other": "shop_demo"}):
        assert browser.post(f"{address}/link", data={**form, **wrong}).status_code == 422
    alike = unescape(browser.post(f"{address}/link", data={**form, "other": "@Shop_Demo"}).text)
    assert "or platform/name. Did you mean demo/shop_demo?" in alike
    assert browser.post(f"{address}/link", data=form).status_code == 303
    assert "one profile links to the other in public" in words(browser, address)
    assert "seen you at the fair" in words(browser, f"/customers/{other}")
    assert browser.post(f"/customers/{other}/links/1/undo").status_code == 303
    assert "seen you at the fair" not in words(browser, f"/customers/{other}")
    assert "1 link undone" in words(browser, address)


def test_since_when_they_are_a_customer_is_noted_by_whoever_knows(office: Office) -> None:
    customer_id = met(office)
    browser, program = office.person(Role.LIGHT), office.program(Role.LIGHT)
    browser.post(f"/customers/{customer_id}/since", data={"since": " 2019-04 "})
    assert "Customer since April 2019" in words(browser, f"/customers/{customer_id}")
    for wrong in ("soon", "2999", "2019-13"):
        refused = browser.post(f"/customers/{customer_id}/since", data={"since": wrong})
        assert refused.status_code == 422, wrong
        assert program.put(f"/api/v1/customers/{customer_id}/since", json={"since": wrong}).status_code == 422
    assert program.get(f"/api/v1/customers/{customer_id}").json()["since"] == "2019-04"
    browser.post(f"/customers/{customer_id}/since", data={"since": ""})
    assert program.get(f"/api/v1/customers/{customer_id}").json()["since"] is None
    answer = program.put(f"/api/v1/customers/{customer_id}/since", json={"since": "2020"})
    assert (answer.json(), program.put("/api/v1/customers/999/since", json={"since": None}).status_code) == (
        {"changed": True},
        404,
    )


def test_a_refused_form_stays_open_as_it_was_typed_and_says_why(office: Office) -> None:
    customer_id = met(office)
    browser, base = office.person(Role.OWNER), f"/customers/{customer_id}"
    browser.post(f"{base}/note", data={"kind": "note", "text": "short answers"})
    trait = "she is pregnant"
    for form, fold, data in (
        ("note", "Write a note", {"kind": "avoid", "text": trait, "basis": "their post"}),
        ("note", "Channel they like", {"kind": "likes_channel", "text": "email", "basis": trait}),
        ("notes/1", "Change it", {"text": trait, "basis": "chat of 3 March"}),
        ("tag", "", {"tag": "pregnant"}),
        ("since", "", {"since": "2099"}),
        ("link", "Link another account", {"other": "demo/nobody", "basis": "opted_in", "reason": "in May"}),
        ("forget", "Forget them", {"confirm": "somebody else"}),
    ):  # fmt: skip
        answer = browser.post(f"{base}/{form}", data=data)
        assert answer.status_code == 422, form
        page = unescape(answer.text)
        before, _, after = page.partition('id="refused"')
        sent = before[before.rindex("<form") :] + after.partition("</form>")[0]
        assert page.count('id="refused"') == page.count(" autofocus") == 1, form
        assert 'aria-invalid="true"' in sent, form
        assert fold in before.rpartition("<details open>")[2]
        assert 'class="trouble" role="alert"><p>' in before, "what is wrong is said at the head, too"
        for typed in data.values():
            is_kept = f'value="{typed}"' in sent or f"{typed}</textarea>" in sent
            assert is_kept or f'<option value="{typed}" selected>' in sent, (form, typed)
    assert "short answers" in words(browser, base)
    for other in ("999", "9" * 40):
        linked = {"other": other, "basis": "opted_in", "reason": "in May"}
        answer = browser.post(f"{base}/link", data=linked)
        assert answer.status_code == 422
        assert re.search(rf'<input name="other" autofocus[^>]* value="{other}"', answer.text)
    page = browser.post(f"{base}/note", data={"kind": "avoid", "text": "jokes"}).text
    assert re.search(r'<input name="basis"[^>]* autofocus aria-invalid="true"', page)
    told = {"other": "demo/maple_demo", "basis": "opted_in", "reason": trait}
    assert re.search(r'<textarea name="reason" autofocus', browser.post(f"{base}/link", data=told).text)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_no_form_can_hold_any_more_is_there_to_be_copied(office: Office) -> None:
    customer_id = met(office)
    browser, base = office.person(Role.OWNER), f"/customers/{customer_id}"
    long = browser.post(f"{base}/tag", data={"tag": "fan " * 200})
    assert (long.status_code, "800 characters, and at most 500 fit in here" in long.text) == (422, True)
    browser.post(f"{base}/note", data={"kind": "note", "text": "short answers"})
    browser.post(f"{base}/notes/1/end")
    late = browser.post(f"{base}/notes/1", data={"text": "very short answers"})
    assert (late.status_code, "was ended or edited already" in late.text) == (409, True)
    assert 'role="alert" tabindex="-1" autofocus' in late.text
    assert re.search(r"<textarea readonly[^>]*>\s*very short answers</textarea>", late.text)
    browser.post(f"{base}/forget", data={"confirm": "maple_demo"})
    gone = browser.post(f"{base}/note", data={"kind": "note", "text": "asks for Kim"})
    assert gone.status_code == 409
    assert re.search(r"<textarea readonly[^>]*>\s*asks for Kim</textarea>", gone.text)
    assert browser.post("/customers/999/tag", data={"tag": "fan"}).status_code == 404


def test_what_is_kept_about_them_is_one_step_from_the_head_of_a_narrow_page(office: Office) -> None:
    customer_id = met(office)
    assert 'class="jump small">Further down: <a href="#notes-h">notes and wishes</a>' in (
        office.person(Role.LIGHT).get(f"/customers/{customer_id}").text
    )
