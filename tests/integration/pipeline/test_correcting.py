"""A person's word replaces the machine's, and the audit keeps both."""

from __future__ import annotations

import pytest

from engagebot.domain.judgement import Intent, Sentiment
from engagebot.errors import NotFound, WrongUsage
from engagebot.pipeline.correcting import correct
from engagebot.store.heard import mentions
from tests.factories import act, hear, id_of, make_mention
from tests.integration.pipeline.desk import Desk


def test_a_correction_changes_what_was_given_and_keeps_the_rest(desk: Desk) -> None:
    desk.hear(make_mention("1", "the modem is dead, I hate it"))
    with desk.store.write() as tx:
        number = id_of(tx, "1")
        before = mentions.get(tx, number).judgement
        first = correct(tx, number, act(desk.store), sentiment="neutral").judgement
        second = correct(tx, number, act(desk.store), intents=["bug", "churn"]).judgement
    assert before is not None
    assert first is not None
    assert second is not None
    assert (first.sentiment, first.compound, first.intents) == (
        Sentiment.NEUTRAL,
        before.compound,
        before.intents,
    )
    assert (second.sentiment, second.intents) == (Sentiment.NEUTRAL, (Intent.BUG, Intent.CHURN))
    told = desk.events(f"mention:{number}")
    assert [event.action for event in told] == ["mention.corrected"] * 2
    assert told[0].detail["before"]["sentiment"] == before.sentiment.value
    assert told[0].detail["after"]["sentiment"] == "neutral"
    assert told[0].detail["before"]["scorer"] == before.version


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "a sentiment, intents, or both"),
        ({"sentiment": "negativ"}, "'negativ' is not one of .*negative"),
        ({"intents": ["bug", "x" * 99]}, "is not one of complaint"),
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(
    desk: Desk, given: dict[str, object], says: str
) -> None:
    desk.hear(make_mention("1"))
    with pytest.raises(WrongUsage, match=says), desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), **given)  # type: ignore[arg-type]
    with desk.store.read() as tx:
        assert desk.events(f"mention:{id_of(tx, '1')}") == []


def test_what_was_not_read_yet_cannot_be_corrected(desk: Desk) -> None:
    hear(desk.store, make_mention("1"))
    with pytest.raises(WrongUsage, match="not been read yet"), desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), sentiment="neutral")
    with pytest.raises(NotFound), desk.store.write() as tx:
        correct(tx, 4711, act(desk.store), sentiment="neutral")
