from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest

from engagebot.domain.desk.preferences import LONGEST_UNDO, Preferences
from engagebot.domain.outbox import DraftState
from engagebot.errors import IllegalMove
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies
from engagebot.pipeline.review import Terms
from engagebot.store.engine import Store
from engagebot.store.heard import verdicts
from engagebot.store.replying import drafts
from tests.factories import API, BY_HAND, act
from tests.integration.pipeline.desk import Desk

S = DraftState
SITE = Terms(timedelta(seconds=10))


@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [
        pytest.param(None, 10, id="the site's"),
        pytest.param(timedelta(0), 0, id="none"),
        pytest.param(timedelta(minutes=2), 120, id="longer"),
        pytest.param(timedelta(days=1), LONGEST_UNDO.total_seconds(), id="longer than is offered"),
        pytest.param(timedelta(seconds=-5), 0, id="nonsense"),
    ],
)
def test_the_time_to_undo_is_the_persons(wanted: timedelta | None, seconds: float) -> None:
    assert SITE.of(Preferences(undo_after=wanted)).undo.total_seconds() == seconds


def test_whoever_confirms_sending_sends_nothing_before(desk: Desk) -> None:
    draft_id = desk.propose()
    terms = SITE.of(Preferences(confirms_sending=True))
    with desk.store.write() as tx:
        waiting = review.approve(tx, draft_id, act(desk.store), terms=terms)
    desk.clock.forward(days=3)
    assert (waiting.state, waiting.due_at) == (S.APPROVED, None)
    assert deliver_replies(desk.deliver_context) == 0
    with desk.store.write() as tx:
        released = review.release(tx, draft_id, act(desk.store))
    assert released.due_at == desk.clock.now()
    assert deliver_replies(desk.deliver_context) == 1
    assert desk.events(f"draft:{draft_id}")[2].action == "draft.released"


def test_a_released_reply_need_not_wait_for_the_rest_of_its_window(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store), terms=Terms(LONGEST_UNDO))
    assert deliver_replies(desk.deliver_context) == 0
    with desk.store.write() as tx:
        review.release(tx, draft_id, act(desk.store))
    assert deliver_replies(desk.deliver_context) == 1
    with pytest.raises(IllegalMove), desk.store.write() as tx:
        review.release(tx, draft_id, act(desk.store))


def test_only_what_was_approved_can_be_released(desk: Desk) -> None:
    draft_id = desk.propose()
    with pytest.raises(IllegalMove, match="cannot be sent now"), desk.store.write() as tx:
        review.release(tx, draft_id, act(desk.store))


def test_undo_says_what_it_took_back(desk: Desk) -> None:
    sent, refused = desk.propose("1", route=BY_HAND), desk.propose("2")
    with desk.store.write() as tx:
        review.approve(tx, sent, act(desk.store))
        review.posted(tx, sent, act(desk.store))
        review.reject(tx, refused, act(desk.store), reason="tone")
        assert review.undo(tx, sent, act(desk.store)).was is S.POSTED_BY_HAND
        undone = review.undo(tx, refused, act(desk.store))
    assert (undone.was, undone.draft.state, undone.draft.id) == (S.REJECTED, S.PROPOSED, refused)


def test_many_are_taken_back_in_one_go_with_a_word_for_each(desk: Desk) -> None:
    approved, sent, waiting, failed = (desk.propose(str(number)) for number in range(4))
    desk.put_draft(sent, S.SENT)
    desk.put_draft(failed, S.FAILED)
    with desk.store.write() as tx:
        review.approve(tx, approved, act(desk.store), terms=SITE)
    with desk.store.write() as tx:
        found = review.undo_many(tx, [sent, approved, 4711, waiting, failed, sent], act(desk.store))
    assert [(each.draft_id, each.is_done, each.was) for each in found] == [
        (sent, False, None),
        (approved, True, S.APPROVED),
        (4711, False, None),
        (waiting, False, None),
        (failed, False, None),
    ]
    assert "left already" in (found[0].problem or "")
    assert desk.draft(approved).state is S.PROPOSED


def test_what_cannot_be_undone_among_many_leaves_no_trace(desk: Desk) -> None:
    failed, approved = desk.propose("1"), desk.propose("2")
    with desk.store.write() as tx:
        review.reject(tx, failed, act(desk.store), reason="not_happy")
        review.approve(tx, approved, act(desk.store))
    desk.put_draft(failed, S.FAILED)
    with desk.store.write() as tx:
        review.undo_many(tx, [failed, approved], act(desk.store))
    with desk.store.read() as tx:
        (kept,) = verdicts.of(tx, desk.draft(failed).mention_id)
    assert kept.labels.is_unhappy is True


def test_one_of_two_who_undo_and_send_at_once_wins(desk: Desk) -> None:
    draft_id = desk.propose(route=API)
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store))

    def undo_meanwhile(name: str) -> None:
        if name == "lookup":
            desk.fake.before_call = lambda _: None
            with desk.store.write() as tx:
                review.undo(tx, draft_id, act(desk.store))

    desk.fake.before_call = undo_meanwhile
    assert deliver_replies(desk.deliver_context) == 0
    assert (desk.fake.replies, desk.draft(draft_id).state) == ([], S.PROPOSED)


def test_what_is_being_sent_cannot_be_undone(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store))
    refused: list[str] = []

    def undo_too_late(name: str) -> None:
        if name == "reply":
            with pytest.raises(IllegalMove) as error, desk.store.write() as tx:
                review.undo(tx, draft_id, act(desk.store))
            refused.append(str(error.value))

    desk.fake.before_call = undo_too_late
    assert deliver_replies(desk.deliver_context) == 1
    assert refused == [f"draft {draft_id} is sending: it has left already"]
    with desk.store.read() as tx:
        assert drafts.get(tx, draft_id).state is S.SENT


def test_undo_and_send_in_two_processes_never_both_win(desk: Desk) -> None:
    ids = [desk.propose(str(number)) for number in range(12)]
    for draft_id in ids:
        with desk.store.write() as tx:
            review.approve(tx, draft_id, act(desk.store))
    other = Store(desk.store.url, clock=desk.clock, uses_database_time=False)
    undone: set[int] = set()

    def undo_all() -> None:
        for draft_id in reversed(ids):
            with suppress(IllegalMove), other.write() as tx:
                review.undo(tx, draft_id, act(other))
                undone.add(draft_id)

    thread = Thread(target=undo_all)
    thread.start()
    sent = deliver_replies(desk.deliver_context)
    thread.join()
    other.close()

    posted = {int(native_id) for native_id, _ in desk.fake.replies}
    left = {ids[number] for number in posted}
    assert len(desk.fake.replies) == len(posted) == sent
    assert left.isdisjoint(undone)
    assert left | undone == set(ids)
    assert {desk.draft(draft_id).state for draft_id in left} <= {S.SENT}
    assert {desk.draft(draft_id).state for draft_id in undone} <= {S.PROPOSED}
