"""All layers of judgement behind the Scorer port: VADER, language, cues, weights, what the site taught."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from engagebot.domain.judgement import Borders, Judgement, Sentiment
from engagebot.scoring.cues import find_cues, find_quiet_cues
from engagebot.scoring.features import Reading, features_of, share_of, words_of, words_weighed
from engagebot.scoring.fitting import Example
from engagebot.scoring.friendliness import friendliness, gloom_of
from engagebot.scoring.intents import flags_of, has_catch, intents_of, problems_of, reason_of
from engagebot.scoring.language import Languages
from engagebot.scoring.lexicon import Lexicon
from engagebot.scoring.model import Weights, probability
from engagebot.scoring.pushes import Scored, cues_shown
from engagebot.scoring.rounding import to_four
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import BRAND, NO_NAMES, RIVAL, Names, Tokens, tokenise
from engagebot.scoring.vader import Vader, beginning

MOST_TOKENS: Final = 1_200
"""Tokens that are weighed; of a longer text these are its beginning and, a quarter of them, its end."""
QUIET_TO: Final = 0.3
"""The unhappiness up to which quiet cues are looked for: beyond it nobody gets a friendly word anyway."""
HOPELESS: Final = 0.002
"""The praise without unhappiness up to which it does not matter what else speaks against a friendly word."""
_SCORED: Final = "en"
_NAMES: Final = frozenset({BRAND, RIVAL})
_USUAL_BORDERS: Final = Borders()


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
        tokens = self._tokens(text)
        language = self._languages.detect(text, tokens.forms, hint=lang)
        if language is None or language == _SCORED:
            return self._english(tokens, language)
        return Judgement(
            compound=self._vader.compound(text),
            sentiment=Sentiment.UNKNOWN,
            version=self._version,
            language=language,
        )

    def read(self, text: str) -> Reading:
        """Tokens, cues and masked VADER figure of a text taken for English: what models are fitted on."""
        return self._reading(self._tokens(beginning(text)))

    def example(self, text: str, *, is_unhappy: bool | None, is_praise: bool | None) -> Example:
        """A labelled text as a fit takes it, with what the shipped weights say of it."""
        reading = self.read(text)
        scored = self.score(reading)
        return Example(
            features=scored.features,
            words=words_of(reading.tokens),
            share=share_of(reading.tokens),
            base=scored.base,
            is_unhappy=is_unhappy,
            is_praise=is_praise,
        )

    def score(self, reading: Reading) -> Scored:
        """The log-odds of both questions, with everything they came from."""
        layers, forms = self._layers, words_weighed(reading.tokens)
        share = share_of(reading.tokens)
        features = features_of(reading)
        words = layers.weights.words.weigh(forms, share)
        base, pushes = layers.weights.score(features, words)
        if layers.site is None:
            return Scored(features, words, pushes, base)
        taught = layers.site.words.weigh(forms, share)
        return Scored(features, words, pushes, base, layers.site.score(base, taught, features), taught)

    def _tokens(self, text: str) -> Tokens:
        return tokenise(text, self._layers.names).shortened(MOST_TOKENS)

    def _english(self, tokens: Tokens, language: str | None) -> Judgement:
        layers = self._layers
        reading = self._reading(tokens)
        scored = self.score(reading)
        unhappiness, praise = (probability(odds) for odds in scored.final)
        if unhappiness <= QUIET_TO and (quiet := find_quiet_cues(tokens, layers.lexicon)):
            # In front, so that words which lie in another cue too push for that one.
            reading = Reading(tokens, [*quiet, *reading.cues], reading.compound, reading.masked)
        flags = flags_of(reading, layers.names)
        cues = cues_shown(reading, scored, layers.weights, layers.site)
        problems = problems_of(cues)
        gloom = gloom_of(reading, scored) if praise * (1 - unhappiness) > HOPELESS else 0.0
        friendly = friendliness(reading, unhappiness, praise, gloom=gloom)
        return Judgement(
            compound=reading.compound,
            sentiment=layers.borders.level(praise - unhappiness),
            version=self._version,
            unhappiness=to_four(unhappiness),
            praise=to_four(praise),
            language=language,
            friendliness=to_four(friendly.value),
            intents=intents_of(reading, unhappiness, friendly.value),
            reason=reason_of(reading, unhappiness),
            cues=cues,
            is_tender=flags.is_tender,
            asks_for_human=flags.asks_for_human,
            is_other_meaning=flags.is_other_meaning,
            has_problem_words=bool(problems) or (unhappiness <= QUIET_TO and has_catch(reading, friendly)),
            feels_cheated="cheated" in problems,
            rivals=flags.rivals,
        )

    def _reading(self, tokens: Tokens) -> Reading:
        """Read a text; "@united" and "please" are no joy, so VADER's masked figure goes without them."""
        cues = find_cues(tokens, self._layers.lexicon)
        hidden: set[str] = set()
        for cue in cues:
            if cue.kind == "polite":
                hidden.update(tokens.forms[cue.first : cue.last + 1])
        if BRAND in tokens.marks or RIVAL in tokens.marks:
            hidden.update(
                piece.lower().strip("#")
                for piece, form in zip(tokens.pieces, tokens.forms, strict=True)
                if form in _NAMES
            )
        compound, masked = self._vader.figures(tokens.text, hidden)
        return Reading(tokens, cues, compound, masked)


def _version(layers: Layers) -> str:
    borders = layers.borders
    levels = (borders.very_negative, borders.negative, borders.positive, borders.very_positive)
    names = f" names-{layers.names.digest}" if layers.names.digest else ""
    site = f" site-{layers.site.version}" if layers.site else ""
    return (
        f"engagebot-{layers.weights.digest} lexicon-{layers.lexicon.digest}"
        f" borders{''.join(f'{level:+g}' for level in levels)}{names}{site}"
    )
