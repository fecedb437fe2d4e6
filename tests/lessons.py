"""A site whose people have decided a lot: made-up posts with a word that only this brand's customers use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engagebot.domain.actions import Outcome
from engagebot.domain.heard.verdicts import FINE, PRAISE, UNHAPPY, Labels, Origin
from engagebot.pipeline.learning import LearningContext
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.model import Weights
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.store.engine import Store
from engagebot.store.heard import mentions, verdicts
from tests.factories import hear, id_of, make_author, make_mention
from tests.fakes import FakeClock

LEXICON = """\
broken | 1.0 | product
love   | -1.0 | praise
"""
# Modest on purpose: what the site's people see beyond these is what there is to learn.
WEIGHTS = Weights(
    bias=(-0.5, -1.5),
    features={"cue product": (1.5, -1.0), "cue praise": (-1.0, 2.0)},
    made_from={"made up": True},
)
THINGS = ("box", "remote", "router", "app", "cable", "screen", "hub", "plug")
WHENS = ("today", "again", "this week", "since noon", "at home", "in town", "tonight")


def make_scorer(folder: Path) -> LayeredScorer:
    """All layers, small: two cues and four weights."""
    lexicons = folder / "lexicons"
    lexicons.mkdir(exist_ok=True)
    (lexicons / "words.txt").write_text(LEXICON, encoding="utf-8")
    return LayeredScorer(Layers(lexicon=load_lexicon(lexicons), weights=WEIGHTS))


@dataclass
class School:
    """Posts with verdicts. "Gribbled" means broken to this brand's customers, and no lexicon knows it."""

    store: Store
    clock: FakeClock
    scorer: LayeredScorer
    said: int = 0

    @property
    def context(self) -> LearningContext:
        return LearningContext(store=self.store, clock=self.clock, scorer=self.scorer)

    def says(
        self, text: str, labels: Labels, *, origin: Origin = Origin.CORRECTION,
        outcome: Outcome = Outcome.ESCALATED, **over: Any,
    ) -> int:  # fmt: skip
        """Store a post of a person of its own with a verdict; answer its id."""
        return self.hears([(text, labels)], origin=origin, outcome=outcome, **over)[0]

    def hears(
        self, posts: Sequence[tuple[str, Labels]], *, origin: Origin = Origin.CORRECTION,
        outcome: Outcome = Outcome.ESCALATED, **over: Any,
    ) -> list[int]:  # fmt: skip
        heard = []
        for text, _ in posts:
            self.said += 1
            values = {"author": make_author(f"maple{self.said}x_demo", name=None), **over}
            heard.append(make_mention(f"lesson-{self.said}", text, **values))
        hear(self.store, *heard)
        now = self.clock.now()
        with self.store.write() as tx:
            ids = [id_of(tx, mention.ref.native_id) for mention in heard]
            judged = [
                (mention_id, self.scorer.judge(mention.words, lang="en"), outcome, ())
                for mention_id, mention in zip(ids, heard, strict=True)
            ]
            mentions.mark_decided(tx, judged)
            for mention_id, (_, labels) in zip(ids, posts, strict=True):
                verdicts.add(tx, mention_id, labels, origin, by="agent_demo", at=now)
        return ids

    def lessons(self, count: int = 200, *, unhappy: int = 80, is_random: bool = False) -> list[int]:
        """So many verdicts, `unhappy` of them that; where `is_random`, nothing tells which."""
        return self.hears([post(number, number < unhappy, is_random) for number in range(count)])


def post(number: int, is_unhappy: bool, is_random: bool = False) -> tuple[str, Labels]:
    """One post and what people say of it; the shipped layers see nothing in those of the first kind."""
    thing, when = THINGS[number % len(THINGS)], WHENS[number % len(WHENS)]
    if is_random:
        return f"the {thing} {when} and so on", UNHAPPY if is_unhappy else FINE
    if is_unhappy:
        return f"my {thing} is gribbled {when}", UNHAPPY
    if number % 2:
        return f"I love the {thing} {when}", PRAISE
    return f"we set up the {thing} {when}", FINE
