"""Finding whole words in any script, cheaply first and exactly then."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Scripts that put no space between words: there a neighbour says nothing about where a word ends.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_UNSPACED = re.compile(f"[{UNSPACED}]")
_LETTER = rf"[^\W{UNSPACED}]"


class Words:
    """Words and phrases to listen for, in any case; several spaces count as one."""

    def __init__(self, words: Sequence[str]) -> None:
        folded = [_folded(word) for word in words]
        self._pattern = re.compile("|".join(map(_pattern, folded)))
        # The longest plain run of each word; a word without one lets everything through to the exact test.
        runs = [max(re.findall(r"[a-z0-9]+", word), key=len, default="") for word in folded]
        self._runs = tuple(sorted(set(runs)))

    def may_be_in(self, raw: str) -> bool:
        r"""Say whether JSON may hold one of the words: false is certain. `\u` could hide any letter."""
        if "\\u" in raw:
            return True
        lowered = raw.casefold()
        return any(run in lowered for run in self._runs)

    def are_in(self, text: str) -> bool:
        """Say whether one of the words stands in a text, as a word of its own."""
        return self._pattern.search(_folded(text)) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _pattern(word: str) -> str:
    inner = r"\s+".join(re.escape(part) for part in word.split())
    before = "" if _UNSPACED.match(word[0]) else f"(?<!{_LETTER})"
    after = "" if _UNSPACED.match(word[-1]) else f"(?!{_LETTER})"
    return before + inner + after
