"""How long a template can become, counted as the platform with the shortest posts counts."""

from __future__ import annotations

import re
import unicodedata

from engagebot.domain.drafting import VALUE_CHARS, Template, fill, placeholders

SHORT_POST = 280
# Sources: the platforms' own limits for display names and account names; the community has a room of its own.
_LONGEST = {"author.name": 50, "author.handle": 15}
_WIDE = "\u5b57"
_LINK = re.compile(r"https?://\S+")
_LINK_UNITS = 23
_NARROW_ENDS = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def longest_filled(text: str, brand: str) -> int:
    """Count a template filled with the longest values that strangers may have, wide letters as two.

    Emoji count by their code points, so a text full of joined ones is judged a little too long.
    """
    values: dict[str, str | None] = {
        name: _WIDE * _LONGEST.get(name, VALUE_CHARS) for name in placeholders(text) if name in _LONGEST
    }
    values["brand.name"] = brand or "Acme"
    filled = fill(Template("", text), values).text
    rest, links = _LINK.subn("", unicodedata.normalize("NFC", filled))
    return links * _LINK_UNITS + sum(_units(ord(char)) for char in rest)


def _units(code: int) -> int:
    return 1 if any(first <= code <= last for first, last in _NARROW_ENDS) else 2
