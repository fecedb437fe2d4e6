import json
import re
from pathlib import Path
from typing import Any

import pytest

from engagebot.errors import FilesInvalid
from engagebot.rulebook.schema import json_schema
from engagebot.yamlfile import read_yaml
from tests.unit.rulebook.json_schema import fits
from tests.unit.rulebook.rich import RICH
from tests.unit.rulebook.rule_sets import BAD, check, load

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


def _plain(text: str) -> Any:
    return read_yaml(text, "x.yaml").plain()


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split("\n")[0][:40] for block in BLOCKS])
def test_the_schema_takes_every_example_of_the_docs(block: str) -> None:
    schema = json_schema()

    assert fits(_plain(_rule(block)), schema, schema)


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

    assert not fits(_plain(text), schema, schema)


ROOT = Path(__file__).parents[3]
SHIPPED = sorted([*(ROOT / "rules").glob("*.yaml"), *(ROOT / "engagebot").glob("packs/*/rules/*.yaml")])
# What two places of the files, the settings or an engine must say, no schema can.
BEYOND_A_SCHEMA = {
    "author-list-missing", "channel-unknown", "limit-too-long", "test-age-too-long",
    "test-time-out-of-the-calendar", "default-twice", "id-twice", "list-empty", "list-missing",
    "range-upside-down", "team-unknown", "template-missing", "text-looks-ahead",
    "text-pattern-matches-nothing-at-all", "text-word-end-inside", "two-drafts", "webhook-unknown",
}  # fmt: skip


@pytest.mark.parametrize("path", SHIPPED, ids=[f"{path.parts[-3]}-{path.stem}" for path in SHIPPED])
def test_the_schema_takes_every_shipped_file(path: Path) -> None:
    schema = json_schema()

    assert fits(_plain(path.read_text("utf-8")), schema, schema)


def test_the_schema_takes_a_file_with_everything_in_it() -> None:
    schema = json_schema()

    assert fits(_plain(RICH), schema, schema)


def test_the_schema_refuses_every_wrong_file_whose_fault_a_schema_can_tell() -> None:
    schema, taken = json_schema(), set()
    for path in BAD.glob("*.yaml"):
        try:
            plain = _plain(path.read_text("utf-8"))
        except FilesInvalid:
            continue
        if fits(plain, schema, schema):
            taken.add(path.stem)

    assert taken == BEYOND_A_SCHEMA


def test_the_schema_is_plain_json_and_every_reference_in_it_leads_somewhere() -> None:
    text = json.dumps(json_schema())

    assert set(re.findall(r'"#/\$defs/(\w+)"', text)) <= set(json.loads(text)["$defs"])


def test_the_documented_rule_carries_tests_that_it_passes() -> None:
    assert load(next(block for block in BLOCKS if block.startswith("- id"))).rules[0].tests
