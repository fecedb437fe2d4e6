"""The search language of the queue and of mentions: `feeling:unhappy older:2h mine "exact words"`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from engagebot.domain.durations import FORMAT, format_duration, parse_duration
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.mention import Route
from engagebot.errors import WrongUsage

LONGEST = 500
MOST_TERMS = 40
LONGEST_AGO = timedelta(days=36_500)


class Field(StrEnum):
    """What a term asks for, by the name of its operator; the last five have none."""

    FEELING = "feeling"
    PLATFORM = "platform"
    RULE = "rule"
    OLDER = "older"
    NEWER = "newer"
    BY = "by"
    AUTHOR = "author"
    IN = "in"
    LANG = "lang"
    INTENT = "intent"
    TAG = "tag"
    ROUTE = "route"
    WATCH = "watch"
    IS = "is"
    MINE = "mine"
    NOBODY = "nobody"
    NUMBER = "#"
    ADDRESS = "address"
    WORDS = "words"


_BARE = (Field.MINE, Field.NOBODY)
_NAMED = tuple(field for field in Field if field not in {*_BARE, Field.NUMBER, Field.ADDRESS, Field.WORDS})
OPERATORS: Final = tuple(field.value for field in _NAMED)
"""The operators that take a value."""
# Words that other tools and our own addresses use for the same.
_ALSO: Final[Mapping[str, Field]] = {
    "sentiment": Field.FEELING,
    "source": Field.PLATFORM,
    "assignee": Field.BY,
    "from": Field.AUTHOR,
    "community": Field.IN,
    "subreddit": Field.IN,
    "language": Field.LANG,
}
FEELINGS: Final[Mapping[str, tuple[Sentiment, ...]]] = {
    "unhappy": (Sentiment.VERY_NEGATIVE, Sentiment.NEGATIVE),
    "very_unhappy": (Sentiment.VERY_NEGATIVE,),
    "neutral": (Sentiment.NEUTRAL,),
    "happy": (Sentiment.POSITIVE, Sentiment.VERY_POSITIVE),
    "very_happy": (Sentiment.VERY_POSITIVE,),
    "negative": (Sentiment.NEGATIVE,),
    "positive": (Sentiment.POSITIVE,),
    "unknown": (Sentiment.UNKNOWN,),
}
"""Feelings as people say them; whoever looks for the unhappy wants the very unhappy too."""
STATES: Final = ("overdue", "open", "history")
_CHOICES: Final[Mapping[Field, tuple[str, ...]]] = {
    Field.FEELING: tuple(FEELINGS),
    Field.INTENT: tuple(Intent),
    Field.ROUTE: tuple(Route),
    Field.IS: STATES,
}
_MEANS: Final[Mapping[Field, Mapping[str, str]]] = {
    Field.FEELING: {
        "very_negative": "very_unhappy", "very_positive": "very_happy", "not_known": "unknown",
    },
    Field.ROUTE: {"can_send": Route.API, "by_hand_only": Route.BY_HAND, "not_allowed": Route.BLOCKED},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """One thing asked for; `is_not` turns it around."""

    field: Field
    value: str = ""
    is_not: bool = False

    @property
    def text(self) -> str:
        """The term as it stands in a search field."""
        sign = "-" if self.is_not else ""
        if self.field in _BARE:
            return f"{sign}{self.field}"
        if self.field is Field.NUMBER:
            return f"{sign}#{self.value}"
        if self.field is Field.ADDRESS:
            return f"{sign}{self.value}"
        if self.field is Field.WORDS:
            is_plain = _PLAIN.fullmatch(self.value) and self.value.lower() not in _BARE
            return f"{sign}{self.value}" if is_plain else f'{sign}"{self.value}"'
        value = f'"{self.value}"' if " " in self.value else self.value
        return f"{sign}{self.field}:{value}"


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for: all kinds of terms must hold, and one of those that name the same thing."""

    terms: tuple[Term, ...] = ()

    @property
    def text(self) -> str:
        """The search as it stands in an address; reading it again gives the same search."""
        return " ".join(term.text for term in self.terms)

    def of(self, field: Field, *, is_not: bool = False) -> tuple[str, ...]:
        """The values asked for in a field."""
        return tuple(term.value for term in self.terms if term.field is field and term.is_not is is_not)

    def has(self, *fields: Field) -> bool:
        """Whether any of these is asked for."""
        return any(term.field in fields for term in self.terms)

    def __bool__(self) -> bool:
        return bool(self.terms)


EVERYTHING: Final = Search()


@dataclass(frozen=True, slots=True)
class Problem:
    """A word of a search that cannot be used: why, what is allowed instead, and what is nearest to it."""

    word: str
    why: str
    allowed: tuple[str, ...] = ()
    near: str | None = None

    def __str__(self) -> str:
        allowed = f"; use {', '.join(self.allowed)}" if self.allowed else ""
        near = f"; did you mean {self.near!r}?" if self.near else ""
        return f"{self.word!r}: {self.why}{allowed}{near}"

    def as_json(self) -> dict[str, object]:
        """The problem with its parts, for programs."""
        return {"word": self.word, "message": str(self), "allowed": list(self.allowed), "near": self.near}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A search as it could be read, and what of it could not; with a problem nothing may be shown for it."""

    search: Search
    problems: tuple[Problem, ...] = ()


class SearchRefused(WrongUsage):
    """A search holds words that cannot be used; all of them are told at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in problems))


Known = Mapping[Field, Collection[str]]

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_TOKEN = re.compile(r'(-?)(?:([A-Za-z_]+):(?!//))?(?:"([^"]*)"?|([^\s"]+))')
_EMPTY = re.compile(r"-?([A-Za-z_]+):(?=\s|\Z)")
# What is not this is put in quotes, so that nothing in it can be taken for an operator.
_PLAIN = re.compile(r"[^\W_][^\s\":]*")
_SUBREDDIT = re.compile(r"\A(?:/?r/)+")
_NUMBER = re.compile(r"#([0-9]{1,18})")
_ADDRESS = re.compile(r"https?://[^\s\"]+", re.IGNORECASE)


def parse(text: str, known: Known | None = None) -> Parsed:
    """Read what somebody typed; what it cannot mean is told, never left out in silence.

    `known` names, for a field, the values there are (platforms, rules): others are refused.
    """
    plain = text.translate(_QUOTES)
    if len(plain) > LONGEST:
        return _too_long(plain, "characters", LONGEST)
    terms: list[Term] = []
    problems: list[Problem] = []
    for read in _read(plain, known or {}):
        if isinstance(read, Problem):
            problems.append(read)
        elif read is not None:
            terms.append(read)
    search = Search(tuple(dict.fromkeys(terms)))
    if len(search.terms) > MOST_TERMS:
        return _too_long(plain, "parts", MOST_TERMS)
    if len(search.text) > LONGEST:
        return _too_long(plain, "characters", LONGEST)
    return Parsed(search, tuple(dict.fromkeys(problems)))


def read(text: str, known: Known | None = None) -> Search:
    """Read what somebody typed.

    Raises:
        SearchRefused: something of it cannot be used.
    """
    parsed = parse(text, known)
    if parsed.problems:
        raise SearchRefused(parsed.problems)
    return parsed.search


def _too_long(text: str, what: str, most: int) -> Parsed:
    return Parsed(EVERYTHING, (Problem(_cut(text), f"a search has at most {most} {what}"),))


def _read(text: str, known: Known) -> Iterable[Term | Problem | None]:
    at = 0
    while at < len(text):
        if (empty := _EMPTY.match(text, at)) is not None:
            yield _lacking(empty[0], empty[1])
            at = empty.end()
            continue
        token = _TOKEN.match(text, at)
        if token is None:
            at += 1
            continue
        yield _term(token, known)
        at = token.end()


def _term(token: re.Match[str], known: Known) -> Term | Problem | None:
    sign, name, quoted, bare = token.groups()
    value = " ".join((quoted if quoted is not None else bare).split())
    if name is not None:
        field = _field(name)
        if field is None:
            return _unknown(token[0], name)
        return _valued(token[0], Term(field, value, bool(sign)), known) if value else _lacking(token[0], name)
    if not value:
        return None
    if quoted is None:
        return _bare(value, is_not=bool(sign))
    return Term(Field.WORDS, value, bool(sign))


def _bare(value: str, *, is_not: bool) -> Term:
    if value.lower() in _BARE:
        return Term(Field(value.lower()), "", is_not)
    if (number := _NUMBER.fullmatch(value)) is not None:
        return Term(Field.NUMBER, str(int(number[1])), is_not)
    field = Field.ADDRESS if _ADDRESS.fullmatch(value) else Field.WORDS
    return Term(field, value, is_not)


def _field(name: str) -> Field | None:
    wanted = name.lower()
    return _ALSO.get(wanted) or next((field for field in _NAMED if field == wanted), None)


def _unknown(word: str, name: str) -> Problem:
    why = f"{name!r} is not an operator (put words in quotes to look for them as they are)"
    return Problem(_cut(word), why, OPERATORS, _near(name, (*OPERATORS, *_ALSO)))


def _lacking(word: str, name: str) -> Problem:
    field = _field(name)
    if field is None:
        return _unknown(word, name)
    return Problem(_cut(word), f"{name} needs a value", _CHOICES.get(field, ()))


def _valued(word: str, term: Term, known: Known) -> Term | Problem:
    field, value = term.field, term.value
    if field in {Field.OLDER, Field.NEWER}:
        return _aged(word, term)
    if field is Field.AUTHOR:
        value = value.lstrip("@ ") or value
    elif field is Field.IN:
        value = _SUBREDDIT.sub("", value) or value
    if (choices := _CHOICES.get(field)) is not None:
        value = value.lower().replace(" ", "_").replace("-", "_")
        value = str(_MEANS.get(field, {}).get(value, value))
    elif field is Field.LANG:
        value = value.lower()
    elif field in known:
        choices = tuple(known[field])
    if choices is not None and value not in choices:
        why = f"there is no {field} {_cut(value)!r}"
        return Problem(_cut(word), why, tuple(str(choice) for choice in choices), _near(value, choices))
    return Term(field, value, term.is_not)


def _aged(word: str, term: Term) -> Term | Problem:
    try:
        span = parse_duration(term.value)
    except ValueError:
        return Problem(_cut(word), f"{term.field} takes {FORMAT}")
    if span > LONGEST_AGO:
        return Problem(_cut(word), f"{term.field} looks back {LONGEST_AGO.days} days at most")
    return Term(term.field, format_duration(span), term.is_not)


def _near(word: str, choices: Iterable[str]) -> str | None:
    close = get_close_matches(word.lower(), [str(choice) for choice in choices], n=1)
    return close[0] if close else None


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
