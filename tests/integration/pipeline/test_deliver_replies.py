"""Replies leave once, or a person hears why not; what cannot be known is never guessed."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    OutOfCredit,
    RateLimited,
    Refused,
    StoreUnavailable,
    TargetGone,
    Unavailable,
    WrongUsage,
)
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies, recover_replies, settle_replies
from engagebot.pipeline.deliver.settle import ATTEMPTS, LOOKS, SETTLE_AFTER
from engagebot.pipeline.review import Terms
from engagebot.ports import Connector
from engagebot.store import site
from engagebot.store.casework import cases
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move, text_hash
from engagebot.store.replying.sending_locks import SendingLocks
from tests.factories import BY_HAND, act, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def approve(
    desk: Desk, native_id: str = "1", *, text: str = "Thank you!", undo: timedelta = timedelta(0)
) -> int:
    draft_id = desk.propose(native_id, text=text)
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store), terms=Terms(undo))
    return draft_id


def deliver(desk: Desk) -> int:
    return deliver_replies(desk.deliver_context)


def approvals_of(desk: Desk, draft_id: int) -> list[str]:
    events = desk.events(f"draft:{draft_id}")
    return [event.detail["text_hash"] for event in events if event.action == "draft.approved"]


def test_an_approved_reply_leaves_once_with_exactly_its_text(desk: Desk) -> None:
    draft_id = approve(desk, text="Thank you!\n– Acme 👋🏽")
    assert deliver(desk) == 1
    assert deliver(desk) == 0
    assert desk.fake.replies == [("1", "Thank you!\n– Acme 👋🏽")]
    draft = desk.draft(draft_id)
    assert (draft.state, draft.native_id, draft.url) == (S.SENT, "reply-0", "https://fake.example/reply-0")
    assert (draft.posted_at, draft.attempts, draft.attempt_started_at, draft.attempt_ended_at) == (
        NOON, 1, NOON, NOON,
    )  # fmt: skip
    assert [event.action for event in desk.events(f"draft:{draft_id}")] == [
        "draft.proposed", "draft.approved", "draft.sending", "draft.sent",
    ]  # fmt: skip


@pytest.mark.parametrize("state", [state for state in DraftState if state is not S.APPROVED])
def test_only_an_approved_reply_leaves(desk: Desk, state: DraftState) -> None:
    desk.put_draft(desk.propose(), state, due_at=NOON)
    assert deliver(desk) == 0
    assert desk.fake.replies == []


def test_a_reply_waits_for_the_undo_window(desk: Desk) -> None:
    draft_id = approve(desk, undo=timedelta(seconds=10))
    desk.clock.forward(seconds=9)
    assert deliver(desk) == 0
    with desk.store.write() as tx:
        review.undo(tx, draft_id, act(desk.store))
    desk.clock.forward(hours=1)
    assert deliver(desk) == 0
    assert desk.fake.replies == []


def test_nothing_leaves_while_the_site_is_paused(desk: Desk) -> None:
    draft_id = approve(desk)
    with desk.store.write() as tx:
        site.pause(tx, by="agent_demo", at=NOON)
    assert deliver(desk) == 0
    assert desk.draft(draft_id).state is S.APPROVED
    with desk.store.write() as tx:
        site.resume(tx, by="agent_demo", at=NOON)
    assert deliver(desk) == 1


def test_a_pause_in_the_last_moment_still_holds_the_reply(desk: Desk) -> None:
    draft_id = approve(desk)

    def pause(name: str) -> None:
        with desk.store.write() as tx:
            site.pause(tx, by="agent_demo", at=NOON)

    desk.fake.before_call = pause
    assert deliver(desk) == 0
    assert (desk.draft(draft_id).state, desk.fake.replies) == (S.APPROVED, [])


def test_an_undo_in_the_last_moment_still_holds_the_reply(desk: Desk) -> None:
    draft_id = approve(desk)

    def undo(name: str) -> None:
        with desk.store.write() as tx:
            review.undo(tx, draft_id, act(desk.store))

    desk.fake.before_call = undo
    assert deliver(desk) == 0
    assert (desk.draft(draft_id).state, desk.fake.replies) == (S.PROPOSED, [])


def test_a_reply_to_a_post_that_is_gone_is_withdrawn(desk: Desk) -> None:
    draft_id = approve(desk)
    desk.fake.gone.add("1")
    assert deliver(desk) == 0
    draft = desk.draft(draft_id)
    assert (draft.state, desk.fake.replies) == (S.WITHDRAWN, [])
    assert draft.last_error == "the post was deleted or hidden before the reply left"


def test_a_draft_that_moved_while_its_post_vanished_stays_where_it_is(desk: Desk) -> None:
    draft_id, next_id = approve(desk, "1"), approve(desk, "2")
    desk.fake.gone.add("1")

    def undo_once(name: str) -> None:
        desk.fake.before_call = lambda name: None
        with desk.store.write() as tx:
            review.undo(tx, draft_id, act(desk.store))

    desk.fake.before_call = undo_once
    assert deliver(desk) == 1
    assert (desk.draft(draft_id).state, desk.draft(next_id).state) == (S.PROPOSED, S.SENT)


def test_a_text_that_is_not_the_approved_one_goes_back(desk: Desk) -> None:
    draft_id = approve(desk)
    desk.put_draft(draft_id, S.APPROVED, text="Something else entirely")
    assert deliver(desk) == 0
    assert (desk.draft(draft_id).state, desk.fake.replies) == (S.PROPOSED, [])
    assert desk.events(f"draft:{draft_id}")[-1].action == "draft.approval_void"


FAILURES = [
    pytest.param(Unavailable("down"), S.APPROVED, 2 * MINUTE, False, id="unavailable"),
    pytest.param(
        RateLimited("slow", retry_at=NOON + 9 * MINUTE), S.APPROVED, 9 * MINUTE, False, id="limited"
    ),
    pytest.param(
        RateLimited("slow", retry_at=NOON - HOUR), S.APPROVED, timedelta(seconds=1), False, id="limit is over"
    ),
    pytest.param(AuthFailed("revoked"), S.APPROVED, HOUR, True, id="key"),
    pytest.param(OutOfCredit("empty"), S.APPROVED, HOUR, True, id="credit"),
    pytest.param(TargetGone("deleted"), S.WITHDRAWN, None, False, id="gone"),
    pytest.param(Refused("not allowed"), S.FAILED, None, False, id="refused"),
    pytest.param(Refused("by hand only", by_hand=True), S.BY_HAND, None, False, id="by hand"),
    pytest.param(OutcomeUnknown("cut"), S.UNKNOWN, None, False, id="unknown"),
    pytest.param(ConnectorError("odd"), S.UNKNOWN, None, False, id="another"),
    pytest.param(KeyError("id"), S.UNKNOWN, None, False, id="foreign"),
]


@pytest.mark.parametrize(("error", "state", "waits", "pauses"), FAILURES)
def test_each_failure_of_a_reply_leads_to_its_state(
    desk: Desk, error: Exception, state: DraftState, waits: timedelta | None, pauses: bool
) -> None:
    draft_id = approve(desk)
    desk.fake.fail("reply", error)
    assert deliver(desk) == 0
    draft = desk.draft(draft_id)
    assert (draft.state, draft.attempts, draft.attempt_ended_at) == (state, 1, NOON)
    assert draft.last_error == (str(error) if isinstance(error, ConnectorError) else "KeyError: 'id'")
    assert waits is None or draft.due_at == NOON + waits
    with desk.store.read() as tx:
        assert ("fake" in watches.paused_connectors(tx, NOON)) is pauses
    assert desk.events(f"draft:{draft_id}")[-1].detail["error"] == draft.last_error
    if state is S.BY_HAND:
        assert (draft.reply_route.route, draft.reply_route.reason) == (BY_HAND.route, "by hand only")


@pytest.mark.parametrize(
    ("error", "waits", "pauses"),
    [
        (Unavailable("down"), MINUTE, False),
        (RateLimited("slow", retry_at=NOON + 9 * MINUTE), 9 * MINUTE, True),
        (AuthFailed("revoked"), HOUR, True),
        (OutOfCredit("empty"), HOUR, True),
        (KeyError("data"), MINUTE, False),
    ],
)
def test_a_failed_look_at_the_post_keeps_the_approval_for_later(
    desk: Desk, error: Exception, waits: timedelta, pauses: bool
) -> None:
    draft_id = approve(desk)
    desk.fake.fail("lookup", error)
    assert deliver(desk) == 0
    draft = desk.draft(draft_id)
    assert (draft.state, draft.due_at, draft.attempts) == (S.APPROVED, NOON + waits, 0)
    assert draft.attempt_ended_at is None
    with desk.store.read() as tx:
        assert ("fake" in watches.paused_connectors(tx, NOON)) is pauses
    desk.clock.forward(hours=2)
    assert deliver(desk) == 1
    assert desk.draft(draft_id).last_error is None


def test_retries_wait_ever_longer_but_an_hour_at_most(desk: Desk) -> None:
    draft_id = approve(desk)
    waits = []
    for _ in range(8):
        desk.fake.fail("reply", Unavailable("down"))
        deliver(desk)
        due_at = desk.draft(draft_id).due_at
        assert due_at is not None
        waits.append((due_at - desk.clock.now()) // MINUTE)
        desk.clock.at = due_at
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert deliver(desk) == 1


def test_one_broken_connector_does_not_hold_up_another(desk: Desk) -> None:
    first, second = approve(desk, "1"), approve(desk, "2")
    desk.put_draft(first, S.APPROVED, source="broken")

    def open_it(source: str) -> Connector:
        if source == "broken":
            raise WrongUsage("connector broken needs ENGAGEBOT_BROKEN_KEY")
        return desk.fake

    assert deliver_replies(replace(desk.deliver_context, connector=open_it)) == 1
    draft = desk.draft(first)
    assert (draft.state, draft.last_error) == (S.APPROVED, "connector broken needs ENGAGEBOT_BROKEN_KEY")
    assert desk.draft(second).state is S.SENT


def test_a_paused_connectors_replies_do_not_hold_up_anothers(desk: Desk) -> None:
    for number in range(25):
        desk.put_draft(approve(desk, f"q{number}"), S.APPROVED, source="quiet")
    desk.clock.forward(minutes=1)
    draft_id = approve(desk, "1")
    with desk.store.write() as tx:
        watches.pause_connector(tx, "quiet", until=NOON + HOUR, problem=AuthFailed("revoked"))
    assert deliver(desk) == 1
    assert desk.draft(draft_id).state is S.SENT


def test_a_store_that_fails_is_no_connectors_fault(desk: Desk) -> None:
    approve(desk)

    def open_it(source: str) -> Connector:
        raise StoreUnavailable("the disk is full")

    with pytest.raises(StoreUnavailable):
        deliver_replies(replace(desk.deliver_context, connector=open_it))


def test_a_sent_reply_stops_the_cases_clock_once(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    case = desk.case_of("1")
    assert case is not None
    approve(desk, "1")
    desk.clock.forward(minutes=5)
    deliver(desk)
    answered = desk.case_of("1")
    assert answered is not None
    assert answered.first_reply_at == NOON + 5 * MINUTE
    desk.clock.forward(minutes=5)
    with desk.store.write() as tx:
        cases.note_first_reply(tx, case.mention_ids[0], desk.clock.now(), actor="agent_demo")
    again = desk.case_of("1")
    assert again is not None
    assert (again.first_reply_at, again.spoken_at) == (answered.first_reply_at, desk.clock.now())
    assert [event.action for event in desk.events(f"case:{case.id}")].count("case.first_reply") == 1


# Unknown outcomes


def unknown(desk: Desk, *, has_arrived: bool) -> int:
    draft_id = approve(desk)
    error = OutcomeUnknown("the line was cut")
    if has_arrived:
        desk.fake.after_reply.append(error)
    else:
        desk.fake.fail("reply", error)
    assert deliver(desk) == 0
    assert desk.draft(draft_id).state is S.UNKNOWN
    return draft_id


def settle(desk: Desk) -> int:
    return settle_replies(desk.deliver_context)


def test_a_reply_that_never_arrives_is_given_to_a_person_after_three_tries(desk: Desk) -> None:
    draft_id = approve(desk)
    desk.fake.fail("reply", *(OutcomeUnknown("403 duplicate content") for _ in range(10)))
    for _ in range(ATTEMPTS):
        assert deliver(desk) == 0
        assert desk.draft(draft_id).state is S.UNKNOWN
        desk.clock.at += SETTLE_AFTER
        settle_replies(desk.deliver_context)

    draft = desk.draft(draft_id)
    assert (draft.state, draft.attempts) == (S.NEEDS_PERSON, ATTEMPTS)
    assert draft.last_error == "403 duplicate content; tried 3 times, it is not there"
    assert deliver(desk) == 0


def test_an_unknown_reply_is_never_sent_again_blindly(desk: Desk) -> None:
    unknown(desk, has_arrived=True)
    desk.clock.forward(days=3)
    assert deliver(desk) == 0
    assert len(desk.fake.replies) == 1


def test_a_look_counts_only_after_the_window(desk: Desk) -> None:
    draft_id = unknown(desk, has_arrived=True)
    before = desk.fake.looks
    desk.clock.at = NOON + SETTLE_AFTER - timedelta(seconds=1)
    assert (settle(desk), desk.fake.looks - before) == (0, 0)
    desk.clock.forward(seconds=1)
    assert (settle(desk), desk.fake.looks - before) == (1, 1)
    draft = desk.draft(draft_id)
    assert (draft.state, draft.native_id, draft.last_error) == (S.SENT, "reply-0", None)
    assert desk.events(f"draft:{draft_id}")[-1].action == "draft.found"


def test_a_reply_that_the_platform_does_not_show_is_sent_again_with_the_same_approval(desk: Desk) -> None:
    draft_id = unknown(desk, has_arrived=False)
    desk.clock.forward(seconds=90)
    assert settle(desk) == 1
    draft = desk.draft(draft_id)
    assert (draft.state, draft.due_at, draft.approved_by) == (S.APPROVED, desk.clock.now(), "agent_demo")
    assert deliver(desk) == 1
    assert desk.fake.replies == [("1", "Thank you!")]
    assert approvals_of(desk, draft_id) == [text_hash("Thank you!")]


@pytest.mark.parametrize("error", [Unavailable("down"), KeyError("data"), RateLimited("slow", retry_at=NOON)])
def test_a_reply_nobody_can_look_for_goes_to_a_person_in_the_end(desk: Desk, error: Exception) -> None:
    draft_id = unknown(desk, has_arrived=True)
    for look in range(LOOKS):
        assert desk.draft(draft_id).state is S.UNKNOWN, look
        desk.fake.fail("own_reply", error)
        desk.clock.forward(seconds=90)
        assert settle(desk) == 0
    draft = desk.draft(draft_id)
    assert draft.state is S.NEEDS_PERSON
    desk.clock.forward(days=1)
    assert (settle(desk), deliver(desk)) == (0, 0)
    with desk.store.write() as tx:
        review.settle(tx, draft_id, act(desk.store), is_there=True)
    assert len(desk.fake.replies) == 1


def test_a_connector_that_cannot_be_opened_does_not_stop_other_looks(desk: Desk) -> None:
    unknown(desk, has_arrived=True)
    other = approve(desk, "2")
    desk.put_draft(other, S.UNKNOWN, source="broken", attempt_ended_at=NOON - HOUR)
    desk.clock.forward(seconds=90)

    def open_it(source: str) -> Connector:
        if source == "broken":
            raise WrongUsage("no key")
        return desk.fake

    assert settle_replies(replace(desk.deliver_context, connector=open_it)) == 1
    assert (desk.draft(other).state, desk.draft(other).last_error) == (S.UNKNOWN, "no key")


@pytest.mark.parametrize("looks_well", [True, False])
def test_a_draft_that_moved_during_the_look_stays_where_it_is(desk: Desk, looks_well: bool) -> None:
    draft_id = unknown(desk, has_arrived=True)
    desk.clock.forward(seconds=90)
    if not looks_well:
        desk.fake.fail("own_reply", Unavailable("down"))

    def meanwhile(name: str) -> None:
        desk.fake.before_call = lambda name: None
        move = Move(to=S.NEEDS_PERSON, at=desk.clock.now(), actor="agent_demo", action="given_up")
        with desk.store.write() as tx:
            drafts.change(tx, drafts.get(tx, draft_id), move)

    desk.fake.before_call = meanwhile
    assert settle(desk) == 0
    assert desk.draft(draft_id).state is S.NEEDS_PERSON


def test_a_store_that_fails_during_a_look_is_told(desk: Desk) -> None:
    unknown(desk, has_arrived=True)
    desk.clock.forward(seconds=90)
    desk.fake.fail("own_reply", StoreUnavailable("gone"))
    with pytest.raises(StoreUnavailable):
        settle(desk)


def test_a_found_reply_stops_the_cases_clock(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    unknown(desk, has_arrived=True)
    desk.clock.forward(seconds=90)
    settle(desk)
    case = desk.case_of("1")
    assert case is not None
    assert case.first_reply_at == desk.clock.now()


# Crashes


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


@pytest.mark.parametrize("has_arrived", [True, False])
def test_a_reply_cut_off_by_a_crash_is_looked_for_and_arrives_once(desk: Desk, has_arrived: bool) -> None:
    draft_id = approve(desk)

    def end_here(name: str) -> None:
        if name == "reply":
            if has_arrived:
                desk.fake.replies.append(("1", "Thank you!"))
            raise Killed

    desk.fake.before_call = end_here
    with pytest.raises(Killed):
        deliver(desk)
    desk.fake.before_call = lambda name: None
    assert desk.draft(draft_id).state is S.SENDING
    desk.clock.forward(hours=20)
    assert (deliver(desk), settle(desk)) == (0, 0)
    assert recover_replies(desk.deliver_context) == 1
    assert recover_replies(desk.deliver_context) == 0
    assert desk.draft(draft_id).state is S.UNKNOWN
    assert (settle(desk), deliver(desk)) == (0, 0)
    desk.clock.forward(seconds=90)
    assert settle(desk) == 1
    deliver(desk)
    assert desk.draft(draft_id).state is S.SENT
    assert desk.fake.replies == [("1", "Thank you!")]


def test_only_who_may_send_calls_a_reply_cut_off_however_long_it_takes(desk: Desk) -> None:
    draft_id = approve(desk)
    desk.put_draft(draft_id, S.SENDING, attempt_started_at=NOON)
    desk.clock.forward(days=1)
    other = SendingLocks(desk.store.url)
    with other.turn("fake") as held:
        assert held is not None
        assert recover_replies(desk.deliver_context) == 0
        assert desk.draft(draft_id).state is S.SENDING
    other.close()
    assert recover_replies(desk.deliver_context) == 1
    assert desk.draft(draft_id).state is S.UNKNOWN


def test_nobody_gives_a_reply_up_that_is_being_sent(desk: Desk) -> None:
    first, second = approve(desk, "1"), approve(desk, "2")
    recovered = []

    def give_up(name: str) -> None:
        if name == "reply":
            recovered.append(recover_replies(desk.deliver_context))

    desk.fake.before_call = give_up
    assert deliver(desk) == 2
    assert recovered == [0, 0]
    assert (desk.draft(first).state, desk.draft(second).state) == (S.SENT, S.SENT)
    assert Counter(native_id for native_id, _ in desk.fake.replies) == {"1": 1, "2": 1}


def test_two_workers_never_send_one_reply_twice(desk: Desk) -> None:
    drafts = [approve(desk, str(number)) for number in range(12)]
    start = threading.Barrier(3)
    sent: list[int] = []

    def work(owner: str) -> None:
        start.wait(10)
        for _ in range(3):
            sent.append(deliver_replies(replace(desk.deliver_context, owner=owner)))

    threads = [threading.Thread(target=work, args=(f"worker-{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 12
    assert Counter(native_id for native_id, _ in desk.fake.replies) == {str(n): 1 for n in range(12)}
    assert {desk.draft(draft_id).state for draft_id in drafts} == {S.SENT}
