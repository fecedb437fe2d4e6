"""VADER behind the Scorer port: the vaderSentiment package's own scores at a cost that grows with the text.

The package goes through all words again for each word it knows and copies the text for each emoji, so that
one long comment can hold a process for half a minute. Its lexicon and its tables are used as they are; the
algorithm is told anew here, oddities included, and the tests compare both on many thousands of texts.
"""

from __future__ import annotations

import math
import re
import string
from collections import defaultdict
from collections.abc import Sequence, Set
from heapq import heappush, heappushpop
from importlib.metadata import version as installed_version
from typing import Final

from vaderSentiment import vaderSentiment as vader

from engagebot.domain.judgement import VADER_BORDERS, Borders, Judgement
from engagebot.scoring.remembered import Remembered
from engagebot.scoring.rounding import to_four

LONGEST_TEXT: Final = 50_000
"""Characters that are read of a text: Reddit's longest post (40,000 and a title of 300) is read whole."""

_NEGATED: Final[float] = vader.N_SCALAR
_CAPITALS: Final[float] = vader.C_INCR
_ALPHA: Final = 15
_LONGEST_WORD: Final = 100
_FARTHEST: Final = 3
_INTENSIFYING: Final = frozenset({"so", "this"})
# How much a booster counts by its distance from the word it strengthens.
_BOOSTER_SHARE: Final = {1: 1.0, 2: 0.95, 3: 0.9}
# "At least" and "very least" say nothing against what follows; a bare "least" does.
_FULL_LEAST: Final = frozenset({"at", "very"})
_JOINING_NO: Final = frozenset({"or", "nor"})
_NOBODY: Final[frozenset[int]] = frozenset()


class VaderScorer:
    """Scores English with VADER and names the level by `borders`.

    It is never changed after it is made, so threads may share one. Of a text longer than `LONGEST_TEXT`
    the beginning is scored, up to the last whole word.
    """

    def __init__(self, borders: Borders = VADER_BORDERS) -> None:
        self._borders = borders
        self._vader = Vader()
        levels = (borders.very_negative, borders.negative, borders.positive, borders.very_positive)
        self._version = (
            f"vader-{installed_version('vaderSentiment')}"
            f" first-{LONGEST_TEXT} borders{''.join(f'{level:+g}' for level in levels)}"
        )

    @property
    def version(self) -> str:
        return self._version

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        compound = self._vader.compound(beginning(text))
        return Judgement(
            compound=compound,
            sentiment=self._borders.level(compound),
            version=self._version,
            language=lang,
        )

    def judge_all(self, texts: Sequence[tuple[str, str | None]]) -> list[Judgement]:
        return [self.judge(text, lang=lang) for text, lang in texts]


def beginning(text: str) -> str:
    """Cut after `LONGEST_TEXT` characters, in front of the word that would be cut in two.

    Where no word begins near the end, as in a wall of emoji, nothing is lost by cutting right there.
    """
    if len(text) <= LONGEST_TEXT:
        return text
    start, end = text[: LONGEST_TEXT - _LONGEST_WORD], text[LONGEST_TEXT - _LONGEST_WORD : LONGEST_TEXT + 1]
    words = re.match(r".*(?=\s)", end, re.DOTALL)
    return start + (words[0] if words else end[:-1])


class Word:
    """A word as VADER knows it: its figure, if any, and whether it says something of its neighbours."""

    __slots__ = ("is_but", "is_handle", "is_known", "is_loud", "is_telling", "lower", "valence")

    def __init__(self, lower: str, valence: float | None) -> None:
        self.lower = lower
        self.is_known = valence is not None
        self.valence = 0.0 if valence is None else valence
        self.is_but = lower == "but"
        self.is_handle = self.is_loud = self.is_telling = False


class Vader:
    """The package's compound score at a cost that grows with the text; threads may share one."""

    def __init__(self) -> None:
        package = vader.SentimentIntensityAnalyzer()
        self._lexicon: dict[str, float] = package.lexicon
        # The package looks emoji up character by character, so the longer sequences in its table never match.
        self._emoji = frozenset(emoji for emoji in package.emojis if len(emoji) == 1)
        self._descriptions = str.maketrans({emoji: f" {package.emojis[emoji]}" for emoji in self._emoji})
        self._boosters: dict[str, float] = vader.BOOSTER_DICT
        self._negations = frozenset(vader.NEGATE)
        self._idioms = _phrases(vader.SPECIAL_CASES)
        self._booster_phrases = _phrases(vader.BOOSTER_DICT)
        self._phrase_openers = frozenset(phrase[0] for phrase in (*self._idioms, *self._booster_phrases))
        self._telling = self._phrase_openers.union(
            self._boosters, self._negations, _INTENSIFYING, {"no", "least"}
        )
        self._words = Remembered(self.word)

    def word(self, token: str) -> Word:
        """What is known of a part of a text without blanks, found out anew."""
        # Punctuation goes, unless so little is left of the token that it may be an emoticon.
        bare = token.strip(string.punctuation)
        written = bare if len(bare) > 2 else token
        lower = written.lower()
        word = Word(lower, self._lexicon.get(lower))
        word.is_handle = token[0] == "@"
        word.is_loud = written.isupper()
        word.is_telling = lower in self._telling or "n't" in lower
        return word

    def compound(self, text: str) -> float:
        """The score of a text, equal to `polarity_scores(text)["compound"]` for every text."""
        return self.figures(text, frozenset())[0]

    def figures(self, text: str, hidden: Set[str]) -> tuple[float, float]:
        """The compound score, and what it would be if handles and the words of `hidden` said nothing.

        `hidden` are in lower case. The words around them are weighed as in the whole text.
        """
        if self.has_emoji(text):
            text = text.translate(self._descriptions)
        return self.weigh(text, list(map(self._words.__getitem__, text.split())), hidden)

    def has_emoji(self, text: str) -> bool:
        """Whether a text holds any that the package describes in words."""
        return not text.isascii() and not self._emoji.isdisjoint(text)

    def weigh(self, text: str, words: Sequence[Word], hidden: Set[str]) -> tuple[float, float]:
        """The same of a text without emoji, whose parts between blanks are looked up already."""
        known: list[int] = []
        loud: list[int] = []
        has_but = False
        for at, word in enumerate(words):
            if word.is_known:
                known.append(at)
            if word.is_loud:
                loud.append(at)
            if word.is_but:
                has_but = True
        if not known:
            return 0.0, 0.0
        # Where all words are in capitals, none of them shouts.
        shouts: Set[int] = frozenset(loud) if loud and len(loud) < len(words) else _NOBODY
        valences = self._valences(words, known, shouts)
        # Of words without a figure nothing can be left out.
        silent = [at for at in known if words[at].is_handle or (hidden and words[at].lower in hidden)]
        but = [word.lower for word in words].index("but") if has_but else -1
        if not silent:
            compound = _compound(valences, but, text)
            return compound, compound
        others = valences.copy()
        for at in silent:
            others[at] = 0
        return _compound(valences, but, text), _compound(others, but, text)

    def _valences(self, words: Sequence[Word], known: Sequence[int], shouts: Set[int]) -> list[float]:
        """Weigh each word; `known` are the places of those that have a figure."""
        # Whole zeros, as in the package: sum() may add whole numbers in another way than floats.
        valences: list[float] = [0] * len(words)
        lowered: list[str] = []
        for at in known:
            if not _is_told(words, at):
                # Most words stand alone: none of the package's steps would change anything.
                valence = words[at].valence
                valences[at] = valence + _shout(valence) if at in shouts else valence
                continue
            if not lowered:
                lowered = [word.lower for word in words]
            # "Kind of" weakens the next word; as a word of its own "kind" is praise.
            if lowered[at : at + 2] != ["kind", "of"]:
                valences[at] = self._valence(lowered, at, shouts)
        return valences

    def _valence(self, words: list[str], at: int, shouts: Set[int]) -> float:
        """Weigh one known word by the three words in front of it, in the package's order of steps."""
        valence = self._own_valence(words, at)
        if at in shouts:
            valence += _shout(valence)
        for distance in range(1, min(at, _FARTHEST) + 1):
            before = words[at - distance]
            if before in self._lexicon:
                continue
            if before in self._boosters:
                valence += self._boost(before, valence, at - distance in shouts) * _BOOSTER_SHARE[distance]
            valence *= self._negation(words[at - distance : at])
            if distance == _FARTHEST:
                valence = self._in_phrases(words, at, valence)
        if at > 0 and words[at - 1] == "least" and words[max(at - 2, 0)] not in _FULL_LEAST:
            valence *= _NEGATED
        return valence

    def _own_valence(self, words: list[str], at: int) -> float:
        valence = self._lexicon[words[at]]
        if "no" in words[max(at - 2, 0) : at] or (
            at > 2 and words[at - 3] == "no" and words[at - 1] in _JOINING_NO
        ):
            return valence * _NEGATED
        if words[at] == "no" and at + 1 < len(words) and words[at + 1] in self._lexicon:
            return 0.0
        return valence

    def _boost(self, booster: str, valence: float, shouted: bool) -> float:
        boost = self._boosters[booster]
        if valence < 0:
            boost = -boost
        return boost + _shout(valence) if shouted else boost

    def _negation(self, words: list[str]) -> float:
        """Say by how much the first of `words` multiplies the known word that follows the last of them."""
        first, between = words[0], words[1:]
        if between:
            if first == "never" and between[0] in _INTENSIFYING:
                return 1.25
            # At this distance the package asks for no "never".
            if len(between) == 2 and between[1] in _INTENSIFYING:
                return 1.25
            if first == "without" and "doubt" in between:
                return 1.0
        return _NEGATED if first in self._negations or "n't" in first else 1.0

    def _in_phrases(self, words: list[str], at: int, valence: float) -> float:
        """Give idioms their own weight ("the bomb"), then add boosters of two words ("kind of")."""
        if self._phrase_openers.isdisjoint(words[at - 3 : at + 1]):
            return valence
        third, second, first, word = words[at - 3 : at + 1]
        backward: tuple[tuple[str, ...], ...] = (
            (first, word),
            (second, first, word),
            (second, first),
            (third, second, first),
            (third, second),
        )
        valence = next((self._idioms[idiom] for idiom in backward if idiom in self._idioms), valence)
        for length in (2, 3):
            valence = self._idioms.get(tuple(words[at : at + length]), valence)
        for phrase in ((third, second), (second, first)):
            valence += self._booster_phrases.get(phrase, 0)
        return valence


def _is_told(words: Sequence[Word], at: int) -> bool:
    """Whether a word, or one of those in front of it, may change what it says."""
    return any(words[near].is_telling for near in range(max(at - _FARTHEST, 0), at + 1))


def _compound(valences: list[float], but: int, text: str) -> float:
    if but >= 0 and any(valences):
        _shift_around(valences, but)
    total = float(sum(valences))
    if not total:
        return 0.0
    total += math.copysign(_emphasis(text), total)
    return to_four(_normalised(total))


def _normalised(total: float) -> float:
    """The package's `normalize`, between -1 and 1."""
    share = total / math.sqrt(total * total + _ALPHA)
    return max(-1.0, min(share, 1.0))


def _phrases(weights: dict[str, float]) -> dict[tuple[str, ...], float]:
    """Keep the entries of several words, as tuples: nothing has to be joined to look one up."""
    return {tuple(phrase.split(" ")): weight for phrase, weight in weights.items() if " " in phrase}


def _shout(valence: float) -> float:
    return _CAPITALS if valence > 0 else -_CAPITALS


def _shift_around(valences: list[float], but: int) -> None:
    """Halve what stands before "but" and strengthen what follows, where it is found by its value.

    For each word the package changes the first one that has the same valence at that moment, which need not
    be that word: here the words of one valence wait in a heap instead of being searched for.
    """
    places: defaultdict[float, list[int]] = defaultdict(list)
    for at, valence in enumerate(valences):
        if valence:
            first = heappushpop(places[valence], at)
            valences[first] = valence * (0.5 if first < but else 1.5)
            heappush(places[valences[first]], first)
    # The first zero becomes a float, which matters to sum() alone.
    if (zero := valences.index(0)) < but:
        valences[zero] = 0.0


def _emphasis(text: str) -> float:
    """Count exclamation marks, up to four, and question marks from the second on."""
    questions = text.count("?")
    if questions > 3:
        emphasis = 0.96
    elif questions > 1:
        emphasis = questions * 0.18
    else:
        emphasis = 0.0
    return min(text.count("!"), 4) * 0.292 + emphasis
