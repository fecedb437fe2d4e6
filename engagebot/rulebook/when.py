"""`when`: lists of conditions joined by all, any and none, at most two levels deep."""

from __future__ import annotations

from engagebot.domain.rules import Condition, Group, Mode
from engagebot.rulebook.conditions import build, is_condition, names
from engagebot.rulebook.reading import Reading
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed

MODES = tuple(mode.value for mode in Mode)
_HINT = 'write "all:" and below it one condition after each dash'


def read_when(node: Node, reading: Reading) -> Group | None:
    """Read the top of `when`; several of all, any and none must hold together."""
    if not isinstance(node.content, dict):
        reading.fail(
            node, "EB107", f'"when" must hold all, any or none, not {kind_of(node.plain())}; {_HINT}'
        )
        return None
    if not node.content:
        reading.fail(node, "EB107", f'"when" is empty; {_HINT}')
        return None
    return _groups(node, reading, level=1)


def _groups(node: Node, reading: Reading, *, level: int) -> Group | None:
    groups: list[Group | None] = []
    for key, inner in node.items():
        if key in MODES:
            groups.append(_group(Mode(key), inner, reading, level=level))
            continue
        groups.append(None)
        if is_condition(key):
            message = f'the condition "{key}" must stand in a list; write all: and below it - {key}: …'
        else:
            message = f'unknown key "{key}" in "when"; allowed: {listed(MODES)}{did_you_mean(key, MODES)}'
        reading.fail(node, "EB107", message, key=key)
    found = [group for group in groups if group is not None]
    if len(found) != len(groups):
        return None
    return found[0] if len(found) == 1 else Group(Mode.ALL, tuple(found))


def _group(mode: Mode, node: Node, reading: Reading, *, level: int) -> Group | None:
    if not isinstance(node.content, list):
        reading.fail(
            node,
            "EB107",
            f'"{mode}" must be a list, not {kind_of(node.plain())}; put a dash before each condition',
        )
        return None
    if not node.content:
        reading.fail(
            node, "EB107", f'"{mode}" is an empty list, which every mention fulfils; name a condition'
        )
        return None
    members = [_member(item, reading, level=level) for item in node.content]
    found = [member for member in members if member is not None]
    return Group(mode, tuple(found)) if len(found) == len(members) else None


def _member(node: Node, reading: Reading, *, level: int) -> Condition | Group | None:
    if not isinstance(node.content, dict) or not node.content:
        hint = "write - sentiment: negative, for example"
        reading.fail(node, "EB107", f"a condition is a name and a value, not {kind_of(node.plain())}; {hint}")
        return None
    if any(key in MODES for key in node.content):
        if level >= 2:
            message = "all, any and none nest at most two levels; split this into two rules"
            reading.fail(node, "EB107", message)
            return None
        return _groups(node, reading, level=level + 1)
    if len(node.content) > 1:
        second = list(node.content)[1]
        message = f"one condition after each dash: begin a new line with - {second}: …"
        reading.fail(node, "EB107", message, key=second)
        return None
    ((name, value),) = node.items()
    if not is_condition(name):
        near = did_you_mean(name, names()) or "; docs/rules.md lists them all"
        message = f'unknown condition "{name}"{near}'
        reading.fail(node, "EB101", message, key=name)
        return None
    return build(name, value, reading)
