"""The difference between two rule sets in words, rule by rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from engagebot.domain.rules import Rule, Rulebook
from engagebot.domain.ruling.replay import Routing
from engagebot.rulebook.sentence import sentence


def changes(old: Routing, new: Routing) -> tuple[str, ...]:
    """What was changed from one set to the other; nothing where one of the two is no rule set."""
    if old.book is None or new.book is None:
        return ()
    return tuple(diff_in_words(old.book, new.book))


def diff_in_words(old: Rulebook, new: Rulebook) -> Iterator[str]:
    """Say what became of each rule and template, one line each."""
    before, after = ({rule.id: rule for rule in book.rules} for book in (old, new))
    for rule_id, rule in after.items():
        if rule_id not in before:
            yield f'new rule {rule_id} ({rule.status}): "{rule.name}". {sentence(rule)}'
        else:
            yield from _changed(before[rule_id], rule)
    for rule_id, rule in before.items():
        if rule_id not in after:
            yield f'rule {rule_id} is gone: "{rule.name}". {sentence(rule)}'
    kept = [rule_id for rule_id in before if rule_id in after]
    moved = _moved(kept, [rule_id for rule_id in after if rule_id in before])
    if moved:
        yield f"another order: {', '.join(moved)}"
    yield from _templates(old, new)


def _changed(before: Rule, after: Rule) -> Iterator[str]:
    if before.status is not after.status:
        yield f"rule {after.id} was {before.status}, now {after.status}"
    said = sentence(before), sentence(after)
    if said[0] != said[1]:
        yield f"rule {after.id} was: {said[0]} Now: {said[1]}"
    elif _asks(before) != _asks(after):
        yield f"rule {after.id} asks for other terms; its sentence is the same: {said[1]}"
    if before.name != after.name:
        yield f'rule {after.id} was called "{before.name}", now "{after.name}"'


def _asks(rule: Rule) -> object:
    # Conditions compare by name and value; a list's terms are in neither, so they are told as other terms.
    return rule.when, rule.then, rule.limits, rule.stop


def _moved(before: list[str], after: list[str]) -> list[str]:
    """The fewest rules that explain another order, roughly: those that stand elsewhere among the others."""
    if before == after:
        return []
    same = difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_matching_blocks()
    still = {after[place] for block in same for place in range(block.b, block.b + block.size)}
    return [rule_id for rule_id in after if rule_id not in still]


def _templates(old: Rulebook, new: Rulebook) -> Iterator[str]:
    for name in sorted(old.templates.keys() | new.templates.keys()):
        before, after = old.templates.get(name), new.templates.get(name)
        if before is None:
            yield f"new template {name}"
        elif after is None:
            yield f"template {name} is gone"
        elif before.wordings != after.wordings:
            yield f"template {name} has other words"
    # What only one of the two asks for, its rules tell.
    for name in sorted(old.sources.keys() & new.sources.keys()):
        if name.startswith("lists/") and old.sources[name] != new.sources[name]:
            yield f"list {name[len('lists/') : -len('.txt')]} has other terms"
