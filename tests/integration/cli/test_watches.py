"""`check` and `doctor` show what connectors see in their watches, with its place, and ask no platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from engagebot.bootstrap import App, Outside
from engagebot.doctor.watches import look_at_watches
from engagebot.ports import Watch, WatchFault
from tests.emulators.x import XEmulator
from tests.factories import make_settings, make_watch
from tests.fakes import FakeClock, FakeConnector
from tests.integration.cli.conftest import Cli

WATCHES = """\
watches:
  - name: acme-x
    connector: x
    kind: search
    every: 5m
    query: '"acme" from:@acme AND lang:en'
  - {name: acme-mentions, connector: x, kind: mentions, every: 5m}
  - {name: acme-reddit, connector: reddit, kind: search, every: 5m, subreddits: ["a b"]}
"""
X_KEYS = {"ENGAGEBOT_X_BEARER_TOKEN": "bearer-made-up-one"}
REDDIT_KEYS = {
    "ENGAGEBOT_REDDIT_CLIENT_ID": "client-made-up-one",
    "ENGAGEBOT_REDDIT_CLIENT_SECRET": "client-secret-made-up-two",
}


@dataclass(slots=True)
class Looking(FakeConnector):
    """A connector that looks at its watches."""

    def watch_faults(self, watch: Watch) -> Sequence[WatchFault]:
        if watch.options["query"] == "acme":
            return []
        return [WatchFault("query", "say acme"), WatchFault(None, "write it anew")]


@pytest.fixture
def listening(cli: Cli) -> Cli:
    cli.config("watches: []\n", WATCHES)
    return cli


def test_check_tells_the_faults_of_watches_with_their_place(listening: Cli) -> None:
    listening.environ.update({**X_KEYS, **REDDIT_KEYS})
    told = listening("check")
    assert told.exit_code == 1
    config = (listening.site / "config" / "engagebot.yaml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(config, 1) if "query:" in text)
    first, second, reddit, count = told.stdout.splitlines()
    place = f"config/engagebot.yaml:{line}:12 EB040 "
    assert second.startswith(f'{place}watch "acme-x": query, column 19: X has no AND')
    assert first == (
        f'{place}watch "acme-x": query, column 8: from:@acme finds nobody: X wants the name without @; '
        "write from:acme"
    )
    assert reddit.startswith(f"config/engagebot.yaml:{line + 2}:5 EB040 ")
    assert "'a b' is not a subreddit's name; query must be" in reddit
    assert count == "3 errors"


def test_doctor_tells_them_too_and_x_is_not_asked(listening: Cli) -> None:
    with XEmulator(account="acme") as x:
        listening.environ.update({**X_KEYS, "ENGAGEBOT_X_BASE_URL": x.url})
        checks = listening.json("doctor", "--only", "watches")["checks"]
        assert x.requests == []
    assert [check["ok"] for check in checks] == [False, False, False]
    assert "column 8: from:@acme" in checks[0]["detail"]
    assert checks[0]["fix"].startswith("correct config/engagebot.yaml, line ")


def test_what_is_wrong_with_watches_is_told_before_there_are_keys(listening: Cli) -> None:
    without = listening("check")
    listening.environ.update({**X_KEYS, **REDDIT_KEYS})
    assert (without.exit_code, without.stdout, without.stderr) == (1, listening("check").stdout, "")


def test_watches_that_only_an_open_connector_looks_at_are_named(
    listening: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for connector in ("x", "reddit"):
        monkeypatch.delattr(f"connectors.{connector}.watch_faults")
    looked = listening("check")
    assert looked.exit_code == 0
    assert looked.stderr == "watches not looked at, for want of keys: acme-x, acme-mentions, acme-reddit\n"
    (check,) = listening.json("doctor", "--only", "watches", "--offline")["checks"]
    assert check["ok"]
    assert check["detail"].endswith("for want of keys: acme-x, acme-mentions, acme-reddit")


def test_only_a_connector_that_looks_is_asked_and_a_file_that_went_away_hides_nothing(tmp_path: Path) -> None:
    bad = {"query": "acne"}
    watches = (
        make_watch("blind", connector="blind", options=bad),
        make_watch("fine", connector="looking"),
        make_watch("bad", connector="looking", options=bad),
    )
    clock = FakeClock()
    settings = make_settings(tmp_path, f"sqlite:///{tmp_path}/engagebot.db", watches=watches)
    connectors = {"blind": FakeConnector(clock), "looking": Looking(clock)}
    app = App(settings, outside=Outside(clock=clock, connectors=connectors))
    try:
        looked = look_at_watches(app)
    finally:
        app.close()
    assert [str(each) for each in looked.findings] == [
        'config/engagebot.yaml:0:0 EB040 watch "bad": say acme',
        'config/engagebot.yaml:0:0 EB040 watch "bad": write it anew',
    ]
    assert looked.unseen == []
