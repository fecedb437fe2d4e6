"""`engagebot rules backtest` and `rules diff` on a real site."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli

POSTS = [
    {"id": "1", "author": "one_demo", "text": "my modem is dead, awful", "posted_at": "2026-02-03T02:10:00Z"},
    {"id": "2", "author": "two_demo", "text": "=thanks a lot, love it", "posted_at": "2026-02-03T09:00:00Z"},
    {"id": "3", "author": "one_demo", "text": "the modem is dead again", "posted_at": "2026-02-04T10:00:00Z"},
    {"id": "4", "author": "four_demo", "text": "shop opens at nine", "posted_at": "2025-06-01T10:00:00Z"},
]  # fmt: skip
RULES = """
- id: gone
  name: Anything that is dead
  when: {all: [{text: {contains_any: [dead]}}]}
  then: [{escalate: {team: support, severity: high}}]
- id: modems
  name: Modems that are broken
  when: {all: [{text: {contains_any: [modem, router]}}, {text: {contains_any: [broken, again]}}]}
  then: [{tag: [modem]}]
"""
DEFAULT = "- {id: rest, default: true, then: []}\n"
NO_CASES = RULES.replace("escalate: {team: support, severity: high}", "tag: [gone]")


def set_rules(folder: Path, text: str) -> None:
    for file in folder.glob("*.yaml"):
        file.unlink()
    folder.mkdir(exist_ok=True)
    (folder / "10-own.yaml").write_text(text, encoding="utf-8")
    (folder / "90-default.yaml").write_text(DEFAULT, encoding="utf-8")


@pytest.fixture
def site(cli: Cli) -> Cli:
    set_rules(cli.site / "rules", RULES)
    lines = "\n".join(json.dumps(post) for post in POSTS)
    result = cli("import", "-", "--source", "x", text=lines)
    assert result.exit_code == 0, result.output
    return cli


def database_of(cli: Cli) -> str:
    return hashlib.sha256((cli.site / "var" / "engagebot.db").read_bytes()).hexdigest()


def test_a_site_without_history_says_so(cli: Cli) -> None:
    result = cli.listens()("rules", "backtest")

    assert result.exit_code == 0
    assert "No decided mention is stored yet" in result.stdout
    assert "engagebot import FILE" in result.stdout


def test_a_backtest_counts_back_from_the_newest_mention(site: Cli) -> None:
    month, ever = site.json("rules", "backtest"), site.json("rules", "backtest", "--days", 999)

    assert (month["mentions"], ever["mentions"]) == (3, 4)
    assert month["actions"] == {"escalate": 2, "tag": 1}
    by_id = {rule["id"]: rule for rule in month["rules"]}
    assert (by_id["gone"]["matched"], by_id["gone"]["share"]) == (2, 0.6667)
    assert [sample["text"] for sample in by_id["gone"]["newest"]] == [POSTS[2]["text"], POSTS[0]["text"]]
    (missed,) = by_id["modems"]["near_misses"]
    assert (missed["mention"]["text"], missed["condition"]) == (POSTS[0]["text"], "text")
    assert month["consequences"]["times"] == ["2026-02-03T02:10:00Z", "2026-02-04T10:00:00Z"]
    assert month["per_day"] == {
        "2026-02-03": {"escalated": 1, "untouched": 1},
        "2026-02-04": {"escalated": 1},
    }


def test_it_writes_nothing_and_says_the_same_twice(site: Cli) -> None:
    before = database_of(site)

    first, second = (site("rules", "backtest", "-o", "json").stdout for _ in range(2))
    site("rules", "diff", "live", "vader")

    assert first == second
    assert database_of(site) == before


def test_people_read_few_clear_lines(site: Cli) -> None:
    text = site("rules", "backtest").stdout

    assert "3 mentions of the 30 days up to 2026-02-04" in text
    assert "02:10 on Tuesday, 2026-02-03" in text
    assert "People have decided nothing on these mentions yet" in text


def test_one_rule_comes_with_examples_and_near_misses(site: Cli) -> None:
    text = site("rules", "backtest", "--rule", "modems").stdout

    assert "Would have matched 1 of 3 mentions" in text
    assert "failed: text: contains_any broken, again (it is: nothing)" in text


def test_a_rule_that_is_not_there_is_named_with_its_nearest(site: Cli) -> None:
    result = site("rules", "backtest", "--rule", "modem")

    assert result.exit_code == 2
    assert 'there is no rule "modem" in the files; did you mean "modems"?' in result.stderr


@pytest.mark.parametrize("days", ["0", "-1", "9999999", "many"])
def test_days_that_are_none_are_refused(site: Cli, days: str) -> None:
    assert site("rules", "backtest", "--days", days).exit_code == 2


def test_the_sheet_holds_every_mention_and_no_formula(site: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"

    site("rules", "backtest", "--csv", sheet)

    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"][:8] for row in rows] == ["the mode", "'=thanks", "my modem"]
    assert [row["path"] for row in rows] == [
        "escalate support as high",
        "nothing",
        "escalate support as high",
    ]
    assert rows[0]["matched"] == "gone modems"


def test_the_sheet_of_one_rule_holds_what_it_matched(site: Cli, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"

    site("rules", "backtest", "--rule", "modems", "--csv", sheet)

    assert sheet.read_text(encoding="utf-8").count("\n") == 2


def test_a_difference_between_files_and_the_live_set(site: Cli, tmp_path: Path) -> None:
    set_rules(site.site / "rules", NO_CASES)
    set_rules(tmp_path / "older", RULES)

    found = site.json("rules", "diff", "live", "disk")
    again = site.json("rules", "diff", tmp_path / "older", "disk")
    by_hash = site.json("rules", "diff", found["old"]["rule_set"][:8], "disk")

    versions = [site.json("rules", "diff", name, "disk") for name in ("v1", "1")]

    assert found["moved"] == again["moved"] == by_hash["moved"] == 2
    assert [each["moved"] for each in versions] == [2, 2]
    assert found["old"]["outcomes"] == {"escalated": 2, "untouched": 1}
    (change,) = found["changes"]
    assert change.startswith("rule gone was: When the text mentions")


def test_labels_make_unhappy_posts_protected(site: Cli, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    said = [{"text": POSTS[0]["text"], "label": "negative"}, {"text": POSTS[1]["text"], "label": "positive"}]
    labels.write_text("\n".join(json.dumps(row) for row in said), encoding="utf-8")
    set_rules(site.site / "rules", NO_CASES)

    result = site("rules", "diff", "live", "disk", "--labels", labels)

    assert result.exit_code == 1
    assert "PROTECTED: 1 mention may not move without your look:" in result.stdout
    assert "now no person gets it" in result.stdout
    assert site("rules", "diff", "live", "disk").exit_code == 0
    assert site("rules", "diff", "disk", "live", "--labels", labels).exit_code == 0


@pytest.mark.parametrize(
    ("old", "words"),
    [
        ("dsik", 'did you mean "disk"?'),
        ("v99", "99"),
        ("abcdef12", 'no stored rule set begins with "abcdef12"; the newest: '),
        ("empty", "there are no rule files here"),
        ("broken", 'the key "then" is missing here'),
        ("nowhere/at/all", "is no folder and no hash of a rule set"),
    ],
)
def test_what_cannot_be_compared_is_said_in_words(site: Cli, tmp_path: Path, old: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.yaml").write_text("- id: a\n  when: {all: [{kind: post}]}\n", encoding="utf-8")
    named = tmp_path / old if (tmp_path / old).is_dir() else old

    result = site("rules", "diff", named, "disk")

    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_site_that_never_ran_has_no_live_set(cli: Cli) -> None:
    result = cli.listens()("rules", "diff", "live", "disk")

    assert result.exit_code == 2
    assert "no rule set has gone live on this site yet" in result.stderr


def test_broken_files_are_told_all_at_once(site: Cli) -> None:
    (site.site / "rules" / "10-own.yaml").write_text("- id: a\n- id: b\n", encoding="utf-8")

    result = site("rules", "backtest")

    assert result.exit_code == 2
    assert "rules/10-own.yaml:1" in result.stderr
    assert "rules/10-own.yaml:2" in result.stderr
