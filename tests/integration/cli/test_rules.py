"""What the terminal says of rules: doubts, explanations and failed tests."""

import json

import pytest

from engagebot.bootstrap import open_app
from engagebot.domain.actions import Decision
from engagebot.store.heard import decisions, mentions
from tests.integration.cli.conftest import Cli

DOUBTFUL = (
    "- id: hello\n  when:\n    all:\n      - text: {contains_any: hello}\n  then:\n    - tag: [hello]\n"
)


def add(cli: Cli, text: str) -> None:
    (cli.site / "rules" / "08-more.yaml").write_text(text, encoding="utf-8")


def test_a_doubtful_rule_is_a_warning_and_no_error_unless_one_is_strict(cli: Cli) -> None:
    add(cli, DOUBTFUL)

    found = cli("rules", "check", "-o", "json")

    assert found.exit_code == 0
    document = json.loads(found.stdout)
    assert document["ok"] is True
    (finding,) = document["findings"]
    assert (finding["file"], finding["line"], finding["code"], finding["level"]) == (
        "rules/08-more.yaml", 1, "EB190", "warning",
    )  # fmt: skip
    assert "rules/08-more.yaml:1:3 EB190 hello: " in cli("rules", "check").stdout
    strict = cli("rules", "check", "--strict", "-o", "json")
    assert (strict.exit_code, json.loads(strict.stdout)["ok"]) == (1, False)
    assert cli("check").exit_code == 0
    assert [each["code"] for each in cli.json("check")["findings"]] == ["EB190"]


NOWHERE = """\
- id: nowhere
  status: draft
  when: {any: [{reason: lost}, {platform: [yelp, demo]}, {watch: nowatch}]}
  then: [{tag: [x]}]
"""


def test_names_that_nothing_here_has_are_told_until_something_has(cli: Cli) -> None:
    add(cli, NOWHERE)
    found = cli.json("rules", "check")["findings"]
    assert [(each["line"], each["column"], each["code"]) for each in found] == [
        (3, 44, "EB187"), (3, 66, "EB188"),
    ]  # fmt: skip
    assert "bluesky, demo, hackernews, reddit, rss, x" in found[0]["message"]
    assert found == cli.json("check")["findings"]
    row = json.dumps({"id": "1", "posted_at": "2026-03-02T09:00:00Z", "text": "a parked van"})
    assert cli("import", "-", "--source", "yelp", text=row).exit_code == 0

    assert [each["code"] for each in cli.json("rules", "check")["findings"]] == ["EB188"]

    add(cli, NOWHERE.replace("lost", "lots"))
    refused = cli("rules", "check")
    assert refused.exit_code == 1
    assert 'rules/08-more.yaml:3:25 EB103 "lots" is not a reason; allowed: late, ' in refused.stdout
    assert 'did you mean "lost"?' in refused.stdout


def test_a_look_at_the_rules_makes_no_database(cli: Cli) -> None:
    (cli.site / "var" / "engagebot.db").unlink()

    assert cli("rules", "check").exit_code == 0
    assert not (cli.site / "var" / "engagebot.db").exists()


def test_a_rule_that_matches_nearly_everything_is_told_once_there_are_decisions(cli: Cli) -> None:
    row = {"posted_at": "2026-03-02T09:00:00Z", "text": "a parked van"}
    rows = "".join(json.dumps({**row, "id": str(n)}) + "\n" for n in range(120))
    assert cli("import", "-", "--source", "yelp", text=rows).exit_code == 0

    codes = {finding["code"] for finding in cli.json("rules", "check")["findings"]}
    assert codes <= {"EB199"}  # the site is young, so nothing is told of rules that matched nothing

    app = open_app(cli.site, {})
    try:
        with app.store.write() as tx:
            decision = Decision(rule_set="0" * 64, matched=("spam",), planned=())
            ids = [row.id for row in mentions.page(tx, limit=200).items]
            decisions.add_many(tx, [(row_id, decision, {}, []) for row_id in ids], app.clock.now())
    finally:
        app.close()
    (finding,) = cli.json("rules", "check")["findings"]
    assert (finding["code"], finding["level"]) == ("EB199", "warning")
    assert "spam: it matched 100 % of 120 mentions of the last 30 days" in finding["message"]


REFUND = """\
- id: refund
  when: {all: [{text: {contains_any: [refund, "money back"]}}]}
  then: [{tag: [refund]}]
  tests:
    - name: wants it back
      mention: {text: "I want my  MONEY back, and no voucher"}
      expect: {matches: true}
"""


def test_explain_shows_where_the_words_stand(cli: Cli) -> None:
    add(cli, REFUND)
    text = "Hello there, I want my MONEY back and not a voucher, so: refund!"

    document = cli.json("rules", "explain", "--text", text)

    (rule,) = [rule for rule in document["rules"] if rule["id"] == "refund"]
    assert [text[start:end] for start, end in rule["conditions"][0]["spans"]] == ["MONEY back", "refund"]
    shown = cli("rules", "explain", "--text", text).stdout
    assert "Hello there, I want my «MONEY back» and not a voucher, so: «refund»!" in shown


def test_explain_shows_a_part_of_a_long_text(cli: Cli) -> None:
    add(cli, REFUND)

    shown = cli("rules", "explain", "--text", "before " * 60 + "refund" + " after" * 60).stdout

    line = next(line for line in shown.splitlines() if "«refund»" in line)
    assert line.strip().startswith("…")
    assert line.strip().endswith("…")
    assert len(line) < 120


def test_a_failed_test_shows_what_was_said_expected_and_got_and_what_decided(cli: Cli) -> None:
    add(cli, REFUND.replace("matches: true", "matches: false, actions: [notify]"))

    result = cli("rules", "test")

    assert result.exit_code == 1
    for line in (
        'rules/08-more.yaml:5:1 EB200 test "wants it back" of refund failed',
        '    mention   "I want my MONEY back, and no voucher"',
        "    judged    sentiment ",
        "    expected  matches: false, actions: notify",
        "    got       matches: true, actions: ",
        "    because   text contains_any refund, money back holds: it is MONEY back; rules that acted: ",
    ):
        assert line in result.stdout
    (failed,) = [test for test in cli.json("rules", "test")["tests"] if not test["passed"]]
    assert (failed["expected"], failed["mention"]) == (
        "matches: false, actions: notify", "I want my  MONEY back, and no voucher",
    )  # fmt: skip


def test_settings_that_do_not_hold_are_findings_of_the_rules_too(cli: Cli) -> None:
    config = cli.site / "config" / "engagebot.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "brnad: {}\n", encoding="utf-8")

    result = cli("rules", "check", "-o", "json")

    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"]) == (2, False)
    assert [finding["file"] for finding in document["findings"]] == ["config/engagebot.yaml"]


@pytest.mark.parametrize("command", [("check",), ("rules", "check")])
def test_errors_of_rules_come_with_those_of_the_settings(cli: Cli, command: tuple[str, ...]) -> None:
    config = cli.site / "config" / "engagebot.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "colour: blue\n", encoding="utf-8")
    add(
        cli,
        "- id: r\n  when: {all: [{reason: lots}]}\n  then: [{escalate: {team: some-team, severity: low}}]\n",
    )

    told = cli(*command)

    assert told.exit_code == 2
    settings, rules, count = told.stdout.splitlines()
    assert settings.startswith("config/engagebot.yaml:")
    # Which teams there are is not known now.
    assert rules.startswith('rules/08-more.yaml:2:25 EB103 "lots" is not a reason; ')
    assert count == "2 errors"
