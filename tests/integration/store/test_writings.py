from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagebot.domain.drafting import Drafted
from engagebot.domain.heard.removal import Removal
from engagebot.domain.outbox import DraftState, Severity
from engagebot.errors import NotFound
from engagebot.pipeline import casework, review
from engagebot.pipeline.review import Handover
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.casework.escalations import Announcement
from engagebot.store.desk import writings
from engagebot.store.desk.writings import Writing
from engagebot.store.engine import Store
from engagebot.store.heard import redaction
from engagebot.store.replying import variants
from engagebot.store.tables import variants as variant_rows
from engagebot.store.tables import writings as writing_rows
from tests.factories import act, id_of, make_settings
from tests.fakes import NOON, FakeClock, FakeConnector
from tests.integration.pipeline.desk import Desk

S = DraftState
ME, THEM = "agent_demo", "kim_demo"
SAID = "my zebra ate the quagga today"


@pytest.fixture
def desk(store: Store, clock: FakeClock, tmp_path: Path) -> Desk:
    settings = make_settings(tmp_path, store.url)
    return Desk(store=store, clock=clock, settings=settings, fake=FakeConnector(clock))


def write(desk: Desk, draft_id: int, person: str = ME, text: str = "half a") -> None:
    with desk.store.write() as tx:
        writings.save(tx, draft_id, person, text, version=1, at=desk.clock.now())


def written(desk: Desk, draft_id: int, person: str = ME) -> str | None:
    with desk.store.read() as tx:
        found = writings.of(tx, draft_id, person)
    return found.text if found else None


def test_words_half_written_are_kept_for_each_person(desk: Desk) -> None:
    draft_id = desk.propose()
    write(desk, draft_id, text="half a")
    write(desk, draft_id, THEM, "other \x00 words")
    desk.clock.forward(seconds=5)
    write(desk, draft_id, text="half a sentence")
    with desk.store.read() as tx:
        mine = writings.of(tx, draft_id, ME)
    assert mine == Writing(text="half a sentence", version=1, saved_at=NOON + timedelta(seconds=5))
    assert written(desk, draft_id, THEM) == "other \ufffd words"
    assert written(desk, draft_id, "nobody_demo") is None
    with pytest.raises(NotFound):
        write(desk, 4711)


@pytest.mark.parametrize("deed", ["approve", "edit", "reject"])
def test_a_decision_takes_the_words_of_who_decides_and_leaves_the_others(desk: Desk, deed: str) -> None:
    draft_id = desk.propose()
    write(desk, draft_id)
    write(desk, draft_id, THEM, "mine")
    with desk.store.write() as tx:
        if deed == "approve":
            review.approve(tx, draft_id, act(desk.store))
        elif deed == "edit":
            review.edit(tx, draft_id, act(desk.store), text="New", version=1)
        else:
            review.reject(tx, draft_id, act(desk.store), reason="tone")
    assert (written(desk, draft_id), written(desk, draft_id, THEM)) == (None, "mine")


def test_a_withdrawn_draft_keeps_nothing_beside_it(desk: Desk) -> None:
    draft_id, other = desk.propose("1"), desk.propose("2")
    for each in (draft_id, other):
        write(desk, each, THEM)
        with desk.store.write() as tx:
            variants.put(tx, each, [Drafted("Other")])
    with desk.store.write() as tx:
        review.withdraw(tx, draft_id, act(desk.store), reason="answered elsewhere")
    assert (desk.count(writing_rows), desk.count(variant_rows)) == (1, 1)
    assert written(desk, other, THEM) == "half a"


def test_what_nobody_went_on_writing_is_dropped_after_a_week(desk: Desk) -> None:
    draft_id = desk.propose()
    write(desk, draft_id)
    desk.clock.forward(days=6)
    write(desk, draft_id, THEM)
    desk.clock.forward(days=1, seconds=1)
    with desk.store.write() as tx:
        assert writings.expire(tx, desk.clock.now()) == 1
    assert (written(desk, draft_id), written(desk, draft_id, THEM)) == (None, "half a")


@pytest.mark.parametrize(
    ("state", "now", "later"),
    [
        (S.PROPOSED, True, True),
        (S.APPROVED, True, True),
        (S.REJECTED, True, False),
        (S.SENT, False, False),
        (S.FAILED, False, False),
    ],
)
def test_what_stands_beside_a_draft_goes_with_it(
    desk: Desk, state: DraftState, now: bool, later: bool
) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        variants.put(tx, draft_id, [Drafted("Other"), Drafted("Third", ("author.name",))])
    desk.put_draft(draft_id, state)
    for moment, is_there in ((desk.clock.now(), now), (desk.clock.now() + timedelta(days=8), later)):
        with desk.store.write() as tx:
            writings.expire(tx, moment)
        assert desk.count(variant_rows) == (2 if is_there else 0)


def test_a_deleted_post_takes_what_stands_beside_its_draft(desk: Desk) -> None:
    draft_id = desk.propose(said=SAID)
    write(desk, draft_id, text="about your zebra")
    with desk.store.write() as tx:
        variants.put(tx, draft_id, [Drafted("Your zebra!")])
    desk.put_draft(draft_id, S.SENT)
    with desk.store.write() as tx:
        redaction.redact(tx, [id_of(tx, "1")], NOON, Removal.GONE)
    assert (desk.count(writing_rows), desk.count(variant_rows)) == (0, 0)


def test_a_gone_account_takes_its_name_from_there(desk: Desk) -> None:
    draft_id = desk.propose()
    write(desk, draft_id, text="Hi Maple Fan, hello")
    with desk.store.write() as tx:
        variants.put(tx, draft_id, [Drafted("Thanks @maple_fan_demo")])
    desk.put_draft(draft_id, S.SENT)
    shown = desk.fake.posts[0]._replace(author=None)
    with desk.store.write() as tx:
        redaction.revise(tx, {id_of(tx, "1"): shown}, NOON)
        rows = list(tx.execute(sa.select(variant_rows.c.text)).scalars())
    assert (rows, written(desk, draft_id)) == (["Thanks someone"], "Hi someone, hello")


def test_no_word_of_people_beside_a_draft_keeps_a_quote_of_the_post(desk: Desk) -> None:
    quote = f"they say: {SAID}"
    ids = [desk.propose(str(number), said=SAID) for number in range(4)]
    told = Announcement(channels=(), base_url="", zone=desk.settings.timezone)
    to = Handover(team="support", severity=Severity.LOW, told=told, due_at=lambda at: None, note=quote)
    with desk.store.write() as tx:
        review.note(tx, ids[0], act(desk.store), text=quote)
        review.skip(tx, ids[0], act(desk.store), reason=quote)
        review.reject(tx, ids[1], act(desk.store), reason=f"other: {quote}")
        case = review.escalate(tx, ids[2], act(desk.store), to=to)
        casework.note(tx, case.id, act(desk.store), text=quote)
        kept = [repr(event) for event in audit.page(tx).items] + [repr(cases.get(tx, case.id).why)]
        kept += [
            repr(desk_draft.last_error) for desk_draft in (review.undo(tx, ids[1], act(desk.store)).draft,)
        ]
    assert not [line for line in kept if "zebra" in line]
    assert sum("they say: (what they wrote)" in line for line in kept) >= 5
