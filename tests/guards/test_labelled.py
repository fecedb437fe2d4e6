"""What the shipped guards find in made-up replies that people labelled, half of them held out."""

from __future__ import annotations

import pytest

from benchmarks.guards import FRESH, HALVES, SETS, Labelled, figures, flags_on, replies
from engagebot.domain.replying.risks import SECOND_READER, Reply, risks
from engagebot.pipeline.review import Caution, Terms, wants_second

ALL = [row for half in HALVES for row in replies(half)]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(("name", "size"), [("tone", 30), *((name, 10) for name in SETS if name != "tone")])
def test_the_sets_are_as_large_as_they_are_said_to_be(half: str, name: str, size: int) -> None:
    rows = [row for row in replies(half) if row.set == name]
    assert (len(rows), sum(row.is_bad for row in rows)) == (size, size // 2)


def test_no_reply_stands_twice() -> None:
    rows = [*ALL, *replies(FRESH)]
    assert len({(row.mention, row.reply) for row in rows}) == len(rows)


@pytest.mark.parametrize("rows", [ALL, replies("held_out")], ids=["all", "held out"])
def test_nine_of_ten_replies_in_a_bad_tone_are_flagged(rows: list[Labelled]) -> None:
    found = figures(row for row in rows if row.set == "tone")
    assert found.bad_flagged >= 0.9 * found.bad, found
    assert found.good_slowed <= 0.1 * found.good, found


def test_hardly_a_good_reply_is_flagged_at_all() -> None:
    found = figures(row for row in ALL if row.set == "tone")
    assert found.good_flagged <= 0.1 * found.good, found


def test_every_reply_that_takes_a_side_waits_for_a_second_reader() -> None:
    caution = Terms(caution=Caution(second_reader=frozenset(SECOND_READER)))
    for row in [row for row in ALL if row.set == "opinion"]:
        found = risks(None, None, None, Reply(flags=flags_on(row)))
        assert wants_second(found, caution) is row.is_bad, row


@pytest.mark.parametrize("name", [name for name in SETS if name != "tone"])
def test_every_unsafe_reply_is_flagged(name: str) -> None:
    found = figures(row for row in ALL if row.set == name)
    assert (found.bad_flagged, found.good_slowed) == (found.bad, 0), found
