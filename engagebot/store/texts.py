"""Texts as both databases can hold them."""

from __future__ import annotations

import re
from functools import lru_cache

from engagebot.domain.mention import ReplyRoute, Route

_RULE = re.compile(r" \[([a-z][a-z0-9-]{0,39})\]\Z")
LONE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """Put U+FFFD where a text holds U+0000 or a lone surrogate; neither can be stored everywhere."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return LONE.sub("\ufffd", text)
    return text


def route_words(route: ReplyRoute) -> str:
    """A route's reason as it is kept: the rule behind it stands at its end, in brackets."""
    return f"{route.reason} [{route.rule}]" if route.rule else route.reason


@lru_cache(maxsize=1024)
def read_route(route: str, words: str) -> ReplyRoute:
    """Read back what `route_words` made."""
    found = _RULE.search(words) if words.endswith("]") else None
    if found is None:
        return ReplyRoute(route=Route(route), reason=words)
    return ReplyRoute(route=Route(route), reason=words[: found.start()], rule=found[1])
