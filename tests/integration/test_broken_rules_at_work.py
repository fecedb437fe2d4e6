"""However a rule file is spoilt while a site runs, the last good set decides on, and the fault is told."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from engagebot.bootstrap import open_app
from engagebot.domain.rules import decide
from engagebot.rulebook.given import facts_given
from engagebot.rulebook.tests import MONDAY
from engagebot.scaffold import copy_site
from tests.unit.rulebook.breaking import broken
from tests.unit.rulebook.rule_sets import DEFAULT, WordScorer

BREAKS = 40
RULES = """\
- id: thanks
  when:
    all:
      - sentiment: [positive, very_positive]
      - unhappiness: {at_most: 0.3}
  then:
    - draft: {template: thanks}
    - tag: [praise]
  limits: {per_day: 20, per_author: 1/30d}
  tests:
    - name: glad
      mention: {text: "Thank you", sentiment: positive, unhappiness: 0.1}
      expect: {matches: true, actions: [draft]}
"""


def test_the_last_good_set_outlives_every_broken_file(tmp_path: Path) -> None:
    site = tmp_path / "site"
    copy_site(site)
    folder = site / "rules"
    for path in folder.glob("*.yaml"):
        path.unlink()
    (folder / "90-default.yaml").write_text(DEFAULT, encoding="utf-8")
    file = folder / "10-thanks.yaml"
    file.write_text(RULES, encoding="utf-8")
    given = {"text": "Thank you", "sentiment": "positive", "unhappiness": 0.1}
    facts = facts_given(given, WordScorer(), now=MONDAY)
    chance = random.Random(7)
    kept = 0
    app = open_app(site, {})
    try:
        good = app.rules.book
        for _ in range(BREAKS):
            file.write_text(broken(chance, RULES).text, encoding="utf-8", errors="replace")
            went_live = app.rules.refresh()
            running = app.rules.book
            assert decide(running, facts).failed == ()
            if went_live:
                good = running
            elif app.rules.problem is not None:
                assert running.hash == good.hash
                assert "rules/10-thanks.yaml:" in app.rules.problem
                kept += 1
        file.write_text(RULES, encoding="utf-8")
        app.rules.refresh()
        assert app.rules.problem is None
        assert decide(app.rules.book, facts).matched == ("thanks",)
    finally:
        app.close()
        shutil.rmtree(site)

    assert kept >= 0.6 * BREAKS
