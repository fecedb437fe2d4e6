from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.integration.cli.conftest import Cli

LADDER = """\
teams:
  support: {notify: [console], ladder: day}
hours: {business: {mon-fri: "09:00-18:00"}}
ladders:
  day: {steps: [{after: 10m, notify: [console]}, {after: 15m, notify: [console]}], only_during: business}
"""


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def states(cli: Cli, case_id: int, *commands: Sequence[str] | str) -> list[str]:
    return [cli.json("cases", command, case_id)["state"] for command in commands]


def test_a_case_is_moved_by_every_command(told: Cli) -> None:
    case_id = told.json("cases", "list")[0]["id"]

    assert states(told, case_id, "ack", "unack", "wait", "resolve", "close", "reopen") == [
        "acknowledged", "new", "waiting", "resolved", "closed", "reopened",
    ]  # fmt: skip
    refused = told("cases", "accept", case_id)
    assert (refused.exit_code, "is not offered to anybody" in refused.stderr) == (1, True)
    assert told("cases", "decline", case_id).exit_code == 1
    unanswered = told("cases", "close-follow-up", case_id, "they wrote that it works")
    assert (unanswered.exit_code, "no follow-up runs" in unanswered.stderr) == (1, True)
    assert told("cases", "stale").stdout == "there is none\n"
    assert told.json("cases", "stale", "--silent") == []


def test_clocks_of_a_case_are_shown(told: Cli) -> None:
    case_id = told.json("cases", "list")[0]["id"]
    told("run", "--once")

    shown = told.json("cases", "clocks", case_id)

    assert [(each["kind"], each["promise"]) for each in shown][:1] == [("first_reply", "standard")]
    told("cases", "wait", case_id)
    told("run", "--once")
    assert "rests" in told("cases", "clocks", case_id).stdout
    assert told("cases", "clocks", 4711).exit_code == 2


def test_a_ladder_is_told_for_any_moment_before_it_is_needed(told: Cli) -> None:
    told.config("teams:\n  support: {notify: [console]}\n", LADDER)

    lines = told.json("cases", "ladder", "--team", "support", "--at", "2026-08-09T03:00")

    assert lines == [
        "Mon 10 Aug, 09:10 console", "Mon 10 Aug, 09:25 console", "then nobody is told any more",
    ]  # fmt: skip
    assert told("cases", "ladder").exit_code == 2
    assert "is not a time" in told("cases", "ladder", "--team", "support", "--at", "soon").stderr
    case_id = told.json("cases", "list")[0]["id"]
    assert told.json("cases", "ladder", case_id)[-1] == "then nobody is told any more"
    told("cases", "ack", case_id)
    assert "nobody is told" in told("cases", "ladder", case_id).stdout
