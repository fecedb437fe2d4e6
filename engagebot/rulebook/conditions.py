"""The closed set of conditions: what each may be given, and the question it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

from engagebot.domain.facts import Facts
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.mention import Kind
from engagebot.domain.rules import Answer, Aspect, Condition, Needs
from engagebot.rulebook.languages import CODES
from engagebot.rulebook.naming import doubt_platforms, doubt_watches, has_reasons
from engagebot.rulebook.reading import BOUNDS, Reading, community_of, handle_of, span_text
from engagebot.rulebook.textual import TEXT_SCHEMA, build_text
from engagebot.rulebook.times import TIME_SCHEMA, build_time
from engagebot.yamlfile import Node, kind_of

Build = Callable[[str, Node, Reading], Condition | None]
UNKNOWN = Answer(None)
_CONTACTS = re.compile(r"customer\.contacts_in_([0-9]{1,4})_days")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Spec:
    """One condition: its name in rule files, what it asks, how it is read, and its shape for editors."""

    name: str
    meaning: str
    build: Build
    schema: dict[str, Any]


def build(name: str, node: Node, reading: Reading) -> Condition | None:
    """Read one condition; what is wrong goes to `reading.findings`, and then there is none."""
    spec = _BY_NAME.get("customer.contacts_in_N_days" if _CONTACTS.fullmatch(name) else name)
    return spec.build(name, node, reading) if spec else None


def is_condition(name: str) -> bool:
    """Whether a condition of this name exists; any number of days counts."""
    return (name in _BY_NAME and "_N_" not in name) or _CONTACTS.fullmatch(name) is not None


def names() -> tuple[str, ...]:
    """All conditions' names, as they may be written."""
    return tuple(spec.name.replace("_N_", "_30_") for spec in CONDITIONS)


def _flag(get: Callable[[Facts], bool | None]) -> Build:
    def told(facts: Facts) -> tuple[bool | None]:
        return (get(facts),)

    def make(name: str, node: Node, reading: Reading) -> Condition | None:
        wanted = reading.flag(node, name)
        if wanted is None:
            return None

        def ask(facts: Facts) -> Answer:
            value = get(facts)
            return UNKNOWN if value is None else Answer(value is wanted, value)

        def test(facts: Facts) -> bool | None:
            value = get(facts)
            return None if value is None else value is wanted

        return Condition(name, wanted, ask, test, Needs(told, frozenset({wanted}), is_enough=True))

    return make


def _choice(
    get: Callable[[Facts], str | None],
    *,
    allowed: tuple[str, ...] | None = None,
    fold: Callable[[str], str] = str.casefold,
    noun: str | None = None,
    doubt: Callable[[Node, Reading], None] | None = None,
) -> Build:
    def told(facts: Facts) -> tuple[str, ...]:
        value = get(facts)
        return () if value is None else (fold(value),)

    def make(name: str, node: Node, reading: Reading) -> Condition | None:
        chosen = reading.chosen(node, name, allowed, noun=noun)
        if chosen is None:
            return None
        if doubt is not None:
            doubt(node, reading)
        wanted = frozenset(fold(value) for value in chosen)

        def ask(facts: Facts) -> Answer:
            value = get(facts)
            return UNKNOWN if value is None else Answer(fold(value) in wanted, str(value))

        return Condition(name, node.plain(), ask, needs=Needs(told, wanted, is_enough=True))

    return make


def _number(
    get: Callable[[Facts], float | None], *, low: float | None = None, high: float | None = None
) -> Build:
    def make(name: str, node: Node, reading: Reading) -> Condition | None:
        bounds = reading.numbers(node, name, low, high)
        if bounds is None:
            return None

        def ask(facts: Facts) -> Answer:
            value = get(facts)
            return UNKNOWN if value is None else Answer(bounds.holds(value), value)

        def test(facts: Facts) -> bool | None:
            value = get(facts)
            return None if value is None else bounds.holds(value)

        return Condition(name, node.plain(), ask, test)

    return make


def _span(get: Callable[[Facts], timedelta | None]) -> Build:
    def make(name: str, node: Node, reading: Reading) -> Condition | None:
        bounds = reading.spans(node, name)
        if bounds is None:
            return None

        def ask(facts: Facts) -> Answer:
            value = get(facts)
            return UNKNOWN if value is None else Answer(bounds.holds(value.total_seconds()), span_text(value))

        return Condition(name, node.plain(), ask)

    return make


def _sentiment(name: str, node: Node, reading: Reading) -> Condition | None:
    chosen = reading.chosen(node, name, tuple(Sentiment))
    if chosen is None:
        return None
    wanted = frozenset(chosen)

    def ask(facts: Facts) -> Answer:
        value = facts.sentiment
        # A text in a language that is not scored has no feeling that is known, unless the rule asks for that.
        if value is None or (value is Sentiment.UNKNOWN and value not in wanted):
            return Answer(None, value and value.value)
        return Answer(value in wanted, value.value)

    def test(facts: Facts) -> bool | None:
        value = facts.sentiment
        if value in wanted:
            return True
        return None if value is None or value is Sentiment.UNKNOWN else False

    return Condition(name, node.plain(), ask, test, Needs(_sentiments, wanted, is_enough=True))


def _sentiments(facts: Facts) -> tuple[Sentiment | None]:
    return (facts.sentiment,)


def _intents(facts: Facts) -> tuple[str, ...]:
    return facts.intents or ()


def _intent(name: str, node: Node, reading: Reading) -> Condition | None:
    chosen = reading.chosen(node, name, tuple(Intent))
    if chosen is None:
        return None
    wanted = frozenset(chosen)

    def ask(facts: Facts) -> Answer:
        found = facts.intents
        return UNKNOWN if found is None else Answer(not wanted.isdisjoint(found), list(found))

    def test(facts: Facts) -> bool | None:
        found = facts.intents
        return None if found is None else not wanted.isdisjoint(found)

    return Condition(name, node.plain(), ask, test, Needs(_intents, wanted, is_enough=True))


def _language(name: str, node: Node, reading: Reading) -> Condition | None:
    chosen = reading.chosen(node, name, None)
    for value in chosen or ():
        if not _LANGUAGE.fullmatch(value):
            code = CODES.get(value.strip().lower())
            near = f'; did you mean "{code}"?' if code else ""
            message = f'"{value}" is not a language code; write one such as en, de or pt-BR{near}'
            reading.fail(node, "EB103", message)
            return None
    if chosen is None:
        return None
    wanted = frozenset(value.lower() for value in chosen)

    def ask(facts: Facts) -> Answer:
        codes = _codes(facts)
        return Answer(not wanted.isdisjoint(codes), facts.language) if codes else UNKNOWN

    return Condition(name, node.plain(), ask, needs=Needs(_codes, wanted, is_enough=True))


def _codes(facts: Facts) -> tuple[str, ...]:
    """The language and, where that is a variety such as pt-br, the one it is a variety of."""
    value = facts.language
    return _codes_of(value) if value is not None else ()


@lru_cache(maxsize=256)
def _codes_of(language: str) -> tuple[str, ...]:
    code = language.lower().replace("_", "-")
    return () if code in ("und", "unknown") else (code, code.partition("-")[0])


def _later(*, takes_names: bool, holds: Callable[[Node, Reading], bool] | None = None) -> Build:
    """A fact that another layer of judgement brings: yes or no, or one or several names."""

    def make(name: str, node: Node, reading: Reading) -> Condition | None:
        if isinstance(node.content, bool) or not takes_names:
            flag = reading.flag(node, name)
            return None if flag is None else _said_or_not(name, flag)
        chosen = reading.chosen(node, name, None)
        if chosen is None or (holds is not None and not holds(node, reading)):
            return None
        return _said_names(name, node, frozenset(value.casefold() for value in chosen))

    return make


def _said_or_not(name: str, wanted: bool) -> Condition:
    def ask(facts: Facts) -> Answer:
        value = facts.extra.get(name)
        return UNKNOWN if value is None else Answer(bool(value) is wanted, value)

    def test(facts: Facts) -> bool | None:
        value = facts.extra.get(name)
        return None if value is None else bool(value) is wanted

    return Condition(name, wanted, ask, test, Needs(_is_said(name), frozenset({wanted}), is_enough=True))


def _said_names(name: str, node: Node, wanted: frozenset[str]) -> Condition:
    def ask(facts: Facts) -> Answer:
        value = facts.extra.get(name)
        if value is None or value is True:  # that there is one is known, but not which
            return Answer(None, value)
        return Answer(any(each in wanted for each in names_of(facts)), value)

    def test(facts: Facts) -> bool | None:
        value = facts.extra.get(name)
        return None if value is None or value is True else not wanted.isdisjoint(names_of(facts))

    names_of = _names_said(name)
    return Condition(name, node.plain(), ask, test, Needs(names_of, wanted, is_enough=True))


@cache
def _is_said(name: str) -> Aspect:
    def told(facts: Facts) -> tuple[bool, ...]:
        value = facts.extra.get(name)
        return () if value is None else (bool(value),)

    return told


@cache
def _names_said(name: str) -> Callable[[Facts], tuple[str, ...]]:
    def told(facts: Facts) -> tuple[str, ...]:
        value = facts.extra.get(name)
        if isinstance(value, str):
            return (value.casefold(),)
        return tuple(str(each).casefold() for each in value) if isinstance(value, list | tuple) else ()

    return told


def _contacts(name: str, node: Node, reading: Reading) -> Condition | None:
    match = _CONTACTS.fullmatch(name)
    days = int(match[1]) if match else 0
    if not 1 <= days <= 3650:
        reading.fail(node, "EB103", f'"{name}": the days must be 1 to 3650')
        return None
    return _number(lambda facts: facts.customer.contacts_in(days), low=0)(name, node, reading)


def _in_list(name: str, node: Node, reading: Reading) -> Condition | None:
    if not isinstance(node.content, str):
        message = f'"{name}" must be the name of a list in config/lists, not {kind_of(node.plain())}'
        reading.fail(node, "EB103", message)
        return None
    terms = reading.named_list(node, node.content)
    if terms is None:
        return None
    wanted = frozenset(handle_of(term) for term in terms)

    def ask(facts: Facts) -> Answer:
        # Nobody without a name is on a list: a deleted account must not hold up a rule that spares the staff.
        handle = facts.author_handle
        return Answer(handle is not None and handle_of(handle) in wanted, handle)

    return Condition(name, node.content, ask, needs=Needs(_handles, wanted, is_enough=True))


def _handles(facts: Facts) -> tuple[str, ...]:
    return (handle_of(facts.author_handle),) if facts.author_handle is not None else ()


def _account_age(facts: Facts) -> timedelta | None:
    return facts.now - facts.author_created_at if facts.author_created_at else None


def _growth(facts: Facts) -> float | None:
    value = facts.extra.get("engagement.growth")
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def range_schema(value: dict[str, Any]) -> dict[str, Any]:
    """The shape of a range over values of one shape."""
    bounds: dict[str, Any] = dict.fromkeys(BOUNDS[:-1], value)
    bounds["between"] = {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
    return {"type": "object", "properties": bounds, "additionalProperties": False, "minProperties": 1}


def _one_or_list(allowed: tuple[str, ...] | None = None, *, pattern: str | None = None) -> dict[str, Any]:
    one: dict[str, Any] = {"enum": [str(value) for value in allowed]} if allowed else {"type": "string"}
    if pattern is not None:
        one["pattern"] = pattern
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


_BOOL: dict[str, Any] = {"type": "boolean"}
_COUNT = range_schema({"type": "number", "minimum": 0})
_ANY_NUMBER = range_schema({"type": "number"})
_AGE = range_schema({"type": "string", "pattern": r"^\s*[0-9]{1,6}\s*[smhdw]\s*$"})
_NAMES = _one_or_list()
_FLAG_OR_NAMES = {"anyOf": [_BOOL, *_NAMES["anyOf"]]}
# fmt: off
CONDITIONS: tuple[Spec, ...] = (
    Spec("text", "what the author wrote, title included", build_text, TEXT_SCHEMA),
    Spec("sentiment", "the level of feeling", _sentiment, _one_or_list(tuple(Sentiment))),
    Spec("compound", "VADER's score", _number(lambda f: f.compound, low=-1, high=1),
         range_schema({"type": "number", "minimum": -1, "maximum": 1})),
    Spec("unhappiness", "how unhappy the author is", _number(lambda f: f.unhappiness, low=0, high=1),
         range_schema({"type": "number", "minimum": 0, "maximum": 1})),
    Spec("intent", "what the author wants", _intent, _one_or_list(tuple(Intent))),
    Spec("reason", "what the author is unhappy about", _later(takes_names=True, holds=has_reasons),
         _NAMES),
    Spec("language", "the language", _language, _one_or_list(pattern=f"^{_LANGUAGE.pattern}$")),
    Spec("platform", "where it was said", _choice(lambda f: f.source, doubt=doubt_platforms), _NAMES),
    Spec("watch", "the watch that heard it", _choice(lambda f: f.watch, doubt=doubt_watches), _NAMES),
    Spec("subreddit", "the community", _choice(lambda f: f.community, fold=community_of), _NAMES),
    Spec("kind", "the kind of mention",
         _choice(lambda f: f.kind, allowed=tuple(Kind), noun="kind of mention"),
         _one_or_list(tuple(Kind))),
    Spec("addressed_to_us", "whether it speaks to us", _flag(lambda f: f.addressed_to_us), _BOOL),
    Spec("author.followers", "the author's followers", _number(lambda f: f.author_followers, low=0), _COUNT),
    Spec("author.in_list", "the author's handle in a list", _in_list, {"type": "string"}),
    Spec("author.account_age", "the account's age", _span(_account_age), _AGE),
    Spec("author.verified", "whether the account is verified", _flag(lambda f: f.author_is_verified), _BOOL),
    Spec("customer.contacts_in_N_days", "contacts of this person, this one included", _contacts, _COUNT),
    Spec("customer.open_case", "an open case", _flag(lambda f: f.customer.has_open_case), _BOOL),
    Spec("customer.last_outcome", "how the last contact ended",
         _choice(lambda f: f.customer.last_outcome), _NAMES),
    Spec("customer.vip", "a very important person", _flag(lambda f: f.customer.is_vip), _BOOL),
    Spec("customer.opted_out", "no more messages wanted", _flag(lambda f: f.customer.is_opted_out), _BOOL),
    Spec("engagement.likes", "likes", _number(lambda f: f.likes, low=0), _COUNT),
    Spec("engagement.replies", "replies", _number(lambda f: f.replies, low=0), _COUNT),
    Spec("engagement.score", "the platform's score", _number(lambda f: f.score), _ANY_NUMBER),
    Spec("engagement.growth", "reactions gained per hour", _number(_growth), _ANY_NUMBER),
    Spec("mentions_rival", "a rival is named", _later(takes_names=True), _FLAG_OR_NAMES),
    Spec("tender_topic", "a topic that forbids cheerfulness", _later(takes_names=True), _FLAG_OR_NAMES),
    Spec("asks_for_human", "the author wants a person", _later(takes_names=False), _BOOL),
    Spec("age", "time since it was posted", _span(lambda f: f.now - f.posted_at), _AGE),
    Spec("time", "the moment of the decision, in the team's zone", build_time, TIME_SCHEMA),
    Spec("near_duplicate_of_recent", "nearly the same as a recent mention", _later(takes_names=False), _BOOL),
)
# fmt: on
_BY_NAME = {spec.name: spec for spec in CONDITIONS}
