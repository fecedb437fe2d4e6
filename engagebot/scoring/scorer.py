"""All layers of judgement behind the Scorer port: VADER, language, cues, weights, what the site taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engagebot.domain.judgement import Borders, Cue, Judgement, Sentiment
from engagebot.scoring.cues import Found, find_cues
from engagebot.scoring.features import Reading, features_of, words_of
from engagebot.scoring.intents import flags_of, intents_of, reason_of
from engagebot.scoring.language import Languages
from engagebot.scoring.lexicon import Lexicon
from engagebot.scoring.model import Weights, probability
from engagebot.scoring.pushes import Scored, cues_shown
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import BRAND, HANDLE, NO_NAMES, RIVAL, URL, Names, Tokens, tokenise
from engagebot.scoring.vader import Vader, beginning

MOST_TOKENS: Final = 1_200
"""Tokens that are weighed; of a longer text these are its beginning and, a quarter of them, its end."""
_SCORED: Final = "en"
_NAMES: Final = frozenset({HANDLE, BRAND, RIVAL, URL})
_USUAL_BORDERS: Final = Borders()
_NEUTRAL_WORD: Final = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What a scorer is put together from; a site without decisions of its own has no site model."""

    lexicon: Lexicon
    weights: Weights
    names: Names = NO_NAMES
    borders: Borders = _USUAL_BORDERS
    site: SiteModel | None = None


class LayeredScorer:
    """Says how a text feels, why, in which language, and what its author wants.

    It is never changed after it is made, so threads may share one. The time for a text grows with its length
    and is bounded: see `LONGEST_TEXT` and `MOST_TOKENS`.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._vader = Vader()
        self._languages = Languages()
        self._version = _version(layers)

    @property
    def version(self) -> str:
        return self._version

    def taught(self, site: SiteModel | None) -> LayeredScorer:
        """The same scorer with another site model, or with none."""
        return LayeredScorer(replace(self._layers, site=site))

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        text = beginning(text)
        tokens = _shortened(tokenise(text, self._layers.names))
        compound = self._vader.compound(text)
        language = self._languages.detect(text, tokens.forms, hint=lang)
        if language is not None and language != _SCORED:
            return Judgement(
                compound=compound, sentiment=Sentiment.UNKNOWN, version=self._version, language=language
            )
        return self._english(tokens, compound, language)

    def read(self, text: str) -> Reading:
        """Tokens, cues and masked VADER figure of a text taken for English: what models are fitted on."""
        text = beginning(text)
        tokens = _shortened(tokenise(text, self._layers.names))
        return self._reading(tokens, self._vader.compound(text))

    def score(self, reading: Reading) -> Scored:
        """The log-odds of both questions, with everything they came from."""
        features = features_of(reading)
        words = words_of(reading.tokens)
        unhappy, praise = self._layers.weights.score(features, words)
        site = self._layers.site
        taught = site.score(unhappy, praise, words) if site else None
        return Scored(features, words, (unhappy, praise), taught)

    def _english(self, tokens: Tokens, compound: float, language: str | None) -> Judgement:
        layers = self._layers
        reading = self._reading(tokens, compound)
        scored = self.score(reading)
        unhappiness, praise = (probability(odds) for odds in scored.final)
        flags = flags_of(reading, self._layers.names)
        return Judgement(
            compound=compound,
            sentiment=layers.borders.level(praise - unhappiness),
            version=self._version,
            unhappiness=round(unhappiness, 4),
            praise=round(praise, 4),
            language=language,
            intents=intents_of(reading, unhappiness, praise),
            reason=reason_of(reading, unhappiness),
            cues=self._cues(reading, scored),
            is_tender=flags.is_tender,
            asks_for_human=flags.asks_for_human,
            is_other_meaning=flags.is_other_meaning,
            rivals=flags.rivals,
        )

    def _cues(self, reading: Reading, scored: Scored) -> tuple[Cue, ...]:
        return cues_shown(reading, scored, self._layers.weights, self._layers.site)

    def _reading(self, tokens: Tokens, compound: float) -> Reading:
        cues = find_cues(tokens, self._layers.lexicon)
        return Reading(tokens, cues, self._masked(tokens, cues, compound))

    def _masked(self, tokens: Tokens, cues: Sequence[Found], compound: float) -> float:
        """VADER's figure without names and courtesy: "@united" and "please" are no joy."""
        hidden = {at for at, form in enumerate(tokens.forms) if form in _NAMES}
        for cue in cues:
            if cue.kind == "polite":
                hidden.update(range(cue.first, cue.last + 1))
        text, vader = tokens.text, self._vader
        if not any(vader.knows(tokens.piece(at, at)) for at in hidden):
            return compound
        parts, done = [], 0
        for at in sorted(hidden):
            parts += [text[done : tokens.starts[at]], _NEUTRAL_WORD]
            done = tokens.ends[at]
        return vader.compound("".join([*parts, text[done:]]))


def _shortened(tokens: Tokens) -> Tokens:
    """Leave the middle of a very long text out; people say what they want first and last."""
    if len(tokens) <= MOST_TOKENS:
        return tokens
    first, last = MOST_TOKENS * 3 // 4, MOST_TOKENS // 4
    parts = (tokens.forms, tokens.starts, tokens.ends)
    forms, starts, ends = ([*part[:first], *part[-last:]] for part in parts)
    return Tokens(tokens.text, forms, starts, ends)


def _version(layers: Layers) -> str:
    borders = layers.borders
    levels = (borders.very_negative, borders.negative, borders.positive, borders.very_positive)
    site = f" site-{layers.site.version}" if layers.site else ""
    return (
        f"engagebot-{layers.weights.digest} lexicon-{layers.lexicon.digest}"
        f" borders{''.join(f'{level:+g}' for level in levels)}{site}"
    )
