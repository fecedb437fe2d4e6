"""How X counts characters.

Source: twitter-text, configuration version 3 (github.com/twitter/twitter-text): 280 units; characters of the
ranges below weigh one, all others two; every link 23; an emoji two, however many code points build it.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 280
LINK_UNITS = 23
WIDE_UNITS = 2
NARROW = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

_ENDINGS = (
    "com|org|net|io|co|info|biz|app|dev|shop|store|ai|tv|me|eu|de|uk|fr|es|it|nl|at|ch|us|ca|au|in|jp|br"
)
_LINK = re.compile(
    rf"https?://[^\s]*[^\s.,;:!?)\]}}'\"”’]|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})\b(?:/[^\s]*[^\s.,;:!?)\]}}'\"])?",
    re.IGNORECASE,
)
_PICTURE = "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
_PICTURE += "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
_SHADED = f"(?:{_PICTURE}|[\u00a9\u00ae](?=\ufe0f))[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|[#*0-9]\ufe0f?\u20e3|{_SHADED}(?:\u200d[\u2640\u2642]?{_SHADED})*"
)


def weighted_length(text: str) -> int:
    """Count `text` in X's units, at most 280 of which fit into one post."""
    without_links, links = _LINK.subn("", text)
    return links * LINK_UNITS + weighted_characters(without_links)


def weighted_characters(text: str) -> int:
    """Count characters alone, a link by its letters."""
    rest, emoji = _EMOJI.subn("", unicodedata.normalize("NFC", text))
    return emoji * WIDE_UNITS + sum(_units(ord(char)) for char in rest)


def _units(code: int) -> int:
    return 1 if any(first <= code <= last for first, last in NARROW) else WIDE_UNITS
