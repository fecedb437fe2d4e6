"""Boolean search queries as X and Reddit write them: words, "phrases", OR, brackets and negation.

`parse` knows the grammar only; what one term means is the caller's `leaf`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar

Item = TypeVar("Item")
Test = Callable[[Item], bool]

_TOKEN = re.compile(r'\s*(-?[\w.]+:"[^"]*"|-?"[^"]*"|-?\(|\)|[^\s()]+)')


class BadQuery(ValueError):
    """The query is not one the platform would accept."""


def parse(query: str, leaf: Callable[[str], Test[Item]]) -> Test[Item]:
    """Return a predicate for `query`; AND (a space) binds tighter than OR.

    Raises:
        BadQuery: for unbalanced brackets or quotes, a dangling OR, or an empty query.
    """
    if query.count('"') % 2:
        raise BadQuery("unbalanced quotation marks")
    tokens = _TOKEN.findall(query)
    test, rest = _either(tokens, leaf)
    if rest:
        raise BadQuery(f"no viable alternative at input '{rest[0]}'")
    return test


def words(text: str) -> list[str]:
    """Split into lower-case words without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)).casefold())


def has_phrase(text: str, phrase: str) -> bool:
    """Say whether the words of `phrase` stand in `text` in this order, next to each other."""
    wanted, found = words(phrase), words(text)
    size = len(wanted)
    return size > 0 and any(found[at : at + size] == wanted for at in range(len(found) - size + 1))


def _either(tokens: list[str], leaf: Callable[[str], Test[Item]]) -> tuple[Test[Item], list[str]]:
    test, tokens = _every(tokens, leaf)
    tests = [test]
    while tokens and tokens[0] == "OR":
        test, tokens = _every(tokens[1:], leaf)
        tests.append(test)
    return (lambda item: any(each(item) for each in tests)), tokens


def _every(tokens: list[str], leaf: Callable[[str], Test[Item]]) -> tuple[Test[Item], list[str]]:
    tests: list[Test[Item]] = []
    while tokens and tokens[0] not in ("OR", ")"):
        if tokens[0] == "AND":
            tokens = tokens[1:]
            continue
        test, tokens = _one(tokens, leaf)
        tests.append(test)
    if not tests:
        raise BadQuery("no viable alternative: a term is missing")
    return (lambda item: all(each(item) for each in tests)), tokens


def _one(tokens: list[str], leaf: Callable[[str], Test[Item]]) -> tuple[Test[Item], list[str]]:
    token, rest = tokens[0], tokens[1:]
    if token == "NOT" and rest:
        inner, rest = _one(rest, leaf)
        return (lambda item: not inner(item)), rest
    negated = token.startswith("-") and len(token) > 1
    bare = token[1:] if negated else token
    if bare == "(":
        test, rest = _either(rest, leaf)
        if not rest or rest[0] != ")":
            raise BadQuery("a closing bracket is missing")
        rest = rest[1:]
    else:
        test = leaf(bare)
    return ((lambda item: not test(item)) if negated else test), rest
