"""The condition `time`: when the decision falls, on the team's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engagebot.domain.facts import Facts
from engagebot.domain.hours import is_within, parse_time_span, parse_weekdays
from engagebot.domain.rules import Answer, Condition
from engagebot.rulebook.reading import Reading
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed

KEYS = ("business", "weekdays", "between")
_DAY_NAME = "([Mm]on(day)?|[Tt]ue(sday)?|[Ww]ed(nesday)?|[Tt]hu(rsday)?|[Ff]ri(day)?|[Ss](at(ur)?|un)(day)?)"
_DAY = {"type": "string", "pattern": rf"^\s*{_DAY_NAME}\s*([-–]\s*{_DAY_NAME}\s*)?$"}
_DAYS = {"anyOf": [_DAY, {"type": "array", "items": _DAY, "minItems": 1}]}
_SPAN = {"type": "string", "pattern": r"^\s*[0-9]{1,2}:[0-5][0-9]\s*[-–]\s*[0-9]{1,2}:[0-5][0-9]\s*$"}
TIME_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"business": {"type": "boolean"}, "weekdays": _DAYS, "between": _SPAN},
    "additionalProperties": False,
    "minProperties": 1,
}


def build_time(name: str, node: Node, reading: Reading) -> Condition | None:
    """Read `{business: true, weekdays: [mon-fri], between: "09:00-18:00"}`; all keys given must hold."""
    if not isinstance(node.content, dict) or not node.content:
        message = f'"time" must be a mapping with {listed(KEYS)}, not {kind_of(node.plain())}'
        reading.fail(node, "EB102", message)
        return None
    before = len(reading.findings)
    values: dict[str, Any] = {}
    for key, inner in node.items():
        if key in KEYS:
            values[key] = _value(key, inner, reading)
        else:
            message = f'unknown key "{key}" in "time"; allowed: {listed(KEYS)}{did_you_mean(key, KEYS)}'
            reading.fail(node, "EB102", message, key=key)
    if len(reading.findings) > before:
        return None
    days, span = values.get("weekdays"), values.get("between")
    business: bool | None = values.get("business")

    def is_then(now: datetime) -> bool:
        return (days is None or now.weekday() in days) and (span is None or is_within(now, span))

    def ask(facts: Facts) -> Answer:
        actual = f"{facts.now:%a %H:%M}".lower()
        if business is None or not is_then(facts.now):
            return Answer(is_then(facts.now), actual)
        if facts.business_open is None:
            return Answer(None, actual)
        state = "open" if facts.business_open else "closed"
        return Answer(facts.business_open is business, f"{actual}, {state}")

    return Condition(name, node.plain(), ask)


def _value(key: str, node: Node, reading: Reading) -> Any:
    if key == "business":
        return reading.flag(node, key)
    try:
        if key == "between":
            return parse_time_span(str(node.content))
        names = reading.chosen(node, key, None) or ()
        return frozenset(day for name in names for day in parse_weekdays(name))
    except ValueError as error:
        reading.fail(node, "EB103", str(error))
        return None
