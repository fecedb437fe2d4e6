"""Short made-up texts that meet every rule of VADER, and every oddity of writing, often."""

from __future__ import annotations

import random
from collections.abc import Iterator

from vaderSentiment import vaderSentiment as vader

PACKAGE = vader.SentimentIntensityAnalyzer()

# The words that the rules look for, and some they act on: drawn so often that they meet.
_HINGES = """
    never so this without doubt a least at very no or nor not isn't ain't kind of sort just enough but BUT
    But the bomb shit bad ass badass bus stop yeah right kiss death to die for beating heart good GOOD great
    hate ok fun kind NO No no. least, so, this! but, NEVER NOT don’t don't dON'T n't xn't xn'tx really REALLY
    hardly
"""
_PLAIN = """
    modem I we It order Tuesday at the phone THE IT TV 3 weeks ok. is was were and Ça ĲSSEL ÉTÉ
"""
_SMILEYS = """
    :) :( :D ;-) :-/ <3 </3 xD XD :'( (-: =) D: :P ^_^ O_o o.O :Þ :-Þ
"""
_MARKS = """
    ! !! !!!!! ? ?? ??? ????? ?! ... , . : “ ” ’ ‘ "' #
"""
# Links, handles, entities, letters that change under lower-casing, joined emoji, halves of surrogate pairs.
_ODD = """
    https://example.com/bad?good=1 http://example.com/!! @acme @good_demo #fail #Love! & &amp; &lt;3
    \u0130 \u0130yi \u0130yi. \u017fo \ufb01ne \u03a3\u0391\u03a3 \u03a3\u0391\u03a3. \u01c5
    \xdf \u1e9e \u212a. 1\ufe0f\u20e3 \U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467
    \u2764\ufe0f \u2764 \u2639\ufe0f \u200d \ufe0f \u200b \xa92026 \xaegood \x00 \x07 \ud83d \udc4d
    \xbd \xb2 \u0663
"""
_SPACES = [" "] * 12 + [
    "  ",
    "\n",
    "\t",
    "\r\n",
    "\u00a0",
    "\u2003",
    "\u2028",
    "\x1c",
    "\u3000",
    "\v",
    "\x85",
    "",
]

_MARK_LIST = _MARKS.split()
_EMOJI: list[str] = list(PACKAGE.emojis)
_PHRASES: list[str] = [*vader.SPECIAL_CASES, *vader.SENTIMENT_LADEN_IDIOMS, "kind of", "sort of"]
_SOURCES: list[list[str]] = [
    _HINGES.split(),
    list(PACKAGE.lexicon),
    _PLAIN.split(),
    _PHRASES,
    list(vader.BOOSTER_DICT),
    _EMOJI,
    list(vader.NEGATE),
    _ODD.split(),
    _SMILEYS.split(),
]
_WEIGHTS = (36, 18, 10, 8, 7, 7, 5, 5, 4)


def odd_texts(n: int, *, seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    yield from (
        "",
        " ",
        "\n",
        "\x00",
        "but",
        "BUT",
        "!",
        "no",
        "no no",
        "kind of",
        "badass",
        "\U0001f600" * 2,
    )
    for _ in range(n):
        words = (_dressed(_word(rng), rng) for _ in range(rng.choice((1, 2, 3, 4, 5, 6, 7, 9, 14))))
        yield "".join(word + rng.choice(_SPACES) for word in words)


def _word(rng: random.Random) -> str:
    source = rng.choices(_SOURCES, weights=_WEIGHTS)[0]
    return rng.choice(source)


def _dressed(word: str, rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.60:
        return word
    if chance < 0.72:
        return word.upper()
    if chance < 0.77:
        return word.title()
    if chance < 0.90:
        return word + rng.choice(_MARK_LIST)
    if chance < 0.94:
        return rng.choice(_MARK_LIST) + word + rng.choice(_MARK_LIST)
    if chance < 0.97:
        return word + rng.choice(_EMOJI) * rng.randint(1, 3)
    return word.replace("'", "’")
