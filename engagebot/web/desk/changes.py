"""What changed between two wordings, word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

Change = tuple[str, str]
"""A stretch of text and what became of it: `same`, `gone` or `new`."""
_PARTS = re.compile(r"\s+|\w+|[^\w\s]")
# Comparing is quadratic at worst; nobody reads a word by word comparison of more than this.
_MOST = 4_000


def changes(before: str, after: str) -> tuple[Change, ...]:
    """Lay two wordings over each other; long ones are shown one after the other."""
    if len(before) > _MOST or len(after) > _MOST:
        return (("gone", before), ("new", after))
    old, new = _PARTS.findall(before), _PARTS.findall(after)
    found: list[Change] = []
    for kind, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(("gone", "".join(old[a:b])))
        if c < d:
            found.append(("new", "".join(new[c:d])))
    return tuple(found)
