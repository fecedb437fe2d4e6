"""All layers of judgement behind the Scorer port: VADER, language, cues, weights, what the site taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engagebot.domain.judgement import Borders, Judgement, Sentiment
from engagebot.scoring.cues import cues_of, quiet_cues_of
from engagebot.scoring.features import Reading, features_of, share_of, words_of, words_weighed
from engagebot.scoring.fitting import Example
from engagebot.scoring.friendliness import friendliness, gloom_of
from engagebot.scoring.intents import flags_of, has_catch, intents_of, problems_of, reason_of
from engagebot.scoring.language import Languages
from engagebot.scoring.lexicon import Lexicon
from engagebot.scoring.model import Weights, add_up, probability
from engagebot.scoring.phrases import find_from
from engagebot.scoring.pushes import Scored, cues_shown
from engagebot.scoring.rounding import to_four
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import BRAND, NO_NAMES, RIVAL, Names, Tokens, join
from engagebot.scoring.vader import Vader, beginning
from engagebot.scoring.vocabulary import Form, Part, Vocabulary

MOST_TOKENS: Final = 1_200
"""Tokens that are weighed; of a longer text these are its beginning and, a quarter of them, its end."""
QUIET_TO: Final = 0.3
"""The unhappiness up to which quiet cues are looked for: beyond it nobody gets a friendly word anyway."""
HOPELESS: Final = 0.002
"""The praise without unhappiness up to which it does not matter what else speaks against a friendly word."""
AT_ONCE: Final = 64
"""Texts that pass a layer before the next has its turn."""
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


class _Text:
    """A text on its way through the layers."""

    __slots__ = ("known", "language", "parts", "reading", "scored", "tokens")

    def __init__(self, tokens: Tokens, parts: list[Part], known: list[Form]) -> None:
        self.tokens = tokens
        self.parts = parts
        self.known = known
        self.language: str | None = None
        self.reading: Reading | None = None
        self.scored: Scored | None = None


class LayeredScorer:
    """Says how a text feels, why, in which language, and what its author wants.

    It is never changed after it is made, so threads may share one. The time for a text grows with its length
    and is bounded: see `LONGEST_TEXT` and `MOST_TOKENS`.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._vader = Vader()
        self._languages = Languages()
        self._vocabulary = Vocabulary(
            layers.lexicon,
            layers.names,
            self._vader,
            layers.weights.words,
            layers.site.words if layers.site else None,
        )
        self._version = _version(layers)

    @property
    def version(self) -> str:
        return self._version

    def taught(self, site: SiteModel | None) -> LayeredScorer:
        """The same scorer with another site model, or with none."""
        return LayeredScorer(replace(self._layers, site=site))

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        return self._judge([(text, lang)])[0]

    def judge_all(self, texts: Sequence[tuple[str, str | None]]) -> list[Judgement]:
        found: list[Judgement] = []
        for first in range(0, len(texts), AT_ONCE):
            found += self._judge(texts[first : first + AT_ONCE])
        return found

    def read(self, text: str) -> Reading:
        """Tokens, cues and masked VADER figure of a text taken for English: what models are fitted on."""
        return self._reading(self._text(beginning(text)))

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
        return self._score(reading, self._vocabulary.forms_of(reading.tokens.forms))

    def _judge(self, texts: Sequence[tuple[str, str | None]]) -> list[Judgement]:
        """Judge a few texts, layer by layer: what a layer looks up stays at hand until all have passed it."""
        read = [self._text(beginning(text)) for text, _ in texts]
        for (_, hint), one in zip(texts, read, strict=True):
            one.language = self._language(one, hint)
        for one in read:
            if one.language is None or one.language == _SCORED:
                one.reading = self._reading(one)
        for one in read:
            if one.reading is not None:
                one.scored = self._score(one.reading, one.known)
        return [self._answer(one) for one in read]

    def _text(self, text: str) -> _Text:
        parts = self._vocabulary.parts_of(text)
        tokens = join(text, parts, self._layers.names)
        known: list[Form] = []
        if tokens.is_as_cut and len(tokens.forms) <= MOST_TOKENS:
            for part in parts:
                known += part.known
        else:
            tokens = tokens.shortened(MOST_TOKENS)
            known = self._vocabulary.forms_of(tokens.forms)
        return _Text(tokens, parts, known)

    def _language(self, text: _Text, hint: str | None) -> str | None:
        forms = text.tokens.forms
        small = {form for form, known in zip(forms, text.known, strict=True) if known.is_small}
        return self._languages.detect(text.tokens.text, forms, hint=hint, small=len(small))

    def _score(self, reading: Reading, known: list[Form]) -> Scored:
        layers, forms = self._layers, words_weighed(reading.tokens)
        share = share_of(reading.tokens)
        features = features_of(reading)
        words = add_up([form.weight for form in known], forms, share)
        base, pushes = layers.weights.score(features, words)
        if layers.site is None:
            return Scored(features, words, pushes, base)
        taught = add_up([form.taught for form in known], forms, share)
        final = layers.site.score(base, taught, features)
        keep = layers.site.keep[0]
        # What pushed is shown, and weighed as gloom, as far as it still counts.
        words = words._replace(strong=[(push * keep, first, last) for push, first, last in words.strong])
        pushes = [(push * keep, name) for push, name in pushes]
        return Scored(features, words, pushes, base, final, taught)

    def _answer(self, text: _Text) -> Judgement:
        if text.reading is not None and text.scored is not None:
            return self._english(text.reading, text.scored, text)
        return Judgement(
            compound=self._vader.compound(text.tokens.text),
            sentiment=Sentiment.UNKNOWN,
            version=self._version,
            language=text.language,
        )

    def _english(self, reading: Reading, scored: Scored, text: _Text) -> Judgement:
        layers = self._layers
        tokens = reading.tokens
        unhappiness, praise = (probability(odds) for odds in scored.final)
        if unhappiness <= QUIET_TO and (hits := find_from([form.quiet for form in text.known], tokens.forms)):
            # In front, so that words which lie in another cue too push for that one.
            cues_read = [*quiet_cues_of(hits), *reading.cues]
            reading = Reading(tokens, cues_read, reading.compound, reading.masked)
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
            language=text.language,
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

    def _reading(self, text: _Text) -> Reading:
        """Read a text; "@united" and "please" are no joy, so VADER's masked figure goes without them."""
        tokens = text.tokens
        cues = cues_of(tokens, find_from([form.start for form in text.known], tokens.forms))
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
        if self._vader.has_emoji(tokens.text):
            compound, masked = self._vader.figures(tokens.text, hidden)
        else:
            compound, masked = self._vader.weigh(tokens.text, [part.word for part in text.parts], hidden)
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
