from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.text.endings import LATIN, OTHER
from engagebot.domain.text.links import find_links
from engagebot.domain.text.measures import Fit, Measure, fits, length

ROOT = Path(__file__).parents[4]
TABLE = yaml.safe_load((ROOT / "tests" / "data" / "counting.yaml").read_text(encoding="utf-8"))
TRICKY = st.text(
    st.sampled_from("aé日\u0301\u200d\ufe0f👍🏽👨🇩🇪#*1\u20e3.:/@_-()?=com \n\u094dक") | st.characters(),
    max_size=40,
)


def _text(case: dict[str, Any]) -> str:
    text: str = case["text"] * case.get("times", 1)
    return text


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in TABLE["texts"]])
def test_a_text_is_as_long_as_the_table_says(case: dict[str, Any]) -> None:
    counted = {measure.value: length(measure, _text(case)) for measure in Measure}

    assert counted == {
        "characters": case["characters"],
        "graphemes": case["graphemes"],
        "weighted": case["weighted"],
        "weighted-reply": case.get("reply", case["weighted"]),
    }


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in TABLE["cuts"]])
def test_a_text_is_cut_where_it_runs_over(case: dict[str, Any]) -> None:
    fit = fits(Measure(case["measure"]), _text(case), case["limit"])

    assert (fit.over, fit.cut) == (case["over"], case["cut"])


def test_the_table_is_long_enough_to_trust() -> None:
    assert len(TABLE["texts"]) >= 200
    assert len({case["text"] for case in TABLE["texts"] if "times" not in case}) >= 200


@pytest.mark.parametrize("measure", Measure)
@given(text=TRICKY)
def test_a_cut_text_is_over_by_exactly_what_it_says(measure: Measure, text: str) -> None:
    whole = length(measure, text)

    assert fits(measure, text, whole) == Fit(whole, 0, None)
    if whole:
        fit = fits(measure, text, whole - 1)
        assert fit.over == 1
        assert fit.cut is not None
        assert 0 <= fit.cut < len(text)


@given(text=TRICKY)
def test_composing_changes_no_weight(text: str) -> None:
    assert length(Measure.WEIGHTED, text) == length(Measure.WEIGHTED, unicodedata.normalize("NFC", text))


@given(text=TRICKY)
def test_names_in_front_make_a_reply_only_shorter(text: str) -> None:
    assert length(Measure.WEIGHTED_REPLY, f"@acme {text}") <= length(Measure.WEIGHTED, text)


@given(text=TRICKY)
def test_links_stand_one_after_the_other(text: str) -> None:
    ends = [0]
    for link in find_links(text):
        assert ends[-1] <= link.start <= link.host_from < link.host_to <= link.end <= len(text)
        ends.append(link.end)


def test_the_browser_knows_the_same_endings() -> None:
    script = (ROOT / "engagebot" / "web" / "static" / "js" / "endings.js").read_text(encoding="utf-8")
    lists = [
        frozenset(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), listed).split())
        for listed in re.findall(r"`([^`]*)`", script)
    ]

    assert lists == [LATIN, OTHER]
