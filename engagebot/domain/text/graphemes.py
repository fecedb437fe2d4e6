"""What people see as one sign: a letter with its marks, a syllable, an emoji of several parts.

Source: Unicode 17, annex 29, extended grapheme clusters, in the scripts that people write with today.
Its twin for the browser is web/static/js/graphemes.js.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache

from engagebot.domain.text.emoji import JOINER, LETTERS_OF_FLAGS, PICTURES, TONES

_MARKS_UNTIL = 0x1E94B
# Marks that count as signs of their own all the same, and letters that count as marks.
_ALONE = (
    "\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64"
)
_ALONE += "\uaa7b\uaa7d\U00011720\U00011721"
_JOINING = f"\u0e33\u0eb3\u200c\uff9e\uff9f{TONES}\U000e0020-\U000e007f\U000e0100-\U000e01ef"
_PREPENDED = (
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f"
)
_PREPENDED += "\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02"
_CONTROLS = "\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_CONTROLS += (
    "\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f"
)
_CONTROLS += "\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
_LEAD, _VOWEL, _TAIL = (
    "\u1100-\u115f\ua960-\ua97c",
    "\u1160-\u11a7\ud7b0-\ud7c6",
    "\u11a8-\u11ff\ud7cb-\ud7fb",
)
_OPEN = "".join(map(chr, range(0xAC00, 0xD7A4, 28)))
# Consonants of south Asia that a sign between them binds.
_CONSONANTS = (
    "\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd"
)
_CONSONANTS += "\u09df\u09f0\u09f1\u0a95-\u0aa8\u0aaa-\u0ab0\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28"
_CONSONANTS += "\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39\u0b5c\u0b5d\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39"
_CONSONANTS += "\u0c58-\u0c5a\u0d15-\u0d3a\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066"
_CONSONANTS += "\u106e-\u1070\u1075-\u1081\u108e\u1780-\u17b3"
_BINDING = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d\u1039\u17d2"
_BELOW = f"{JOINER}\u093c\u09bc\u0abc\u0b3c\u0c3c"


def signs(text: str) -> Iterator[int]:
    """Yield where each sign of a text begins."""
    if text.isascii() and "\r" not in text:
        yield from range(len(text))
    else:
        for sign in _sign().finditer(text):
            yield sign.start()


@cache
def _sign() -> re.Pattern[str]:
    marks = _marks()
    after = f"[{marks}{_JOINING}{JOINER}]"
    bound = f"[{_CONSONANTS}](?:[{_BELOW}]*[{_BINDING}][{_BELOW}{_BINDING}]*[{_CONSONANTS}])+"
    syllable = (
        f"[{_LEAD}]*(?:[{_OPEN}][{_VOWEL}]*|[\uac00-\ud7a3]|[{_VOWEL}]+)[{_TAIL}]*|[{_LEAD}]+|[{_TAIL}]+"
    )
    picture = f"[{PICTURES}](?:[{marks}{_JOINING}]*{JOINER}[{PICTURES}])*"
    core = f"{picture}|[{LETTERS_OF_FLAGS}]{{2}}|{bound}|{syllable}|[^{_CONTROLS}]"
    return re.compile(
        f"\r\n|[{_CONTROLS}]|[{_PREPENDED}]*(?:{core}){after}*|[{_PREPENDED}]+{after}*|[\\s\\S]"
    )


def _marks() -> str:
    alone = re.compile(f"[{_ALONE}]")
    codes = [
        code
        for code in range(0x300, min(_MARKS_UNTIL, sys.maxunicode))
        if unicodedata.category(chr(code))[0] == "M" and not alone.match(chr(code))
    ]
    return "".join(map(chr, codes))
