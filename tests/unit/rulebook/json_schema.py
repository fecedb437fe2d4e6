"""A validator for the words of JSON Schema that ours uses; an unknown word is an error of the test."""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]
_KINDS: dict[str, Any] = {
    "array": list, "object": dict, "string": str, "boolean": bool, "null": type(None),
    "integer": int, "number": (int, float),
}  # fmt: skip
_KNOWN = {
    "$ref", "$schema", "$defs", "title", "description", "default", "type", "enum", "const", "anyOf", "if",
    "then", "else", "pattern", "minLength", "minimum", "maximum", "items", "minItems", "maxItems",
    "properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties",
}  # fmt: skip


def fits(value: Any, schema: Schema | bool, root: Schema) -> bool:
    """Whether a plain value is one that the schema describes."""
    if isinstance(schema, bool):
        return schema
    assert set(schema) <= _KNOWN, set(schema) - _KNOWN
    if "$ref" in schema and not fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root):
        return False
    if "anyOf" in schema and not any(fits(value, each, root) for each in schema["anyOf"]):
        return False
    if "if" in schema:
        branch = "then" if fits(value, schema["if"], root) else "else"
        if not fits(value, schema.get(branch, True), root):
            return False
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    return _is_of_type(value, schema.get("type")) and _fits_inside(value, schema, root)


def _is_of_type(value: Any, kind: str | None) -> bool:
    if kind is None:
        return True
    return isinstance(value, _KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _fits_inside(value: Any, schema: Schema, root: Schema) -> bool:
    if isinstance(value, dict):
        return _fits_object(value, schema, root)
    if isinstance(value, list):
        count = schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        return count and all(fits(each, schema.get("items", True), root) for each in value)
    if isinstance(value, str):
        return len(value) >= schema.get("minLength", 0) and bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, int | float):
        return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    return True


def _fits_object(value: dict[str, Any], schema: Schema, root: Schema) -> bool:
    count = schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value))
    if not count or not set(schema.get("required", [])) <= set(value):
        return False
    patterned = schema.get("patternProperties", {})
    for key, inner in value.items():
        found = [each for name, each in patterned.items() if re.search(name, key)]
        if key in schema.get("properties", {}):
            found.append(schema["properties"][key])
        if not all(fits(inner, each, root) for each in found or [schema.get("additionalProperties", True)]):
            return False
    return True
