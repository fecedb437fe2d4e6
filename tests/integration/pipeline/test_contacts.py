"""Contacts elsewhere: they count like any other, and are what a rule may wait for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.actions import Escalate
from engagebot.domain.casework.contacts import Channel, effort_of
from engagebot.domain.facts import Facts
from engagebot.domain.outbox import CaseState, DeliveryState, Severity
from engagebot.domain.records import CaseRecord
from engagebot.domain.rules import Answer, Condition, Rulebook
from engagebot.errors import NotFound, WrongUsage
from engagebot.pipeline import casework
from engagebot.store.casework import cases
from engagebot.store.persons import contacts
from engagebot.store.persons.contacts import NewContact
from engagebot.store.telling import deliveries
from tests.factories import act, id_of, make_book, make_mention, make_rule, says
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def contacts_at_least(least: int) -> Condition:
    def ask(facts: Facts) -> Answer:
        found = facts.customer.contacts_in(30)
        return Answer(found >= least, found)

    return Condition("customer.contacts_in_30_days", least, ask)


def book() -> Rulebook:
    """A first contact is a mild case, a second one presses, and the third is for the seniors."""
    return make_book(
        make_rule(
            "third", contacts_at_least(3), then=[Escalate(team="senior", severity=Severity.URGENT)], stop=True
        ),
        make_rule(
            "second", contacts_at_least(2), then=[Escalate(team="support", severity=Severity.HIGH)], stop=True
        ),
        make_rule("dead", says("dead"), then=[Escalate(team="support", severity=Severity.MEDIUM)]),
    )


def log(desk: Desk, case_id: int, channel: Channel, minutes: int | None, **more: object) -> set[int]:
    at = more.pop("at", desk.clock.now())
    new = NewContact(channel=channel, minutes=minutes, at=at, text="", **more)  # type: ignore[arg-type]
    with desk.store.write() as tx:
        return casework.log(tx, case_id, act(desk.store), new)


def opened(desk: Desk) -> CaseRecord:
    desk.hear(make_mention("1"), book=book())
    case = desk.case_of("1")
    assert case is not None
    return case


def now(desk: Desk) -> CaseRecord:
    case = desk.case_of("1")
    assert case is not None
    return case


def test_the_second_contact_routes_and_the_third_goes_to_the_seniors(desk: Desk) -> None:
    case = opened(desk)
    assert (case.severity, case.team) == (Severity.MEDIUM, "support")
    desk.clock.forward(hours=2)
    with desk.store.write() as tx:
        casework.acknowledge(tx, case.id, act(desk.store))

    again = log(desk, case.id, Channel.PHONE, 65)
    assert len(again) == 1
    desk.triage(book())
    second = now(desk)
    assert (second.id, second.contacts, second.severity, second.team) == (
        case.id,
        2,
        Severity.HIGH,
        "support",
    )
    assert second.state is CaseState.ACKNOWLEDGED

    desk.clock.forward(hours=20)
    log(desk, case.id, Channel.CHAT, 60)
    desk.triage(book())
    third = now(desk)
    assert (third.id, third.contacts, third.severity, third.team) == (case.id, 3, Severity.URGENT, "senior")
    # Nobody of the seniors has seen it yet.
    assert (third.state, third.assignee) == (CaseState.NEW, None)

    desk.clock.forward(days=22)
    log(desk, case.id, Channel.DIRECT_MESSAGE, 45)
    log(desk, case.id, Channel.POST, 15)
    desk.triage(book())
    assert effort_of(now(desk), desk.clock.now()).words == "4 contacts · 3 h 05 of their time · 22 days"
    with desk.store.read() as tx:
        told = [each.notice_id for each in deliveries.in_state(tx, DeliveryState.PENDING)]
    assert len(told) == len(set(told)) == 2, (
        "the new case, and its second contact; the seniors name no channel"
    )


def test_minutes_of_posts_and_our_own_calls_are_effort_but_no_contact(desk: Desk) -> None:
    case = opened(desk)
    assert log(desk, case.id, Channel.POST, 15) == set()
    assert log(desk, case.id, Channel.PHONE, 5, is_inbound=False) == set()
    assert (now(desk).contacts, now(desk).minutes) == (1, 20)


def test_a_call_of_before_moves_the_beginning_and_counts_for_the_post(desk: Desk) -> None:
    case = opened(desk)
    began = NOON - 23 * DAY
    log(desk, case.id, Channel.SHOP, None, at=began)
    desk.triage(book())
    found = now(desk)
    assert (found.first_symptom_at, found.contacts, found.severity) == (began, 2, Severity.HIGH)
    with desk.store.read() as tx:
        (contact,) = contacts.of_case(tx, case.id)
    assert (contact.channel, contact.at, contact.minutes, contact.noted_by) == (
        Channel.SHOP, began, None, "agent_demo",
    )  # fmt: skip


def test_calls_stop_counting_for_an_older_post_once_they_write_again(desk: Desk) -> None:
    case = opened(desk)
    desk.clock.forward(hours=1)
    log(desk, case.id, Channel.PHONE, 10)
    desk.triage(book())
    desk.clock.forward(hours=1)
    desk.hear(make_mention("2", "dead still", posted_at=desk.clock.now()), book=book())
    decision = desk.decision_of("2")
    assert decision is not None
    assert decision.facts["contact_ages_days"] == [0.0, 0.0417, 0.0868]


def test_quotes_stay_out_of_what_is_logged_and_all_of_it_can_be_forgotten(desk: Desk) -> None:
    case = opened(desk)
    new = NewContact(
        channel=Channel.PHONE, at=NOON, text="says the modem is dead again,\n wants out", minutes=3
    )
    with desk.store.write() as tx:
        casework.log(tx, case.id, act(desk.store), new)
    with desk.store.read() as tx:
        (kept,) = contacts.of_case(tx, case.id)
    assert kept.text == "says (what they wrote), wants out"
    assert "text" not in desk.events(f"case:{case.id}")[-1].detail
    with desk.store.write() as tx:
        contacts.forget(tx, [case.id])
        (kept,) = contacts.of_case(tx, case.id)
    assert (kept.text, kept.minutes) == ("", 3)


def test_an_ended_case_takes_a_call_and_decides_nothing_again(desk: Desk) -> None:
    case = opened(desk)
    with desk.store.write() as tx:
        casework.resolve(tx, case.id, act(desk.store))
    assert log(desk, case.id, Channel.EMAIL, 2) == set()
    assert now(desk).contacts == 2
    assert now(desk).state is CaseState.RESOLVED


@pytest.mark.parametrize(
    ("new", "says_so"),
    [
        (NewContact(channel=Channel.PHONE, at=NOON + HOUR, text="", minutes=3), "still to come"),
        (NewContact(channel=Channel.PHONE, at=NOON - 400 * DAY, text="", minutes=3), "more than a year"),
        (NewContact(channel=Channel.PHONE, at=NOON, text="", minutes=0), "not between 1 and 1440"),
        (NewContact(channel=Channel.PHONE, at=NOON, text="", minutes=1441), "not between 1 and 1440"),
        (NewContact(channel=Channel.POST, at=NOON, text=""), "how many minutes"),
        (
            NewContact(channel=Channel.POST, at=NOON, text="", minutes=3, is_answered=True),
            "answers a post is a reply",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, new: NewContact, says_so: str) -> None:
    case = opened(desk)
    with pytest.raises(WrongUsage, match=says_so), desk.store.write() as tx:
        casework.log(tx, case.id, act(desk.store), new)
    with pytest.raises(NotFound), desk.store.write() as tx:
        casework.log(tx, 4711, act(desk.store), NewContact(channel=Channel.CHAT, at=NOON, text=""))


def test_many_cases_know_what_was_logged(desk: Desk) -> None:
    case = opened(desk)
    log(desk, case.id, Channel.CHAT, 7)
    with desk.store.read() as tx:
        mention_id = id_of(tx, "1")
        assert [(each.contacts, each.minutes) for each in cases.page(tx).items] == [(2, 7)]
        assert cases.of_mention(tx, mention_id) == now(desk)
