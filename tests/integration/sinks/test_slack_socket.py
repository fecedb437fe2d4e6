"""Presses come down a connection that is opened again whenever it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from engagebot.sinks.slack_socket import SlackSocket
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import APP_TOKEN
from tests.integration.sinks.test_slack_bot import news, open_sink


@pytest.fixture
def slack() -> Iterator[SlackEmulator]:
    with SlackEmulator() as emulator:
        open_sink(emulator).put(news(), None)
        yield emulator


def listen(slack: SlackEmulator, do: Callable[[Mapping[str, Any]], None]) -> SlackSocket:
    return SlackSocket(APP_TOKEN, do, slack.api_url, look_every_s=0.05).start()


def test_a_connection_that_ends_is_opened_again_and_a_failure_is_said_once(
    slack: SlackEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    slack.app_scopes.clear()
    heard: list[str] = []
    listener = listen(slack, lambda told: heard.append(told["type"]))
    try:
        while len(slack.calls("POST /api/apps.connections.open")) < 2:
            time.sleep(0.02)
        slack.app_scopes.add("connections:write")
        slack.socket.wait_for(opened=1)
        slack.socket.say_disconnect()
        slack.socket.wait_for(opened=2)
        slack.socket.drop()
        slack.socket.wait_for(opened=3)
        slack.press("engagebot.acknowledge").wait()
    finally:
        listener.stop()
    assert heard == ["block_actions"]
    assert [each.getMessage() for each in caplog.records if each.name.startswith("engagebot")] == [
        "buttons in Slack do not work now: SlackApiError missing_scope",
        "buttons in Slack work again",
    ]


def test_a_press_is_acknowledged_before_it_is_done_and_one_that_breaks_stops_no_other(
    slack: SlackEmulator,
) -> None:
    may_go_on = threading.Event()
    done: list[str] = []

    def work(told: Mapping[str, Any]) -> None:
        may_go_on.wait(10)
        if not done:
            done.append("broke")
            raise RuntimeError("made up")
        done.append("done")

    listener = listen(slack, work)
    try:
        slack.socket.wait_for(opened=1)
        pressed = [slack.press("engagebot.acknowledge") for _ in range(6)]
        assert all(each.wait() <= 3 for each in pressed)
        assert done == []
        may_go_on.set()
    finally:
        listener.stop()
    assert sorted(done) == ["broke"] + ["done"] * 5
