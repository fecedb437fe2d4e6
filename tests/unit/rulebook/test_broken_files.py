"""Valid rule files broken in a thousand ways: each loads, or is answered with its file and the right line."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from engagebot.errors import Finding
from engagebot.rulebook import Known, check_sources, run_tests
from engagebot.rulebook.lint import lint
from engagebot.rulebook.load import read_sources
from engagebot.rulebook.sentence import sentence
from tests.unit.rulebook.breaking import Broken, broken
from tests.unit.rulebook.rich import RICH
from tests.unit.rulebook.rule_sets import DEFAULT, WordScorer

ROOT = Path(__file__).parents[3]
SEED = 20260302
BREAKS = 1000
KNOWN = Known(teams=("support", "billing"), channels=("console",), webhooks=("crm",))
SHIPPED = read_sources(ROOT / "rules", ROOT / "config" / "lists")
BESIDE = {name: text for name, text in SHIPPED.items() if "/" in name}
FILES = {name: text for name, text in SHIPPED.items() if "/" not in name} | {"50-rich.yaml": RICH}


def faults(name: str, text: str) -> tuple[bool, list[Finding]]:
    sources = {**BESIDE, name: text}
    if "default: true" not in FILES[name]:
        sources["99-default.yaml"] = DEFAULT
    book, findings = check_sources(sources, known=KNOWN)
    if book is not None:
        # What loads can be said, looked over and tested, however odd it is.
        assert all(sentence(rule).endswith(".") for rule in book.rules)
        assert all(found.is_warning for found in lint(book))
        run_tests(book, WordScorer())
    return book is not None, [finding for finding in findings if not finding.is_warning]


def is_answered(name: str, spoilt: Broken, found: list[Finding]) -> bool:
    """Whether an error points to the spoilt line or beside it, or says "in line N" of it."""
    told = [finding.line for finding in found if finding.file == f"rules/{name}"]
    told += [int(line) for finding in found for line in re.findall(r"in line (\d+)", finding.message)]
    return any(abs(line - spoilt_line) <= 1 for line in told for spoilt_line in spoilt.lines)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_files_hold_before_anybody_breaks_them(name: str) -> None:
    assert faults(name, FILES[name]) == (True, [])


def test_a_thousand_broken_files_load_or_are_answered_at_the_right_line() -> None:
    chance = random.Random(SEED)
    told: Counter[str] = Counter()
    loaded: Counter[str] = Counter()
    wrong = []
    for _ in range(BREAKS):
        name = chance.choice(sorted(FILES))
        spoilt = broken(chance, FILES[name])
        has_loaded, found = faults(name, spoilt.text)
        (loaded if has_loaded else told)[spoilt.way] += 1
        if not has_loaded and not is_answered(name, spoilt, found):
            wrong.append(f"{name} {spoilt.way} {spoilt.lines}: {found}")
    for way in sorted(told | loaded):
        print(f"{way:<16}{told[way]:>5} told{loaded[way]:>5} loaded")
    print(f"{'all':<16}{told.total():>5} told{loaded.total():>5} loaded, {len(wrong)} at the wrong line")

    assert wrong == []
    assert told.total() >= 0.6 * BREAKS
