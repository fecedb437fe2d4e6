"""What is surely wrong with a search query, told before X is asked.

Unknown operators are left to X: it adds some without telling, and its refusals cost nothing.
Source: docs.x.com, "Build a query" and "Search operators", read August 2026, and refusals that people quoted.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence

from engagebot.domain.text.weighing import composed, weigh_signs

LONGEST_QUERY = 512
SHOWN_CHARS = 40

_PIECE = re.compile(
    r'(?P<open>-?\()|(?P<close>\))|(?P<quoted>-?(?:\w+:)?"[^"]*")|(?P<cut>-?(?:\w+:)?")|(?P<word>[^\s()"]+)'
)
_COMPANIONS = frozenset({"lang", "is", "has"})
_NAMES = frozenset({"from", "to", "retweets_of"})
_COUNTS = frozenset({"min_likes", "min_reposts", "min_replies"})
_NEEDS_VALUE = _COMPANIONS | _NAMES | _COUNTS | {"url", "conversation_id"}
# The search page of x.com has these names; its API answers 400 to them.
_RENAMED = {"min_faves": "min_likes", "min_retweets": "min_reposts", "quoted_tweet_id": "quotes_of_tweet_id"}
_FILTERS = {name: f"has:{name}" for name in ("links", "media", "images", "hashtags", "mentions")}
_FILTERS |= {"replies": "is:reply", "retweets": "is:retweet", "nativeretweets": "is:retweet"}
_FILTERS |= {"quote": "is:quote", "verified": "is:verified"}
_TIMES = frozenset({"since", "until", "since_id", "max_id", "since_time", "until_time"})
_ABSENT = _TIMES | {"filter", "include", "exclude", "near", "within", "geocode"}

Piece = re.Match[str]
Fault = tuple[int, str]


def query_faults(query: str, longest: int = LONGEST_QUERY) -> list[str]:
    """Say everything that X would surely refuse, in the order of the query; columns count from 1."""
    if not query.strip():
        return ['column 1: the query is empty; write what to listen for, such as "acme modem" OR #acme']
    pieces = list(_PIECE.finditer(query))
    cut = next((number for number, piece in enumerate(pieces) if piece["cut"]), None)
    if cut is None:
        found = [*_brackets(pieces), *_joints(pieces), *_alone(pieces)]
    else:
        # What follows may be part of the phrase, so nothing is known of it.
        found = [(pieces[cut].end() - 1, "this quotation mark is never closed; add the second one")]
        pieces = pieces[:cut]
    found += [*_too_long(query, longest), *_terms(pieces)]
    return [f"column {at + 1}: {said}" for at, said in sorted(found)]


def _too_long(query: str, longest: int) -> Iterator[Fault]:
    units = weigh_signs(composed(query))
    if units > longest:
        fits = range(1, len(query) + 1)
        at = bisect.bisect_right(fits, longest, key=lambda count: weigh_signs(composed(query[:count])))
        said = f"the query has {units} characters and X takes {longest} (wide ones and emoji count two)"
        yield min(at, len(query) - 1), f"{said}; make two watches of it"


def _brackets(pieces: Sequence[Piece]) -> Iterator[Fault]:
    opened: list[Piece] = []
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if piece["open"]:
            opened.append(piece)
            if piece["open"] == "-(":
                yield piece.start(), "X excludes terms, not groups; write -a -b instead of -(a OR b)"
        elif piece["close"] and not opened:
            yield piece.start(), "this bracket closes nothing; delete it, or open one before"
        elif piece["close"] and before is opened.pop():
            yield piece.start(), "these brackets are empty; put a term into them or delete them"
    for piece in opened:
        yield piece.end() - 1, "this bracket is never closed; add the closing one"


def _joints(pieces: Sequence[Piece]) -> Iterator[Fault]:
    for before, piece, after in zip([None, *pieces], pieces, [*pieces[1:], None], strict=False):
        word = piece["word"] or ""
        if word.lower() == "and":
            yield (
                piece.start(),
                f'X has no {word}, a space means it; delete it, or quote "{word}" as a word',
            )
        elif word.lower() == "or" and word != "OR":
            yield piece.start(), f'X wants OR in capitals; write OR, or "{word}" for the word'
        elif word == "OR" and (_is_edge(before, "open") or _is_edge(after, "close")):
            yield (
                piece.start(),
                "OR stands between two terms, and one is missing; add it or delete OR",
            )


def _is_edge(beside: Piece | None, bracket: str) -> bool:
    return beside is None or bool(beside[bracket]) or beside["word"] == "OR"


def _alone(pieces: Sequence[Piece]) -> Iterator[Fault]:
    terms = [piece for piece in pieces if not (piece["open"] or piece["close"])]
    terms = [term for term in terms if (term["word"] or "").lower() not in ("and", "or")]
    if terms and all(term[0].startswith("-") or _split(term)[1] in _COMPANIONS for term in terms):
        said = f"{_shown(terms[0])} cannot stand alone, nor can anything with lang:, is:, has: or a minus"
        yield terms[0].start(), f'{said}; put a word, a "phrase", a #tag, an @name or from: beside it'


def _terms(pieces: Iterable[Piece]) -> Iterator[Fault]:
    for piece in pieces:
        minus, name, value = _split(piece)
        if name in _NEEDS_VALUE and not value:
            yield (
                piece.start(),
                f"{name}: has no value; write it right behind, without a space",
            )
        elif name in _NAMES and value.startswith("@"):
            bare = f"{minus}{name}:{value.lstrip('@')}"
            yield piece.start(), f"{_shown(piece)} finds nobody: X wants the name without @; write {bare}"
        elif name in _COUNTS and not re.fullmatch("[0-9]+", value):
            yield piece.start(), f"{_shown(piece)} is no count; write a number, such as {name}:10"
        elif name in _RENAMED:
            yield piece.start(), f"X's API has no {name}:; write {minus}{_RENAMED[name]}:{value}"
        elif name in _ABSENT:
            yield piece.start(), f"X's API has no {name}:; {_instead(minus, name, value)}"


def _instead(minus: str, name: str, value: str) -> str:
    if name in _TIMES:
        return "delete it: a watch reads what is new by itself, and lookback says how far the first read goes"
    operator = _FILTERS.get(value.lower())
    if operator and name in ("filter", "exclude"):
        is_excluded = (name == "exclude") != bool(minus)
        return f"write {'-' if is_excluded else ''}{operator}"
    return "delete it"


def _split(piece: Piece) -> tuple[str, str, str]:
    """Return the minus, the operator's name and its value; a term without an operator has no name."""
    bare = piece[0].removeprefix("-")
    minus = piece[0][: len(piece[0]) - len(bare)]
    name, colon, value = bare.partition(":")
    if not colon or bare.startswith('"'):
        return minus, "", bare
    return minus, name.lower(), value.strip('"')


def _shown(piece: Piece) -> str:
    return piece[0] if len(piece[0]) <= SHOWN_CHARS else f"{piece[0][:SHOWN_CHARS]}…"
