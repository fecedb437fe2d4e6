"""A case in Slack: one message that follows it, and buttons that do there what the pages do here."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from engagebot import scheduler
from engagebot.bootstrap import chatting
from engagebot.domain.heard.removal import Removal
from engagebot.domain.outbox import CaseState, DeliveryState
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import casework
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.entry import accounts
from engagebot.store.heard import redaction
from engagebot.store.telling import deliveries
from tests.emulators.faults import Fault
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import SIGNING_SECRET, Message
from tests.factories import make_author
from tests.integration.web.office import Office
from tests.integration.web.slack_office import case_of, is_known, labels, post, send_off, told, words

LEAD = Person("lead_demo", Role.LEAD)


def by(office: Office, person: Person = LEAD) -> Act:
    return Act(by=person, at=office.clock.now())


def test_one_message_follows_its_case_from_the_first_word_to_the_end(
    office: Office, slack: SlackEmulator
) -> None:
    fan = make_author("maple_fan_demo")
    case_id = office.opens_case(author=fan)
    first = told(office, slack)
    assert first.body["text"] == "[High] 1st contact, new: @maple_fan_demo, due Tue 12:31 CEST"
    assert "“the modem is dead again”" in words(first)

    office.opens_case("dead for the second day, and I have called twice", author=fan)
    message = told(office, slack)
    assert message.ts == first.ts
    assert "2nd contact, says they asked twice" in words(message)
    (reply,) = slack.care.thread(first.ts)
    assert "dead for the second day" in reply.body["blocks"][1]["text"]["text"]

    with office.app.store.write() as tx:
        casework.acknowledge(tx, case_id, by(office))
        casework.resolve(tx, case_id, by(office), outcome="refunded")
    assert "Resolved, by lead_demo at 14:00: refunded" in words(told(office, slack))
    assert labels(message) == ["reopen"], "a reply is written in a case that is open"
    assert len(slack.calls("POST /api/chat.postMessage")) == 2
    office.clock.forward(minutes=9)
    assert (
        office.opens_case("still broken, the modem is dead", author=fan, posted_at=office.clock.now())
        == case_id
    )
    assert "Reopened, by engagebot at 14:09: they say that it is not fixed" in words(told(office, slack))


def test_a_further_contact_brings_its_own_reason_until_it_is_taken_back(
    office: Office, slack: SlackEmulator
) -> None:
    fan = make_author("maple_fan_demo")
    case_id = office.opens_case(author=fan)
    opening = case_of(office, case_id).why
    assert f"Why you: {opening}\n" in words(told(office, slack))

    office.opens_case("dead again, what a horrible, awful, terrible mess, I hate it", author=fan)
    said = words(told(office, slack))
    assert f"Why you: {opening}; now: Very negative: " in said
    newest = max(case_of(office, case_id).mention_ids)
    with office.app.store.write() as tx:
        redaction.redact(tx, [newest], office.clock.now(), Removal.GONE)
    assert f"Why you: {opening}\n" in words(told(office, slack))


def test_changes_that_wait_become_one(office: Office, slack: SlackEmulator) -> None:
    case_id = office.opens_case()
    told(office, slack)
    before = len(slack.calls("POST /api/chat.update"))
    with office.app.store.write() as tx:
        casework.acknowledge(tx, case_id, by(office))
        casework.assign(tx, case_id, by(office), team="support")
        casework.resolve(tx, case_id, by(office))
    assert "RESOLVED" in words(told(office, slack))
    assert len(slack.calls("POST /api/chat.update")) == before + 1


def test_a_case_whose_message_was_not_taken_is_still_one_message(
    office: Office, slack: SlackEmulator
) -> None:
    slack.fault(Fault.html_503(), on="POST /api/chat.postMessage")
    case_id = office.opens_case()
    scheduler.tell_people(office.app)
    with office.app.store.write() as tx:
        casework.acknowledge(tx, case_id, by(office))
    office.clock.forward(minutes=1)
    assert "ACKNOWLEDGED" in words(told(office, slack))


def test_a_post_that_is_deleted_leaves_the_message_too(office: Office, slack: SlackEmulator) -> None:
    case_id = office.opens_case()
    assert "modem" in words(told(office, slack))
    with office.app.store.write() as tx:
        redaction.redact(tx, case_of(office, case_id).mention_ids, office.clock.now(), Removal.GONE)
    message = told(office, slack)
    assert "modem" not in words(message)
    assert "maple_fan" not in words(message) + message.body["text"]
    assert "(removed by its author)" in words(message)


def test_words_below_the_message_leave_with_their_post_and_the_newest_contact_is_shown(
    office: Office, slack: SlackEmulator
) -> None:
    fan = make_author("maple_fan_demo")
    case_id = office.opens_case(author=fan)
    first = told(office, slack)
    office.opens_case("dead for the second day", author=fan)
    assert "second day" in words(told(office, slack))
    newest = max(case_of(office, case_id).mention_ids)
    with office.app.store.write() as tx:
        redaction.redact(tx, [newest], office.clock.now(), Removal.GONE)
    message = told(office, slack)
    (reply,) = slack.care.thread(first.ts)
    assert "second day" not in words(message) + str(reply.body)
    assert "maple" not in str(reply.body)
    assert "(removed by its author)" in str(reply.body)


def test_a_masked_site_tells_no_name_and_no_words(office: Office, slack: SlackEmulator) -> None:
    office.app.settings = replace(office.app.settings, masks_notices=True)
    case_id = office.opens_case()
    message = told(office, slack)
    said = words(message) + message.body["text"]
    assert "modem" not in said
    assert "maple" not in said
    assert f"the customer of case {case_id}" in said
    assert f"/cases/{case_id}|Open in engagebot" in str(message.body)


def test_who_is_named_is_rung_while_they_are_known_and_nobody_by_a_strangers_words(
    office: Office, slack: SlackEmulator
) -> None:
    office.app.settings = replace(office.app.settings, masks_notices=True)
    is_known(office, slack, "U0AGENT", "agent_demo")
    is_known(office, slack, "U0KIM", "kim_demo")
    case_id = office.opens_case("<@U0KIM> <!channel> the modem is dead again")
    first = told(office, slack)

    def below(holder: str) -> Message:
        """The news below the message, after the lead gave the case to somebody, or offered it."""
        office.clock.forward(minutes=1)
        with office.app.store.write() as tx:
            casework.assign(tx, case_id, by(office), team="support", to=holder)
        scheduler.mind(office.app)
        told(office, slack)
        return slack.care.thread(first.ts)[-1]

    given = below("agent_demo").body
    assert given["blocks"][1] == {"type": "section", "text": {"type": "mrkdwn", "text": "<@U0AGENT>"}}
    assert "<@U0KIM>" not in str(given)
    assert "maple" not in str(given)
    offered = below("kim_demo").body
    assert "kim_demo, please accept or decline" in str(offered)
    assert [each["text"]["text"] for each in offered["blocks"][1:2]] == ["<@U0KIM>"]

    office.clock.forward(minutes=1)
    with office.app.store.write() as tx:
        casework.decline(tx, case_id, by(office, Person("kim_demo", Role.SUPPORT)))
    scheduler.mind(office.app)
    with office.app.store.write() as tx:
        accounts.change(tx, "agent_demo", {"is_disabled": True})
    told(office, slack)
    declined = slack.care.thread(first.ts)[-1].body
    assert "agent_demo has the case as before" in str(declined)
    assert "<@" not in str(declined)


def test_a_press_over_http_is_done_and_shown(office: Office, slack: SlackEmulator) -> None:
    case_id = office.opens_case()
    told(office, slack)
    is_known(office, slack, "U0AGENT", "agent_demo")

    assert post(office, slack, "acknowledge") == 200
    found = case_of(office, case_id)
    assert (found.state, found.assignee) == (CaseState.ACKNOWLEDGED, "agent_demo")
    assert "Acknowledged, by agent_demo at 14:00" in words(told(office, slack))
    office.clock.forward(minutes=2)
    assert post(office, slack, "acknowledge") == 200
    assert slack.whispers == [("U0AGENT", "You acknowledged at 14:00 CEST.")]

    assert post(office, slack, "snooze", choice=f"{case_id}:tomorrow") == 200
    assert case_of(office, case_id).state is CaseState.SNOOZED
    assert "Snoozed, by agent_demo at 14:02, until Tue 09:00 CEST" in words(told(office, slack))
    assert post(office, slack, "resolve") == 200
    assert send_off(office, slack) == 200
    told(office, slack)
    assert post(office, slack, "reopen") == 200
    with office.app.store.read() as tx:
        done = [each.action for each in audit.of(tx, f"case:{case_id}") if each.actor == "agent_demo"]
    assert done == ["case.acknowledged", "case.snoozed", "case.resolved", "case.reopened"]


def test_a_case_that_somebody_has_is_not_taken_by_a_button(office: Office, slack: SlackEmulator) -> None:
    case_id = office.opens_case()
    told(office, slack)
    is_known(office, slack, "U0AGENT", "agent_demo")
    is_known(office, slack, "U0OTHER", "other_demo")
    post(office, slack, "take")
    post(office, slack, "take", user="U0OTHER")
    assert case_of(office, case_id).assignee == "agent_demo"
    assert slack.whispers == [("U0OTHER", "agent_demo has it already.")]


def test_a_role_that_may_not_work_cases_is_told_so_in_private(office: Office, slack: SlackEmulator) -> None:
    case_id = office.opens_case()
    told(office, slack)
    is_known(office, slack, "U0LIGHT", "light_demo", Role.LIGHT)
    assert post(office, slack, "acknowledge", user="U0LIGHT") == 200
    assert case_of(office, case_id).state is CaseState.NEW
    ((_, text),) = slack.whispers
    assert text == "The role light may not work cases; ask a lead or the owner."


def test_nothing_is_done_that_slack_did_not_sign_just_now(office: Office, slack: SlackEmulator) -> None:
    case_id = office.opens_case()
    told(office, slack)
    is_known(office, slack, "U0AGENT", "agent_demo")
    payload = slack.interaction("engagebot.acknowledge")
    now = int(office.clock.now().timestamp())
    body, headers = slack.signed(payload, at=now)
    visitor = office.visitor()
    bad = [
        (body, {}),
        (body, {**headers, "x-slack-signature": "v0=0"}),
        (body, {**headers, "x-slack-signature": "v0=\u00e4".encode()}),
        (body, {**headers, "x-slack-request-timestamp": "soon"}),
        (body + b"&x=1", headers),
        slack.signed(payload, at=now - 301),
        slack.signed(payload, at=now, secret=SIGNING_SECRET + "?"),
    ]
    for content, given in bad:
        assert visitor.post("/hooks/slack", content=content, headers=given).status_code == 401
    office.app.settings = replace(office.app.settings, slack_signing_secret=None)
    assert visitor.post("/hooks/slack", content=body, headers=headers).status_code == 401
    assert case_of(office, case_id).state is CaseState.NEW


def test_an_answer_finds_its_person_after_its_address_has_ended(office: Office, slack: SlackEmulator) -> None:
    office.opens_case()
    told(office, slack)
    is_known(office, slack, "U0AGENT", "agent_demo")
    post(office, slack, "acknowledge")
    payload = slack.interaction("engagebot.acknowledge")
    slack.forget_responses()
    chatting.carry_out(office.app, payload)
    assert slack.whispers == [("U0AGENT", "You acknowledged at 14:00 CEST.")]


def test_fifty_presses_in_a_second_are_acknowledged_in_time_and_one_wins(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = office.opens_case()
    told(office, slack)
    for number in range(50):
        is_known(office, slack, f"U{number:04}", f"agent_{number}_demo")
    listener = chatting.listen(office.app)
    assert listener is not None
    try:
        slack.socket.wait_for(opened=1)
        pressed = [slack.press("engagebot.acknowledge", user=f"U{number:04}") for number in range(50)]
        assert max(each.wait() for each in pressed) <= 3
    finally:
        listener.stop()

    winner = case_of(office, case_id).assignee
    assert winner
    assert len(slack.whispers) == 49
    assert {text for _, text in slack.whispers} == {f"{winner} acknowledged at 14:00 CEST."}
    assert winner not in {slack.users[user] for user, _ in slack.whispers}
    assert slack.socket.strange == []


def test_two_workers_do_not_post_two_first_messages(office: Office, slack: SlackEmulator) -> None:
    fan = make_author("maple_fan_demo")
    office.opens_case(author=fan)
    office.opens_case("dead for the second day", author=fan)
    gate = threading.Barrier(2)

    def work(_: int) -> None:
        gate.wait()
        scheduler.tell_people(office.app)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    office.clock.forward(minutes=1)
    told(office, slack)
    with office.app.store.read() as tx:
        assert set(deliveries.counts(tx)) == {DeliveryState.DELIVERED.value}


def test_forty_cases_through_a_slack_that_fails_are_forty_messages(
    office: Office, slack: SlackEmulator
) -> None:
    slack.burst = 10_000
    for status in (Fault.html_503(), Fault(name="busy", status=429, headers={"retry-after": "1"})):
        slack.fault(status, on="POST /api/chat.*", times=None, probability=0.2, seed=7)
    for number in range(40):
        office.opens_case(f"the modem is dead again, number {number}")
        # More than ten in ten minutes would be told as one storm.
        office.clock.forward(minutes=2)
    for _ in range(48):
        scheduler.exhaust(office.app, scheduler.tell_people)
        office.clock.forward(hours=1)
    with office.app.store.read() as tx:
        assert set(deliveries.counts(tx)) == {DeliveryState.DELIVERED.value}
        found = {each.id for each in cases.page(tx, limit=100).items}
    shown = [each.body["attachments"][0]["blocks"][-2]["block_id"] for each in slack.care.shown]
    assert sorted(shown) == sorted(f"case:{case_id}" for case_id in found)
    assert len(shown) == 40
