"""The picture of somebody who shows none: two letters of the name on a ground of their own."""

from __future__ import annotations

import hashlib
from html import escape

from markupsafe import Markup

from engagebot.domain.mention import Author

NOBODY = "?"
GROUNDS = ("#3f5a73", "#6b4f7d", "#2f6b5c", "#7a4b3a", "#4d5f2b", "#6d4257", "#34597d", "#5f5535")
_DRAWN = (
    '<svg viewBox="0 0 48 48" {more}>'
    '<rect width="48" height="48" fill="{ground}"/>'
    '<text transform="translate(24 24)" fill="#fff" font-size="20" font-family="system-ui, sans-serif" '
    'text-anchor="middle" dominant-baseline="central">{letters}</text></svg>'
)
_ALONE = 'xmlns="http://www.w3.org/2000/svg" width="48" height="48"'


def drawn(author: Author | None, more: str = _ALONE) -> str:
    """A picture of the first letters of a name; `more` are the attributes it has beside its own."""
    name = (author.name or author.handle) if author else ""
    number = hashlib.sha256((author.handle if author else "").encode("utf-8", "replace")).digest()[0]
    ground = GROUNDS[number % len(GROUNDS)]
    return _DRAWN.format(more=more, ground=ground, letters=escape(letters_of(name) or NOBODY))


def within(author: Author | None) -> Markup:
    """The same as a part of a page: one request less for everybody who shows no picture."""
    # Nothing of a stranger's but the letters is in it, and those are escaped.
    return Markup(drawn(author, 'class="avatar" width="44" height="44" aria-hidden="true"'))  # noqa: S704


def letters_of(name: str) -> str:
    """The first letters of the first and the last word of a name, which may be in any script, or nothing."""
    words = [word for word in name[:200].replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0].upper()[0] for word in dict.fromkeys([*words[:1], *words[1:][-1:]]))
