"""The condition `text`: words, phrases and patterns in what the author wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engagebot.domain.facts import Facts
from engagebot.domain.rules import Answer, Condition, Needs
from engagebot.rulebook.patterns import Pattern
from engagebot.rulebook.reading import Reading
from engagebot.rulebook.words import Phrases, Span, words_of
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed

KEYS = ("contains_any", "contains_all", "matches")
_TERMS: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {
            "type": "object",
            "properties": {"list": {"type": "string"}},
            "required": ["list"],
            "additionalProperties": False,
        },
    ]
}
TEXT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"contains_any": _TERMS, "contains_all": _TERMS, "matches": {"type": "string"}},
    "additionalProperties": False,
    "minProperties": 1,
}


@dataclass(frozen=True, slots=True)
class _Part:
    """One key of the condition: `find` says whether it holds, and where; `number` is its own in the index.

    `is_simple` marks a part that holds as soon as the index finds it.
    """

    find: Callable[[str], tuple[bool, list[Span]]]
    number: int
    is_simple: bool = True


def build_text(name: str, node: Node, reading: Reading) -> Condition | None:
    """Read `{contains_any: […], contains_all: […], matches: …}`; several keys must all hold."""
    if not isinstance(node.content, dict) or not node.content:
        message = f'"text" must be a mapping with one of {listed(KEYS)}, not {kind_of(node.plain())}'
        reading.fail(node, "EB102", f"{message}; for words write text: {{contains_any: [word, other word]}}")
        return None
    before = len(reading.findings)
    parts: list[_Part] = []
    for key, inner in node.items():
        if key not in KEYS:
            message = f'unknown key "{key}" in "text"; allowed: {listed(KEYS)}{did_you_mean(key, KEYS)}'
            reading.fail(node, "EB102", message, key=key)
        elif key == "matches":
            parts += _pattern(inner, reading)
        else:
            parts += _phrases(key, inner, reading)
    if len(reading.findings) > before:
        return None

    def ask(facts: Facts) -> Answer:
        spans: list[Span] = []
        is_met = True
        for part in parts:
            holds, found = part.find(facts.text)
            is_met = is_met and holds
            spans += found
        if not spans:
            return Answer(is_met, [])
        spans.sort()
        words = list(dict.fromkeys(facts.text[start:end] for start, end in spans))
        return Answer(is_met, words, tuple(dict.fromkeys(spans)))

    found_in = reading.index.found_in
    numbers = frozenset(part.number for part in parts)
    # Where a text must hold all of several phrases, the index says only that one of them is there.
    is_simple = all(part.is_simple for part in parts)

    def test(facts: Facts) -> bool | None:
        return found_in(facts.text) >= numbers and (is_simple or ask(facts).result)

    needs = Needs(reading.index.in_text, numbers & {parts[0].number}, is_simple and len(numbers) == 1)
    return Condition(name, node.plain(), ask, test, needs)


def _pattern(node: Node, reading: Reading) -> list[_Part]:
    if not isinstance(node.content, str):
        reading.fail(node, "EB106", f'"matches" must be one pattern in quotes, not {kind_of(node.plain())}')
        return []
    try:
        pattern = Pattern(node.content)
    except ValueError as error:
        reading.fail(node, "EB106", str(error))
        return []

    def find(text: str) -> tuple[bool, list[Span]]:
        found = pattern.find(text)
        return bool(found), found

    return [_Part(find, reading.index.add_pattern(pattern))]


def _phrases(key: str, node: Node, reading: Reading) -> list[_Part]:
    terms = _terms(key, node, reading)
    if terms is None:
        return []
    phrases = Phrases(terms)
    needed = len(phrases.terms) if key == "contains_all" else 1

    def find(text: str) -> tuple[bool, list[Span]]:
        found = phrases.find(words_of(text))
        if not found:
            return False, []
        is_met = needed == 1 or len({number for number, _ in found}) == needed
        return is_met, [span for _, span in found]

    return [_Part(find, reading.index.add(phrases), is_simple=needed == 1)]


def _terms(key: str, node: Node, reading: Reading) -> tuple[str, ...] | None:
    if isinstance(node.content, dict):
        name = node.at("list")
        if set(node.content) == {"list"} and isinstance(name.content, str):
            return reading.named_list(name, name.content)
        reading.fail(node, "EB102", f'"{key}" must be terms or {{list: NAME}}')
        return None
    return reading.chosen(node, key, None)
