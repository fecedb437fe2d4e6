"""The browser counts as the server does: the same table, and made-up texts beside it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page

from engagebot.domain.text.measures import Measure, fits

pytestmark = pytest.mark.browser

TABLE = yaml.safe_load((Path(__file__).parents[1] / "data" / "counting.yaml").read_text(encoding="utf-8"))
MEASURES = [measure.value for measure in Measure]
# Texts cross as code points: half of a pair would not survive the way to the browser.
COUNT = """
async ([texts, measures]) => {
  const { fits, length } = await import("/static/js/counting.js");
  const points = (text, cut) => cut === null ? null : [...text.slice(0, cut)].length;
  return texts.map(({ codes, times, limit }) => {
    const text = String.fromCodePoint(...codes).repeat(times);
    return measures.map((measure) => {
      const fit = fits(measure, text, limit);
      return [length(measure, text), fit.length, fit.over, points(text, fit.cut)];
    });
  });
}
"""
SIGNS = """
(texts) => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  return texts.map((codes) => [...segmenter.segment(String.fromCodePoint(...codes))].length);
}
"""
MARKS = (
    "\u0301\u0323\u200d\ufe0f\ufe0e\u20e3\U0001f3fd\U000e0067\U000e007f\u202e\u2066\ufeff\u0344\u00a0\u3000"
)
LETTERS = "aZé日한ßक्षি़ত্লက်ှกำḩ☀❤♂⚕👍🚗👨👦🇩🇪🇫🏴#*15©™…“'(),.:;!?/-_@$+~%&=[] \n\t"
WORDS = "http:// HTTPS:// www. example .com .de .みんな .рф xn--p1ai t.co/abc @acme \uff20acme \r\n 👩‍👧‍👦"
PIECES = [*MARKS, *LETTERS, *WORDS.split(" ")]


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Page]:
    opened = chromium.new_context(base_url=address)
    page = opened.new_page()
    page.goto("/mentions")
    yield page
    opened.close()


def _in_the_browser(page: Page, texts: list[tuple[str, int, int]]) -> list[list[list[int | None]]]:
    told = [{"codes": list(map(ord, text)), "times": times, "limit": limit} for text, times, limit in texts]
    counted: list[list[list[int | None]]] = page.evaluate(COUNT, [told, MEASURES])
    return counted


def test_the_browser_counts_as_the_table_says(page: Page) -> None:
    cases: list[dict[str, Any]] = TABLE["texts"]
    counted = _in_the_browser(page, [(case["text"], case.get("times", 1), 280) for case in cases])

    wrong = []
    for case, found in zip(cases, counted, strict=True):
        wanted = {**case, "weighted-reply": case.get("reply", case["weighted"])}
        wrong += [
            (case["name"], measure, lengths[:2], wanted[measure])
            for measure, lengths in zip(MEASURES, found, strict=True)
            if lengths[:2] != [wanted[measure]] * 2
        ]
    assert wrong == []


def test_the_browser_cuts_where_the_table_says(page: Page) -> None:
    cases: list[dict[str, Any]] = TABLE["cuts"]
    counted = _in_the_browser(page, [(case["text"], case.get("times", 1), case["limit"]) for case in cases])

    assert [
        (case["name"], *found[MEASURES.index(case["measure"])][2:])
        for case, found in zip(cases, counted, strict=True)
    ] == [(case["name"], case["over"], case["cut"]) for case in cases]


def test_the_browser_and_the_server_agree_on_texts_that_nobody_wrote(page: Page) -> None:
    chance = random.Random(280)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 14))) for _ in range(3_000)]
    counted = _in_the_browser(page, [(text, 1, 7) for text in texts])

    for text, found in zip(texts, counted, strict=True):
        for measure, (_, *told) in zip(Measure, found, strict=True):
            fit = fits(measure, text, 7)
            assert told == [fit.length, fit.over, fit.cut], (ascii(text), measure)


def test_signs_are_those_of_the_browser(page: Page) -> None:
    cases = [case for case in TABLE["texts"] if "times" not in case]

    counted = page.evaluate(SIGNS, [list(map(ord, case["text"])) for case in cases])

    assert dict(zip([case["name"] for case in cases], counted, strict=True)) == {
        case["name"]: case["graphemes"] for case in cases
    }
