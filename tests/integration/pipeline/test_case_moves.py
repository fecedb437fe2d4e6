"""Taking a word back, waiting, closing, and handing a case over warmly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.timeline import MACHINE
from engagebot.domain.outbox import CaseState
from engagebot.domain.replying.snoozing import TIME_IS_OVER, WE_ANSWERED
from engagebot.errors import IllegalMove
from engagebot.pipeline import casework, review
from engagebot.store import tables
from engagebot.store.casework import cases
from engagebot.store.persons.contacts import NewContact
from tests.factories import act
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.minded import Minded, add_people, minded

S = CaseState
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mine(desk: Desk) -> Minded:
    """A case that kim_demo looks after, and lee_demo who could."""
    found = minded(desk)
    add_people(desk, "kim_demo", "lee_demo", "sam_demo")
    found.open()
    found.do(casework.acknowledge)
    found.mind()
    found.news()
    return found


def test_who_acknowledged_and_when_is_known_until_it_is_taken_back(mine: Minded) -> None:
    assert (mine.case.acknowledged_by, mine.case.acknowledged_at) == ("kim_demo", NOON)
    with pytest.raises(IllegalMove, match=r"acknowledged already, by kim_demo at 2026-08-03 12:00"):
        mine.do(casework.acknowledge, by="lee_demo")
    mine.do(casework.unacknowledge)
    assert (mine.case.state, mine.case.acknowledged_by, mine.case.assignee) == (S.NEW, None, None)
    with pytest.raises(IllegalMove, match="nobody's word"):
        mine.do(casework.unacknowledge)


def test_a_case_waits_and_only_a_resolved_one_is_closed(mine: Minded) -> None:
    mine.do(casework.wait)
    with pytest.raises(IllegalMove, match="waiting already"):
        mine.do(casework.wait)
    with pytest.raises(IllegalMove, match="cannot go from waiting to closed"):
        mine.do(casework.close)
    mine.do(casework.resolve)
    mine.do(casework.close)
    assert mine.case.state is S.CLOSED
    mine.do(casework.reopen)
    assert (mine.case.state, mine.case.acknowledged_by) == (S.REOPENED, None)


def test_an_offered_case_stays_with_its_owner_until_the_other_accepts(mine: Minded) -> None:
    mine.do(casework.assign, to="lee_demo")
    assert (mine.case.assignee, mine.case.handed_to, mine.case.handed_by) == (
        "kim_demo", "lee_demo", "kim_demo",
    )  # fmt: skip
    with pytest.raises(IllegalMove, match="offered to lee_demo, not to sam_demo"):
        mine.do(casework.accept, by="sam_demo")
    mine.mind()
    assert mine.news() == [(0, "console", "kim_demo offers it to lee_demo")]
    mine.do(casework.accept, by="lee_demo")
    assert (mine.case.assignee, mine.case.handed_to, mine.case.handed_at) == ("lee_demo", None, None)
    mine.pass_until(60 * MINUTE, every=10 * MINUTE)
    assert mine.news() == []


def test_who_had_a_case_is_told_once_that_a_colleague_took_it_over(mine: Minded) -> None:
    mine.do(casework.assign, by="sam_demo", to="sam_demo")
    mine.mind()
    assert mine.news() == [(0, "console", "sam_demo has taken it over from kim_demo")]
    assert mine.deliveries[-1].payload["data"]["people"] == ["kim_demo"]
    mine.pass_until(20 * MINUTE, every=10 * MINUTE)
    assert mine.news() == []


def test_an_offer_that_nobody_accepts_goes_back_and_both_are_told_once(mine: Minded) -> None:
    mine.do(casework.assign, to="lee_demo")
    mine.pass_until(30 * MINUTE - timedelta(seconds=1), every=5 * MINUTE)
    offered = mine.case
    assert offered.handed_to == "lee_demo"
    mine.news()
    mine.pass_until(30 * MINUTE, every=MINUTE)
    mine.pass_until(90 * MINUTE, every=10 * MINUTE)
    assert mine.news() == [(30, "console", "lee_demo did not accept it")]
    assert mine.deliveries[-1].payload["data"]["people"] == ["lee_demo", "kim_demo"]
    assert (mine.case.assignee, mine.case.handed_to, mine.case.state) == ("kim_demo", None, S.ACKNOWLEDGED)
    assert mine.actions.count("case.handover_returned") == 1
    with pytest.raises(IllegalMove, match="not offered"):
        mine.do(casework.accept, by="lee_demo")


def test_an_offer_can_be_declined_or_taken_back_by_those_it_concerns(mine: Minded) -> None:
    for by, action in (("lee_demo", "case.declined"), ("kim_demo", "case.taken_back")):
        mine.do(casework.assign, to="lee_demo")
        with pytest.raises(IllegalMove, match="they are to say"):
            mine.do(casework.decline, by="sam_demo")
        mine.do(casework.decline, by=by)
        assert (mine.case.assignee, mine.case.handed_to, mine.actions[-1]) == ("kim_demo", None, action)
        mine.mind()
        said = [head for _, _, head in mine.news()]
        assert said == (["lee_demo declines it"] if by == "lee_demo" else []), "one's own step is no news"


def test_whom_a_case_is_given_to_without_an_offer_is_told_once(mine: Minded) -> None:
    mine.do(casework.unacknowledge)
    mine.mind()
    mine.news()
    mine.do(casework.assign, to="lee_demo")
    mine.pass_until(20 * MINUTE, every=10 * MINUTE)
    assert [head for _, _, head in mine.news()] == ["kim_demo gives it to lee_demo"]
    assert mine.deliveries[-1].payload["data"]["people"] == ["lee_demo"]
    mine.do(casework.assign, by="lee_demo", to="lee_demo")
    mine.mind()
    assert mine.news() == [], "who takes a case for themselves knows of it"
    mine.do(casework.assign, by="lee_demo", team="support")
    mine.mind()
    assert [head for _, _, head in mine.news()] == ["lee_demo gives it to team support"]


def test_taking_a_case_or_giving_one_that_nobody_has_needs_no_acceptance(mine: Minded) -> None:
    mine.do(casework.assign, to="lee_demo")
    mine.do(casework.assign, by="sam_demo", to="sam_demo")
    assert (mine.case.assignee, mine.case.handed_to) == ("sam_demo", None)
    mine.do(casework.unacknowledge, by="sam_demo")
    mine.do(casework.assign, to="lee_demo")
    assert (mine.case.assignee, mine.case.handed_to) == ("lee_demo", None)
    # A team cannot press a button; whoever of it comes first takes the case.
    mine.do(casework.assign, to="support")
    assert (mine.case.assignee, mine.case.handed_to) == ("support", None)
    mine.do(casework.assign, to="lee_demo")
    assert (mine.case.assignee, mine.case.handed_to) == ("lee_demo", None)


def test_an_offer_of_a_case_that_nobody_acknowledged_is_acknowledged_by_accepting(mine: Minded) -> None:
    mine.do(casework.unacknowledge)
    mine.do(casework.assign, to="kim_demo")
    mine.do(casework.assign, to="lee_demo")
    mine.do(casework.acknowledge, by="lee_demo")
    assert (mine.case.assignee, mine.case.handed_to, mine.case.state) == ("lee_demo", None, S.ACKNOWLEDGED)
    mine.do(casework.assign, by="lee_demo", to="sam_demo")
    mine.do(casework.resolve)
    assert mine.case.handed_to is None


def test_accepting_a_case_that_nobody_acknowledged_acknowledges_it(mine: Minded) -> None:
    mine.do(casework.unacknowledge)
    mine.do(casework.assign, to="kim_demo")
    mine.do(casework.assign, to="lee_demo")
    mine.do(casework.accept, by="lee_demo")
    assert (mine.case.state, mine.case.acknowledged_by) == (S.ACKNOWLEDGED, "lee_demo")


def test_a_snooze_ends_by_itself_and_gives_the_case_back_as_it_was(mine: Minded) -> None:
    mine.do(casework.snooze, until=NOON + 45 * MINUTE)
    mine.pass_until(44 * MINUTE, every=11 * MINUTE)
    assert mine.case.state is S.SNOOZED
    mine.pass_until(45 * MINUTE, every=MINUTE)
    assert (mine.case.state, mine.case.snoozed_until) == (S.ACKNOWLEDGED, None)
    assert mine.desk.events(f"case:{mine.case_id}")[-1].detail["because"] == TIME_IS_OVER


def test_a_case_that_sleeps_is_put_off_to_another_time(mine: Minded) -> None:
    mine.do(casework.snooze, until=NOON + 45 * MINUTE)
    mine.do(casework.snooze, until=NOON + 60 * MINUTE)
    with pytest.raises(IllegalMove, match="snoozed already"):
        mine.do(casework.snooze, until=NOON + 60 * MINUTE)

    mine.pass_until(59 * MINUTE, every=MINUTE)
    assert (mine.case.state, mine.case.snoozed_until) == (S.SNOOZED, NOON + 60 * MINUTE)
    mine.pass_until(60 * MINUTE, every=MINUTE)
    assert (mine.case.state, mine.case.snoozed_until) == (S.ACKNOWLEDGED, None)
    told = [each.detail for each in mine.desk.events(f"case:{mine.case_id}") if each.action == "case.snoozed"]
    assert [each.get("before") for each in told] == [None, (NOON + 45 * MINUTE).isoformat()]


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("rest", ["wait", "snooze"])
def test_what_the_customer_says_brings_a_resting_case_back(desk: Desk, rest: str, elsewhere: bool) -> None:
    found = minded(desk)
    found.open()
    if rest == "wait":
        found.do(casework.wait)
    else:
        found.do(casework.snooze, until=NOON + 600 * MINUTE)
    found.mind()
    desk.clock.forward(minutes=10)
    call = NewContact(channel=Channel.PHONE, at=NOON - MINUTE, text="a call", is_inbound=False)
    found.do(casework.log, new=call)
    found.mind()
    assert found.actions[-1] == "case.contact_logged"
    if elsewhere:
        found.do(casework.log, new=replace(call, is_inbound=True, at=desk.clock.now()))
    else:
        found.say("again")
    found.mind()
    assert (found.case.state, found.case.snoozed_until) == (S.NEW, None)
    assert found.actions[-1] == "case.woke"


def asleep(found: Minded) -> None:
    """Acknowledged, offered to lee_demo, and snoozed for ten hours after one."""
    found.do(casework.assign, to="lee_demo")
    found.pass_until(60 * MINUTE, every=20 * MINUTE)
    found.do(casework.assign, to="lee_demo")
    found.do(casework.snooze, until=NOON + 660 * MINUTE)
    found.mind()
    found.desk.clock.forward(minutes=10)


def call_of_ours(found: Minded) -> None:
    made = NewContact(channel=Channel.PHONE, at=found.desk.clock.now(), text="we rang them", is_inbound=False)
    found.do(casework.log, new=made)


ROUSED: dict[str, tuple[Callable[[Minded], None], str]] = {
    "accept": (lambda found: found.do(casework.accept, by="lee_demo"), "lee_demo"),
    "acknowledge": (lambda found: found.do(casework.acknowledge, by="sam_demo"), "kim_demo"),
    "take": (lambda found: found.do(casework.assign, by="sam_demo", to="sam_demo"), "sam_demo"),
    "reply": (lambda found: found.reply(), "kim_demo"),
    "call": (call_of_ours, "kim_demo"),
}


@pytest.mark.parametrize("deed", ROUSED)
def test_a_snoozed_case_wakes_for_who_is_at_work_on_it_and_its_clocks_go_on(mine: Minded, deed: str) -> None:
    mine.do(casework.assign, to="kim_demo")
    asleep(mine)
    rested = [clock.left for clock in mine.clocks if clock.paused_at is not None]
    assert (mine.case.state, len(rested)) == (S.SNOOZED, 1)
    do, holder = ROUSED[deed]
    do(mine)
    mine.mind()
    assert (mine.case.state, mine.case.snoozed_until, mine.case.assignee) == (S.ACKNOWLEDGED, None, holder)
    assert [clock for clock in mine.clocks if clock.paused_at and not clock.ended_at] == []
    if deed in {"reply", "call"}:
        assert mine.desk.events(f"case:{mine.case_id}")[-1].detail["because"] == WE_ANSWERED
    else:
        (clock,) = mine.clocks
        assert clock.due_at == mine.desk.clock.now() + (rested[0] or MINUTE)
        assert mine.case.acknowledged_by == {"accept": "lee_demo"}.get(deed, "sam_demo")


def test_a_waiting_case_goes_on_waiting_whoever_has_it(mine: Minded) -> None:
    mine.do(casework.unacknowledge)
    mine.do(casework.assign, to="kim_demo")
    mine.do(casework.assign, to="lee_demo")
    mine.do(casework.wait)
    mine.do(casework.accept, by="lee_demo")
    assert (mine.case.state, mine.case.acknowledged_by) == (S.WAITING, "lee_demo")
    mine.do(casework.assign, by="sam_demo", to="sam_demo")
    mine.reply()
    mine.desk.clock.forward(minutes=1)
    call_of_ours(mine)
    assert mine.case.state is S.WAITING
    assert mine.actions.count("case.woke") == 0


def test_a_case_that_is_given_to_others_sleeps_on(mine: Minded) -> None:
    asleep(mine)
    mine.do(casework.decline, by="lee_demo")
    mine.do(casework.assign, team="billing")
    with mine.desk.store.write() as tx:
        casework.note(tx, mine.case_id, act(mine.desk.store), text="the depot is asked")
    assert mine.case.state is S.SNOOZED


def test_a_reply_that_was_let_go_before_the_snooze_lets_the_case_sleep(mine: Minded) -> None:
    def leaves(approved_at: datetime) -> CaseState:
        with mine.desk.store.write() as tx:
            tx.execute(sa.update(tables.drafts).values(approved_at=approved_at))
            mention_id = mine.case.mention_ids[0]
            cases.note_first_reply(tx, mention_id, mine.desk.clock.now(), actor=MACHINE)
        return mine.case.state

    with mine.desk.store.write() as tx:
        review.begin(tx, mine.case.mention_ids[0], act(mine.desk.store))
    asleep(mine)
    assert leaves(NOON + 59 * MINUTE) is S.SNOOZED
    assert leaves(NOON + 61 * MINUTE) is S.ACKNOWLEDGED
