"""Words that must go: why a mention was emptied, and what stands in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from engagebot.domain.mention import Author, Mention
from engagebot.domain.telling.cards import HIDDEN
from engagebot.domain.telling.notices import QUOTE_CHARS, title_of

SOMEONE = "someone"
QUOTE = "(what they wrote)"
QUOTED_WORDS = 4
_TELLING_WORDS = 3
_PLAIN = frozenset({"severity", "team", "state", "source"})
_WORD = re.compile(r"\w+(?:['’]\w+)*")


class Removal(StrEnum):
    """Why a mention was emptied; the value is what people read in its place."""

    GONE = "removed by author"
    EXPIRED = "no longer kept"
    FORGOTTEN = "forgotten at their request"

    @property
    def case_title(self) -> str:
        """What a case is called whose title quoted the mention."""
        return "(removed by its author)" if self is Removal.GONE else f"({self.value})"


def without_author(text: str, author: Author | None) -> str:
    """Our own words without the name and the handle of the person they were written to."""
    names = [name for name in (author.name, author.handle) if name and name.strip()] if author else []
    if not names:
        return text
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<!\w)@?(?:{longest_first})(?!\w)", SOMEONE, text, flags=re.IGNORECASE)


def unquoted(text: str, said: str) -> str:
    """Our own words, with a mark where they repeat `said` word for word, `QUOTED_WORDS` or more in a row.

    What is written into the audit stays for ever, so it must not hold what may have to be forgotten. Words of
    a post too short to be told by them are left alone.
    """
    theirs = [word[0].casefold() for word in _WORD.finditer(said)]
    length = min(QUOTED_WORDS, len(theirs))
    ours = list(_WORD.finditer(text))
    if length < _TELLING_WORDS or len(ours) < length:
        return text
    runs = {tuple(theirs[start : start + length]) for start in range(len(theirs) - length + 1)}
    forms = [word[0].casefold() for word in ours]
    spans: list[tuple[int, int]] = []
    for start in range(len(ours) - length + 1):
        if tuple(forms[start : start + length]) in runs:
            begin, end = ours[start].start(), ours[start + length - 1].end()
            if spans and begin <= spans[-1][1]:
                begin = spans.pop()[0]
            spans.append((begin, end))
    for begin, end in reversed(spans):
        text = f"{text[:begin]}{QUOTE}{text[end:]}"
    return text


def masked(payload: Mapping[str, Any], said: Mention | None) -> dict[str, Any]:
    """A notice's parts without who said it and what they said: only ids and our own links are left."""
    parts = dict(payload) if said is None else requoted(payload, said, None, removal=Removal.GONE)
    lines = [
        line if not line.startswith("> ") else f"> {HIDDEN}"
        for line in str(parts.get("text", "")).split("\n")
        if not line.startswith("Why you: ")
    ]
    parts["text"] = "\n".join(lines)
    data = parts.get("data")
    case = data.get("case") if isinstance(data, Mapping) else None
    if isinstance(case, Mapping) and "why" in case:
        # What a rule saw are words of the customer.
        parts["data"] = {**parts["data"], "case": {**case, "why": None}}
    return parts


def forgotten(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A notice about somebody who was forgotten: numbers, and where to read on."""
    data = payload.get("data")
    kept = {name: _bare(value) for name, value in data.items()} if isinstance(data, Mapping) else {}
    title = Removal.FORGOTTEN.case_title
    return {"title": title, "text": title, "url": payload.get("url"), "data": kept}


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: each for name, each in value.items() if isinstance(each, int) or name in _PLAIN}
    return value if isinstance(value, str | int) else None


def requoted(
    payload: Mapping[str, Any], before: Mention, after: Mention | None, *, removal: Removal = Removal.GONE
) -> dict[str, Any]:
    """A notice's parts with the words of `after` where those of `before` stood; `None` takes them out."""
    now = after or before._replace(text="", title=None, author=None, url=None)
    quote = title_of(after, QUOTE_CHARS) if after else removal.case_title
    lines = [
        f"> {quote}" if line.startswith("> ") else line
        for line in str(payload.get("text", "")).split("\n")
        if now.url or not line.startswith("Post: ")
    ]
    parts = {**payload, "title": payload.get("title", ""), "text": "\n".join(lines)}
    if now.author is None:
        for part in ("title", "text"):
            parts[part] = without_author(parts[part], before.author)
    data = dict(payload.get("data") or {})
    if isinstance(data.get("mention"), Mapping):
        told = {"url": now.url, "text": now.words[:QUOTE_CHARS]}
        told["author"] = now.author.handle if now.author else None
        mention = data["mention"]
        data["mention"] = {**mention, **{name: told[name] for name in told if name in mention}}
        parts["data"] = data
    return parts
