"""Holding replies: proposed once for each wait, to nobody who must not hear from us, and followed up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.hours import BusinessHours
from engagebot.domain.mention import Route
from engagebot.domain.outbox import DraftState, Purpose
from engagebot.domain.persons.customers import Mark
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.routes import MuteKind
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline import casework, review
from engagebot.pipeline.deliver import deliver_replies
from engagebot.ports import Posted
from engagebot.settings.values import Sla
from engagebot.store.engine import Tx
from engagebot.store.heard import answers, mentions
from engagebot.store.listening import mutes
from engagebot.store.persons import customers
from engagebot.store.persons.contacts import NewContact
from tests.factories import act, id_of
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.minded import Minded, minded

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOLDS = Sla(
    name="standard", first_reply=8 * HOUR, next_reply=4 * HOUR, holding_after=45 * MINUTE, warn_at=(0.5,)
)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessHours.parse({"mon-fri": "09:00-12:00"}, zone=BERLIN)


def waited(desk: Desk, *, minutes: int = 46, **over: Any) -> Minded:
    """A case that nobody has answered for so long."""
    found = minded(desk, **{"slas": (HOLDS,), **over})
    found.open()
    found.mind()
    found.pass_until(minutes * MINUTE, every=timedelta(minutes=minutes))
    return found


def holding(found: Minded, native_id: str = "m") -> list[DraftRecord]:
    return [each for each in found.desk.drafts_of(native_id) if each.purpose is Purpose.HOLDING]


def sent(found: Minded) -> DraftRecord:
    """The holding reply, approved and arrived."""
    desk = found.desk
    (draft,) = holding(found)
    with desk.store.write() as tx:
        desk.fake.posts.append(mentions.get(tx, draft.mention_id).mention)
        review.approve(tx, draft.id, act(desk.store, "kim_demo"))
    deliver_replies(desk.deliver_context)
    done = desk.draft(draft.id)
    assert done.state is DraftState.SENT
    return done


def follow_ups(found: Minded) -> list[tuple[float, bool]]:
    """When each is due, in hours since the beginning, and whether it has ended."""
    return [
        ((each.due_at - found.began) / HOUR, each.ended_at is not None)
        for each in found.clocks
        if each.kind is ClockKind.FOLLOW_UP and each.due_at is not None
    ]


def test_whoever_waits_45_minutes_gets_one_holding_draft_and_no_second_one(desk: Desk) -> None:
    found = waited(desk, minutes=44)
    assert holding(found) == []
    assert found.case.waits_since == found.began
    found.pass_until(3 * HOUR, every=10 * MINUTE)
    found.say("m2", ago=MINUTE)
    found.pass_until(4 * HOUR, every=10 * MINUTE)

    (draft,) = holding(found)
    assert (draft.state, draft.follow_up_at) == (DraftState.PROPOSED, found.began + 8 * HOUR)
    assert "by Monday 22:00 CEST" in draft.text
    assert found.actions.count("case.holding_proposed") == 1
    assert holding(found, "m2") == []
    assert found.case.acknowledged_at is None


def test_out_of_hours_it_names_when_the_team_works_next(desk: Desk) -> None:
    found = waited(desk, hours=OFFICE, timezone=BERLIN)
    (draft,) = holding(found)
    assert "when we are back, on Tuesday at 09:00 CEST" in draft.text


def test_a_rejected_one_stays_rejected_and_the_next_wait_gets_its_own(desk: Desk) -> None:
    found = waited(desk)
    (draft,) = holding(found)
    with desk.store.write() as tx:
        review.reject(tx, draft.id, act(desk.store, "kim_demo"), reason="I call them")
    found.pass_until(2 * HOUR, every=10 * MINUTE)
    assert [each.id for each in holding(found)] == [draft.id]

    found.reply()
    found.mind()
    desk.clock.at += MINUTE
    found.say("m2")
    found.pass_until(4 * HOUR, every=10 * MINUTE)
    assert len(holding(found, "m2")) == 1


def opts_out(tx: Tx, desk: Desk) -> None:
    customers.opt_out(tx, customer_of(tx), desk.clock.now())


def mutes_them(tx: Tx, desk: Desk) -> None:
    mutes.add(tx, "fake", MuteKind.AUTHOR, "maple_fan_demo", by="kim_demo", at=desk.clock.now())


def is_staff(tx: Tx, desk: Desk) -> None:
    customers.set_marks(tx, customer_of(tx), mark=Mark.STAFF)


def customer_of(tx: Tx) -> int:
    found = mentions.get(tx, id_of(tx, "m")).customer_id
    assert found is not None
    return found


@pytest.mark.parametrize("silenced", [opts_out, mutes_them, is_staff])
def test_nothing_is_proposed_to_whom_we_do_not_write(
    desk: Desk, silenced: Callable[[Tx, Desk], None]
) -> None:
    found = minded(desk, slas=(HOLDS,))
    found.open()
    with desk.store.write() as tx:
        silenced(tx, desk)
    found.pass_until(2 * HOUR, every=30 * MINUTE)
    assert desk.drafts_of("m") == []


def test_nothing_is_proposed_beside_another_reply_or_while_the_case_rests(desk: Desk) -> None:
    found = minded(desk, slas=(HOLDS,))
    found.open()
    with desk.store.write() as tx:
        other = review.begin(tx, id_of(tx, "m"), act(desk.store, "kim_demo"), text="We look into it.")
    found.pass_until(HOUR, every=30 * MINUTE)
    assert holding(found) == []
    with desk.store.write() as tx:
        review.reject(tx, other.id, act(desk.store, "kim_demo"), reason="not yet")
    found.do(casework.wait)
    found.pass_until(2 * HOUR, every=30 * MINUTE)
    assert holding(found) == []


def test_a_call_of_ours_takes_the_draft_back(desk: Desk) -> None:
    found = waited(desk)
    call = NewContact(channel=Channel.PHONE, at=desk.clock.now(), text="explained it", is_inbound=False)
    found.do(casework.log, new=call)
    found.mind()
    (draft,) = holding(found)
    assert draft.state is DraftState.WITHDRAWN
    assert found.case.waits_since is None


def test_one_whose_time_has_passed_is_replaced_by_one_with_a_time_to_come(desk: Desk) -> None:
    found = waited(desk)
    found.pass_until(8 * HOUR + MINUTE, every=2 * HOUR)
    new, old = holding(found)
    assert (old.state, new.state) == (DraftState.EXPIRED, DraftState.PROPOSED)
    assert new.follow_up_at is not None
    assert new.follow_up_at > desk.clock.now()


def test_one_whose_time_has_passed_cannot_be_approved_before_anybody_minds_it(desk: Desk) -> None:
    found = waited(desk)
    (draft,) = holding(found)
    desk.clock.at = found.began + 8 * HOUR
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="has passed"):
        review.approve(tx, draft.id, act(desk.store, "kim_demo"))


def test_an_approved_one_whose_time_has_passed_does_not_leave(desk: Desk) -> None:
    found = waited(desk)
    (draft,) = holding(found)
    with desk.store.write() as tx:
        review.approve(tx, draft.id, act(desk.store, "kim_demo"))
    desk.clock.at = found.began + 8 * HOUR
    deliver_replies(desk.deliver_context)
    assert desk.draft(draft.id).state is DraftState.EXPIRED
    assert desk.fake.replies == []


def test_a_holding_reply_that_left_answers_and_opens_a_follow_up(desk: Desk) -> None:
    found = waited(desk)
    sent(found)
    found.mind()
    assert follow_ups(found) == [(8, False)]
    (first,) = [each for each in found.clocks if each.kind is ClockKind.FIRST_REPLY]
    assert first.ended_at is not None

    found.do(casework.wait)
    found.pass_until(9 * HOUR, every=10 * MINUTE)
    assert [title for _, _, title in found.news()] == [
        "50% of the time for the follow-up has gone by",
        "follow-up is late",
    ]
    assert follow_ups(found) == [(8, False)]


def test_the_answer_itself_is_a_persons_to_post_and_ends_the_follow_up(desk: Desk) -> None:
    found = waited(desk)
    sent(found)
    with desk.store.write() as tx:
        real = review.begin(
            tx, id_of(tx, "m"), act(desk.store, "kim_demo"), text="A new modem is on its way."
        )
        assert real.reply_route.route is Route.BY_HAND
        review.approve(tx, real.id, act(desk.store, "kim_demo"))
        review.posted(tx, real.id, act(desk.store, "kim_demo"))
    found.mind()
    assert [ended for _, ended in follow_ups(found)] == [True]
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="answers this mention"):
        review.begin(tx, id_of(tx, "m"), act(desk.store, "kim_demo"), text="Once more.")


def test_our_holding_reply_heard_again_on_the_platform_closes_nothing(desk: Desk) -> None:
    found = waited(desk)
    draft = sent(found)
    assert draft.native_id is not None
    ours = Posted(native_id=draft.native_id, url=draft.url, posted_at=desk.clock.now())
    with desk.store.write() as tx:
        answers.close(tx, draft.mention_id, ours, desk.clock.now())
        real = review.begin(tx, draft.mention_id, act(desk.store, "kim_demo"), text="Here it is.")
    assert real.reply_route.route is Route.BY_HAND


def test_a_person_closes_a_follow_up_with_a_reason_and_only_one_that_runs(desk: Desk) -> None:
    found = waited(desk)
    with pytest.raises(IllegalMove, match="no follow-up runs"):
        found.do(casework.close_follow_up, reason="all done")
    sent(found)
    found.mind()
    with pytest.raises(WrongUsage, match="say why"):
        found.do(casework.close_follow_up, reason="  ")
    found.do(casework.close_follow_up, reason="they wrote that it works again")
    found.mind()
    assert [ended for _, ended in follow_ups(found)] == [True]
    (event,) = [each for each in desk.events(f"case:{found.case_id}") if each.action == "case.followed_up"]
    assert (event.actor, event.detail) == ("kim_demo", {"reason": "they wrote that it works again"})


def test_resolving_ends_a_follow_up_without_a_question(desk: Desk) -> None:
    found = waited(desk)
    sent(found)
    found.mind()
    found.do(casework.resolve, outcome="fixed")
    found.mind()
    assert [ended for _, ended in follow_ups(found)] == [True]


def test_who_writes_again_is_told_nothing_new_while_the_time_still_stands(desk: Desk) -> None:
    found = waited(desk)
    sent(found)
    found.pass_until(2 * HOUR, every=30 * MINUTE)
    found.say("m2")
    found.pass_until(7 * HOUR, every=30 * MINUTE)
    assert holding(found, "m2") == []
    found.pass_until(9 * HOUR, every=30 * MINUTE)
    assert len(holding(found, "m2")) == 1
