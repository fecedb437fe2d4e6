"""`engagebot rules publish|versions|show|restore|resume`, and a restore that is killed half-way."""

from __future__ import annotations

import getpass
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from engagebot.bootstrap import App
from engagebot.domain.ruling.rule_holds import Fault, Pause
from engagebot.settings import load_settings
from engagebot.store.ruling import rule_faults, rule_pauses
from tests.integration.cli.conftest import Cli

EXTRA = """\
- id: extra
  name: Extra
  status: shadow
  when: {all: [{text: {contains_any: [extra]}}]}
  then: [{tag: [extra]}]
"""


def rules_of(cli: Cli) -> dict[str, str]:
    return files_in(cli.site / "rules")


def files_in(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


def add_rule(cli: Cli) -> None:
    (cli.site / "rules" / "35-extra.yaml").write_text(EXTRA, "utf-8")


def publish(cli: Cli, note: str = "why not") -> Result:
    return cli("rules", "publish", "--note", note)


@pytest.fixture
def real(cli: Cli) -> Cli:
    """A site that has a watch, and its first version."""
    cli.listens()
    assert publish(cli, "first").exit_code == 0
    return cli


def hold(cli: Cli) -> None:
    app = App(load_settings(cli.site, {}))
    mark = (app.rules.live()[1].marks or {})["say-thanks"]
    now = app.clock.now()
    with app.store.write() as tx:
        rule_pauses.add(tx, Pause(rule_id="say-thanks", mark=mark, paused_at=now, matched=101, allowed=100))
        fault = Fault(
            rule_id="say-thanks", mark=mark, rule_set="s", first_at=now, last_at=now, count=1,
            error="KeyError", mention_id=7,
        )  # fmt: skip
        rule_faults.add(tx, fault)
    app.close()


def test_publishing_says_what_changed_and_who_did_it(real: Cli) -> None:
    add_rule(real)
    result = publish(real, "try an  extra")
    assert result.exit_code == 0
    assert "added extra (shadow)" in result.stdout
    document = real.json("rules", "versions")
    newest, first = document["versions"]
    assert (newest["live"], first["live"], document["live"]) == (True, False, newest["version"])
    assert (newest["author"], newest["note"]) == (getpass.getuser(), "try an extra")
    assert newest["changes"] == ["added extra (shadow)"]
    assert newest["rules"] == first["rules"] + 1
    assert len(newest["hash"]) == 64
    assert newest["decisions"] == 0


def test_publishing_the_same_set_again_says_so_and_is_fine(real: Cli) -> None:
    document = real.json("rules", "publish", "--note", "again")
    assert (document["changed"], document["signed"], document["note"]) == (False, False, "first")
    assert "nothing changed: version 1" in publish(real).stdout


def test_a_set_that_went_live_by_itself_gets_name_and_note(told: Cli) -> None:
    before = told.json("rules", "versions")["versions"]
    assert [(each["author"], each["decisions"] > 0) for each in before] == [("watcher", True)]
    document = told.json("rules", "publish", "--note", "seen and fine")
    assert (document["changed"], document["signed"], document["author"]) == (False, True, getpass.getuser())
    assert told.json("rules", "versions")["versions"][0]["note"] == "seen and fine"
    counted = told.json("rules", "versions")["rules"]
    assert sum(each["matched_24h"] for each in counted) > 0


def test_a_note_is_asked_for(real: Cli) -> None:
    assert real("rules", "publish").exit_code == 2
    assert publish(real, "  ").exit_code == 2


def test_a_set_with_errors_or_failing_tests_is_refused_with_them(real: Cli) -> None:
    add_rule(real)
    path = real.site / "rules" / "35-extra.yaml"
    path.write_text(EXTRA.replace("contains_any", "contains_amy"), "utf-8")
    result = publish(real)
    assert result.exit_code == 1
    assert "rules/35-extra.yaml:4:" in result.stdout
    assert "nothing was published" in result.stderr
    path.write_text(
        EXTRA
        + "  tests:\n    - name: it fails\n      mention: {text: plain}\n      expect: {matches: true}\n",
        "utf-8",
    )
    document = real.json("rules", "publish", "--note", "x")
    assert (document["ok"], document["findings"][0]["file"]) == (False, "rules/35-extra.yaml")
    assert real.json("rules", "versions")["live"] == 1


def test_an_earlier_version_comes_back_file_by_file_and_nothing_is_lost(real: Cli) -> None:
    before = rules_of(real)
    add_rule(real)
    template = real.site / "rules" / "templates" / "fresh.md"
    template.write_text("Thank you!\n", "utf-8")
    (real.site / "rules" / "notes.txt").write_text("mine\n", "utf-8")
    publish(real, "two")
    changed = rules_of(real)

    result = real("rules", "restore", "v1", "--note", "as it was")
    assert result.exit_code == 0
    assert rules_of(real) == {**before, "notes.txt": "mine\n"}
    (kept,) = (real.site / "var").glob("rules-before-restore-*")
    assert f"var/{kept.name}" in result.stdout
    assert {
        str(path.relative_to(kept / "rules")) for path in (kept / "rules").rglob("*") if path.is_file()
    } == set(changed)
    assert (kept / "lists").is_dir()
    newest = real.json("rules", "versions")["versions"][0]
    assert (newest["version"], newest["note"], newest["live"]) == (3, "as it was", True)
    assert newest["changes"][0] == "removed extra"
    assert publish(real).stdout.startswith("nothing changed: version 3")


def test_a_version_that_does_not_hold_today_is_refused_before_anything_is_touched(real: Cli) -> None:
    add_rule(real)
    publish(real, "two")
    before = rules_of(real)
    real.config("support:", "care:")
    result = real("rules", "restore", 1, "--note", "back")
    assert result.exit_code == 1
    assert 'there is no team "support"' in result.stdout
    assert "nothing was touched" in result.stderr
    assert rules_of(real) == before
    assert list((real.site / "var").glob("rules-before-restore-*")) == []
    for there_is_none in (99, "v99"):
        assert real("rules", "restore", there_is_none, "--note", "x").exit_code == 2


def test_a_version_is_shown_with_its_files(real: Cli) -> None:
    document = real.json("rules", "show", 1)
    assert (document["version"], document["note"]) == (1, "first")
    assert document["sources"]["90-default.yaml"] in real("rules", "show", 1).stdout
    assert real("rules", "show", 9).exit_code == 2
    assert real.json("rules", "show", "v1") == document
    assert (
        "'vone' is not a whole number; `engagebot rules versions` lists them"
        in real("rules", "show", "vone").stderr
    )


def test_a_held_rule_is_named_by_status_and_doctor_until_it_is_let_go(real: Cli) -> None:
    hold(real)
    held = real.json("status")["rules_held"]
    assert [(each["rule"], each["state"]) for each in held] == [
        ("say-thanks", "paused"),
        ("say-thanks", "quarantined"),
    ]
    assert "say-thanks (paused): matched 101 mentions" in real("status").stdout
    doctor = real("doctor", "--only", "rules")
    assert doctor.exit_code == 1
    assert "engagebot rules resume say-thanks" in doctor.stdout
    assert "engagebot rules explain 7" in doctor.stdout
    assert real.json("rules", "resume", "say-thanks") == {"rule": "say-thanks", "changed": True}
    assert real.json("rules", "resume", "say-thanks")["changed"] is False
    assert real.json("status")["rules_held"] == []
    assert real("rules", "resume", "nothing").exit_code == 2


# Forked for each step from one process that has imported and read all; a child is killed like any other.
KILLED = """
import os, signal, sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from engagebot.cli import rules_versions
from engagebot.cli.main import engagebot
from tests.kept import keep_what_never_changes
keep_what_never_changes()
with redirect_stdout(sys.stderr), suppress(SystemExit):
    engagebot.main([*sys.argv[1:3], "check"])
print(flush=True)
def die_after(left):
    def dying(real):
        def step(*args, **kwargs):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)
        return step
    Path.replace, Path.unlink, Path.rename = map(dying, (Path.replace, Path.unlink, Path.rename))
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)
        die_after(int(line))
        engagebot.main()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@contextmanager
def restores(cli: Cli) -> Iterator[Callable[[int], int]]:
    """Restore version 1 and die after so many changes of files; answers the exit code."""
    given = ["--site", str(cli.site), "rules", "restore", "1", "--note", "back"]
    command, root = [sys.executable, "-c", KILLED, *given], Path(__file__).parents[3]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        ask, answer = server.stdin, server.stdout
        assert ask is not None
        assert answer is not None

        answer.readline()

        def restore(after: int) -> int:
            ask.write(f"{after}\n")
            ask.flush()
            return int(answer.readline())

        yield restore
        ask.close()


def test_a_restore_killed_at_any_step_leaves_a_whole_set_or_names_the_files_of_before(
    real: Cli, tmp_path: Path
) -> None:
    old = rules_of(real)
    rules = real.site / "rules"
    for path in sorted(rules.glob("*.yaml"))[:2]:
        path.write_text("# changed\n" + path.read_text("utf-8"), "utf-8")
    add_rule(real)
    publish(real, "two")
    new = rules_of(real)
    begun = tmp_path / "begun"
    shutil.copytree(real.site, begun)
    seen = set()
    with restores(real) as restore_and_die:
        for step in range(9):
            shutil.rmtree(real.site)
            shutil.copytree(begun, real.site)
            if restore_and_die(step) == 0:
                seen.add("done")
                break
            assert real.json("rules", "versions")["live"] in {2, 3}
            found = {name: text for name, text in rules_of(real).items() if not name.endswith(".part")}
            if (real.site / "var" / "rules-restore.json").exists():
                seen.add("cut off")
                result = real("run", "--once")
                assert result.exit_code == 0, result.stderr
                problem = json.loads(real("status", "-o", "json").stdout)["rules_problem"]
                kept = real.site / problem.partition("the files of before are in ")[2].partition(".")[0]
                assert {path.name: path.read_text("utf-8") for path in (kept / "rules").glob("*.yaml")} == {
                    name: text for name, text in new.items() if name.endswith(".yaml")
                }
                assert real("rules", "restore", 1, "--note", "finish").exit_code == 0
                assert {n: t for n, t in rules_of(real).items() if not n.endswith(".part")} == old
                assert real.json("status")["rules_problem"] is None
            else:
                seen.add("untouched")
                assert found == new
    assert seen == {"untouched", "cut off", "done"}


def test_files_put_right_by_hand_end_a_restore_that_was_cut_off(real: Cli) -> None:
    (real.site / "var" / "rules-restore.json").write_text('{"version": 1, "kept": "var/x"}', "utf-8")
    assert "was cut off" in real("run", "--once").stderr
    assert publish(real, "put right by hand").exit_code == 0
    assert real.json("status")["rules_problem"] is None or real("run", "--once").exit_code == 0
    assert not (real.site / "var" / "rules-restore.json").exists()
