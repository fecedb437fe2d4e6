"""A person who asks for it is forgotten: not a word of theirs is left in any table, and counts stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import MentionRef
from engagebot.domain.outbox import DraftState
from engagebot.domain.persons.customers import NewNote, NoteKind
from engagebot.domain.replying.routes import MuteKind
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.pipeline import prune, silencing
from engagebot.pipeline.people import forgetting, keeping, linking
from engagebot.pipeline.people.forgetting import Gone
from engagebot.store import tables
from engagebot.store.casework import messages
from engagebot.store.engine import Store
from engagebot.store.heard import mentions, redaction
from engagebot.store.persons import customers, people
from tests.factories import act, id_of, make_author, make_mention
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.test_customer_record import lint
from tests.rows import rows_of

SECRETS = ("zebra", "quagga", "okapi", "oak_fan_demo", "oak_shop_demo", "Oak Fan", "id-oak", "gnu")
SAID = "my zebra is dead and the quagga too"


def oak(native_id: str, text: str, name: str = "oak_fan_demo", **over: Any) -> Any:
    author = make_author(name, native_id=f"id-oak-{name}", name="Oak Fan")
    return make_mention(native_id, text, author=author, **over)


def found_words(store: Store, *, without: tuple[str, ...] = ("rule_sets", "audit")) -> set[str]:
    rows = repr(rows_of(store, without=without)).casefold()
    return {word for word in SECRETS if word.casefold() in rows}


def who(desk: Desk, name: str = "oak_fan_demo") -> int:
    with desk.store.read() as tx:
        (found,) = customers.named(tx, "fake", name)
    return found


def a_life(desk: Desk) -> int:
    """Praise that was answered, a complaint with a case and a call, notes, a tag and a second account."""
    desk.hear(oak("1", "I love my zebra and the long striped quagga of it"), oak("2", "I love the gnu"))
    desk.hear(
        oak("3", SAID), oak("4", "seen an okapi", "oak_shop_demo"), make_mention("5", "zzz, says a bystander")
    )
    one, other = who(desk), who(desk, "oak_shop_demo")
    sent = desk.draft_of("1").id
    reply = "@oak_fan_demo thank you, Oak Fan: the long striped quagga of it is great"
    desk.put_draft(sent, DraftState.SENT, text=reply, posted_at=desk.clock.now())
    case = desk.case_of("3")
    assert case is not None
    with desk.store.write() as tx:
        act_ = act(desk.store)
        for kind, basis in ((NoteKind.NOTE, None), (NoteKind.AVOID, "wrote “no gnu please”")):
            keeping.note(tx, one, act_, NewNote(kind=kind, text="asks for the okapi", basis=basis), lint)
        keeping.tag(tx, one, act_, "beta", lint)
        linking.link(tx, (one, other), act_, basis="public_link", reason="oak_shop_demo names oak_fan_demo")
        silencing.mute(tx, silencing.Whom("fake", MuteKind.AUTHOR, "oak_shop_demo"), act_)
        asked = {"title": "the quagga", "desired_outcome": "a new zebra", "outcome": "Oak Fan was called"}
        tx.execute(sa.update(tables.cases).where(tables.cases.c.id == case.id).values(**asked))
        called = {
            "case_id": case.id, "channel": "phone", "is_inbound": True, "minutes": 65, "text": "zebra, again",
            "at": desk.clock.now(), "noted_by": "kim_demo", "noted_at": desk.clock.now(),
        }  # fmt: skip
        tx.execute(sa.insert(tables.case_contacts).values(**called))
    return one


def forget(desk: Desk, customer_id: int) -> Gone:
    with desk.store.write() as tx:
        return forgetting.forget(tx, customer_id, act(desk.store))


def test_not_a_word_and_not_a_name_is_left_and_counts_stay(desk: Desk) -> None:
    customer_id = a_life(desk)
    case = desk.case_of("3")
    assert found_words(desk.store) == set(SECRETS)
    before = {table.name: desk.count(table) for table in (tables.mentions, tables.drafts, tables.cases)}
    gone = forget(desk, customer_id)
    assert found_words(desk.store) == set()
    assert (gone.mentions, gone.cases, gone.notes) == (4, 1, 2)
    assert {
        table.name: desk.count(table) for table in (tables.mentions, tables.drafts, tables.cases)
    } == before
    assert "zzz, says a bystander" in repr(rows_of(desk.store))
    left = desk.case_of("3")
    assert case is not None
    assert left is not None
    assert (left.title, left.state, left.severity, left.minutes) == (
        "(forgotten at their request)", case.state, case.severity, 65,
    )  # fmt: skip
    assert desk.draft_of("1").text == "someone thank you, someone: (what they wrote) is great"
    assert desk.draft_of("2").state is DraftState.WITHDRAWN
    with desk.store.read() as tx:
        record = mentions.get(tx, id_of(tx, "1"))
        account = customers.get(tx, customer_id)
        notices = list(tx.execute(sa.select(tables.deliveries.c.payload)).scalars())
    assert record.removal is Removal.FORGOTTEN
    assert (account.handle, account.contacts, account.forgotten_at) == (
        f"removed-{customer_id}", 3, desk.clock.now(),
    )  # fmt: skip
    assert {notice["title"] for notice in notices} == {"(forgotten at their request)"}
    assert all("/cases/" in notice["url"] for notice in notices)


def test_the_audit_says_that_it_was_done_and_repeats_no_word(desk: Desk) -> None:
    customer_id = a_life(desk)
    with desk.store.read() as tx:
        known = tx.execute(sa.select(sa.func.max(tables.audit.c.id))).scalar_one()
    forget(desk, customer_id)
    with desk.store.read() as tx:
        rows = tx.execute(sa.select(tables.audit).where(tables.audit.c.id > known)).mappings().all()
    assert not [word for word in SECRETS if word.casefold() in repr(rows).casefold()]
    (event,) = [
        event for event in desk.events(f"customer:{customer_id}") if event.action.endswith("forgotten")
    ]
    assert (event.actor, dict(event.detail)) == ("agent_demo", {"mentions": 3, "cases": 1, "notes": 2})


def test_who_was_forgotten_is_a_stranger_afterwards(desk: Desk) -> None:
    customer_id = a_life(desk)
    forget(desk, customer_id)
    desk.hear(oak("9", "it is dead again"))
    new = who(desk)
    assert new != customer_id
    case = desk.case_of("9")
    assert case is not None
    assert (case.customer_id, case.contacts) == (new, 1)
    decision = desk.decision_of("9")
    assert decision is not None
    assert len(decision.facts["contact_ages_days"]) == 1
    with pytest.raises(IllegalMove, match="was forgotten"):
        forget(desk, customer_id)
    new_note = NewNote(kind=NoteKind.NOTE, text="again")
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="was forgotten"):
        keeping.note(tx, customer_id, act(desk.store), new_note, lint)
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="was forgotten"):
        linking.link(tx, (new, customer_id), act(desk.store), basis="opted_in", reason="said so")


def test_a_wish_to_be_left_alone_outlives_the_record(desk: Desk) -> None:
    desk.hear(oak("1", "I love my zebra"))
    customer_id = who(desk)
    with desk.store.write() as tx:
        silencing.opt_out(tx, customer_id, act(desk.store))
    forget(desk, customer_id)
    assert found_words(desk.store) == {"id-oak", "oak_fan_demo"}, "the platform's id of the account is kept"
    desk.hear(oak("2", "I love it again"))
    assert desk.drafts_of("2") == []
    new = who(desk)
    with desk.store.read() as tx:
        account = customers.get(tx, new)
    assert (new == customer_id, account.is_opted_out, account.contacts) == (False, True, 1)


def test_a_person_is_found_by_number_or_by_name_and_never_guessed(desk: Desk) -> None:
    desk.hear(oak("1", "I love it"), oak("2", "I love it", ref=MentionRef("other", "2")))
    with desk.store.read() as tx:
        assert forgetting.named(tx, "1").id == 1
        assert forgetting.named(tx, "@Oak_Fan_Demo", "other").source == "other"
        with pytest.raises(WrongUsage, match="several are called"):
            forgetting.named(tx, "@oak_fan_demo")
        for words in ("@nobody_demo", "999", "@"):
            with pytest.raises(NotFound):
                forgetting.named(tx, words)


def test_notes_and_calls_are_kept_as_long_as_mentions_and_wishes_hold(desk: Desk) -> None:
    customer_id = a_life(desk)
    with desk.store.write() as tx:
        for way in ("email", "phone"):
            new = NewNote(kind=NoteKind.DISLIKES_CHANNEL, text=way, basis="their post of 3 March: no zebra")
            keeping.note(tx, customer_id, act(desk.store), new, lint)
    desk.clock.forward(days=31)
    with desk.store.write() as tx:
        keeping.note(tx, customer_id, act(desk.store), NewNote(kind=NoteKind.NOTE, text="new"), lint)
    prune.expire(desk.store, desk.clock, timedelta(days=30))
    with desk.store.read() as tx:
        kept = [(note.kind, note.text, note.basis) for note in people.notes(tx, [customer_id])]
        called = list(tx.execute(sa.select(tables.case_contacts.c.text)).scalars())
    assert kept == [
        (NoteKind.NOTE, "new", None), (NoteKind.DISLIKES_CHANNEL, "phone", ""),
        (NoteKind.DISLIKES_CHANNEL, "email", ""),
    ]  # fmt: skip
    assert called == [""]


def test_a_note_quotes_no_post_that_its_author_deleted(desk: Desk) -> None:
    desk.hear(oak("1", SAID))
    customer_id = who(desk)
    with desk.store.write() as tx:
        new = NewNote(kind=NoteKind.AVOID, text="stripes", basis=f"their post: “{SAID}”")
        keeping.note(tx, customer_id, act(desk.store), new, lint)
        redaction.redact(tx, [id_of(tx, "1")], desk.clock.now(), Removal.GONE)
        (note,) = people.notes(tx, [customer_id])
    assert note.basis == "their post: “(what they wrote)”"


def test_a_message_that_can_be_changed_in_place_loses_their_words_too(desk: Desk) -> None:
    customer_id = a_life(desk)
    case = desk.case_of("3")
    assert case is not None
    with desk.store.write() as tx:
        messages.keep(tx, case.id, "slack", {"ts": "1.2"}, desk.clock.now())
    forget(desk, customer_id)
    with desk.store.read() as tx:
        query = sa.select(tables.deliveries.c.case_id, tables.deliveries.c.state)
        found = tx.execute(query.where(tables.deliveries.c.channel == "slack")).all()
    assert [tuple(row) for row in found] == [(case.id, "pending")]
