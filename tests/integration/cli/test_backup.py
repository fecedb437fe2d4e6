"""`engagebot backup` and `engagebot restore` as people and timers call them."""

from __future__ import annotations

import os
import pty
import resource
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engagebot.cli import lock
from tests.integration.cli.conftest import PROGRAM, Cli

KEYS = {"file", "bytes", "revision", "mentions", "made_at", "took_s"}


@pytest.fixture
def kept(told: Cli, tmp_path: Path) -> Path:
    """A backup of a site that heard and decided the demo's stories."""
    file = tmp_path / "site.backup"
    assert told("backup", file).exit_code == 0
    return file


def test_a_backup_says_what_it_holds_as_words_and_as_json(told: Cli, tmp_path: Path) -> None:
    heard = told.json("status")["mentions"]
    made = told.json("backup", tmp_path / "one")
    assert set(made) == KEYS
    assert (made["file"], made["mentions"]) == (str(tmp_path / "one"), heard)
    assert made["bytes"] == (tmp_path / "one").stat().st_size
    said = told("backup", tmp_path / "two")
    assert said.stdout.startswith(f"{heard} mentions as of ")
    refused = told("backup", tmp_path / "two")
    assert refused.exit_code == 2
    assert "replace it with --force" in refused.stderr
    assert told("backup", "--force", tmp_path / "two").exit_code == 0
    assert told("backup", told.site / "var" / "engagebot.db", "--force").exit_code == 2


def test_a_restore_says_where_the_former_database_is_and_what_to_do_next(told: Cli, kept: Path) -> None:
    before = told.json("status")
    more = told.rows("more.csv", ["id,text,posted_at", "1,the modem is dead,2026-08-01T10:00:00Z"])
    assert told.json("import", more, "--source", "yelp")["added"] == 1
    done = told.json("restore", kept, "--yes")
    assert set(done) == KEYS | {"restored_at", "aside", "unknown", "paused"}
    after = told.json("status")
    assert (after["mentions"], after["drafts"], after["mode"]) == (
        before["mentions"],
        before["drafts"],
        "PAUSED",
    )
    assert after["paused_by"] == "restore"
    assert Path(done["aside"]).parent == told.site / "var"
    told("resume")
    back = told("restore", done["aside"], "--yes")
    assert "what was there before is in" in back.stdout
    assert "Nothing leaves until `engagebot resume`" in back.stdout
    assert told.json("status")["mentions"] == before["mentions"] + 1
    assert told("doctor", "--only", "database").exit_code == 0


def test_a_restore_asks_first(told: Cli, kept: Path) -> None:
    refused = told("restore", kept)
    assert refused.exit_code == 2
    assert "say --yes where it is meant" in refused.stderr
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [str(PROGRAM), "--site", str(told.site), "restore", str(kept)],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.write(ours, b"no\n")
    _, said = running.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert running.returncode == 2, said
    assert b"What came after that moment is put aside." in said
    assert b"nothing was changed" in said


def test_a_restore_waits_for_nobody_who_runs_the_site(told: Cli, kept: Path) -> None:
    with lock.hold(told.site / "var" / "engagebot.lock"):
        refused = told("restore", kept, "--yes")
        assert refused.exit_code == 4
        assert "engagebot already runs this site" in refused.stderr
        assert told("backup", kept, "--force").exit_code == 0
    assert told("restore", kept, "--yes").exit_code == 0


def test_a_backup_of_a_running_site_is_restored_after_its_end(told: Cli, tmp_path: Path) -> None:
    running = told.start("run", "--port", 0)
    try:
        assert running.stdout is not None
        assert any("engagebot is at" in line for line in running.stdout)
        made = told.json("backup", tmp_path / "alive")
        assert told("restore", tmp_path / "alive", "--yes").exit_code == 4
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
    assert told("restore", tmp_path / "alive", "--yes").exit_code == 0
    status = told.json("status")
    assert (status["mentions"], status["running"]) == (made["mentions"], None)


def test_a_full_disk_leaves_the_backup_of_before(told: Cli, kept: Path) -> None:
    """No file may grow past a size, which to a program is a disk without room."""
    before = kept.read_bytes()

    def without_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = subprocess.run(
        [str(PROGRAM), "--site", str(told.site), "backup", "--force", str(kept)],
        capture_output=True, text=True, check=False, preexec_fn=without_room,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert f"nothing could be written in {kept.parent}" in done.stderr
    assert "free some space" in done.stderr
    assert kept.read_bytes() == before
    assert [path.name for path in kept.parent.glob(".*")] == []


def test_doctor_asks_for_a_backup_once_there_is_a_week_to_lose(told: Cli, tmp_path: Path) -> None:
    def found(days: int) -> tuple[bool, str]:
        told.environ["ENGAGEBOT_NOW"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        (check,) = told.json("doctor", "--only", "backup")["checks"]
        assert check["fix"] is None or check["fix"].startswith("engagebot backup ")
        return check["ok"], check["detail"]

    assert found(1) == (True, "none is known yet")
    assert found(8) == (False, "none is known, and the first mention was stored 8 days ago")
    told.environ.clear()
    assert told("backup", tmp_path / "site.backup").exit_code == 0
    assert found(6)[0]
    assert found(8) == (False, "the newest one that is known is 8 days old")
