"""Texts as both databases can hold them."""

from __future__ import annotations

import re

_LONE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """Put U+FFFD where a text holds U+0000 or a lone surrogate; neither can be stored everywhere."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _LONE.sub("\ufffd", text)
    return text
