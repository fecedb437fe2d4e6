"""Saying once who somebody in Slack is: one link at a time, and all that was pressed before is done."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from engagebot.bootstrap import chatting
from engagebot.domain.outbox import CaseState
from engagebot.domain.roles import Act, Person, Role
from engagebot.domain.telling.cards import Deed
from engagebot.domain.telling.presses import MOST_WAITING, Press, gathered
from engagebot.pipeline import casework, pressing
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import NewUser
from engagebot.store.tables import chat_people
from tests.emulators.faults import Fault
from tests.emulators.slack import SlackEmulator
from tests.factories import make_author
from tests.integration.web.office import Office
from tests.integration.web.slack_office import case_of, post, send_off, told

LEAD = Person("lead_demo", Role.LEAD)


def shown(office: Office, slack: SlackEmulator) -> int:
    case_id = office.opens_case()
    told(office, slack)
    return case_id


def paths(slack: SlackEmulator) -> list[str]:
    """The links that were sent, oldest first."""
    found = (re.search(r"/link/\S+", text) for _, text in slack.whispers)
    return [each[0] for each in found if each is not None]


def pressed(deed: Deed, case_id: int = 1, choice: str | None = None) -> Press:
    return Press(
        chat="slack", person="T0DEMO:U0AGENT", name="agent_demo", deed=deed, case_id=case_id, place="C0CARE",
        choice=choice,
    )  # fmt: skip


def test_a_link_is_opened_once_and_the_press_before_it_counts(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "acknowledge")
    assert case_of(office, case_id).state is CaseState.NEW
    (path,) = paths(slack)

    assert office.visitor().get(path).status_code in {302, 303, 401}
    browser = office.person(Role.SUPPORT, "agent_demo")
    page = browser.get(path)
    assert "Is this you in Slack?" in page.text
    assert f"“Acknowledge” on case {case_id}" in page.text
    assert case_of(office, case_id).state is CaseState.NEW
    done = browser.post(path)
    assert f"Case {case_id} is acknowledged by you." in done.text
    assert f'href="/cases/{case_id}"' in done.text
    assert case_of(office, case_id).assignee == "agent_demo"
    assert slack.whispers[-1][1].splitlines() == [
        "You are agent_demo in engagebot from now on.",
        f"Case {case_id} is acknowledged by you. http://127.0.0.1:8000/cases/{case_id}",
    ]
    again = browser.post(path)
    assert again.status_code == 404
    assert "<h1>This link does not work any more</h1>" in again.text
    assert "you are linked to your account already" in again.text

    post(office, slack, "resolve")
    send_off(office, slack)
    assert case_of(office, case_id).state is CaseState.RESOLVED
    with office.app.store.read() as tx:
        assert [each.action for each in audit.of(tx, "user:agent_demo")] == ["account.linked"]


def test_who_only_tried_the_buttons_is_linked_and_nothing_is_done(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = shown(office, slack)
    post(office, slack, "resolve")
    (path,) = paths(slack)
    browser = office.person(Role.SUPPORT, "agent_demo")
    assert "That was me, but do none of it" in browser.get(path).text
    left = f"Case {case_id}: nothing was done, as you asked."
    assert left in browser.post(path, data={"undone": "yes"}).text
    assert left in slack.whispers[-1][1]
    assert case_of(office, case_id).state is CaseState.NEW
    post(office, slack, "acknowledge")
    assert case_of(office, case_id).assignee == "agent_demo", "from now on they are known"


def test_a_second_press_sends_no_second_link_and_waits_with_the_first(
    office: Office, slack: SlackEmulator
) -> None:
    case_id = shown(office, slack)
    other = office.opens_case("the router is dead too", author=make_author("birch_fan_demo"))
    with office.app.store.write() as tx:
        casework.acknowledge(tx, other, Act(LEAD, office.clock.now()))
    post(office, slack, "acknowledge")
    office.clock.forward(minutes=2)
    post(office, slack, "snooze", choice=f"{case_id}:tonight")
    post(office, slack, "acknowledge")
    post(office, slack, "snooze", choice=f"{case_id}:tomorrow")
    told_twice = slack.whispers[1][1]
    assert told_twice == (
        f"The link that you got at 14:00 CEST is still good: open it and sign in. Snooze on case {case_id} "
        "waits with it and is done then. Is the link gone? Press again from 14:10 CEST on for a new one."
    )
    (path,) = paths(slack)
    browser = office.person(Role.SUPPORT, "agent_demo")
    assert browser.get(path).text.count("” on case") == 2
    done = browser.post(path).text
    assert f"Case {case_id} is acknowledged by you." in done
    assert f"Case {case_id} rests until Tue 09:00 CEST." in done
    assert done.index("is acknowledged by you") < done.index("rests until")
    with office.app.store.read() as tx:
        mine = [each.action for each in audit.of(tx, f"case:{case_id}") if each.actor == "agent_demo"]
    assert mine == ["case.acknowledged", "case.snoozed"]


def test_of_presses_at_once_one_sends_a_link_and_all_wait(office: Office, slack: SlackEmulator) -> None:
    shown(office, slack)
    deeds = ("acknowledge", "take", "resolve")
    payloads = [slack.interaction(f"engagebot.{deed}") for deed in deeds]
    with ThreadPoolExecutor(len(payloads)) as pool:
        list(pool.map(lambda told: chatting.carry_out(office.app, told), payloads))
    assert len(slack.whispers) == len(deeds)
    (path,) = paths(slack)
    assert office.person(Role.SUPPORT).get(path).text.count("” on case") == len(deeds)


def test_who_was_first_meanwhile_is_told_on_the_page(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "acknowledge")
    office.clock.forward(minutes=2)
    with office.app.store.write() as tx:
        casework.acknowledge(tx, case_id, Act(LEAD, office.clock.now()))
    done = office.person(Role.SUPPORT, "agent_demo").post(paths(slack)[0]).text
    assert "<h1>Linked</h1>" in done
    assert f'class="note">Case {case_id}: lead_demo acknowledged at 14:02 CEST.' in done
    assert f"Case {case_id}: lead_demo acknowledged at 14:02 CEST." in slack.whispers[-1][1]


def test_what_dies_on_the_way_is_done_by_the_same_link(office: Office, slack: SlackEmulator) -> None:
    first = shown(office, slack)
    second = office.opens_case("the router is dead too", author=make_author("birch_fan_demo"))
    post(office, slack, "acknowledge")
    context = chatting.press_context(office.app)
    pressing.press(context, pressed(Deed.RESOLVE, second))
    assert len(paths(slack)) == 1
    secret = paths(slack)[0].removeprefix("/link/")
    with office.app.store.write() as tx:
        user = accounts.add(tx, NewUser(name="agent_demo", role=Role.SUPPORT), office.clock.now())

    def die(tx: Tx, press: Press, act: Act) -> None:
        raise InterruptedError

    deadly = replace(context, moves={**context.moves, Deed.RESOLVE: die})
    with pytest.raises(InterruptedError):
        pressing.link(deadly, secret, user)
    assert case_of(office, first).state is CaseState.NEW

    outcomes = pressing.link(context, secret, user)

    assert [(each.press.case_id, each.is_done) for each in outcomes] == [(first, True), (second, True)]
    states = [case_of(office, each).state for each in (first, second)]
    assert states == [CaseState.ACKNOWLEDGED, CaseState.RESOLVED]


def test_a_link_gets_old_and_a_newer_one_takes_its_place(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "acknowledge")
    office.clock.forward(minutes=10)
    post(office, slack, "take")
    first, second = paths(slack)
    browser = office.person(Role.SUPPORT, "agent_demo")
    ended, page = browser.get(first), browser.get(second)
    assert (ended.status_code, page.status_code) == (404, 200)
    assert "“Acknowledge”" in page.text
    assert "“Assign to me”" in page.text
    said = re.search(r"<h1>.*?</p>", ended.text, re.DOTALL)
    made_up = re.search(r"<h1>.*?</p>", browser.get("/link/made-up").text, re.DOTALL)
    assert said
    assert made_up
    assert said[0] == made_up[0], "whether a link ever opened anything is not told"
    assert "Press the button in Slack once more" in said[0]
    office.clock.forward(minutes=61)
    assert browser.get(second).status_code == 404
    # What was pressed for a link that nobody opened in its time is not done some other day.
    post(office, slack, "resolve")
    text = browser.get(paths(slack)[-1]).text
    assert f"“Resolve” on case {case_id}" in text
    assert "“Acknowledge”" not in text


def test_a_link_that_did_not_arrive_is_sent_anew(office: Office, slack: SlackEmulator) -> None:
    shown(office, slack)
    slack.fault(Fault.html_503(), on="POST /response/*")
    slack.fault(Fault.html_503(), on="POST /api/chat.postEphemeral")
    post(office, slack, "acknowledge")
    assert slack.whispers == []
    post(office, slack, "resolve")
    page = office.person(Role.SUPPORT).get(paths(slack)[0]).text
    assert page.index("“Acknowledge”") < page.index("“Resolve”")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_press_that_waited_by_itself_before_is_still_done(office: Office, slack: SlackEmulator) -> None:
    case_id = shown(office, slack)
    post(office, slack, "acknowledge")
    alone = pressed(Deed.ACKNOWLEDGE, case_id).as_json()
    with office.app.store.write() as tx:
        tx.execute(sa.update(chat_people).values(waiting=alone))
    done = office.person(Role.SUPPORT, "agent_demo").post(paths(slack)[0]).text
    assert f"Case {case_id} is acknowledged by you." in done


def test_of_one_deed_on_one_case_the_latest_press_counts_in_the_place_of_the_first() -> None:
    waiting: list[Press] = []
    for each in (
        pressed(Deed.SNOOZE, 1, "1h"), pressed(Deed.TAKE, 1), pressed(Deed.SNOOZE, 2, "1h"),
        pressed(Deed.SNOOZE, 1, "tomorrow"),
    ):  # fmt: skip
        waiting = gathered(waiting, each)
    assert [(each.case_id, each.deed, each.choice) for each in waiting] == [
        (1, Deed.SNOOZE, "tomorrow"), (1, Deed.TAKE, None), (2, Deed.SNOOZE, "1h"),
    ]  # fmt: skip
    for case_id in range(100):
        waiting = gathered(waiting, pressed(Deed.TAKE, case_id))
    assert [each.case_id for each in waiting] == list(range(100 - MOST_WAITING, 100))
