import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engagebot.errors import StoreUnavailable
from engagebot.store import engine
from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.integration.cli.conftest import Cli

FINDING = re.compile(r"\S+:\d+:\d+ E\w+ .+")
SECRETS = {
    "ENGAGEBOT_X_BEARER_TOKEN": "an-x-bearer-token-for-tests",
    "ENGAGEBOT_REDDIT_CLIENT_SECRET": "a-reddit-secret-for-tests",
    "ENGAGEBOT_SECRET_KEY": "a-secret-key-for-tests-of-enough-length",
    "ENGAGEBOT_SMTP_URL": "smtps://desk:a-mail-password@127.0.0.1:9",
    "ENGAGEBOT_SLACK_WEBHOOK_URL": "http://127.0.0.1:9/services/a-slack-path-for-tests",
}
HIDDEN = [value for name, value in SECRETS.items() if name != "ENGAGEBOT_SMTP_URL"] + ["a-mail-password"]


def test_init_makes_a_site_that_checks_and_never_overwrites(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    cli = Cli(folder)

    first = cli.json("init", folder)
    (folder / "config" / "engagebot.yaml").write_text("mine\n", encoding="utf-8")
    (folder / ".env").write_text("# mine\n", encoding="utf-8")
    again = cli("init", folder, "-o", "json")

    assert ".env" in first["written"]
    assert json.loads(again.stdout)["written"] == []
    assert json.loads(again.stdout)["kept"] == ["config/engagebot.yaml"]
    assert (folder / ".env").read_text() == "# mine\n"


def test_init_where_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    result = Cli(tmp_path)("init", tmp_path / "file" / "site")

    assert result.exit_code == 2
    assert "cannot make a site" in result.stderr
    assert Cli(tmp_path)("init", tmp_path / "s", "--pack", "x").exit_code == 2


def test_new_site_checks_fine(cli: Cli) -> None:
    assert cli.json("check") == {"ok": True, "findings": []}
    assert cli.json("rules", "check") == {"ok": True, "findings": []}
    assert cli.json("rules", "test")["ok"] is True


def break_yaml(cli: Cli) -> None:
    cli.config("teams:\n", "teams: [\n")


def break_key(cli: Cli) -> None:
    cli.config("watches: []", "wacthes: []")


def break_type(cli: Cli) -> None:
    cli.config('sending: "off"', "sending: 3")


def break_environment(cli: Cli) -> None:
    cli.dotenv("ENGAGEBOT_X_BEARER_TOKEN_FILE=secrets/none", "ENGAGEBOT_LOG_LEVL=INFO")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(break_yaml, "config/engagebot.yaml:", id="broken YAML"),
        pytest.param(break_key, 'did you mean "watches"', id="unknown key"),
        pytest.param(break_type, 'must be "on" or "off"', id="wrong type"),
        pytest.param(break_environment, "names the file secrets/none, which", id="missing secret file"),
    ],
)
@pytest.mark.parametrize(
    "args", [("check",), ("status",), ("run", "--once"), ("import", "x.csv"), ("db", "check")]
)
def test_settings_that_do_not_hold_end_with_2_and_every_fault(
    cli: Cli, spoil: object, said: str, args: tuple[str, ...]
) -> None:
    assert callable(spoil)
    spoil(cli)

    result = cli(*args)

    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
    assert any(FINDING.match(line) for line in result.output.splitlines())


def test_all_faults_of_the_environment_are_told_at_once(cli: Cli) -> None:
    break_environment(cli)
    break_key(cli)

    told = cli("check", "-o", "json")

    assert told.exit_code == 2
    findings = json.loads(told.stdout)["findings"]
    assert len(findings) >= 3
    assert {"file", "line", "column", "code", "message"} <= set(findings[0])


def test_broken_rules_end_a_check_with_1_and_a_run_with_2(cli: Cli) -> None:
    path = cli.site / "rules" / "30-praise.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("status: live", "status: lvie", 1), encoding="utf-8"
    )

    assert cli("check").exit_code == 1
    checked = cli("rules", "check", "-o", "json")
    assert (checked.exit_code, json.loads(checked.stdout)["ok"]) == (1, False)
    assert re.search(
        r'rules/30-praise\.yaml:\d+:\d+ E\w+ .*did you mean "live"', cli("rules", "check").stdout
    )
    assert cli("rules", "test").exit_code == 1
    assert cli.listens()("run", "--once").exit_code == 2


def test_rule_whose_test_fails_is_a_finding(cli: Cli) -> None:
    path = cli.site / "rules" / "30-praise.yaml"
    text = path.read_text(encoding="utf-8")
    assert "matches: true" in text
    path.write_text(text.replace("matches: true", "matches: false", 1), encoding="utf-8")

    assert cli("check").exit_code == 1
    told = cli("rules", "test", "-o", "json")
    assert told.exit_code == 1
    assert [test["passed"] for test in json.loads(told.stdout)["tests"]].count(False) == 1


def test_explain_has_the_shape_that_programs_rely_on(told: Cli) -> None:
    made_up = told.json("rules", "explain", "--text", "@acme worst service ever, I hate it", "--addressed")
    stored = told.json("rules", "explain", 1)

    for document in (made_up, stored):
        assert {
            "sentiment",
            "compound",
            "unhappiness",
            "intents",
            "language",
            "cues",
            "rules",
            "actions",
        } <= set(document)
        asked = [condition for rule in document["rules"] for condition in rule["conditions"]]
        assert {"condition", "expected", "actual", "result"} <= set(asked[0])
        assert all({"id", "matched", "conditions"} <= set(rule) for rule in document["rules"])
    assert made_up["sentiment"] == "very_negative"
    assert "escalate" in {action["action"] for action in made_up["actions"]}
    assert told("rules", "explain").exit_code == 2
    assert told("rules", "explain", 1, "--text", "x").exit_code == 2
    assert told("rules", "explain", "--text", "").exit_code == 2


def test_explain_tells_the_pushes_in_their_order(cli: Cli) -> None:
    shown = cli("rules", "explain", "--text", "@acme still waiting for my refund, thank you!!!").stdout

    pushes = re.findall(r"^  (.+?) +([+-]\d\.\d\d)$", shown, flags=re.MULTILINE)
    weights = [abs(float(weight)) for _, weight in pushes]
    assert weights == sorted(weights, reverse=True)
    assert any(text.startswith('"still waiting') and weight[0] == "+" for text, weight in pushes)
    assert any(text.startswith('"thank you') and weight[0] == "-" for text, weight in pushes)
    unscored = cli("rules", "explain", "--text", "ma connexion est coupée depuis ce matin").stdout
    assert "unknown: this language is not scored" in unscored


def test_schema_is_json(cli: Cli) -> None:
    assert json.loads(cli("rules", "schema").stdout)["type"] == "array"


def test_run_once_tells_what_it_did(cli: Cli) -> None:
    result = cli.listens()("run", "--once", "-o", "json")

    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(told) >= {"watches", "decided", "drafted", "escalated", "delivered"}
    assert set(told["watches"][0]) >= {"name", "fetched", "added", "pages", "error"}
    assert told["watches"][0]["added"] == told["decided"] > 50
    assert result.stderr.startswith("DRY RUN: reads, scores, decides and drafts; sends nothing.")
    assert cli("run", "--once").stdout.startswith("DRY RUN")
    assert cli.json("run", "--once")["watches"][0]["added"] == 0


def test_fresh_site_runs_as_the_demo_until_it_hears_something_real(cli: Cli) -> None:
    demo = cli("run", "--once")
    shown = cli.json("status")
    cli("import", "-", "--source", "x", text='{"text": "hi", "posted_at": "2026-08-01"}\n')

    assert demo.stdout.startswith("DEMO")
    assert (shown["mode"], shown["mentions"]) == ("DEMO", 79)
    assert (cli.json("status")["mode"], cli.json("status")["mentions"]) == ("DRY RUN", 1)
    assert cli("run", "--once").stdout.startswith("DRY RUN")


def test_demo_has_nothing_that_could_send(cli: Cli) -> None:
    cli.dotenv(*(f"{name}={value}" for name, value in SECRETS.items()))
    cli.config('sending: "off"', 'sending: "on"')

    assert cli("run", "--once").stdout.startswith("DEMO")
    assert cli.json("status")["mode"] == "DEMO"


def test_status_has_the_shape_that_programs_rely_on(told: Cli) -> None:
    status = told.json("status")

    assert {"mode", "mentions", "undecided", "drafts", "cases", "connectors", "deletion"} <= set(status)
    assert {"name", "healthy", "last_poll_at", "reads_today", "cost_today"} <= set(status["connectors"][0])
    assert {"stored", "oldest_check_age_s", "redacted", "overdue"} == set(status["deletion"])
    assert status["connectors"][0]["healthy"] is True
    assert "mode" in told("status").stdout


def test_live_is_refused_with_a_frozen_clock_and_on_a_role_without_postgres(cli: Cli) -> None:
    cli.listens().environ["ENGAGEBOT_NOW"] = "2026-03-02T09:00:00+00:00"

    frozen = cli("run", "--once", "--live")
    role = cli("run", "--once", "--role", "worker")

    assert (frozen.exit_code, role.exit_code) == (2, 2)
    assert "ENGAGEBOT_NOW" in frozen.stderr
    assert "PostgreSQL" in role.stderr


def test_live_without_sending_on_says_that_no_reply_leaves(cli: Cli) -> None:
    result = cli.listens()("run", "--once", "--live")

    assert result.exit_code == 0
    assert result.stdout.startswith("DRY RUN for replies")


def test_database_is_upgraded_and_checked(cli: Cli) -> None:
    (cli.site / "var" / "engagebot.db").unlink()

    behind = cli("db", "check")
    upgraded = cli.json("db", "upgrade")

    assert behind.exit_code == 2
    assert "engagebot db upgrade" in behind.stderr
    assert upgraded["before"] is None
    assert cli.json("db", "check")["revision"] == upgraded["after"]


def test_file_that_is_no_database_is_told_and_kept(cli: Cli) -> None:
    path = cli.site / "var" / "engagebot.db"
    path.write_bytes(b"my shopping list, which is long enough to be looked at as a header of a page\n" * 20)
    before = path.read_bytes()

    result = cli.listens()("status")

    assert result.exit_code == 4
    assert "is not a SQLite database; check ENGAGEBOT_DATABASE_URL" in result.stderr
    assert path.read_bytes() == before


def test_folder_for_state_that_cannot_be_made_is_told(cli: Cli) -> None:
    for path in (cli.site / "var").iterdir():
        path.unlink()
    (cli.site / "var").rmdir()
    (cli.site / "var").write_text("a file where a folder should be", encoding="utf-8")

    result = cli.listens()("status")

    assert result.exit_code == 2
    assert f"{cli.site / 'var'}; check it" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_locked_database_is_told_and_nothing_is_lost(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    patience = "PRAGMA busy_timeout=10000"
    assert patience in engine._PRAGMAS
    patient = tuple(each.replace("10000", "300") for each in engine._PRAGMAS)
    monkeypatch.setattr(engine, "_PRAGMAS", patient)
    database = cli.site / "var" / "engagebot.db"
    file = cli.rows("posts.jsonl", ['{"text": "hello", "posted_at": "2026-08-01"}'])
    code = (
        "import sqlite3, sys\n"
        "held = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "held.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        result = cli("import", file, "--source", "x")
        holder.communicate("")

    assert result.exit_code == 4
    assert "is locked by another program; stop it or wait, then try again" in result.stderr
    assert cli.json("import", file, "--source", "x")["added"] == 1


def test_database_that_may_not_be_written_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not stop the superuser; SQLite's own switch makes the same error.
    connect = sqlite3.connect("file::memory:?mode=memory&cache=private", uri=True)
    connect.execute("PRAGMA query_only=ON")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connect.execute("CREATE TABLE t (x)")
    connect.close()
    store = Store(f"sqlite:///{cli.site / 'var' / 'engagebot.db'}", clock=FakeClock())

    with pytest.raises(StoreUnavailable) as refused, store.read() as tx:
        tx.exec_driver_sql("DELETE FROM mentions")
    store.close()

    assert "readonly" in str(caught.value)
    assert "is read-only; give this user write access to the file and its folder" in str(refused.value)

    def refuse(*_: object, **__: object) -> None:
        raise refused.value

    monkeypatch.setattr("engagebot.store.site.pause", refuse)
    result = cli.listens()("pause")
    assert result.exit_code == 4
    assert len(result.stderr.splitlines()) == 1


def test_test_message_goes_through_every_channel_and_failures_say_why(cli: Cli) -> None:
    fine = cli.json("notify", "test")
    cli.dotenv(*(f"{name}={value}" for name, value in SECRETS.items()))
    cli.config("notify: [console]", "notify: [console, slack, 'email:desk@example.com']")

    result = cli("notify", "test", "-o", "json")

    assert fine == [{"channel": "console", "ok": True, "problem": None}]
    told = {row["channel"]: row["ok"] for row in json.loads(result.stdout)}
    assert told == {"console": True, "email:desk@example.com": False, "slack": False}
    assert result.exit_code == 3
    assert "TEST" in result.stderr
    assert cli("notify", "test", "--channel", "slak").exit_code == 2


def test_no_command_shows_a_secret(cli: Cli) -> None:
    cli.dotenv(*(f"{name}={value}" for name, value in SECRETS.items()))
    cli.config("notify: [console]", "notify: [console, slack, 'email:desk@example.com']")
    cli.listens()
    commands = [
        ("check",), ("run", "--once"), ("status",), ("queue", "list"), ("cases", "list"), ("users", "list"),
        ("notify", "test"), ("db", "check"), ("rules", "test"), ("export",), ("queue", "show", 1),
    ]  # fmt: skip

    said = "".join(cli(*command, *extra).output for command in commands for extra in ((), ("--debug",)))
    files = [path for path in (cli.site / "var").rglob("*") if path.is_file()]
    said += "".join(path.read_bytes().decode("utf-8", "replace") for path in files)

    assert [secret for secret in HIDDEN if secret in said] == []


def test_password_of_the_database_is_not_shown_when_it_cannot_be_reached(cli: Cli) -> None:
    cli.environ["ENGAGEBOT_DATABASE_URL"] = "postgresql+psycopg://desk:a-db-password@127.0.0.1:9/engagebot"

    result = cli("status")

    assert result.exit_code == 3
    assert "a-db-password" not in result.output
    assert "does not answer; check that PostgreSQL runs" in result.stderr


def test_environment_of_the_test_itself_is_clean() -> None:
    assert not [name for name in os.environ if name.startswith("ENGAGEBOT_")]
