"""What people keep about a customer: with its history, in the audit without its words, and never a trait."""

from __future__ import annotations

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.domain.persons.customers import Mark, NewNote, NoteKind
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.people import keeping
from engagebot.pipeline.people.keeping import Words
from engagebot.store.persons import customers, people
from tests.factories import act, make_author, make_mention
from tests.integration.pipeline.desk import Desk

BASIS = "their post of 3 March: “no DMs please”"


def lint(words: str) -> None:
    if "pregnant" in words:
        raise WrongUsage("note what they need instead")


def met(desk: Desk, native_id: str = "1", text: str = "I love the box", name: str = "maple_demo") -> int:
    desk.hear(make_mention(native_id, text, author=make_author(name)))
    with desk.store.read() as tx:
        (customer_id,) = customers.named(tx, "fake", name)
    return customer_id


def write(desk: Desk, customer_id: int, kind: NoteKind, text: str, basis: str | None = None) -> int:
    with desk.store.write() as tx:
        new = NewNote(kind=kind, text=text, basis=basis)
        return keeping.note(tx, customer_id, act(desk.store), new, lint).id


def standing(desk: Desk, customer_id: int) -> list[tuple[NoteKind, str]]:
    with desk.store.read() as tx:
        return [(note.kind, note.text) for note in people.notes(tx, [customer_id], standing=True)]


def test_an_edited_note_keeps_its_history_and_the_audit_none_of_its_words(desk: Desk) -> None:
    customer_id = met(desk)
    first = write(desk, customer_id, NoteKind.NOTE, "waits for zebra spare parts")
    with desk.store.write() as tx:
        second = keeping.edit_note(
            tx, (customer_id, first), act(desk.store, "kim_demo"), Words("okapi"), lint
        )
        keeping.end_note(tx, (customer_id, second.id), act(desk.store))
        with pytest.raises(IllegalMove):
            keeping.edit_note(tx, (customer_id, first), act(desk.store), Words("again"), lint)
    with desk.store.read() as tx:
        old = people.notes(tx, [customer_id])
    assert [(note.text, note.noted_by, note.ended_by) for note in old] == [
        ("okapi", "kim_demo", "agent_demo"), ("waits for zebra spare parts", "agent_demo", "kim_demo"),
    ]  # fmt: skip
    events = desk.events(f"customer:{customer_id}")
    assert [event.action for event in events] == [
        "customer.noted", "customer.note_changed", "customer.note_ended",
    ]  # fmt: skip
    assert "zebra" not in repr(events)
    assert "okapi" not in repr(events)


def test_a_trait_is_refused_and_so_is_what_nobody_told_us(desk: Desk) -> None:
    customer_id = met(desk)
    for kind, text, basis in (
        (NoteKind.NOTE, "she is pregnant", None), (NoteKind.AVOID, "jokes", "they are pregnant"),
        (NoteKind.CARES_ABOUT, "punctual trains", None), (NoteKind.DISLIKES_CHANNEL, "email", " "),
        (NoteKind.LIKES_CHANNEL, "pigeons", BASIS), (NoteKind.NOTE, " ", None),
        (NoteKind.NOTE, "x" * 2001, None),
    ):  # fmt: skip
        with pytest.raises(WrongUsage):
            write(desk, customer_id, kind, text, basis)
    with desk.store.write() as tx:
        for tag in ("pregnant", "-", "x" * 41, "two\nwords!"):
            with pytest.raises(WrongUsage):
                keeping.tag(tx, customer_id, act(desk.store), tag, lint)
    assert standing(desk, customer_id) == []
    assert desk.events(f"customer:{customer_id}") == []


def test_a_wish_takes_the_place_of_its_contrary(desk: Desk) -> None:
    customer_id = met(desk)
    write(desk, customer_id, NoteKind.DISLIKES_CHANNEL, "DM", BASIS)
    write(desk, customer_id, NoteKind.DISLIKES_CHANNEL, "phone", BASIS)
    write(desk, customer_id, NoteKind.LIKES_CHANNEL, "direct message", BASIS)
    assert standing(desk, customer_id) == [
        (NoteKind.LIKES_CHANNEL, "direct_message"), (NoteKind.DISLIKES_CHANNEL, "phone"),
    ]  # fmt: skip


def test_tags_are_kept_once_and_in_one_way_of_writing(desk: Desk) -> None:
    customer_id = met(desk)
    with desk.store.write() as tx:
        assert keeping.tag(tx, customer_id, act(desk.store), "#Long  Distance", lint) == "long-distance"
        assert keeping.tag(tx, customer_id, act(desk.store), "long-distance", lint) == "long-distance"
        assert [each.tag for each in people.tags(tx, [customer_id])[customer_id]] == ["long-distance"]
        assert people.known_tags(tx) == ["long-distance"]
        assert keeping.untag(tx, customer_id, act(desk.store), "Long Distance")
        assert not keeping.untag(tx, customer_id, act(desk.store), "long-distance")
    assert [event.action for event in desk.events(f"customer:{customer_id}")] == [
        "customer.tagged", "customer.untagged",
    ]  # fmt: skip
    assert "distance" not in repr(desk.events(f"customer:{customer_id}"))


def test_our_own_people_get_no_drafts_and_waiting_ones_are_withdrawn(desk: Desk) -> None:
    customer_id = met(desk)
    draft = desk.draft_of("1")
    with desk.store.write() as tx:
        assert keeping.mark(tx, customer_id, act(desk.store), Mark.STAFF).mark is Mark.STAFF
        keeping.mark(tx, customer_id, act(desk.store), Mark.STAFF)
    assert desk.draft(draft.id).state is DraftState.WITHDRAWN
    met(desk, "2", "I love it still")
    assert desk.drafts_of("2") == []
    decision = desk.decision_of("2")
    assert decision is not None
    assert decision.notes == ("no draft by rule love: this is one of our own people",)
    with desk.store.write() as tx:
        assert keeping.mark(tx, customer_id, act(desk.store), None).mark is None
    met(desk, "3", "I love it even more")
    assert len(desk.drafts_of("3")) == 1
    assert [event.action for event in desk.events(f"customer:{customer_id}")] == [
        "customer.marked", "customer.unmarked",
    ]  # fmt: skip


def test_a_vip_is_made_and_unmade_once(desk: Desk) -> None:
    customer_id = met(desk)
    for is_vip in (True, True, False, False):
        with desk.store.write() as tx:
            assert keeping.set_vip(tx, customer_id, act(desk.store), is_vip=is_vip).is_vip is is_vip
    assert [event.action for event in desk.events(f"customer:{customer_id}")] == [
        "customer.made_vip", "customer.made_no_vip",
    ]  # fmt: skip
