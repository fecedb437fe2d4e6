from dataclasses import replace

import pytest

from engagebot.domain.drafting import Template
from engagebot.domain.outbox import DraftState
from engagebot.domain.rules import Rulebook
from engagebot.errors import IllegalMove, VersionMoved, WrongUsage
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies
from engagebot.store.heard import reopening
from engagebot.store.replying import variants
from engagebot.store.replying.drafts import text_hash
from tests.factories import act, id_of, make_author, make_mention, usual_book
from tests.integration.pipeline.desk import Desk

S = DraftState
WORDINGS = ("Thank you!", "Thanks a lot, {{author.name}}!", "You are kind.")


@pytest.fixture
def book() -> Rulebook:
    first, *others = WORDINGS
    return replace(usual_book(), templates={"thanks": Template("thanks", first, tuple(others))})


def others(desk: Desk, draft_id: int) -> list[tuple[int, str]]:
    with desk.store.read() as tx:
        return [(each.number, each.text) for each in variants.of(tx, draft_id)]


def drafted(desk: Desk, book: Rulebook, native_id: str = "1") -> int:
    author = make_author(f"fan{native_id}_demo", name="Maple Fan")
    desk.hear(make_mention(native_id, f"we love it, says number {native_id}", author=author), book=book)
    return desk.draft_of(native_id).id


def test_not_everybody_gets_the_same_words(desk: Desk, book: Rulebook) -> None:
    texts = []
    for number in range(3):
        draft = desk.draft(drafted(desk, book, str(number)))
        beside = [text for _, text in others(desk, draft.id)]
        assert {draft.text, *beside} == {"Thank you!", "Thanks a lot, Maple Fan!", "You are kind."}
        texts.append(draft.text)
    assert len(set(texts)) == 3


def test_another_wording_changes_places_with_the_first(desk: Desk, book: Rulebook) -> None:
    draft_id = drafted(desk, book)
    first, (second, third) = desk.draft(draft_id).text, others(desk, draft_id)
    with desk.store.write() as tx:
        chosen = review.choose(tx, draft_id, act(desk.store), number=3, version=1)
    assert (chosen.text, chosen.version, chosen.state) == (third[1], 2, S.PROPOSED)
    assert others(desk, draft_id) == [second, (3, first)]
    event = desk.events(f"draft:{draft_id}")[-1]
    assert (event.action, event.detail["number"], event.detail["text_hash"]) == (
        "draft.chosen", 3, text_hash(third[1]),
    )  # fmt: skip


def test_approving_one_leaves_no_other_to_choose_until_it_is_undone(desk: Desk, book: Rulebook) -> None:
    draft_id = drafted(desk, book)
    before = others(desk, draft_id)
    with desk.store.write() as tx:
        chosen = review.choose(tx, draft_id, act(desk.store), number=2, version=1)
        done = review.approve(tx, draft_id, act(desk.store), version=2)
        assert variants.of(tx, draft_id) == []
        with pytest.raises(IllegalMove):
            review.choose(tx, draft_id, act(desk.store), number=2, version=done.version)
        review.undo(tx, draft_id, act(desk.store))
        assert len(variants.of(tx, draft_id)) == len(before)
        review.approve(tx, draft_id, act(desk.store))
    assert deliver_replies(desk.deliver_context) == 1
    assert desk.fake.replies == [("1", chosen.text)]
    approved = [event for event in desk.events(f"draft:{draft_id}") if event.action == "draft.approved"]
    assert not approved[-1].detail["is_edited"]


def test_what_is_not_there_cannot_be_chosen(desk: Desk, book: Rulebook) -> None:
    draft_id = drafted(desk, book)
    for number in (0, 1, 4):
        with desk.store.write() as tx, pytest.raises(WrongUsage, match="there: 1, 2, 3"):
            review.choose(tx, draft_id, act(desk.store), number=number, version=1)
    with desk.store.write() as tx, pytest.raises(VersionMoved):
        review.choose(tx, draft_id, act(desk.store), number=2, version=9)


def test_a_wording_that_lacks_a_value_says_so_when_it_is_chosen(desk: Desk, book: Rulebook) -> None:
    nameless = make_author("fan_demo", name=None)
    desk.hear(make_mention("1", "we love it", author=nameless), book=book)
    draft = desk.draft_of("1")
    with desk.store.read() as tx:
        lacking = [each.number for each in variants.of(tx, draft.id) if each.missing]
    number = lacking[0] if lacking else 2
    with desk.store.write() as tx:
        first = review.choose(tx, draft.id, act(desk.store), number=number, version=1)
    found = {first.text: first.missing, draft.text: draft.missing}
    assert found["Thanks a lot, {{author.name}}!"] == ("author.name",)


def test_a_wording_that_was_chosen_stays_when_the_post_is_decided_again(desk: Desk, book: Rulebook) -> None:
    draft_id = drafted(desk, book)
    with desk.store.write() as tx:
        chosen = review.choose(tx, draft_id, act(desk.store), number=2, version=1)
        reopening.reopen(tx, [id_of(tx, "1")], desk.clock.now())
    desk.triage(book)
    assert (desk.draft(draft_id).state, desk.draft(draft_id).text) == (S.PROPOSED, chosen.text)
