"""Resolve in Slack asks how it ended; each answer may be left out, and a form that fails stops nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from engagebot import scheduler
from engagebot.bootstrap import chatting
from engagebot.domain.casework.remedies import Cause, Ending, Reached
from engagebot.domain.outbox import CaseState
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import casework
from engagebot.store.casework import cases
from tests.emulators.faults import Fault
from tests.emulators.slack import SlackEmulator
from tests.factories import make_author
from tests.integration.web.office import Office
from tests.integration.web.slack_office import case_of, is_known, post, send_off, told

LEAD = Person("lead_demo", Role.LEAD)
OPENING = "POST /api/views.open"


def ended(office: Office, case_id: int, ending: Ending) -> None:
    with office.app.store.write() as tx:
        casework.resolve(tx, case_id, Act(by=LEAD, at=office.clock.now()), ending=ending)


def shown(office: Office, slack: SlackEmulator) -> int:
    """Have a case about a bug in Slack, and agent_demo known there."""
    case_id = office.opens_case()
    with office.app.store.write() as tx:
        cases.name_problem(tx, case_id, "bug")
    told(office, slack)
    is_known(office, slack, "U0AGENT", "agent_demo")
    return case_id


def choices(slack: SlackEmulator, name: str) -> list[tuple[str, str | None]]:
    (block,) = (each for each in slack.modals.opened[-1].view["blocks"] if each["block_id"] == name)
    return [
        (each["text"]["text"], each.get("description", {}).get("text"))
        for each in block["element"]["options"]
    ]


def below(slack: SlackEmulator) -> list[str]:
    (message,) = slack.care.shown
    return [
        "\n".join(block["text"]["text"] for block in each.body["blocks"] if "text" in block)
        for each in slack.care.thread(message.ts)
    ]


def test_what_is_picked_ends_the_case_and_stands_in_its_thread(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    for remedy, reached in (("replace modem", Reached.REACHED), ("Replace modem.", Reached.NO)):
        other = office.opens_case("another dead modem", author=make_author(f"{reached}_demo"))
        with office.app.store.write() as tx:
            cases.name_problem(tx, other, "bug")
        ended(office, other, Ending(remedy=remedy, was_reached=reached))

    assert post(office, slack, "resolve", ts=slack.care.shown[0].ts) == 200
    assert case_of(office, case_id).state is CaseState.NEW
    assert choices(slack, "tried") == [("Replace modem.", "worked 1 of 2")]
    assert send_off(office, slack, reached="Partly", tried="Replace modem.", cause="Ours") == 200

    found = case_of(office, case_id)
    assert (found.state, found.was_reached, found.remedy, found.cause) == (
        CaseState.RESOLVED, "partly", "Replace modem.", "ours",
    )  # fmt: skip
    scheduler.exhaust(office.app, scheduler.tell_people)
    thread = slack.care.thread(slack.care.shown[0].ts)
    (line,) = [each.body for each in thread]
    assert line["blocks"][0]["text"]["text"] == f"[High] case {case_id}: resolved by agent_demo"
    assert line["blocks"][1]["text"]["text"] == "partly reached · fixed by: Replace modem. · cause: ours"
    assert slack.whispers == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_masked_site_keeps_what_people_typed(office: Office, slack: SlackEmulator) -> None:
    office.app.settings = replace(office.app.settings, masks_notices=True)
    case_id = shown(office, slack)
    other = office.opens_case("another dead modem")
    with office.app.store.write() as tx:
        cases.name_problem(tx, other, "bug")
    ended(office, other, Ending(outcome="refunded Maple", remedy="new modem for Maple"))
    post(office, slack, "resolve", ts=slack.care.shown[0].ts)
    send_off(office, slack, remedy="another one for Maple", reached="Partly")
    scheduler.exhaust(office.app, scheduler.tell_people)
    (line,) = slack.care.thread(slack.care.shown[0].ts)
    assert (
        line.body["blocks"][1]["text"]["text"] == "partly reached · fixed by: (hidden; read it in engagebot)"
    )
    said = str([each.body for each in slack.care.messages.values()]) + str(slack.modals.opened)
    assert "Maple" not in said
    assert case_of(office, case_id).remedy == "another one for Maple"


def test_words_that_were_typed_count_before_a_pick_and_all_may_be_left_out(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = shown(office, slack)
    post(office, slack, "resolve")
    send_off(office, slack)
    assert (case_of(office, case_id).state, case_of(office, case_id).remedy) == (CaseState.RESOLVED, None)
    told(office, slack)
    assert below(slack) == []
    post(office, slack, "reopen")
    told(office, slack)
    post(office, slack, "resolve")
    send_off(office, slack, remedy="  <!channel> a new\tcable ")
    assert case_of(office, case_id).remedy == "<!channel> a new cable"
    told(office, slack)
    (line,) = slack.care.thread(slack.care.shown[0].ts)
    assert line.body["blocks"][1]["text"] == {
        "type": "plain_text", "text": "fixed by: <!channel> a new cable", "emoji": False,
    }  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_says_first_who_they_are_is_told_where_the_answers_can_be_given(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = office.opens_case()
    told(office, slack)
    post(office, slack, "resolve")
    ((_, asked),) = slack.whispers
    path = asked.partition("8000")[2].split()[0]
    assert office.person(Role.SUPPORT, "agent_demo").post(path).status_code == 200
    assert (case_of(office, case_id).state, slack.modals.opened) == (CaseState.RESOLVED, [])
    *_, (_, text) = slack.whispers
    assert text == (
        "You are agent_demo in engagebot from now on.\nCase 1 is resolved by you. How it ended, what fixed "
        "it and whose doing it was can still be said there. http://127.0.0.1:8000/cases/1?do=resolve"
    )


def test_who_resolves_a_colleagues_case_reads_first_whose_it_is(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    is_known(office, slack, "U0ROBIN", "robin_demo")
    post(office, slack, "resolve")
    post(office, slack, "take", user="U0ROBIN")
    post(office, slack, "resolve", user="U0ROBIN")
    post(office, slack, "resolve")
    nobodys, own, others = (each.view["blocks"][0] for each in slack.modals.opened)
    assert [nobodys["block_id"], own["block_id"]] == ["reached", "reached"]
    text = {"type": "plain_text", "text": "robin_demo has this case.", "emoji": False}
    assert others == {"type": "section", "block_id": "holder", "text": text}
    send_off(office, slack, reached="Partly")
    assert (case_of(office, case_id).state, case_of(office, case_id).was_reached) == (
        CaseState.RESOLVED, "partly",
    )  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_that_is_cancelled_changes_nothing(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "resolve")
    assert len(slack.modals.opened) == 1
    scheduler.exhaust(office.app, scheduler.tell_people)
    assert (case_of(office, case_id).state, slack.whispers) == (CaseState.NEW, [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", [Fault.html_503(), Fault.cut_before()], ids=["refused", "cut"])
def test_where_the_form_does_not_open_the_case_is_resolved_and_its_person_told_where_to_say_more(
    office: Office, slack: SlackEmulator, fault: Fault
) -> None:
    case_id = shown(office, slack)
    slack.fault(fault, on=OPENING)
    post(office, slack, "resolve")
    assert case_of(office, case_id).state is CaseState.RESOLVED
    ((_, text),) = slack.whispers
    assert text.startswith(f"The form did not open here. Case {case_id} is resolved. ")
    path = text.partition("8000")[2]
    assert path == f"/cases/{case_id}?do=resolve"
    page = office.person(Role.SUPPORT).get(path).text
    assert re.search(r"<details[^>]* open[^>]*><summary>Say how it ended", page)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_press_that_came_too_late_for_a_form_is_told_where_to_say_more(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = shown(office, slack)
    late = slack.interaction("engagebot.resolve")
    slack.modals.age()
    chatting.carry_out(office.app, late)
    assert (case_of(office, case_id).state, slack.modals.opened) == (CaseState.RESOLVED, [])
    ((who, text),) = slack.whispers
    assert who == "U0AGENT"
    assert text.startswith("The form did not open here. ")
    assert text.endswith(f"/cases/{case_id}?do=resolve")


def test_a_form_that_opened_after_we_gave_it_up_adds_what_it_says(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = shown(office, slack)
    slack.fault(Fault.cut_after(), on=OPENING)
    post(office, slack, "resolve")
    assert case_of(office, case_id).state is CaseState.RESOLVED
    send_off(office, slack, remedy="new cable")
    found = case_of(office, case_id)
    assert (found.state, found.remedy) == (CaseState.RESOLVED, "new cable")


def test_who_sends_a_form_off_too_late_is_told_who_was_first(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "resolve")
    ended(office, case_id, Ending(outcome="refunded"))
    send_off(office, slack, cause="Theirs")
    assert slack.whispers == [
        ("U0AGENT", "lead_demo resolved it at 14:00 CEST. What you picked was not kept.")
    ]
    assert case_of(office, case_id).cause is None
    post(office, slack, "resolve")
    assert len(slack.modals.opened) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_no_form_of_ours_sends_is_left_alone(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "resolve")
    whole = slack.submission(reached="Partly")
    values = whole["view"]["state"]["values"]
    strange: list[dict[str, Any]] = [
        {"callback_id": "other.form"},
        {"private_metadata": "not json"},
        {"private_metadata": '{"case": "x", "place": "C0CARE", "remedies": []}'},
        {"state": {"values": {**values, "cause": {"engagebot.pick": {"selected_option": {"value": "us"}}}}}},
        {"state": {"values": {**values, "tried": {"engagebot.pick": {"selected_option": {"value": "7"}}}}}},
    ]
    for over in strange:
        chatting.carry_out(office.app, {**whole, "view": {**whole["view"], **over}})
    assert (case_of(office, case_id).state, slack.whispers) == (CaseState.NEW, [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_over_the_socket_the_form_opens_in_time_and_what_it_says_is_done(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = shown(office, slack)
    listener = chatting.listen(office.app)
    assert listener is not None
    try:
        slack.socket.wait_for(opened=1)
        slack.press("engagebot.resolve").wait()
        slack.modals.wait_for(1)
        slack.socket.send(slack.submission(cause="third party")).wait()
    finally:
        listener.stop()
    assert (case_of(office, case_id).state, case_of(office, case_id).cause) == (
        CaseState.RESOLVED, Cause.THIRD_PARTY.value,
    )  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_resolves_a_case_of_somebody_who_spoke_of_leaving_is_asked_whether_they_stayed(
    office: Office, slack: SlackEmulator
) -> None:
    shown(office, slack)
    post(office, slack, "resolve", ts=slack.care.shown[0].ts)
    assert "stayed" not in [block["block_id"] for block in slack.modals.opened[-1].view["blocks"]]

    leaving = office.opens_case("the modem is dead again, I am changing provider")
    scheduler.exhaust(office.app, scheduler.tell_people)
    post(office, slack, "resolve", ts=slack.care.shown[-1].ts)
    assert [text for text, _ in choices(slack, "stayed")] == ["They stayed", "They left", "Nobody knows"]
    send_off(office, slack, stayed="They left")

    found = case_of(office, leaving)
    assert (found.state, found.stayed) == (CaseState.RESOLVED, "left")
