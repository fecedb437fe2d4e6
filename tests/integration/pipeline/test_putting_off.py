from datetime import timedelta

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.snoozing import TIME_IS_OVER, UNTIL_THEY_ANSWER, WROTE_AGAIN
from engagebot.errors import IllegalMove
from engagebot.pipeline import review
from engagebot.store.heard.receiving import receive
from engagebot.store.replying import snoozing
from tests.factories import BY_HAND, act, incoming, make_author, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
OTHER = make_author("birch_fan_demo")
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


@pytest.fixture
def draft_id(desk: Desk) -> int:
    """A draft for somebody in a thread."""
    desk.hear(make_mention("1", "we love it", conversation_id="t1"))
    return desk.draft_of("1").id


def put_off(desk: Desk, draft_id: int, *, answer: bool) -> None:
    with desk.store.write() as tx:
        until = None if answer else desk.clock.now() + HOUR
        review.snooze(tx, draft_id, act(desk.store), until=until)


def hears(desk: Desk, *heard: object, is_history: bool = False) -> None:
    with desk.store.write() as tx:
        items = [incoming(each, is_history=is_history) for each in heard]  # type: ignore[arg-type]
        receive(tx, items, desk.settings.manners, watch="talk", fetched_at=desk.clock.now())


def wake(desk: Desk) -> list[int]:
    with desk.store.write() as tx:
        return snoozing.wake_due(tx, desk.clock.now())


def test_a_draft_whose_time_is_over_says_so_once(desk: Desk, draft_id: int) -> None:
    put_off(desk, draft_id, answer=False)
    assert wake(desk) == []
    desk.clock.forward(hours=1)
    assert (wake(desk), wake(desk)) == ([draft_id], [])
    draft = desk.draft(draft_id)
    assert (draft.woke_because, draft.snoozed_until) == (TIME_IS_OVER, NOON + HOUR)
    assert desk.events(f"draft:{draft_id}")[-1].action == "draft.woke"


@pytest.mark.parametrize("answer", [True, False], ids=["until they answer", "for an hour"])
def test_whoever_writes_again_brings_their_draft_back(desk: Desk, draft_id: int, answer: bool) -> None:
    put_off(desk, draft_id, answer=answer)
    desk.clock.forward(minutes=5)
    hears(desk, make_mention("2", "and another thing"))
    draft = desk.draft(draft_id)
    assert (draft.woke_because, draft.snoozed_until) == (WROTE_AGAIN, desk.clock.now())
    desk.clock.forward(hours=2)
    assert wake(desk) == []


def test_a_word_in_the_thread_brings_it_back_too(desk: Desk, draft_id: int) -> None:
    put_off(desk, draft_id, answer=True)
    hears(desk, make_mention("2", "same here", author=OTHER, conversation_id="t2"))
    assert desk.draft(draft_id).woke_because is None
    hears(desk, make_mention("3", "same here", author=OTHER, conversation_id="t1"))
    assert desk.draft(draft_id).woke_because == WROTE_AGAIN


def test_without_a_time_it_sleeps_until_they_answer(desk: Desk, draft_id: int) -> None:
    put_off(desk, draft_id, answer=True)
    assert desk.draft(draft_id).snoozed_until == UNTIL_THEY_ANSWER
    desk.clock.forward(days=3000)
    assert wake(desk) == []


def test_history_and_known_posts_wake_nobody(desk: Desk, draft_id: int) -> None:
    put_off(desk, draft_id, answer=True)
    hears(desk, make_mention("2", "years ago"), is_history=True)
    hears(desk, make_mention("1", "we love it", conversation_id="t1"))
    assert desk.draft(draft_id).woke_because is None


def test_who_is_put_off_again_sleeps_again(desk: Desk, draft_id: int) -> None:
    put_off(desk, draft_id, answer=False)
    hears(desk, make_mention("2", "and another thing"))
    put_off(desk, draft_id, answer=False)
    draft = desk.draft(draft_id)
    assert (draft.woke_because, draft.snoozed_until) == (None, NOON + HOUR)


def test_a_decision_ends_the_snooze(desk: Desk, draft_id: int) -> None:
    put_off(desk, draft_id, answer=False)
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store))
    desk.clock.forward(hours=1)
    assert wake(desk) == []
    assert desk.draft(draft_id).woke_because is None


def test_what_nobody_posted_in_time_comes_back(desk: Desk) -> None:
    late, fresh = desk.propose("1", route=BY_HAND), desk.propose("2", route=BY_HAND)
    with desk.store.write() as tx:
        review.approve(tx, late, act(desk.store))
    desk.clock.forward(minutes=14)
    with desk.store.write() as tx:
        review.approve(tx, fresh, act(desk.store))
    desk.clock.forward(minutes=1)
    with desk.store.write() as tx:
        assert review.return_unposted(tx, desk.clock.now(), after=QUARTER) == [late]
    draft = desk.draft(late)
    assert (draft.state, draft.approved_by) == (S.PROPOSED, None)
    assert "15 minutes" in (draft.last_error or "")
    assert desk.events(f"draft:{late}")[-1].action == "draft.returned"
    assert desk.draft(fresh).state is S.BY_HAND


def test_whoever_did_not_post_says_so(desk: Desk) -> None:
    draft_id = desk.propose(route=BY_HAND)
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store))
        assert review.not_posted(tx, draft_id, act(desk.store)).state is S.PROPOSED
    with pytest.raises(IllegalMove), desk.store.write() as tx:
        review.not_posted(tx, draft_id, act(desk.store))
