"""Seeded checks: where they are planted, where they end, and that nothing of them ever leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.drafting import Template
from engagebot.domain.heard.removal import Removal
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.seeded import CheckOutcome, KnownBad
from engagebot.domain.roles import Act, Person, Role
from engagebot.errors import EngagebotError, IllegalMove, VersionMoved, WrongUsage
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies
from engagebot.pipeline.review import Item, Terms
from engagebot.pipeline.seeding import SeedingContext, seed
from engagebot.store import tables
from engagebot.store.desk import presence, queue
from engagebot.store.engine import Tx
from engagebot.store.heard import redaction
from engagebot.store.replying import drafts, seeded
from engagebot.store.replying.drafts import place_hash, text_hash
from tests.factories import BY_HAND, id_of, make_mention
from tests.integration.pipeline.desk import Desk
from tests.rows import rows_of
from tests.seeded import BAD, BECAUSE, plant, standing

KIM, BEN = Person("kim_demo", Role.COMMUNITY), Person("ben_demo", Role.COMMUNITY)
EVERY = 10
KNOWN = KnownBad("promise", BECAUSE, Template("en:1", "All your money back, {{brand.name}} swears."), "en")
Do = Callable[[Tx, int, Act], object]


def friendly(desk: Desk, native_id: str = "1", **values: object) -> int:
    """A draft for somebody who is happy, which nobody has looked at."""
    draft_id = desk.propose(native_id)
    desk._put(tables.drafts, draft_id, {"lane": "appreciation", "rank": 2, **values})
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.mentions).values(language="en", sentiment="positive", compound=0.8))
        tx.execute(sa.update(tables.mentions).values(unhappiness=0.01, praise=0.9, intents=["praise"]))
    return draft_id


def worked(desk: Desk, times: int = 2 * EVERY) -> None:
    """So many decisions that a check is due, whatever was drawn."""
    for number in range(times):
        draft_id = desk.propose(f"worked-{number}")
        with desk.store.write() as tx:
            review.reject(tx, draft_id, act(desk), reason="tone")
    desk.clock.forward(seconds=1)


def act(desk: Desk, who: Person = KIM) -> Act:
    return Act(who, desk.clock.now())


def context(desk: Desk, every: int | None = EVERY, *known: KnownBad) -> SeedingContext:
    return SeedingContext(
        store=desk.store, clock=desk.clock, every=every, known=lambda: known or (KNOWN,), brand="Acme",
        text_problem=lambda draft, text: "too long" if len(text) > 280 else None,
    )  # fmt: skip


def ended(desk: Desk) -> list[tuple[str | None, str | None]]:
    table = tables.seeded_checks
    with desk.store.read() as tx:
        rows = tx.execute(sa.select(table.c.outcome, table.c.answered_by).order_by(table.c.id))
        return [(outcome, by) for outcome, by in rows]


def seen_text(desk: Desk, draft_id: int) -> str:
    with desk.store.read() as tx:
        return queue.item(tx, draft_id).draft.text


def test_a_check_is_planted_once_enough_was_decided_and_one_stands_at_a_time(desk: Desk) -> None:
    ids = {friendly(desk, "1"), friendly(desk, "2")}
    assert seed(context(desk)) is None
    worked(desk)
    before = rows_of(desk.store, without={"seeded_checks"})

    covered = seed(context(desk))

    assert covered in ids
    assert seed(context(desk)) is None
    assert rows_of(desk.store, without={"seeded_checks"}) == before, "planting changes nothing else"
    assert seen_text(desk, covered) == "All your money back, Acme swears."
    assert desk.draft(covered).text == "Thank you!"


def test_a_site_that_wants_no_checks_has_none(desk: Desk) -> None:
    draft_id = friendly(desk)
    worked(desk)
    assert seed(context(desk, None)) is None
    assert standing(desk.store) is None

    plant(desk.store, draft_id)
    seed(context(desk, None))
    assert (standing(desk.store), ended(desk)) == (None, [("lifted", None)])
    assert desk.draft(draft_id).version == 2, "who has read the bad words reads the others before deciding"


def test_a_check_covers_no_draft_but_an_untouched_friendly_one(desk: Desk) -> None:
    draft_id = friendly(desk)
    worked(desk)
    row = {"lane": "appreciation", "state": "proposed", "reply_route": "api", "version": 1, "missing": None}
    free = {"assignee": None, "first_reader": None}
    others: dict[str, tuple[object, ...]] = {
        "lane": ("unhappy", "to_answer"), "state": ("held",), "reply_route": ("by_hand",), "version": (2,),
        "missing": (["author.name"],), "assignee": ("ben_demo",), "first_reader": ("ben_demo",),
    }  # fmt: skip
    for column, values in others.items():
        for value in values:
            desk._put(tables.drafts, draft_id, {**row, **free, column: value})
            assert seed(context(desk)) is None, (column, value)


def test_a_check_covers_no_draft_that_is_urgent_looked_at_or_in_another_language(desk: Desk) -> None:
    draft_id = friendly(desk, "1", answer_by=desk.clock.now() + timedelta(minutes=30))
    worked(desk)
    assert seed(context(desk)) is None
    desk._put(tables.drafts, draft_id, {"answer_by": None})
    with desk.store.write() as tx:
        presence.here(tx, draft_id, "ben_demo", desk.clock.now())
    assert seed(context(desk)) is None
    friendly(desk, "2")
    too_long = replace(KNOWN, template=Template("en:2", "money " * 99))
    assert seed(context(desk, EVERY, replace(KNOWN, language="de"), too_long)) is None
    assert seed(context(desk)) is not None


def test_a_check_that_nobody_answers_is_taken_off_and_the_reply_waits_on(desk: Desk) -> None:
    draft_id = friendly(desk)
    plant(desk.store, draft_id)
    desk.clock.forward(hours=3)
    seed(context(desk))
    assert standing(desk.store) is not None
    desk.clock.forward(hours=1)
    seed(context(desk))
    assert ended(desk) == [("lifted", None)]
    assert (desk.draft(draft_id).state, seen_text(desk, draft_id)) == (DraftState.PROPOSED, "Thank you!")


def approve_as_it_stands(tx: Tx, draft_id: int, act: Act) -> object:
    return review.approve(tx, draft_id, act)


def approve_the_words(tx: Tx, draft_id: int, act: Act) -> object:
    return review.approve(tx, draft_id, act, version=1, text=f"{BAD} ^KIM")


def approve_twice(tx: Tx, draft_id: int, act: Act) -> object:
    review.approve(tx, draft_id, act, text=BAD)
    return review.approve(tx, draft_id, act, text=BAD)


def edit_then_approve(tx: Tx, draft_id: int, act: Act) -> object:
    review.edit(tx, draft_id, act, text=f"Hello! {BAD}", version=1)
    return review.approve(tx, draft_id, act, text=f"Hello! {BAD}")


def keep_the_words_beside(tx: Tx, draft_id: int, act: Act) -> object:
    review.reject(tx, draft_id, act, reason="tone")
    return review.edit(tx, draft_id, act, text=BAD.upper(), version=2)


def take_back(tx: Tx, draft_id: int, act: Act) -> object:
    review.approve(tx, draft_id, act, text=BAD)
    return review.undo(tx, draft_id, act)


def release(tx: Tx, draft_id: int, act: Act) -> object:
    review.approve(tx, draft_id, act, text=BAD)
    return review.release(tx, draft_id, act)


def read_by_two(tx: Tx, draft_id: int, act: Act) -> object:
    review.approve(tx, draft_id, act, text=BAD)
    return review.approve(tx, draft_id, Act(Person("lead_demo", Role.LEAD), act.at), text=BAD)


def turned_by_hand(tx: Tx, draft_id: int, act: Act) -> object:
    drafts.set_route(tx, drafts.get(tx, draft_id).mention_id, BY_HAND)
    return review.approve(tx, draft_id, act, version=1, text=BAD)


PATHS = (
    approve_as_it_stands, approve_the_words, approve_twice, edit_then_approve, keep_the_words_beside,
    take_back, release, read_by_two, turned_by_hand,
)  # fmt: skip


def test_no_path_leads_the_words_of_a_check_to_a_platform(desk: Desk) -> None:
    ids = {path.__name__: friendly(desk, path.__name__) for path in PATHS}
    for path in PATHS:
        draft_id = ids[path.__name__]
        plant(desk.store, draft_id)
        try:
            with desk.store.write() as tx:
                path(tx, draft_id, act(desk))
        except EngagebotError:
            # What was refused halfway counts as never begun; then only the check's own end is missing.
            with desk.store.write() as tx:
                review.approve(tx, draft_id, act(desk), text=BAD)
        assert standing(desk.store) is None, path.__name__
    for _ in range(3):
        desk.clock.forward(minutes=10)
        deliver_replies(desk.deliver_context)
    assert desk.fake.replies == []
    assert {desk.draft(draft_id).state for draft_id in ids.values()} == {DraftState.PROPOSED}
    assert {desk.draft(draft_id).text for draft_id in ids.values()} == {"Thank you!"}


def test_what_is_approved_past_every_rule_is_not_sent(desk: Desk) -> None:
    forced, worded = friendly(desk, "1"), friendly(desk, "2")
    plant(desk.store, worded)
    with desk.store.write() as tx:
        review.approve(tx, worded, act(desk), text=BAD)
    plant(desk.store, forced)
    for draft_id, text in ((forced, "Thank you!"), (worded, f"Hi! {BAD}")):
        now, place = desk.clock.now(), make_mention("1" if draft_id == forced else "2")
        desk.put_draft(
            draft_id, DraftState.APPROVED, text=text, approved_hash=text_hash(text), approved_by="kim_demo",
            approved_at=now, due_at=now, approved_for=place_hash(place),
        )  # fmt: skip
    desk.clock.forward(minutes=1)

    assert deliver_replies(desk.deliver_context) == 0

    assert desk.fake.replies == []
    assert desk.draft(forced).state is DraftState.PROPOSED
    assert desk.draft(worded).state is DraftState.WITHDRAWN


DEEDS: dict[str, Callable[[Tx, int, Act], DraftRecord]] = {
    "approve": lambda tx, draft_id, act: review.approve(tx, draft_id, act),
    "reject": lambda tx, draft_id, act: review.reject(tx, draft_id, act, reason="sarcasm"),
    "choose": lambda tx, draft_id, act: review.choose(tx, draft_id, act, number=2, version=1),
    "edit": lambda tx, draft_id, act: review.edit(tx, draft_id, act, text="Thanks a lot!", version=1),
}


def test_an_answered_check_leaves_a_line_and_a_new_version_and_nothing_else(desk: Desk) -> None:
    for deed, do in DEEDS.items():
        draft_id = friendly(desk, deed)
        plant(desk.store, draft_id)
        without = {"seeded_checks", "drafts", "audit"}
        before, draft = rows_of(desk.store, without=without), desk.draft(draft_id)
        with desk.store.write() as tx:
            done = do(tx, draft_id, act(desk))
        assert rows_of(desk.store, without=without) == before, deed
        assert done.check is not None
        assert done.check.outcome is (CheckOutcome.MISSED if deed == "approve" else CheckOutcome.SEEN)
        assert BECAUSE in done.check.words
        assert replace(done, check=None) == desk.draft(draft_id)
        assert replace(desk.draft(draft_id), version=1, updated_at=draft.updated_at) == draft
        (*_, last) = desk.events(f"draft:{draft_id}")
        assert (last.action, last.actor, BECAUSE in str(last.detail)) == ("draft.checked", "kim_demo", False)
        with pytest.raises(VersionMoved), desk.store.write() as tx:
            review.approve(tx, draft_id, act(desk, BEN), version=1, text=BAD)
        with pytest.raises(WrongUsage, match="were a check"), desk.store.write() as tx:
            review.approve(tx, draft_id, act(desk, BEN), version=2, text=BAD)


def test_the_real_reply_is_approved_and_sent_after_the_check(desk: Desk) -> None:
    draft_id = friendly(desk)
    plant(desk.store, draft_id)
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk))
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk), version=2, text="Thank you!")
    desk.clock.forward(minutes=1)
    assert deliver_replies(desk.deliver_context) == 1
    assert [text for _, text in desk.fake.replies] == ["Thank you!"]


def test_who_read_the_real_words_on_an_older_page_is_asked_nothing(desk: Desk) -> None:
    draft_id = friendly(desk)
    plant(desk.store, draft_id)
    with desk.store.write() as tx:
        done = review.approve(tx, draft_id, act(desk), version=1, text="Thank you! ^KIM")
    assert (done.state, done.check, ended(desk)) == (DraftState.APPROVED, None, [("lifted", None)])


def test_among_many_each_check_is_told_by_itself(desk: Desk) -> None:
    checked, plain = friendly(desk, "1"), friendly(desk, "2")
    plant(desk.store, checked)
    items = [Item(checked, 1, text_hash(BAD)), Item(plain, 1, text_hash("Thank you!"))]

    first, second = review.approve_many(desk.store, items, act(desk), Terms())

    assert (first.is_done, second.is_done) == (False, True)
    assert first.problem is not None
    assert "This was a check" in first.problem
    assert ended(desk) == [("missed", "kim_demo")]
    with desk.store.write() as tx:
        undone = review.undo_many(tx, [checked, plain], act(desk))
    assert [each.is_done for each in undone] == [False, True]


def test_a_deleted_post_takes_the_words_of_its_check_with_it(desk: Desk) -> None:
    draft_id = friendly(desk)
    plant(desk.store, draft_id, "All your money back, Zebra!")
    with desk.store.write() as tx:
        redaction.redact(tx, [id_of(tx, "1")], desk.clock.now(), Removal.GONE)
    table = tables.seeded_checks
    with desk.store.read() as tx:
        assert tx.execute(sa.select(table.c.text)).scalars().all() == [None]
    assert standing(desk.store) is None


def test_the_words_of_a_check_are_forgotten_a_day_after_its_end(desk: Desk) -> None:
    draft_id = friendly(desk)
    plant(desk.store, draft_id)
    with desk.store.write() as tx:
        review.reject(tx, draft_id, act(desk), reason="facts")
    desk.clock.forward(hours=25)
    with desk.store.write() as tx:
        seeded.expire(tx, desk.clock.now())
        assert seeded.on(tx, draft_id) == []


def test_work_on_the_mention_itself_is_done_and_asks_nothing(desk: Desk) -> None:
    draft_id = friendly(desk)
    plant(desk.store, draft_id)
    with desk.store.write() as tx:
        review.assign(tx, draft_id, act(desk), to="ben_demo")
    assert seen_text(desk, draft_id) == BAD, "whoever takes it is not told apart"
    with desk.store.write() as tx:
        gone: DraftRecord = review.withdraw(tx, draft_id, act(desk), reason="joined to case 3")
    assert gone.state is DraftState.WITHDRAWN
    seed(context(desk))
    assert ended(desk) == [("lifted", None)]
    with pytest.raises(IllegalMove), desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk), text=BAD)
