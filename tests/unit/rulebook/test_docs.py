import json
import re
from pathlib import Path
from typing import Any

import pytest

from engagebot.rulebook.schema import json_schema
from engagebot.yamlfile import read_yaml
from tests.unit.rulebook.rule_sets import check, load

DOCS = (Path(__file__).parents[3] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)


def _rule(block: str) -> str:
    """Make a whole rule of a documented part."""
    if block.startswith("- id"):
        return block
    parts = {"when": "when: {all: [{kind: post}]}", "then": "then: [{draft: {template: thanks}}]"}
    key = block.split(":")[0].strip()
    indented = "".join(f"    {line}\n" for line in block.splitlines())
    if block.startswith("- "):
        action = key[2:] in ("escalate", "draft", "tag", "assign", "notify", "ignore", "webhook")
        parts["then" if action else "when"] = (
            f"then:\n{indented}" if action else f"when:\n   all:\n{indented}"
        )
        return "- id: r\n" + "".join(f"  {part}\n" for part in parts.values())
    kept = "".join(f"  {part}\n" for name, part in parts.items() if name != key)
    return f"- id: r\n{kept}" + "".join(f"  {line}\n" for line in block.splitlines())


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split("\n")[0][:40] for block in BLOCKS])
def test_every_example_of_the_docs_loads(block: str) -> None:
    text = _rule(block).replace("notify: slack", "notify: console")

    book, findings = check(text)

    assert book is not None, (text, findings)


def _fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """A validator for the few words that our schema uses."""
    if "$ref" in schema:
        return _fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema and not any(_fits(value, each, root) for each in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    kinds: dict[str, Any] = {
        "array": list,
        "object": dict,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
    }
    if "type" in schema and schema["type"] != "null" and not isinstance(value, kinds[schema["type"]]):
        return False
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(
            _fits(each, schema.get("items", {}), root) for each in value
        )
    if isinstance(value, dict):
        return _fits_object(value, schema, root)
    return "pattern" not in schema or re.search(schema["pattern"], value) is not None


def _fits_object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]) -> bool:
    if not set(schema.get("required", [])) <= set(value) or len(value) < schema.get("minProperties", 0):
        return False
    for key, inner in value.items():
        patterned = [
            each for name, each in schema.get("patternProperties", {}).items() if re.search(name, key)
        ]
        found = schema.get("properties", {}).get(key) or (patterned[0] if patterned else None)
        if found is None:
            if schema.get("additionalProperties") is False:
                return False
        elif not _fits(inner, found, root):
            return False
    return True


def _plain(text: str) -> Any:
    return read_yaml(text, "x.yaml").plain()


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split("\n")[0][:40] for block in BLOCKS])
def test_the_schema_takes_every_example_of_the_docs(block: str) -> None:
    schema = json_schema()

    assert _fits(_plain(_rule(block)), schema, schema)


@pytest.mark.parametrize(
    "text",
    [
        "- {id: r, then: [{explode: 1}]}",
        "- {id: r, when: {all: [{sentimnt: x}]}, then: []}",
        "- {id: r, when: {all: [{sentiment: upset}]}, then: []}",
        "- {id: r, when: {all: []}, then: []}",
        "- {id: R S, then: []}",
        "- {id: r, then: [], limits: {per_week: 1}}",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    schema = json_schema()

    assert not _fits(_plain(text), schema, schema)


def test_the_schema_is_plain_json_and_every_reference_in_it_leads_somewhere() -> None:
    text = json.dumps(json_schema())

    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) <= set(json.loads(text)["$defs"])


def test_the_documented_rule_carries_tests_that_it_passes() -> None:
    assert load(next(block for block in BLOCKS if block.startswith("- id"))).rules[0].tests
