"""Ways to break a rule file: one line is spoilt as people spoil lines, and it is known which."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

Lines = list[str]
Way = Callable[[random.Random, Lines, int], Lines | None]
_KEYS = (
    "status", "when", "then", "stop", "tests", "mention", "expect", "matches", "name", "limits", "sentiment",
    "contains_any", "at_least", "at_most", "escalate", "draft", "template", "team", "severity", "intent",
    "all", "any", "none", "unhappiness", "addressed_to_us", "between", "per_day", "per_author", "kind", "id",
)  # fmt: skip


_ODD = (
    "yes", "no", "on", "1:30", "010", "2026-03-02", "[]", "{}", "null", "~", "99999999999999999999", "-1",
    "1e999", ".inf", "0x1F", "[a, [b]]", "{a: {b: c}}", '""', "0", "1.5", "true", "0b1",
)  # fmt: skip


class Broken(NamedTuple):
    """A spoilt text, how it was spoilt, and the lines (from 1) where: two where they changed places."""

    text: str
    way: str
    lines: tuple[int, ...]


def broken(chance: random.Random, text: str) -> Broken:
    """Spoil one line of a text."""
    lines = text.rstrip("\n").split("\n")
    solid = [place for place, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    while True:
        way = chance.choice(WAYS)
        place = chance.choice(solid)
        spoilt = way(chance, list(lines), place)
        if spoilt is not None and spoilt != lines:
            return Broken("\n".join(spoilt) + "\n", way.__name__.strip("_"), _touched(way, place + 1))


def _touched(way: Way, line: int) -> tuple[int, ...]:
    return (line, line + 1) if way is _swap else (line,)


def _with(lines: Lines, place: int, line: str) -> Lines:
    return [*lines[:place], line, *lines[place + 1 :]]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _delete(_: random.Random, lines: Lines, place: int) -> Lines:
    return lines[:place] + lines[place + 1 :]


def _double(_: random.Random, lines: Lines, place: int) -> Lines:
    return [*lines[: place + 1], lines[place], *lines[place + 1 :]]


def _push(chance: random.Random, lines: Lines, place: int) -> Lines:
    return _with(lines, place, " " * chance.choice([1, 2, 3, 7]) + lines[place])


def _pull(chance: random.Random, lines: Lines, place: int) -> Lines | None:
    room = _indent(lines[place])
    return _with(lines, place, lines[place][chance.randint(1, room) :]) if room else None


def _tab(_: random.Random, lines: Lines, place: int) -> Lines | None:
    return _with(lines, place, "\t" + lines[place].lstrip()) if _indent(lines[place]) else None


def _typo_in_key(chance: random.Random, lines: Lines, place: int) -> Lines | None:
    here = [key for key in _KEYS if f"{key}:" in lines[place]]
    if not here:
        return None
    key = chance.choice(here)
    at = chance.randrange(len(key))
    wrong = chance.choice([key[:at] + key[at + 1 :], key[:at] + "x" + key[at:], key.upper()])
    return _with(lines, place, lines[place].replace(f"{key}:", f"{wrong}:", 1))


def _typo_in_value(chance: random.Random, lines: Lines, place: int) -> Lines | None:
    head, colon, value = lines[place].partition(": ")
    letters = [at for at, char in enumerate(value) if char.isalpha()]
    if not letters:
        return None
    at = chance.choice(letters)
    return _with(lines, place, head + colon + value[:at] + "q" + value[at + 1 :])


def _other_value(chance: random.Random, lines: Lines, place: int) -> Lines | None:
    head, colon, value = lines[place].partition(": ")
    if not value:
        return None
    return _with(lines, place, f"{head}{colon}{chance.choice(_ODD)}")


def _no_colon(_: random.Random, lines: Lines, place: int) -> Lines | None:
    return _with(lines, place, lines[place].replace(":", "", 1)) if ":" in lines[place] else None


def _no_bracket(chance: random.Random, lines: Lines, place: int) -> Lines | None:
    places = [at for at, char in enumerate(lines[place]) if char in "[]{}"]
    if not places:
        return None
    at = chance.choice(places)
    return _with(lines, place, lines[place][:at] + lines[place][at + 1 :])


def _no_quote(chance: random.Random, lines: Lines, place: int) -> Lines | None:
    places = [at for at, char in enumerate(lines[place]) if char == '"']
    if not places:
        return None
    at = chance.choice(places)
    return _with(lines, place, lines[place][:at] + lines[place][at + 1 :])


def _yaml_magic(chance: random.Random, lines: Lines, place: int) -> Lines:
    room, rest = _indent(lines[place]), lines[place].lstrip()
    dash = "- " if rest.startswith("- ") else ""
    magic = chance.choice(
        ["&a ", "*a ", "!!str ", "!!python/object:os.system ", "<<: *a #", "%", "@", "`", "| "]
    )
    return _with(lines, place, " " * room + dash + magic + rest.removeprefix("- "))


def _odd_character(chance: random.Random, lines: Lines, place: int) -> Lines:
    odd = chance.choice(
        ["\x00", "\x07", "\x1b[31m", "\x7f", "\ufffe", "\u2028", "\u202e", "\u200b", "\ud800"]
    )
    at = chance.randint(_indent(lines[place]), len(lines[place]))
    return _with(lines, place, lines[place][:at] + odd + lines[place][at:])


def _cut(chance: random.Random, lines: Lines, place: int) -> Lines:
    return [*lines[:place], lines[place][: chance.randint(_indent(lines[place]) + 1, len(lines[place]))]]


def _swap(_: random.Random, lines: Lines, place: int) -> Lines | None:
    if place + 1 >= len(lines) or not lines[place + 1].strip():
        return None
    return [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]


def _deep(_: random.Random, lines: Lines, place: int) -> Lines | None:
    head, colon, value = lines[place].partition(": ")
    return _with(lines, place, f"{head}: {'[' * 500}{']' * 500}") if colon and value else None


WAYS: Sequence[Way] = (
    _delete, _double, _push, _pull, _tab, _typo_in_key, _typo_in_key, _typo_in_value, _other_value,
    _other_value, _no_colon, _no_bracket, _no_quote, _yaml_magic, _odd_character, _cut, _swap, _deep,
)  # fmt: skip
