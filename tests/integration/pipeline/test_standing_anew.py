"""A draft stands in the queue where the newest judgement of its mention puts it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.desk.urgency import Lane
from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.outbox import DraftState
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.rescoring import rescore
from engagebot.ports import Scorer
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.replying import drafts
from tests.factories import act, hear, id_of, make_mention
from tests.integration.pipeline.desk import Desk

LOVE = "I love the new box"


class Anew(Scorer):
    """A scorer that reads some texts otherwise, and none in another way."""

    version = "anew"

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        is_it = text.startswith(LOVE)
        level = Sentiment.VERY_NEGATIVE if is_it else Sentiment.POSITIVE
        return Judgement(compound=0.0, sentiment=level, version="anew", unhappiness=0.9 if is_it else 0.1)


def stands(desk: Desk, native_id: str = "1") -> list[tuple[Any, ...]]:
    with desk.store.read() as tx:
        columns = (tables.drafts.c.lane, tables.drafts.c.rank, tables.drafts.c.unhappiness)
        query = sa.select(*columns).where(tables.drafts.c.mention_id == id_of(tx, native_id))
        return [tuple(row) for row in tx.execute(query)]


def test_a_persons_word_moves_the_drafts_of_a_mention_at_once(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), make_mention("2", LOVE))
    before = stands(desk, "2")
    assert before[0][0] == Lane.APPRECIATION
    with desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), sentiment="very_negative")
    ((lane, rank, _),) = stands(desk, "1")
    assert (lane, rank) == (Lane.UNHAPPY, 0)
    assert stands(desk, "2") == before


@pytest.mark.parametrize("state", [DraftState.PROPOSED, DraftState.SENT, DraftState.REJECTED])
def test_rescoring_moves_the_drafts_it_judged_anew(desk: Desk, state: DraftState) -> None:
    desk.hear(make_mention("1", LOVE), make_mention("2", "nice"))
    desk.put_draft(desk.draft_of("1").id, state)
    rescore(desk.store, Anew())
    assert stands(desk, "1") == [(Lane.UNHAPPY, 0, 0.9)]


def test_a_persons_word_keeps_its_place_when_mentions_are_judged_anew(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE))
    with desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), sentiment="very_positive")
    desk.triage()
    rescore(desk.store, Anew())
    assert stands(desk)[0][:2] == (Lane.APPRECIATION, 3)


def test_locking_names_the_mentions_that_have_drafts(store: Store) -> None:
    hear(store, make_mention("1"))
    with store.write() as tx:
        assert drafts.lock_of(tx, [id_of(tx, "1")]) == set()
