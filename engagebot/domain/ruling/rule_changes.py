"""What two rule sets have in common: the mark by which a rule is known again, and what changed in words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from engagebot.domain.actions import DraftReply
from engagebot.domain.rules import Condition, Group, Rule, Rulebook

_TOLD_ONLY: Final = frozenset({"name", "tests"})
_LISTS, _TEMPLATES = "lists/", "templates/"
_MOST_WORDS = 20


def marks(book: Rulebook) -> dict[str, str]:
    """The mark of every rule, by id."""
    return {rule.id: mark(rule, book) for rule in book.rules}


def mark(rule: Rule, book: Rulebook) -> str:
    """A short hash of everything that makes a rule act as it does; its name and its tests do not count.

    The lists it asks and the templates it fills count as parts of it.
    """
    acts = {key: value for key, value in _keys(rule).items() if key not in _TOLD_ONLY}
    acts["files"] = {name: book.sources.get(name) for name in _files_of(rule)}
    written = json.dumps(acts, sort_keys=True, default=str)
    return hashlib.sha256(written.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def changes(old: Rulebook | None, new: Rulebook) -> tuple[str, ...]:
    """Say what a new set does otherwise: rules added, removed, and changed by which keys."""
    if old is None:
        return (f"first set, {len(new.rules)} rules",)
    before, after = ({rule.id: rule for rule in book.rules} for book in (old, new))
    said = [f"added {rule.id} ({rule.status})" for rule in new.rules if rule.id not in before]
    said += [f"removed {rule.id}" for rule in old.rules if rule.id not in after]
    for rule_id, rule in after.items():
        if rule_id in before and (words := _changed(before[rule_id], rule)):
            said.append(f"changed {rule_id}: {', '.join(words)}")
    if _common(old, after) != _common(new, before):
        said.append("changed the order of rules")
    said += _changed_files(old.sources, new.sources)
    if not said:
        said.append("the same rules; only comments, blanks or names of files differ")
    left = len(said) - _MOST_WORDS
    return (*said[:_MOST_WORDS], f"and {left} more") if left > 0 else tuple(said)


def _changed(old: Rule, new: Rule) -> list[str]:
    before, after = _keys(old), _keys(new)
    return [
        f"status {before[key]} → {after[key]}" if key == "status" else key
        for key in after
        if before[key] != after[key]
    ]


def _common(book: Rulebook, others: Mapping[str, Rule]) -> list[str]:
    return [rule.id for rule in book.rules if rule.id in others]


def _changed_files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        folder, _, file = name.rpartition("/")
        if not folder or old.get(name) == new.get(name):
            continue
        noun = f"{folder.removesuffix('s')} {file.rpartition('.')[0]}"
        if name not in old:
            yield f"added {noun}"
        elif name not in new:
            yield f"removed {noun}"
        else:
            before, after = (set(texts[name].splitlines()) for texts in (old, new))
            counted = f" ({len(after - before)} lines new, {len(before - after)} gone)"
            yield f"changed {noun}{counted if name.startswith(_LISTS) else ''}"


def _keys(rule: Rule) -> dict[str, Any]:
    """A rule as plain values under the keys of the rule file."""
    return {
        "name": rule.name,
        "status": rule.status.value,
        "when": _plain(rule.when) if rule.when is not None else None,
        "then": [[type(action).__name__, asdict(action)] for action in rule.then],
        "stop": rule.stop,
        "default": rule.is_default,
        "limits": [str(limit) for limit in rule.limits],
        # Where a test stands is no part of it.
        "tests": [[test.name, test.given, test.matches, test.actions] for test in rule.tests],
    }


def _plain(member: Condition | Group) -> Any:
    if isinstance(member, Condition):
        return {member.name: member.expected}
    return {member.mode.value: [_plain(inner) for inner in member.members]}


def _files_of(rule: Rule) -> list[str]:
    templates = {action.template for action in rule.then if isinstance(action, DraftReply)}
    lists = set(_lists_in(_plain(rule.when))) if rule.when is not None else set()
    return [
        *(f"{_TEMPLATES}{name}.md" for name in sorted(templates)),
        *(f"{_LISTS}{name}.txt" for name in sorted(lists)),
    ]


def _lists_in(plain: Any) -> Iterator[str]:
    if isinstance(plain, Mapping):
        for key, value in plain.items():
            if key in {"list", "author.in_list"} and isinstance(value, str):
                yield value
            else:
                yield from _lists_in(value)
    elif isinstance(plain, Sequence) and not isinstance(plain, str):
        for value in plain:
            yield from _lists_in(value)
