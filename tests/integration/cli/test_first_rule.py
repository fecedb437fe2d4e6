"""What a new user is told to do in the page about rules leads where it says."""

import re
from pathlib import Path

from tests.integration.cli.conftest import Cli

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text("utf-8")
PART = PAGE.partition("## Your first rule")[2].partition("\n## ")[0]
FIRST, DEFAULT = re.findall(r"```yaml\n(.*?)```", PART, re.DOTALL)


def test_the_first_rule_of_the_page_works_in_an_empty_folder(cli: Cli) -> None:
    for path in (cli.site / "rules").glob("*.yaml"):
        path.unlink()
    assert "docs/rules.md" in cli("rules", "check").stdout
    (cli.site / "rules" / "08-refunds.yaml").write_text(FIRST, encoding="utf-8")
    assert "90-default.yaml: - {id: default" in cli("rules", "check").stdout
    (cli.site / "rules" / "90-default.yaml").write_text(DEFAULT, encoding="utf-8")

    assert cli.json("rules", "check") == {"ok": True, "findings": []}
    assert [test["passed"] for test in cli.json("rules", "test")["tests"]] == [True, True, True]
    assert cli.json("rules", "explain", "--text", "where is my refund?")["actions"] == [
        {"rule": "refund-questions", "action": "escalate", "team": "support", "severity": "medium"}
    ]


def test_the_first_rule_of_the_page_works_beside_the_starter_rules(cli: Cli) -> None:
    (cli.site / "rules" / "08-refunds.yaml").write_text(FIRST, encoding="utf-8")

    assert cli.json("rules", "check") == {"ok": True, "findings": []}
    assert cli.json("rules", "test")["ok"] is True


def test_a_beginners_slips_are_answered_with_what_to_write(cli: Cli) -> None:
    text = FIRST.replace('{contains_any: [refund, refunds, "money back"]}', "refund")
    text = text.replace("language: en", "language: English").replace("{team: support}", "support")
    (cli.site / "rules" / "08-refunds.yaml").write_text(text, encoding="utf-8")

    told = cli("rules", "check").stdout

    assert "write text: {contains_any: [word, other word]}" in told
    assert 'did you mean "en"?' in told
    assert "write escalate: {team: support}" in told
