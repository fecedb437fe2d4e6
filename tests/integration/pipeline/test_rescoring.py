"""Re-scoring brings judgements up to date and leaves people's words (see also test_deciding_again)."""

from __future__ import annotations

from pathlib import Path

import pytest

from engagebot.domain.heard.removal import Removal
from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import MentionState
from engagebot.domain.records import MentionRecord
from engagebot.pipeline import rescoring
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.rescoring import count_outdated, rescore
from engagebot.ports import Scorer
from engagebot.scoring.scorer import LayeredScorer
from engagebot.store.heard import mentions, redaction
from engagebot.store.heard.reopening import OPEN_FOR
from tests.factories import act, hear, id_of, make_mention
from tests.integration.pipeline.desk import Desk
from tests.lessons import make_scorer


@pytest.fixture
def scorer(tmp_path: Path) -> LayeredScorer:
    return make_scorer(tmp_path)


def record_of(desk: Desk, native_id: str) -> MentionRecord:
    with desk.store.read() as tx:
        return mentions.get(tx, id_of(tx, native_id))


def version_of(desk: Desk, native_id: str) -> str:
    judgement = record_of(desk, native_id).judgement
    assert judgement is not None
    return judgement.version


def test_old_judgements_are_replaced_and_what_is_closed_keeps_its_decision(
    desk: Desk, scorer: LayeredScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "BATCH", 2)
    desk.hear(*(make_mention(str(n), f"the box {n} is fine", lang="en") for n in range(5)))
    before = record_of(desk, "1")
    decision = desk.decision_of("1")
    desk.clock.forward(seconds=OPEN_FOR.total_seconds())
    heard: list[int] = []
    done = rescore(desk.store, scorer, told=heard.append)
    assert (done.rescored, done.kept, done.version, heard) == (5, 0, scorer.version, [2, 4, 5])
    after = record_of(desk, "1")
    assert after.judgement is not None
    assert before.judgement is not None
    assert after.judgement == scorer.judge(after.mention.words, lang="en")
    assert done.changed == {(before.judgement.sentiment.value, after.judgement.sentiment.value): 5}
    assert (after.outcome, after.tags, after.state) == (before.outcome, before.tags, MentionState.DECIDED)
    assert desk.decision_of("1") == decision
    assert count_outdated(desk.store, scorer) == 0
    assert rescore(desk.store, scorer).rescored == 0


def test_a_persons_word_stands_until_the_post_is_edited(desk: Desk, scorer: LayeredScorer) -> None:
    desk.hear(make_mention("1", "the box is broken, thanks", lang="en"))
    with desk.store.write() as tx:
        corrected = correct(tx, id_of(tx, "1"), act(desk.store), sentiment="very_positive").judgement
    desk.triage()
    done = rescore(desk.store, scorer)
    assert (done.rescored, done.kept) == (0, 1)
    assert record_of(desk, "1").judgement == corrected
    with desk.store.write() as tx:
        redaction.revise(tx, {id_of(tx, "1"): make_mention("1", "it is broken")}, desk.clock.now())
    desk.triage()
    assert rescore(desk.store, scorer).rescored == 1


def test_what_is_emptied_or_waits_is_left_alone(desk: Desk, scorer: LayeredScorer) -> None:
    desk.hear(make_mention("1", "the box is broken", lang="en"))
    with desk.store.write() as tx:
        redaction.redact(tx, [id_of(tx, "1")], desk.clock.now(), Removal.GONE)
    hear(desk.store, make_mention("2", "not read yet"))
    done = rescore(desk.store, scorer)
    assert (done.rescored, done.kept) == (0, 0)
    assert record_of(desk, "2").judgement is None


def test_what_changed_while_it_was_scored_is_left_alone(desk: Desk, scorer: LayeredScorer) -> None:
    for native_id in ("1", "2", "3"):
        desk.hear(make_mention(native_id, f"the box {native_id} is broken, says all the street", lang="en"))
    seen: list[str] = []

    class Slow(Scorer):
        version = scorer.version

        def judge(self, text: str, *, lang: str | None = None) -> Judgement:
            if not seen:
                with desk.store.write() as tx:
                    correct(tx, id_of(tx, "1"), act(desk.store), sentiment="positive")
                    now = desk.clock.now()
                    redaction.revise(tx, {id_of(tx, "2"): make_mention("2", "now it works", lang="en")}, now)
            seen.append(text)
            return scorer.judge(text, lang=lang)

    done = rescore(desk.store, Slow())
    assert (done.rescored, done.kept) == (1, 2)
    assert version_of(desk, "3") == scorer.version
    assert version_of(desk, "1") != scorer.version
    assert version_of(desk, "2") != scorer.version
