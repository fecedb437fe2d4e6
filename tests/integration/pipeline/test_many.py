from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.errors import WrongUsage
from engagebot.pipeline import review
from engagebot.pipeline.review import Caution, Item, Terms
from engagebot.store.replying.drafts import text_hash
from tests.factories import API, BLOCKED, BY_HAND, act
from tests.integration.pipeline.desk import Desk

S = DraftState
TERMS = Terms(timedelta(seconds=10), caution=Caution(large_reach=1000))


def item(desk: Desk, draft_id: int) -> Item:
    draft = desk.draft(draft_id)
    return Item(draft_id, draft.version, text_hash(draft.text))


def test_many_are_approved_with_a_word_for_each(desk: Desk) -> None:
    good, other = desk.propose("1"), desk.propose("2")
    found = review.approve_many(
        desk.store, [item(desk, other), item(desk, good), item(desk, good)], act(desk.store), TERMS
    )
    assert [(each.draft_id, each.is_done, each.was) for each in found] == [
        (other, True, S.PROPOSED), (good, True, S.PROPOSED),
    ]  # fmt: skip
    assert {desk.draft(each).state for each in (good, other)} == {S.APPROVED}
    with desk.store.write() as tx:
        undone = review.undo_many(tx, [good, other], act(desk.store))
    assert [each.was for each in undone] == [S.APPROVED, S.APPROVED]


def test_what_needs_a_closer_look_is_left_out_with_its_reason(desk: Desk) -> None:
    by_hand, blocked = desk.propose("1", route=BY_HAND), desk.propose("2", route=BLOCKED)
    unfilled, risky = desk.propose("3", text="Hi {{author.name}}"), desk.propose("4")
    moved, sent, good = desk.propose("5"), desk.propose("6"), desk.propose("7")
    reworded = desk.propose("8")
    desk.put_draft(risky, S.PROPOSED, reach=5000)
    desk.put_draft(sent, S.SENT)
    read = [item(desk, each) for each in (by_hand, blocked, unfilled, risky, moved, sent, good, reworded)]
    with desk.store.write() as tx:
        review.edit(tx, moved, act(desk.store), text="New words", version=1)
    read[-1] = read[-1]._replace(text_hash=text_hash("other"))
    found = review.approve_many(desk.store, [*read, Item(4711)], act(desk.store), TERMS.because("all fine"))
    why = {each.draft_id: each.problem for each in found}
    assert [each.draft_id for each in found if each.is_done] == [good]
    for draft_id, word in (
        (by_hand, "by hand"), (blocked, "locked"), (unfilled, "author.name"), (risky, "5,000 people"),
        (moved, "words changed"), (sent, "it is sent"), (reworded, "words changed"), (4711, "no draft"),
    ):  # fmt: skip
        assert word in (why[draft_id] or ""), (draft_id, why)
    assert desk.draft(risky).state is S.PROPOSED


def test_a_moved_version_is_told_even_where_the_words_are_the_same(desk: Desk) -> None:
    draft_id = desk.propose()
    read = item(desk, draft_id)
    with desk.store.write() as tx:
        review.assign(tx, draft_id, act(desk.store), to="kim_demo")
    (found,) = review.approve_many(desk.store, [read], act(desk.store), TERMS)
    assert "you read version 1" in (found.problem or "")


def test_no_more_are_taken_than_a_person_reads(desk: Desk) -> None:
    ids = [desk.propose(str(number), route=API) for number in range(3)]
    few = replace(TERMS, most_in_bulk=2)
    with pytest.raises(WrongUsage, match="2 are the most"):
        review.approve_many(desk.store, [item(desk, each) for each in ids], act(desk.store), few)
    assert {desk.draft(each).state for each in ids} == {S.PROPOSED}


def test_many_are_rejected_for_one_reason(desk: Desk) -> None:
    first, second, sent = (desk.propose(str(number)) for number in range(3))
    desk.put_draft(sent, S.SENT)
    read = [item(desk, each) for each in (first, second, sent)]
    with pytest.raises(WrongUsage, match="reason"):
        review.reject_many(desk.store, read, act(desk.store), TERMS, reason=" ")
    found = review.reject_many(desk.store, read, act(desk.store), TERMS, reason="5")
    assert [each.is_done for each in found] == [True, True, False]
    assert desk.draft(second).last_error == "not about us"
