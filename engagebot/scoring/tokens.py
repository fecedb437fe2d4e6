"""A text as the tokens that cues and models look at, each with its place in the text as it is stored."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import unescape
from typing import Final

from engagebot.scoring.phrases import LONGEST_GAP
from engagebot.scoring.remembered import Remembered

HANDLE: Final = "<handle>"
"""Stands for any account's handle, so that no name carries a feeling of its own."""
URL: Final = "<url>"
BRAND: Final = "<brand>"
"""Stands for our own handle or name wherever it is said."""
RIVAL: Final = "<rival>"
NUMBER: Final = "<number>"
MONEY: Final = "<money>"
LOUD: Final = "<loud>"
"""Marks a word in capitals."""
_MASK: Final = "<mask>"
_SHORTEST_SHOUT: Final = 3
_MARKS: Final = frozenset({HANDLE, URL, BRAND, RIVAL, NUMBER, MONEY, "!", "?", "..."})

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
    |(?P<emoticon>[:;=8xX][-'^]?[)(DPpoO/\\|\]\[*3]+(?![^\W_])|<3+|</3|\^_+\^|-_+-|[)(]{1,9}[-']?[:;=])
    |(?P<shout>[!?]+)
    |(?P<pause>\.{2,}|…)
    |(?P<symbol>[^\w\s.,;:'"\u201c\u201d\u2018\u2019()\[\]{}<>\-\u2013\u2014/&*~`\u00b4|\\+=@\#_
        \x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufe0e\ufe0f\ufeff])
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
# Shortened as "soooo" is, the Better Business Bureau would be every "b" of "b/c" and "b4".
_WHOLE: Final = frozenset({"bbb"})
_APOSTROPHES: Final = str.maketrans("", "", "'\u2019`\u00b4")
_NAME_PARTS: Final = re.compile(r"[^\W\d_]+(?:['\u2019`\u00b4][^\W\d_]+)*|\d(?:[\d.,:/]*\d)?|&amp;")
_BREAK: Final = re.compile(r"[.,;:!?()\n\u2013\u2014]")
_BREAKING: Final = frozenset({"!", "?", "..."})
_OWNER: Final = re.compile(r"['\u2019`\u00b4][sS]$")
_CUT: Final = "<cut>"
_CUT_LENGTH: Final = LONGEST_GAP + 1
_Said = tuple[str, str]
_Pieces = tuple[Sequence[str], Sequence[str], Sequence[int]]


class Cut:
    """A part of a text without blanks, cut into tokens: as written, as compared, and where each begins.

    `may_name` where a name of several tokens may stand, or one with an "'s" behind it.
    """

    # Native, and asked by every layer: compiled, an attribute is read several times as fast as an item.
    __slots__ = ("form", "forms", "marks", "may_name", "piece", "pieces", "size", "start", "starts")

    def __init__(self, part: str, cut: _Pieces, forms: Sequence[str], *, may_name: bool) -> None:
        self.pieces, _, self.starts = cut
        self.forms = forms
        self.marks = _marks_of(self.pieces, forms)
        self.may_name = may_name
        self.size = len(part)
        # Most parts are one token. An empty form stands for none or several.
        alone = len(forms) == 1
        self.piece = self.pieces[0] if alone else ""
        self.form = forms[0] if alone else ""
        self.start = self.starts[0] if alone else 0


class Tokens:
    """The tokens of a text in their order.

    `forms` are what is compared: lower case, no apostrophes, no letter more than twice in a row, and one
    stand-in for all handles, addresses and numbers. `marks` are the few that tell how a text is built (the
    stand-ins, "?", "!", "...", and `LOUD` for each word in capitals), in any order. The places of tokens in
    the text are looked up when asked for.
    """

    __slots__ = ("_cuts", "_ends", "_pieces", "_starts", "forms", "is_as_cut", "marks", "text")

    def __init__(self, text: str, pieces: list[str], forms: list[str], marks: Sequence[str]) -> None:
        self.text = text
        self.forms = forms
        self.marks = marks
        self._pieces = pieces
        self._cuts: Sequence[Cut] = ()
        # False where names of several tokens may have changed forms.
        self.is_as_cut = True
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self.forms)

    @property
    def starts(self) -> Sequence[int]:
        """Where in the text each token begins."""
        if len(self._starts) != len(self._pieces):
            self._locate()
        return self._starts

    @property
    def ends(self) -> Sequence[int]:
        """Where in the text each token has ended."""
        if len(self._starts) != len(self._pieces):
            self._locate()
        return self._ends

    @property
    def pieces(self) -> Sequence[str]:
        """The tokens as they are written."""
        return self._pieces

    def is_parted(self, at: int) -> bool:
        """Whether punctuation stands between token `at` and the one in front of it."""
        if at == 0:
            return False
        # Marks that say something are tokens themselves.
        before = self.forms[at - 1] in _BREAKING or self.forms[at - 1] == _CUT
        return before or _BREAK.search(self.text, self.ends[at - 1], self.starts[at]) is not None

    def shortened(self, most: int) -> Tokens:
        """Leave the middle out where there are more than `most`: people say first and last what they want.

        In its place stand empty tokens, as many as no phrase reaches over.
        """
        if len(self.forms) <= most:
            return self
        starts, ends = self.starts, self.ends
        last = most // 4
        first, behind = most - last - _CUT_LENGTH, len(self.forms) - last
        pieces = [*self._pieces[:first], *[""] * _CUT_LENGTH, *self._pieces[behind:]]
        forms = [*self.forms[:first], *[_CUT] * _CUT_LENGTH, *self.forms[behind:]]
        found = Tokens(self.text, pieces, forms, _marks_of(pieces, forms))
        cut = [ends[first - 1]] * _CUT_LENGTH
        found._starts = [*starts[:first], *cut, *starts[behind:]]
        found._ends = [*ends[:first], *cut, *ends[behind:]]
        return found

    def _locate(self) -> None:
        cuts = self._cuts
        starts: list[int] = []
        ends: list[int] = []
        blanks = at = 0
        for cut in cuts:
            blanks += cut.size
        # Mostly a single blank stands between two parts, and none around them; else it is looked for.
        blanks = len(self.text) - blanks - len(cuts) + 1
        for cut in cuts:
            if blanks:
                while self.text[at].isspace():
                    at += 1
            if cut.form:
                start = at + cut.start
                starts.append(start)
                ends.append(start + len(cut.piece))
            else:
                for offset, piece in zip(cut.starts, cut.pieces, strict=True):
                    starts.append(at + offset)
                    ends.append(at + offset + len(piece))
            at += cut.size if blanks else cut.size + 1
        self._starts, self._ends = starts, ends


class Names:
    """What we and our rivals are called; handles with or without their mark."""

    def __init__(self, ours: Iterable[str] = (), rivals: Iterable[str] = ()) -> None:
        self.stand_ins: dict[str, str] = {}
        # How the settings write a name, by its parts as texts write them; a name that is both is ours.
        self._meant: dict[tuple[str, ...], tuple[str, str]] = {}
        for names, stand_in in ((rivals, RIVAL), (ours, BRAND)):
            for name in names:
                self._add(name, stand_in)
        self._longest_first: dict[str, list[tuple[str, ...]]] = {}
        for parts in sorted(self._meant, key=len, reverse=True):
            self._longest_first.setdefault(parts[0], []).append(parts)
        openers = {NUMBER if parts[0][0].isdigit() else parts[0] for parts in self._meant if len(parts) > 1}
        signs = openers.union(form_of(f"{form}s") for form in self.stand_ins)
        # Where none of these stands, every name that is said is a single token.
        self._signs = frozenset(signs.union(self.stand_ins[form] for form in signs & self.stand_ins.keys()))
        self.cut = Remembered(self._cut)
        """A part without blanks as tokens: as written, as compared (with stand-ins for names), its marks."""

    def forms_of(self, part: str) -> tuple[_Pieces, Sequence[str], bool]:
        """What a `Cut` is made of, apart from the part itself."""
        cut, said = _KNOWN[part], self.stand_ins
        forms = tuple([said[form] if form in said else HANDLE if form[0] == "@" else form for form in cut[1]])
        return cut, forms, not self._signs.isdisjoint(forms)

    def _cut(self, part: str) -> Cut:
        cut, forms, may_name = self.forms_of(part)
        return Cut(part, cut, forms, may_name=may_name)

    def _add(self, name: str, stand_in: str) -> None:
        bare = name.strip().lstrip("@/").removeprefix("u/").lower()
        whole = re.sub(r"\W+", "", bare)
        spellings: set[tuple[str, ...]] = {(f"@{bare}",), (f"@{whole}",), (form_of(whole),)}
        if "_" not in bare:
            spellings |= {_parts_of(bare), _parts_of(bare.replace("&", "&amp;"))}
        for parts in spellings:
            # A number alone is a number, whoever is called by it.
            if not any(map(str.isalpha, "".join(parts))):
                continue
            self._meant[parts] = stand_in, name
            if len(parts) == 1:
                self.stand_ins[parts[0]] = stand_in

    @property
    def digest(self) -> str:
        """Names the names: texts are judged by them too. Empty where there are none."""
        lines = sorted(f"{' '.join(parts)}|{meant[0]}|{meant[1]}" for parts, meant in self._meant.items())
        return sha256("\n".join(lines).encode()).hexdigest()[:12] if lines else ""

    def mark(self, pieces: Sequence[str], forms: list[str]) -> None:
        """Put stand-ins where a name is said in several tokens, or with an "'s" behind it."""
        for first, last, parts in self._said(pieces):
            forms[first : last + 1] = [self._meant[parts][0]] * (last + 1 - first)

    def rivals_in(self, tokens: Tokens) -> tuple[str, ...]:
        """The rivals that a text names, each once, as the settings write them."""
        found = (self._meant[parts] for _, _, parts in self._said(tokens.pieces))
        return tuple(dict.fromkeys(name for stand_in, name in found if stand_in == RIVAL))

    def _said(self, pieces: Sequence[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """The names in a text, the longest where several begin, with their first and last tokens."""
        heard = list(map(_as_said, pieces))
        at = 0
        while at < len(heard):
            found = next((parts for parts in self._beginning(heard[at]) if _fits(parts, heard, at)), None)
            if found:
                yield at, at + len(found) - 1, found
            at += len(found) if found else 1

    def _beginning(self, said: _Said) -> Iterator[tuple[str, ...]]:
        yield from self._longest_first.get(said[0], ())
        if said[1] != said[0]:
            yield from self._longest_first.get(said[1], ())


def _parts_of(name: str) -> tuple[str, ...]:
    return tuple("&" if part == "&amp;" else form_of(part) for part in _NAME_PARTS.findall(name))


def _as_said(piece: str) -> _Said:
    """How a piece is compared with parts of names, and how without an "'s" at its end."""
    if not piece:
        return "", ""
    form = _KNOWN[piece][1][0]
    if form == NUMBER:
        form = piece.rstrip(".,:/%")
    return form, form_of(_OWNER.sub("", piece)) if _OWNER.search(piece) else form


def _fits(parts: tuple[str, ...], heard: Sequence[_Said], at: int) -> bool:
    last = at + len(parts) - 1
    if last >= len(heard) or parts[-1] not in heard[last]:
        return False
    return all(heard[at + index][0] == part for index, part in enumerate(parts[:-1]))


def form_of(word: str) -> str:
    """The form in which a word is compared: lower case, no apostrophe, no letter more than twice in a row."""
    plain = word.lower()
    if not plain.isalpha():
        plain = plain.translate(_APOSTROPHES)
    return plain if plain in _WHOLE else _LONG.sub(r"\1", plain)


NO_NAMES: Final = Names()


def tokenise(text: str, names: Names = NO_NAMES) -> Tokens:
    """Cut a text into tokens; the time grows with its length."""
    # No token holds a blank, and most parts are known already.
    return join(text, list(map(names.cut.__getitem__, text.split())), names)


def join(text: str, cuts: Sequence[Cut], names: Names) -> Tokens:
    """The tokens of a text whose parts are cut already, by these names."""
    pieces: list[str] = []
    forms: list[str] = []
    marks: list[str] = []
    may_name = False
    for cut in cuts:
        if cut.form:
            pieces.append(cut.piece)
            forms.append(cut.form)
        else:
            pieces += cut.pieces
            forms += cut.forms
        if cut.marks:
            marks += cut.marks
        if cut.may_name:
            may_name = True
    tokens = Tokens(text, pieces, forms, marks)
    tokens._cuts = cuts
    if may_name:
        tokens.is_as_cut = False
        names.mark(pieces, forms)
        tokens.marks = _marks_of(pieces, forms)
    return tokens


def _marks_of(pieces: Sequence[str], forms: Sequence[str]) -> Sequence[str]:
    marks = [form for form in forms if form in _MARKS]
    for piece in pieces:
        if len(piece) >= _SHORTEST_SHOUT and piece.isupper() and piece.isalpha():
            marks.append(LOUD)
    return tuple(marks)


def _cut(part: str) -> _Pieces:
    """The tokens of a part without blanks: as written, and as they are compared; handles keep their names."""
    if part.isascii() and part.isalpha():
        # Every second new part is a plain word, which the pattern would find last.
        return (part,), (sys.intern(form_of(part)),), (0,)
    matches = list(_TOKEN.finditer(part))
    # One string for all "late", "Late" and "late,": tables then find it by where it is, without reading it.
    forms = [sys.intern(_shape(match)) for match in matches]
    starts = [match.start() for match in matches]
    return tuple([match[0] for match in matches]), tuple(forms), tuple(starts)


_KNOWN: Final = Remembered(_cut)


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
