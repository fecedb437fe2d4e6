"""The JSON Schema of a rule file, for editors: completion and marks while one writes."""

from __future__ import annotations

from typing import Any

from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.mention import Kind
from engagebot.domain.outbox import Severity
from engagebot.domain.rules import RuleStatus
from engagebot.rulebook.acting import ACTIONS, LIMITS, TAG, Shape
from engagebot.rulebook.conditions import CONDITIONS
from engagebot.rulebook.given import TestModel
from engagebot.rulebook.when import MODES

_STRING: dict[str, Any] = {"type": "string", "minLength": 1}
_TAG = {"type": "string", "pattern": f"^{TAG.pattern}$"}
_TAGS: dict[str, Any] = {"anyOf": [_TAG, {"type": "array", "items": _TAG, "minItems": 1}]}
_AGE = {"type": "string", "pattern": r"^\s*[0-9]{1,6}\s*[smhdw]\s*$"}


def json_schema() -> dict[str, Any]:
    """Describe one file of `rules/`."""
    test = TestModel.model_json_schema(ref_template="#/$defs/{model}")
    _sharpen(test["$defs"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "engagebot rules",
        "type": "array",
        "items": {"$ref": "#/$defs/rule"},
        "$defs": {
            **test.pop("$defs", {}),
            "rule": _rule(),
            "test": test,
            "condition": _condition(),
            "group": _group({"anyOf": [{"$ref": "#/$defs/condition"}, {"$ref": "#/$defs/inner"}]}),
            "inner": _group({"$ref": "#/$defs/condition"}),
            "action": _action(),
        },
    }


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _rule() -> dict[str, Any]:
    rate = {"type": "string", "pattern": "^[0-9]+ */ *[0-9]+ *[smhdw]$"}
    count = {"type": "integer", "minimum": 1}
    limits = {name: count if name in ("per_day", "per_hour") else rate for name in LIMITS}
    properties = {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
        "name": _STRING,
        "status": {"enum": [status.value for status in RuleStatus]},
        "when": {"$ref": "#/$defs/group"},
        "then": {"type": "array", "items": {"$ref": "#/$defs/action"}},
        "stop": {"type": "boolean"},
        "default": {"type": "boolean"},
        "limits": _closed(limits),
        "tests": {"type": "array", "items": {"$ref": "#/$defs/test"}},
    }
    whole = _closed(properties, "id", "then")
    is_default = {"properties": {"default": {"const": True}}, "required": ["default"]}
    of_default = {"properties": {"when": False, "status": {"const": "live"}}}
    of_others = {"required": ["when"], "properties": {"then": {"minItems": 1}}}
    return {**whole, "if": is_default, "then": of_default, "else": of_others}


def _sharpen(models: dict[str, Any]) -> None:
    """Say of a test's mention what its model leaves to the loader."""
    mention = models["MentionModel"]["properties"]
    for name, allowed in (("sentiment", Sentiment), ("kind", Kind), ("intent", Intent), ("intents", Intent)):
        one = {"enum": [value.value for value in allowed]}
        many = {"type": "array", "items": one, "minItems": 1}
        mention[name] = {"anyOf": [one, many] if name.startswith("intent") else [one]}
    mention["at"] = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.+-]+Z?)?$"}
    mention["age"] = models["AuthorModel"]["properties"]["account_age"] = _AGE
    flags = {name: {"type": "boolean"} for name in ("open_case", "vip", "opted_out")}
    mention["customer"] = {
        **_closed({**flags, "last_outcome": _STRING}),
        "patternProperties": {"^contacts_in_[0-9]{1,4}_days$": {"type": "integer", "minimum": 1}},
    }
    models["ExpectModel"]["minProperties"] = 1


def _group(member: dict[str, Any]) -> dict[str, Any]:
    members = {"type": "array", "items": member, "minItems": 1}
    return {**_closed(dict.fromkeys(MODES, members)), "minProperties": 1}


def _condition() -> dict[str, Any]:
    named = {
        spec.name: {**spec.schema, "description": spec.meaning}
        for spec in CONDITIONS
        if "_N_" not in spec.name
    }
    patterned = {
        "^" + spec.name.replace(".", r"\.").replace("_N_", "_[1-9][0-9]{0,3}_") + "$": {
            **spec.schema, "description": spec.meaning,
        }
        for spec in CONDITIONS if "_N_" in spec.name
    }  # fmt: skip
    return {
        "type": "object",
        "properties": named,
        "patternProperties": patterned,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _action() -> dict[str, Any]:
    properties = {shape.name: _shape(shape) for shape in ACTIONS}
    return {**_closed(properties), "minProperties": 1, "maxProperties": 1}


def _shape(shape: Shape) -> dict[str, Any]:
    keys: dict[str, Any] = dict.fromkeys((*shape.required, *shape.optional), _STRING)
    if "severity" in keys:
        keys["severity"] = {"enum": [severity.value for severity in Severity]}
    if "tags" in keys:
        keys["tags"] = _TAGS
    full = {**_closed(keys, *shape.required), "description": shape.meaning}
    if shape.short is None:
        return full
    return {"anyOf": [keys[shape.short], full], "description": shape.meaning}
