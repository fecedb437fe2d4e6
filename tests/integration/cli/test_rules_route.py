"""Where a mention goes, and whether it goes where somebody expects it to."""

from __future__ import annotations

import json

import pytest

from tests.integration.cli.conftest import Cli

RULES = """
- id: staff
  when: {any: [{text: {contains_any: staff}}]}
  then: [{ignore: {reason: our own people}}]
  stop: true
- id: refund
  name: Wants money back
  when: {all: [{text: {contains_any: refund}}]}
  then: [{escalate: {team: support, severity: high}}, {tag: [money]}]
  stop: true
- id: thanks
  when: {all: [{text: {contains_any: zorp}}]}
  then: [{draft: {template: thanks}}]
  limits: {per_day: 5}
- id: rest
  default: true
  then: [{tag: [rest]}]
"""


@pytest.fixture
def routing(cli: Cli) -> Cli:
    for path in (cli.site / "rules").glob("*.yaml"):
        path.unlink()
    (cli.site / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    return cli


@pytest.mark.parametrize(
    ("text", "goes_to", "path", "stopped_by"),
    [
        ("@acme I would like a refund", ["support"], ["refund"], "refund"),
        ("@acme I love my zorp, thank you!", ["draft"], ["thanks"], None),
        ("@acme a staff refund", ["ignored"], ["staff"], "staff"),
        ("@acme is at the counter", ["nobody"], ["rest"], None),
        ("@acme I love my zorp. Let me talk to a person!", ["support"], ["thanks"], None),
    ],
)
def test_a_mention_is_followed_to_whoever_gets_it(
    routing: Cli, text: str, goes_to: list[str], path: list[str], stopped_by: str | None
) -> None:
    document = routing.json("rules", "route", "--text", text)
    assert document["goes_to"] == goes_to
    assert [rule["id"] for rule in document["path"]] == path
    assert document["stopped_by"] == stopped_by


def test_another_place_than_expected_ends_with_1(routing: Cli) -> None:
    text = "@acme I would like a refund"
    assert routing("rules", "route", "--text", text, "--expect", "support").exit_code == 0
    wrong = routing("rules", "route", "--text", text, "--expect", "draft")
    assert wrong.exit_code == 1
    assert wrong.stdout.endswith("goes to: support\nexpected: draft\n")
    document = json.loads(routing("rules", "route", "--text", text, "--expect", "draft", "-o", "json").stdout)
    assert (document["ok"], document["expected"]) == (False, "draft")


def test_a_place_that_does_not_exist_is_told_before_anything_is_asked(routing: Cli) -> None:
    found = routing("rules", "route", "--text", "hello", "--expect", "suport")
    assert found.exit_code == 2
    assert 'did you mean "support"?' in found.stderr


def test_a_stored_mention_is_followed_too(routing: Cli) -> None:
    row = json.dumps({"id": "1", "posted_at": "2026-03-02T09:00:00Z", "text": "a refund please"})
    assert routing("import", "-", "--source", "yelp", text=row + "\n").exit_code == 0
    (mention,) = routing.json("export")
    said = routing("rules", "route", str(mention["id"]), "--expect", "support")
    assert said.exit_code == 0
    assert "refund: Wants money back" in said.stdout
    assert "stopped by refund: no later rule is asked" in said.stdout


def test_one_mention_is_asked_for_and_no_more(routing: Cli) -> None:
    assert routing("rules", "route").exit_code == 2
    assert routing("rules", "route", "1", "--text", "hello").exit_code == 2
