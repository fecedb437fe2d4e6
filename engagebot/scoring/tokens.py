"""A text as the tokens that cues and models look at, each with its place in the text as it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import unescape
from typing import Final

HANDLE: Final = "<handle>"
"""Stands for any account's handle, so that no name carries a feeling of its own."""
URL: Final = "<url>"
BRAND: Final = "<brand>"
"""Stands for our own handle or name wherever it is said."""
RIVAL: Final = "<rival>"
NUMBER: Final = "<number>"
MONEY: Final = "<money>"
_MASK: Final = "<mask>"

# The order decides: what comes first wins. Placeholders such as <user> or [NAME] stand in texts that
# somebody has already stripped of names.
_PATTERN: Final = r"""
    (?P<url>(?:https?://|www\.)\S+|<url>|\[url\])
    |(?P<handle>[@\uff20]\w+|(?<![\w/])/?u/[\w-]{3,20}\b|<user>|\[user\])
    |(?P<entity>&(?:\#\d{1,7}|\#x[\da-fA-F]{1,6}|\w{2,8});)
    |(?P<hashtag>[\#\uff03]\w*[^\W\d]\w*)
    |(?P<mask>\[\w{2,20}\]|<\w{2,20}>)
    |(?P<money>[$£€]\d[\d.,:]*[kKmM]?|\d[\d.,]*(?:[$£€]|(?:dollars?|euros?|pounds?|quid|bucks)\b))
    |(?P<number>\d[\d.,:/]*%?)
    |(?P<word>[^\W\d_]+(?:['\u2019`\u00b4][^\W\d_]+)*)
    |(?P<emoticon>[:;=8xX][-'^]?[)(DPpoO/\\|\]\[*3]+(?!\w)|<3+|</3|\^_+\^|-_+-|[)(]+[-']?[:;=])
    |(?P<shout>[!?]+)
    |(?P<pause>\.{2,}|…)
    |(?P<symbol>[^\w\s.,;:'"\u201c\u201d\u2018\u2019()\[\]{}<>\-\u2013\u2014/&*~`\u00b4|\\+=@\#_\u200b-\u200f\u2060\ufe0e\ufe0f])
    """
_TOKEN: Final = re.compile(_PATTERN, re.VERBOSE)
_FIXED: Final = {
    "url": URL,
    "handle": HANDLE,
    "mask": _MASK,
    "money": MONEY,
    "number": NUMBER,
    "pause": "...",
}
_LONG: Final = re.compile(r"([^\W\d_])\1{2,}")
_APOSTROPHES: Final = str.maketrans("", "", "'\u2019`\u00b4")
_WORDS: Final = re.compile(r"\w+")
_BREAK: Final = re.compile(r"[.,;:!?()\n\u2013\u2014]")


class Tokens:
    """The tokens of a text in their order.

    `forms` are what is compared: lower case, no apostrophes, no letter more than twice in a row, and one
    stand-in for all handles, addresses and numbers. Their places in the text are looked up when asked for.
    """

    __slots__ = ("_ends", "_pieces", "_starts", "forms", "text")

    def __init__(self, text: str, pieces: Sequence[str], forms: list[str]) -> None:
        self.text = text
        self.forms = forms
        self._pieces = pieces
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self.forms)

    def start(self, at: int) -> int:
        """Where in the text token `at` begins."""
        self._locate()
        return self._starts[at]

    def end(self, at: int) -> int:
        """Where in the text token `at` has ended."""
        self._locate()
        return self._ends[at]

    def piece(self, first: int, last: int) -> str:
        """What is written from token `first` to token `last`."""
        return self._pieces[first] if first == last else self.text[self.start(first) : self.end(last)]

    @property
    def pieces(self) -> Sequence[str]:
        """The tokens as they are written."""
        return self._pieces

    def is_parted(self, at: int) -> bool:
        """Whether punctuation stands between token `at` and the one in front of it."""
        return at > 0 and _BREAK.search(self.text, self.end(at - 1), self.start(at)) is not None

    def shortened(self, most: int) -> Tokens:
        """Leave the middle out where there are more than `most`: people say first and last what they want."""
        if len(self.forms) <= most:
            return self
        self._locate()
        last = most // 4
        first = most - last
        found = Tokens(
            self.text,
            [*self._pieces[:first], *self._pieces[-last:]],
            self.forms[:first] + self.forms[-last:],
        )
        found._starts = self._starts[:first] + self._starts[-last:]
        found._ends = self._ends[:first] + self._ends[-last:]
        return found

    def _locate(self) -> None:
        if len(self._starts) == len(self._pieces):
            return
        at, text = 0, self.text
        for piece in self._pieces:
            at = text.index(piece, at)
            self._starts.append(at)
            at += len(piece)
            self._ends.append(at)


class Names:
    """What we and our rivals are called; handles with or without their mark."""

    def __init__(self, ours: Iterable[str] = (), rivals: Iterable[str] = ()) -> None:
        self.stand_ins: dict[str, str] = {}
        self.phrases: list[tuple[list[str], str]] = []
        self._rivals: dict[str, str] = {}
        # A name that is both is ours, so ours come last.
        for names, stand_in in ((rivals, RIVAL), (ours, BRAND)):
            for name in names:
                bare = name.strip().lstrip("@/").removeprefix("u/").lower()
                words = [form_of(word) for word in _WORDS.findall(bare)]
                if len(words) > 1:
                    self.phrases.append((words, stand_in))
                for form in (f"@{bare}", "".join(words)):
                    self.stand_ins[form] = stand_in
                    if stand_in == RIVAL:
                        self._rivals[form] = name

    def rivals_in(self, tokens: Tokens) -> tuple[str, ...]:
        """The rivals that a text names, each once, as the settings write them."""
        found: dict[str, None] = {}
        heard = ""
        for at, form in enumerate(tokens.forms):
            if form != RIVAL:
                heard = ""
                continue
            # A name of several words is several tokens.
            heard += _cut(tokens.pieces[at])[1][0]
            if heard in self._rivals:
                found[self._rivals[heard]] = None
                heard = ""
        return tuple(found)


def form_of(word: str) -> str:
    """The form in which a word is compared: lower case, no apostrophe, no letter more than twice in a row."""
    return _LONG.sub(r"\1", word.lower().translate(_APOSTROPHES))


NO_NAMES: Final = Names()


def tokenise(text: str, names: Names = NO_NAMES) -> Tokens:
    """Cut a text into tokens; the time grows with its length."""
    pieces: list[str] = []
    forms: list[str] = []
    # No token holds a blank, and people use the same words over and over: most parts are known already.
    for part in text.split():
        own, shapes = _cut(part)
        pieces += own
        forms += shapes
    stand_ins = names.stand_ins
    forms = [stand_ins[form] if form in stand_ins else HANDLE if form[0] == "@" else form for form in forms]
    if names.phrases:
        _mark_phrases(forms, names.phrases)
    return Tokens(text, pieces, forms)


@lru_cache(maxsize=1 << 16)
def _cut(part: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a part without blanks: as written, and as they are compared; handles keep their names."""
    matches = list(_TOKEN.finditer(part))
    return tuple(match[0] for match in matches), tuple(map(_shape, matches))


def _shape(match: re.Match[str]) -> str:
    kind, piece = match.lastgroup or "", match[0]
    if kind == "word":
        return form_of(piece)
    if kind == "hashtag":
        return form_of(piece[1:])
    if kind == "handle":
        return "@" + piece.lstrip("@\uff20/").removeprefix("u/").lower()
    if kind == "shout":
        return "?" if "?" in piece else "!"
    if kind == "entity":
        return unescape(piece).lower().strip() or "&"
    return _FIXED.get(kind, piece)


def _mark_phrases(forms: list[str], phrases: Sequence[tuple[list[str], str]]) -> None:
    for words, stand_in in phrases:
        at = 0
        while words[0] in forms[at:]:
            at = forms.index(words[0], at)
            if forms[at : at + len(words)] == words:
                forms[at : at + len(words)] = [stand_in] * len(words)
            at += 1
