"""Does one question settle another? Answers that hold for every mention, from what the rule files say alone.

Three-valued logic makes these careful: `implies` and `excludes` say true only where it can be shown, and
false where it is not so or not known.
"""

from __future__ import annotations

from typing import Any

from engagebot.domain.durations import parse_duration
from engagebot.domain.mention import Kind
from engagebot.domain.rules import Condition, Group, Mode
from engagebot.rulebook.reading import BOUNDS, Bounds

Asked = Condition | Group
# Of these a mention has one value, so that two of them exclude one another.
_SINGLE = frozenset({"sentiment", "platform", "watch", "kind", "customer.last_outcome"})
_ALL_DAY = "00:00-24:00"


def implies(asked: Asked, other: Asked) -> bool:
    """Whether every mention that fulfils `asked` fulfils `other` too."""
    if isinstance(other, Group):
        if other.mode is Mode.ALL:
            return all(implies(asked, member) for member in other.members)
        if other.mode is Mode.NONE:
            return all(excludes(asked, member) for member in other.members)
    elif is_always_so(other):
        return True
    if isinstance(asked, Group) and asked.mode is Mode.ANY:
        return all(implies(member, other) for member in asked.members)
    if isinstance(other, Group) and any(implies(asked, member) for member in other.members):
        return True
    if isinstance(asked, Group):
        return asked.mode is Mode.ALL and any(implies(member, other) for member in asked.members)
    return isinstance(other, Condition) and _narrows(asked, other)


def excludes(asked: Asked, other: Asked) -> bool:
    """Whether a mention that fulfils `asked` surely answers `other` with no."""
    if isinstance(asked, Group) and asked.mode is Mode.ANY:
        return all(excludes(member, other) for member in asked.members)
    if isinstance(other, Group):
        if other.mode is Mode.ANY:
            return all(excludes(asked, member) for member in other.members)
        if other.mode is Mode.ALL and any(excludes(asked, member) for member in other.members):
            return True
    if isinstance(asked, Group):
        if asked.mode is Mode.ALL:
            return any(excludes(member, other) for member in asked.members)
        return any(implies(other, member) for member in asked.members)
    return isinstance(other, Condition) and _clashes(asked, other)


def is_always_so(asked: Condition) -> bool:
    """Whether the condition holds for every mention there can be."""
    name, expected = asked.name, asked.expected
    if name == "kind":
        return _values(expected) >= {kind.value for kind in Kind}
    if name == "time":
        return set(expected) == {"between"} and expected["between"] == _ALL_DAY
    bounds = _bounds(expected) if name.startswith("customer.contacts_in_") else None
    return bounds is not None and _lies_in(Bounds(low=1), bounds)  # this contact is the first


def contradiction(group: Group) -> tuple[str, str] | None:
    """The names of two conditions of a group of which no mention can fulfil both."""
    parts = _demands(group)
    for place, one in enumerate(parts):
        for other in parts[place + 1 :]:
            if excludes(one, other) or excludes(other, one):
                return name_of(one), name_of(other)
    return None


def name_of(asked: Asked) -> str:
    """The condition's name, of a group its first one's."""
    while isinstance(asked, Group):
        asked = asked.members[0]
    return asked.name


def conditions_of(asked: Asked) -> list[Condition]:
    """Every condition in it, in order."""
    if isinstance(asked, Condition):
        return [asked]
    return [each for member in asked.members for each in conditions_of(member)]


def needed_names(asked: Asked) -> frozenset[str]:
    """Names of conditions that must hold, whichever mention it is."""
    if isinstance(asked, Condition):
        return frozenset() if is_always_so(asked) else frozenset({asked.name})
    if asked.mode is not Mode.ALL:
        return frozenset()
    return frozenset().union(*(needed_names(member) for member in asked.members))


def text_marks(asked: Asked) -> frozenset[str]:
    """The words, lists and patterns that its conditions on the text name.

    A text condition can follow from another one only where both have a mark in common.
    """
    marks: set[str] = set()
    for condition in conditions_of(asked):
        if condition.name == "text":
            for key, value in condition.expected.items():
                marks |= {f"\1{value}"} if key == "matches" else _terms(value)
    return frozenset(marks)


def needed_text(asked: Asked) -> Condition | None:
    """A condition on the text that must hold whichever mention it is, if there is one."""
    if isinstance(asked, Condition):
        return asked if asked.name == "text" else None
    if asked.mode is not Mode.ALL:
        return None
    return next((found for member in asked.members if (found := needed_text(member))), None)


def _demands(group: Group) -> list[Asked]:
    if group.mode is not Mode.ALL:
        return [group]
    return [
        part for each in group.members for part in (_demands(each) if isinstance(each, Group) else [each])
    ]


def _narrows(asked: Condition, other: Condition) -> bool:
    if asked.name != other.name:
        return False
    if asked.expected == other.expected:
        return True
    if other.name == "text":
        return all(_finds(asked.expected, key, value) for key, value in other.expected.items())
    mine, theirs = _bounds(asked.expected), _bounds(other.expected)
    if mine is not None and theirs is not None:
        return _lies_in(mine, theirs)
    if isinstance(asked.expected, dict) or isinstance(other.expected, dict):
        return False
    if isinstance(other.expected, bool):
        return other.expected and not isinstance(asked.expected, bool)  # one by name is one
    return not isinstance(asked.expected, bool) and _values(asked.expected) <= _values(other.expected)


def _clashes(asked: Condition, other: Condition) -> bool:
    if asked.name != other.name:
        return False
    if isinstance(asked.expected, bool) and isinstance(other.expected, bool):
        return asked.expected is not other.expected
    mine, theirs = _bounds(asked.expected), _bounds(other.expected)
    if mine is not None and theirs is not None:
        return _lies_apart(mine, theirs) or _lies_apart(theirs, mine)
    values = _values(asked.expected)
    # Of a language that is not scored nobody knows whether it is negative: that is no "no".
    is_known = asked.name != "sentiment" or "unknown" not in values
    return asked.name in _SINGLE and is_known and values.isdisjoint(_values(other.expected))


def _finds(expected: dict[str, Any], key: str, value: Any) -> bool:
    """Whether a text condition makes sure that one key of another holds."""
    if expected.get(key) == value:
        return True
    if key == "matches":
        return False
    wanted, any_of = _terms(value), _terms(expected.get("contains_any"))
    all_of = _terms(expected.get("contains_all"))
    if key == "contains_any":
        return bool(any_of and any_of <= wanted) or not all_of.isdisjoint(wanted)
    return wanted <= all_of or (wanted == any_of and len(any_of) == 1)


def _terms(value: Any) -> frozenset[str]:
    if isinstance(value, dict):
        return frozenset({f"\0{value.get('list')}"})  # a list is compared by its name
    return _values(value) if value is not None else frozenset()


def _values(expected: Any) -> frozenset[str]:
    values = expected if isinstance(expected, list) else [expected]
    return frozenset(str(value).casefold() for value in values)


def _bounds(expected: Any) -> Bounds | None:
    if not isinstance(expected, dict) or not expected or not set(expected) <= set(BOUNDS):
        return None
    if isinstance(expected.get("between"), str):  # a span of the day, which may run over midnight
        return None
    bounds = Bounds()
    for key, value in expected.items():
        pair = value if isinstance(value, list) else [value]
        bounds = bounds.narrowed(key, [_number(each) for each in pair])
    return bounds


def _number(value: Any) -> float:
    return parse_duration(value).total_seconds() if isinstance(value, str) else float(value)


def _lies_in(inner: Bounds, outer: Bounds) -> bool:
    is_low = inner.low > outer.low or (
        inner.low == outer.low and (inner.is_low_open or not outer.is_low_open)
    )
    is_high = inner.high < outer.high or (
        inner.high == outer.high and (inner.is_high_open or not outer.is_high_open)
    )
    return is_low and is_high


def _lies_apart(lower: Bounds, upper: Bounds) -> bool:
    touches = lower.high == upper.low
    return lower.high < upper.low or (touches and (lower.is_high_open or upper.is_low_open))
