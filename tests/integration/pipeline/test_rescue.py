"""A mention on which anything breaks goes to a person by itself and holds up nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engagebot.domain.actions import DraftReply, Outcome
from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import MentionState
from engagebot.domain.records import MentionRecord
from engagebot.pipeline.triage import triage
from engagebot.ports import Scorer
from engagebot.store.casework import cases
from engagebot.store.heard import mentions
from tests.factories import hear, id_of, make_author, make_book, make_mention, make_rule, says, usual_book
from tests.integration.pipeline.desk import SCORER, Desk


class BrittleScorer(Scorer):
    """Scores as usual, but breaks on one word."""

    version = "brittle"

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        if "poison" in text:
            raise ZeroDivisionError("float division by zero")
        return SCORER.judge(text, lang=lang)


def record(desk: Desk, native_id: str) -> MentionRecord:
    with desk.store.read() as tx:
        return mentions.get(tx, id_of(tx, native_id))


def decide(desk: Desk, scorer: Scorer) -> tuple[int, int, int]:
    tally = triage(replace(desk.triage_context, scorer=scorer), usual_book())
    return tally.decided, tally.drafted, tally.escalated


def test_a_text_that_breaks_the_scorer_goes_to_a_person_and_the_rest_is_decided(desk: Desk) -> None:
    texts = ["love it", "poison", "love it too"]
    hear(
        desk.store,
        *(
            make_mention(str(n), text, author=make_author(f"fan_{n}_demo"), conversation_id=f"c{n}")
            for n, text in enumerate(texts)
        ),
    )

    assert decide(desk, BrittleScorer()) == (3, 2, 1)
    assert decide(desk, BrittleScorer()) == (0, 0, 0)
    first = record(desk, "1")
    assert (first.state, first.outcome) == (MentionState.DECIDED, Outcome.ESCALATED)
    with desk.store.read() as tx:
        (case,) = cases.page(tx).items
    assert case.team == "support"
    assert "could not decide this (ZeroDivisionError: float division by zero)" in case.why


def test_history_that_breaks_the_scorer_is_decided_and_starts_nothing(desk: Desk) -> None:
    hear(desk.store, make_mention("1", "poison"), is_history=True)

    assert decide(desk, BrittleScorer()) == (1, 0, 0)
    with desk.store.read() as tx:
        assert cases.page(tx).items == []


def test_an_action_that_cannot_be_carried_out_goes_to_a_person(desk: Desk) -> None:
    book = make_book(make_rule("love", says("love"), then=[DraftReply(template="missing")]))
    hear(desk.store, make_mention("1", "love it"), make_mention("2", "plain"))

    tally = triage(desk.triage_context, book)

    assert (tally.decided, tally.drafted, tally.escalated) == (2, 0, 1)
    assert desk.drafts_of("1") == []


def test_what_cannot_even_be_handed_over_is_said_and_holds_up_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(desk.store, make_mention("1", "poison"), make_mention("2", "plain"))
    monkeypatch.setattr("engagebot.pipeline.triage.run.hand_over", _refuse)

    with pytest.raises(RuntimeError, match="nobody there"):
        decide(desk, BrittleScorer())
    assert record(desk, "2").state is MentionState.DECIDED
    assert record(desk, "1").state is MentionState.NEW


def _refuse(*_: object, **__: object) -> None:
    raise RuntimeError("nobody there")
