"""What the page says of every key: nothing is left out, and every example loads and does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.hours import BusinessHours
from engagebot.domain.rules import decide
from engagebot.rulebook import Setting, run_tests
from engagebot.rulebook.acting import ACTIONS, LIMITS
from engagebot.rulebook.conditions import CONDITIONS
from engagebot.rulebook.given import MentionModel, facts_given
from engagebot.rulebook.lint import DOUBTS
from engagebot.rulebook.load import RuleModel
from engagebot.rulebook.reference import (
    ACTION_ENTRIES,
    CONDITION_ENTRIES,
    LIMIT_ENTRIES,
    MENTION_ENTRIES,
    RULE_ENTRIES,
    Entry,
)
from engagebot.rulebook.tests import MONDAY, action_name
from tests.unit.rulebook.rule_sets import DEFAULT, WordScorer, check, load

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")
SCORER = WordScorer()


def named(entries: dict[str, Entry]) -> list[object]:
    return [pytest.param(name, entry, id=name) for name, entry in entries.items()]


def test_every_condition_action_limit_and_key_is_described() -> None:
    assert list(CONDITION_ENTRIES) == [spec.name for spec in CONDITIONS]
    assert list(ACTION_ENTRIES) == [shape.name for shape in ACTIONS]
    assert list(LIMIT_ENTRIES) == list(LIMITS)
    assert list(RULE_ENTRIES) == list(RuleModel.model_fields)
    assert sorted(MENTION_ENTRIES) == sorted(MentionModel.model_fields)


def test_every_condition_action_and_limit_has_its_heading_on_the_page() -> None:
    headings = [line[4:] for line in PAGE.splitlines() if line.startswith("### ")]

    assert headings == [*CONDITION_ENTRIES, *ACTION_ENTRIES, *LIMIT_ENTRIES]


def test_every_warning_is_described_on_the_page() -> None:
    folder = ROOT / "engagebot" / "rulebook"
    codes = set(
        re.findall(r"EB1[89][0-9]|EB113", "".join(path.read_text("utf-8") for path in folder.glob("*.py")))
    )

    assert codes == set(DOUBTS)
    assert all(f"| {code} |" in PAGE for code in codes)


@pytest.mark.parametrize(("name", "entry"), named(CONDITION_ENTRIES))
def test_a_conditions_example_matches_the_one_mention_and_not_the_other(name: str, entry: Entry) -> None:
    line = f"{entry.example[2:]}"
    book = load(
        f"- id: r\n  when:\n    all:\n      - {line}\n  then: [{{tag: x}}]\n  tests:\n"
        f"    - {{name: matches, mention: {entry.yes}, expect: {{matches: true}}}}\n"
        f"    - {{name: does not, mention: {entry.no}, expect: {{matches: false}}}}\n"
    )

    assert line.startswith(name.replace("_N_", "_30_"))
    assert run_tests(book, SCORER) == ()


@pytest.mark.parametrize(
    ("name", "entry"), [each for each in named(CONDITION_ENTRIES) if each.values[1].more]
)
def test_other_ways_to_write_a_condition_load(name: str, entry: Entry) -> None:
    for line in entry.more:
        assert line.startswith(f"- {name}:")
        load(f"- id: r\n  when:\n    all:\n      {line}\n  then: [{{tag: x}}]\n")


@pytest.mark.parametrize(("name", "entry"), named(ACTION_ENTRIES))
def test_an_actions_example_is_carried_out(name: str, entry: Entry) -> None:
    for line in (entry.example, *entry.more):
        book = load(f"- id: r\n  when: {{all: [{{unhappiness: {{below: 0.1}}}}]}}\n  then:\n    {line}\n")
        given = {"text": "hello", "unhappiness": 0.0, "sentiment": "positive"}

        decision = decide(book, facts_given(given, SCORER, now=MONDAY))

        assert [action_name(planned.action) for planned in decision.actions] == [name]


@pytest.mark.parametrize(("name", "entry"), named(LIMIT_ENTRIES))
def test_a_limits_example_becomes_that_limit(name: str, entry: Entry) -> None:
    book = load(
        "- id: r\n  when: {all: [{kind: post}]}\n  then: [{draft: {template: thanks}}]\n"
        f"  {entry.example}\n"
    )

    assert [limit.name for limit in book.rules[0].limits] == [name]


@pytest.mark.parametrize(("name", "entry"), named(RULE_ENTRIES))
def test_a_keys_example_stands_in_a_rule_that_loads(name: str, entry: Entry) -> None:
    parts = {
        "id": "id: r",
        "when": "when: {all: [{kind: post}]}",
        "then": "then: [{draft: {template: thanks}}]",
    }
    if name == "default":
        del parts["when"]
    text = "- " + "\n  ".join([*({**parts, name: entry.example}).values()]) + "\n"

    book, findings = check(text)

    assert book is not None, findings
    assert entry.example.startswith(f"{name}:")
    assert name != "tests" or run_tests(book, SCORER) == ()


@pytest.mark.parametrize(("name", "entry"), named(MENTION_ENTRIES))
def test_a_mentions_example_stands_in_a_test_that_loads(name: str, entry: Entry) -> None:
    text = "" if name == "text" else "text: x, "
    book = load(
        "- id: r\n  when: {all: [{kind: [post, comment]}]}\n  then: [{tag: x}]\n  tests:\n"
        f"    - {{name: a, mention: {{{text}{entry.example}}}, expect: {{matches: true}}}}\n"
    )

    assert entry.example.startswith(f"{name}:")
    assert run_tests(book, SCORER) == ()


def test_business_hours_follow_the_settings_in_the_weeks_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    hours = BusinessHours.parse({"mon-fri": "09:00-18:00"}, zone=zone)
    cases = [
        ("2026-03-27T08:00+00:00", True),  # Friday 9:00 in winter time
        ("2026-03-30T07:00+00:00", True),  # Monday 9:00 in summer time
        ("2026-03-30T06:59+00:00", False),
        ("2026-03-30T16:00+00:00", False),  # 18:00 in summer time
        ("2026-10-23T07:00+00:00", True),  # Friday 9:00 in summer time
        ("2026-10-26T07:59+00:00", False),  # Monday 8:59 in winter time
        ("2026-10-26T08:00+00:00", True),
    ]
    tests = "".join(
        f'    - {{name: "{at}", mention: {{text: x, at: "{at}"}}, '
        f"expect: {{matches: {str(is_open).lower()}}}}}\n"
        for at, is_open in cases
    )
    for condition in ("{time: {business: true}}", '{time: {weekdays: [mon-fri], between: "09:00-18:00"}}'):
        book = load(
            f"- id: r\n  when: {{all: [{condition}]}}\n  then: [{{tag: x}}]\n  tests:\n{tests}{DEFAULT}"
        )

        assert run_tests(book, SCORER, Setting(hours=hours, zone=zone)) == ()
