"""What engagebot itself writes passes its own guards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.replying.advice import About
from engagebot.guards import load_guards
from engagebot.scaffold import layer_of, template_root

LAYERS = (template_root(), *sorted(layer_of("shop").parent.iterdir()))
TEMPLATES = [path for layer in LAYERS for path in sorted(layer.glob("rules/templates/*.md"))]
REPLIES = sorted((template_root() / "config" / "replies").glob("*.md"))
HOLDING = template_root() / "config" / "holding.md"
GUARDS = load_guards(template_root() / "config" / "guards")
HAPPY = About(judgement=Judgement(compound=0.8, sentiment=Sentiment.POSITIVE, version="v"))


@pytest.mark.parametrize(
    "path", [*TEMPLATES, *REPLIES, HOLDING], ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_a_shipped_template_raises_no_flag_for_a_happy_person(path: Path) -> None:
    filled = path.read_text("utf-8").replace("{{answer.when}}", "when we are back, on Monday at 09:00 CET")
    text = re.sub(r"\{\{.*?\}\}", "Maple", filled)
    assert GUARDS.check(text, HAPPY) == ()


def test_templates_of_the_starter_and_of_packs_are_read() -> None:
    assert len({path.parents[2] for path in TEMPLATES}) > 3
