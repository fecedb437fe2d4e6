"""A text as the tokens that cues and models look at, each with its place in the text as it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
_TOKEN: Final = re.compile(
    r"""
    (?P<url>(?:https?://|www\.)\S+|<url>|\[url\])
    |(?P<handle>[@\uff20]\w+|(?<![\w/])/?u/[\w-]{3,20}\b|<user>|\[user\])
    |(?P<entity>&(?:\#\d{1,7}|\#x[\da-fA-F]{1,6}|\w{2,8});)
    |(?P<hashtag>[\#\uff03]\w*[^\W\d]\w*)
    |(?P<mask>\[\w{2,20}\]|<\w{2,20}>)
    |(?P<money>[$£€]\s?\d[\d.,:]*[kKmM]?|\d[\d.,]*\s?(?:[$£€]|(?:dollars?|euros?|pounds?|quid|bucks)\b))
    |(?P<number>\d[\d.,:/]*%?)
    |(?P<word>[^\W\d_]+(?:['\u2019`\u00b4][^\W\d_]+)*)
    |(?P<emoticon>[:;=8xX][-'^]?[)(DPpoO/\\|\]\[*3]+(?!\w)|<3+|</3|\^_+\^|-_+-|[)(]+[-']?[:;=])
    |(?P<shout>[!?]+)
    |(?P<pause>\.{2,}|…)
    |(?P<symbol>[^\w\s.,;:'"\u201c\u201d\u2018\u2019()\[\]{}<>\-\u2013\u2014/&*~`\u00b4|\\+=@\#_\u200b-\u200f\u2060\ufe0e\ufe0f])
    """,
    re.VERBOSE,
)
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
_NAMING: Final = frozenset({"word", "handle", "hashtag"})
# Entities that stand for punctuation and blanks are no tokens, as punctuation is none.
_SILENT: Final = frozenset({"&", "<", ">", '"', "'", "\u00a0", "\u2019"})
_BREAK: Final = re.compile(r"[.,;:!?()\n\u2013\u2014]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in their order.

    `forms` are what is compared: lower case, no apostrophes, no letter more than twice in a row, and one
    stand-in for all handles, addresses and numbers. `starts` and `ends` index the text.
    """

    text: str
    forms: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.forms)

    def piece(self, first: int, last: int) -> str:
        """What is written from token `first` to token `last`."""
        return self.text[self.starts[first] : self.ends[last]]

    def is_parted(self, at: int) -> bool:
        """Whether punctuation stands between token `at` and the one in front of it."""
        return at > 0 and _BREAK.search(self.text, self.ends[at - 1], self.starts[at]) is not None


@dataclass(frozen=True, slots=True)
class Names:
    """What we and our rivals are called, by the form of a single token; handles without their mark.

    `phrases` are names of several words. `rivals` gives each form the name as people write it.
    """

    ours: frozenset[str] = frozenset()
    rivals: Mapping[str, str] = field(default_factory=dict)
    phrases: tuple[tuple[tuple[str, ...], str], ...] = ()

    @classmethod
    def of(cls, ours: Iterable[str], rivals: Iterable[str] = ()) -> Names:
        """Take names and handles as they are written in the settings."""
        own: set[str] = set()
        others: dict[str, str] = {}
        phrases: list[tuple[tuple[str, ...], str]] = []
        for names, stand_in in ((ours, BRAND), (rivals, RIVAL)):
            for name in names:
                words = tuple(map(form_of, _WORDS.findall(name.lstrip("@/").removeprefix("u/"))))
                if len(words) > 1:
                    phrases.append((words, stand_in))
                if stand_in == BRAND:
                    own.add("".join(words))
                else:
                    others["".join(words)] = name
        # A name that is both is ours.
        return cls(
            frozenset(own), {form: name for form, name in others.items() if form not in own}, tuple(phrases)
        )

    def rivals_in(self, tokens: Tokens) -> tuple[str, ...]:
        """The rivals that a text names, each once, as the settings write them."""
        found: dict[str, None] = {}
        heard = ""
        for at, form in enumerate(tokens.forms):
            # A name of several words is several tokens.
            heard = (
                heard + form_of(tokens.piece(at, at).lstrip("@#/").removeprefix("u/"))
                if form == RIVAL
                else ""
            )
            if heard in self.rivals:
                found[self.rivals[heard]] = None
                heard = ""
        return tuple(found)


NO_NAMES: Final = Names()


def form_of(word: str) -> str:
    """The form in which a word is compared: lower case, no apostrophe, no letter more than twice in a row."""
    lowered = word.lower().translate(_APOSTROPHES)
    return _LONG.sub(r"\1", lowered)


def tokenise(text: str, names: Names = NO_NAMES) -> Tokens:
    """Cut a text into tokens; the time grows with its length."""
    forms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _TOKEN.finditer(text):
        form = _form(match, names)
        if form:
            forms.append(form)
            starts.append(match.start())
            ends.append(match.end())
    if names.phrases:
        _mark_phrases(forms, names.phrases)
    return Tokens(text, forms, starts, ends)


def _form(match: re.Match[str], names: Names) -> str:
    kind = match.lastgroup or ""
    piece = match.group()
    if kind in _NAMING:
        # A handle is compared as it is: "@acme_care" is no "@acmecare".
        is_handle = kind == "handle"
        form = (
            piece.lstrip("@\uff20/").removeprefix("u/").lower()
            if is_handle
            else form_of(piece.lstrip("#\uff03"))
        )
        if form in names.ours:
            return BRAND
        if form in names.rivals:
            return RIVAL
        return HANDLE if is_handle else form
    if kind == "shout":
        return "?" if "?" in piece else "!"
    if kind == "entity":
        sign = unescape(piece).lower()
        return "" if sign in _SILENT else sign
    return _FIXED.get(kind, piece)


def _mark_phrases(forms: list[str], phrases: tuple[tuple[tuple[str, ...], str], ...]) -> None:
    for words, stand_in in phrases:
        at = 0
        while words[0] in forms[at:]:
            at = forms.index(words[0], at)
            if tuple(forms[at : at + len(words)]) == words:
                forms[at : at + len(words)] = [stand_in] * len(words)
            at += 1
