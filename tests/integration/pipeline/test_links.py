"""Two accounts of one person: linked only where we were told, counted together, undone without a trace."""

from __future__ import annotations

import hashlib
import json
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.domain.persons.customers import Basis, NewNote, NoteKind
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.pipeline import silencing
from engagebot.pipeline.people import keeping, linking
from engagebot.pipeline.people.knowing import know
from engagebot.store.heard.standing import standings
from engagebot.store.persons import people
from engagebot.web.api.recorded import record_json
from tests.factories import act, make_author, make_mention
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.test_customer_record import lint, met

REASON = "wrote “this is my shop account” on 2 May"


def link(desk: Desk, one: int, other: int, basis: str = "said_it_themselves", reason: str = REASON) -> int:
    with desk.store.write() as tx:
        return linking.link(tx, (one, other), act(desk.store), basis=basis, reason=reason).id


def seen(desk: Desk, customer_id: int) -> str:
    """The hash of a record, without the links themselves and the audit's lines about them."""
    with desk.store.read() as tx:
        record = record_json(know(tx, customer_id, limit=200), ZoneInfo("UTC")).model_dump(mode="json")
    kept = {name: value for name, value in record.items() if name not in {"links", "history"}}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def two(desk: Desk) -> tuple[int, int]:
    one = met(desk, "1", "the modem is dead", "maple_demo")
    other = met(desk, "2", "I love the box", "maple_shop_demo")
    met(desk, "3", "and the shop too", "maple_shop_demo")
    return one, other


@pytest.mark.parametrize("basis", ["", "same name", "looks_alike", "guess"])
def test_without_a_basis_nothing_is_linked(desk: Desk, basis: str) -> None:
    one, other = two(desk)
    with pytest.raises(WrongUsage, match="a link needs a basis"):
        link(desk, one, other, basis)
    with pytest.raises(WrongUsage, match="say in a sentence"):
        link(desk, one, other, reason=" ")
    with pytest.raises(WrongUsage, match="name two accounts"):
        link(desk, one, one)
    with pytest.raises(NotFound):
        link(desk, one, 999)
    with desk.store.read() as tx:
        assert people.links(tx, [one, other]) == []


def test_who_does_not_want_to_be_linked_is_not_and_what_was_linked_comes_apart(desk: Desk) -> None:
    one, other = two(desk)
    link(desk, one, other, Basis.PUBLIC_LINK)
    with desk.store.write() as tx:
        new = NewNote(kind=NoteKind.NOT_LINKED, text="", basis="their message of 3 May")
        keeping.note(tx, other, act(desk.store), new, lint)
    with desk.store.read() as tx:
        assert people.links(tx, [one], standing=True) == []
    for ends in ((one, other), (other, one)):
        with pytest.raises(IllegalMove, match="does not want their accounts linked"):
            link(desk, *ends)


def test_both_records_show_both_and_undoing_restores_each_exactly(desk: Desk) -> None:
    one, other = two(desk)
    before = seen(desk, one), seen(desk, other)
    link_id = link(desk, one, other)
    with desk.store.read() as tx:
        records = [know(tx, each) for each in (one, other)]
    assert [len(record.said.items) for record in records] == [3, 3]
    assert [[each.id for each in record.accounts] for record in records] == [[one, other], [other, one]]
    assert [len(record.cases) for record in records] == [1, 1]
    with pytest.raises(IllegalMove, match="linked already"):
        link(desk, other, one)
    with desk.store.write() as tx:
        linking.unlink(tx, other, link_id, act(desk.store))
        with pytest.raises(IllegalMove, match="undone already"):
            linking.unlink(tx, one, link_id, act(desk.store))
    assert (seen(desk, one), seen(desk, other)) == before
    for each in (one, other):
        assert [event.action for event in desk.events(f"customer:{each}")] == [
            "customer.linked", "customer.unlinked",
        ]  # fmt: skip


def test_three_accounts_are_one_person_by_two_links(desk: Desk) -> None:
    one, other = two(desk)
    third = met(desk, "4", "hello", "maple_third_demo")
    link(desk, one, other)
    link(desk, other, third)
    with desk.store.read() as tx:
        assert people.linked(tx, [third, 999]) == {third: (one, other, third)}
        assert people.accounts_of(tx, third) == (third, one, other)
    with pytest.raises(IllegalMove, match="linked already"):
        link(desk, third, one)


def test_contacts_cases_and_marks_of_linked_accounts_count_together_for_rules(desk: Desk) -> None:
    one, other = two(desk)
    with desk.store.write() as tx:
        keeping.set_vip(tx, one, act(desk.store), is_vip=True)
    desk.hear(make_mention("5", "hm", author=make_author("maple_shop_demo")))
    alone = desk.decision_of("5")
    link(desk, one, other)
    desk.hear(make_mention("6", "hm again", author=make_author("maple_shop_demo")))
    desk.hear(make_mention("7", "it is dead too", author=make_author("maple_shop_demo")))
    together = desk.decision_of("6")
    assert alone is not None
    assert together is not None
    assert (len(alone.facts["contact_ages_days"]), alone.facts.get("is_vip")) == (3, None)
    assert (len(together.facts["contact_ages_days"]), together.facts["is_vip"]) == (5, True)
    assert (alone.facts["has_open_case"], together.facts["has_open_case"]) == (False, True)
    joined = desk.case_of("7")
    assert joined is not None
    assert joined.customer_id == one, "the other account's open case was not found"


def test_a_wish_to_be_left_alone_holds_for_all_accounts_of_a_person(desk: Desk) -> None:
    one, other = two(desk)
    link(desk, one, other)
    waiting = desk.draft_of("2")
    with desk.store.write() as tx:
        silencing.opt_out(tx, one, act(desk.store))
    assert desk.draft(waiting.id).state is DraftState.WITHDRAWN
    heard = make_mention("8", "I love it still", author=make_author("maple_shop_demo"))
    with desk.store.read() as tx:
        (standing,) = standings(tx, [heard], desk.settings.manners)
        (stranger,) = standings(tx, [make_mention("9")], desk.settings.manners)
    assert (standing.is_opted_out, stranger.is_opted_out) == (True, False)
    desk.hear(heard)
    assert desk.drafts_of("8") == []
    with desk.store.write() as tx:
        silencing.opt_in(tx, one, act(desk.store))
    with desk.store.read() as tx:
        (standing,) = standings(tx, [heard], desk.settings.manners)
    assert not standing.is_opted_out
