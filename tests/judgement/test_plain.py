"""Plain remarks are no complaints, and plain complaints are not taken for remarks.

The posts of `plain.tsv` are not fitted on, but some that are were written after a look at what these got.
"""

from __future__ import annotations

from pathlib import Path

from tests.judgement.test_traps import scorer

MOST_REMARKS_UNHAPPY = 5
"""Of 40 remarks without any grievance; measured 5, where 15 was measured before such remarks were fitted."""
LEAST_COMPLAINTS_FOUND = 22
"""Of 25 complaints in the same plain tone; measured 22, and 23 before."""


def unhappy(label: str) -> list[str]:
    lines = Path(__file__).with_name("plain.tsv").read_text("utf-8").splitlines()
    texts = [text for kind, text in (line.split("\t") for line in lines) if kind == label]
    return [text for text in texts if (scorer().judge(text).unhappiness or 0.0) >= 0.5]


def test_few_plain_remarks_read_as_unhappy() -> None:
    found = unhappy("neutral")
    assert len(found) <= MOST_REMARKS_UNHAPPY, found


def test_most_complaints_in_a_plain_tone_are_found() -> None:
    assert len(unhappy("negative")) >= LEAST_COMPLAINTS_FOUND


def test_a_van_and_a_cable_are_no_complaint() -> None:
    for text in (
        "The Acme van is parked in front of the bakery.",
        "@acme your new advert is on the bus to town",
        "@acme I bought the blue one yesterday.",
        "the acme box has a white cable",
    ):
        assert (scorer().judge(text).unhappiness or 0.0) < 0.4
