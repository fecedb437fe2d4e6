"""Length where wide signs weigh two and every link the same: most Latin letters weigh one, all else two.

Its twin for the browser is web/static/js/weighing.js.
Source: twitter-text, configuration version 3 (docs.x.com, counting characters, read August 2026).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from engagebot.domain.text.emoji import EMOJI
from engagebot.domain.text.links import find_links

LINK_UNITS = 23
WIDE_UNITS = 2
NARROW = ((0, 4_351), (8_192, 8_205), (8_208, 8_223), (8_242, 8_247))

_EMOJI = re.compile(EMOJI)
_NAMES_IN_FRONT = re.compile(r"[ \t-\r]*(?:[@\uff20][A-Za-z0-9_]{1,15}(?:[ \t-\r]+|\Z))+")


def composed(text: str) -> str:
    """Return the form in which signs are counted: an accent typed on its own joins its letter."""
    return unicodedata.normalize("NFC", text)


def end_of_names(text: str) -> int:
    """Where a reply begins behind the `@names` in front of it, which the platform fills in itself."""
    front = _NAMES_IN_FRONT.match(text)
    return front.end() if front else 0


def weigh(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where each counted piece of a composed text begins, and its units, from `start` on."""
    for link in find_links(text):
        if link.start >= start:
            yield from _signs(text, start, link.start)
            yield link.start, LINK_UNITS
            start = link.end
    yield from _signs(text, start, len(text))


def weigh_signs(text: str) -> int:
    """Count the units of a composed text in which a link has none of its own, but those of its letters."""
    return sum(units for _, units in _signs(text, 0, len(text)))


def _signs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for emoji in _EMOJI.finditer(text, start, end):
        yield from _letters(text, start, emoji.start())
        yield emoji.start(), WIDE_UNITS
        start = emoji.end()
    yield from _letters(text, start, end)


def _letters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end):
        code = ord(text[at])
        yield at, 1 if code < 128 or any(low <= code <= high for low, high in NARROW) else WIDE_UNITS
