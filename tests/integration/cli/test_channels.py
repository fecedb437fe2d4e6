"""Each channel that is set can be looked at without disturbing anybody, and tried out loud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engagebot.errors import OutsideFailed
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import APP_TOKEN, BOT_TOKEN
from tests.integration.cli.conftest import Cli
from tests.integration.sinks.servers import http_receiver

# Among its many services Apprise imports one whose own library still uses a module that Python gives up.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def slack(cli: Cli) -> Iterator[SlackEmulator]:
    cli.config("notify: [console]", 'notify: ["slack:#care", "apprise:ops"]')
    with SlackEmulator() as emulator:
        cli.environ["ENGAGEBOT_SLACK_BOT_TOKEN"] = BOT_TOKEN
        cli.environ["ENGAGEBOT_SLACK_APP_TOKEN"] = APP_TOKEN
        cli.environ["ENGAGEBOT_SLACK_BASE_URL"] = emulator.api_url
        yield emulator


def checked(cli: Cli, name: str) -> dict[str, Any]:
    (check,) = cli.json("doctor", "--only", name)["checks"]
    found: dict[str, Any] = check
    return found


def test_slack_is_looked_at_and_each_scope_that_lacks_is_named(cli: Cli, slack: SlackEmulator) -> None:
    good = checked(cli, "channel slack:#care")
    assert good["ok"]
    assert "chat:write: posts the message of a case" in good["detail"]
    assert checked(cli, "buttons slack")["ok"]

    slack.scopes.clear()
    slack.app_scopes.clear()
    bad = checked(cli, "channel slack:#care")
    assert (bad["ok"], "lacks the scope chat:write (posts" in bad["detail"]) == (False, True)
    assert "lacks the scope connections:write" in checked(cli, "buttons slack")["detail"]
    assert BOT_TOKEN not in cli("doctor").output
    assert slack.care.messages == {}


def test_a_service_needs_its_address_and_one_that_can_be_read(cli: Cli, slack: SlackEmulator) -> None:
    assert "needs ENGAGEBOT_APPRISE_OPS" in checked(cli, "channel apprise:ops")["detail"]
    cli.environ["ENGAGEBOT_APPRISE_OPS"] = "sesame://made-up"
    bad = checked(cli, "channel apprise:ops")
    assert "is not an address that Apprise can use" in bad["detail"]
    assert "sesame" not in str(bad)
    cli.environ["ENGAGEBOT_APPRISE_OPS"] = "json://127.0.0.1:1/sesame"
    assert checked(cli, "channel apprise:ops")["ok"]


def test_an_escalation_is_tried_and_says_test_everywhere(cli: Cli, slack: SlackEmulator) -> None:
    with http_receiver() as receiver:
        receiver.status = 200
        cli.environ["ENGAGEBOT_APPRISE_OPS"] = f"json://{receiver.url[7:]}"
        done = cli.json("escalate", "test", "--team", "support")
    assert [(each["channel"], each["ok"]) for each in done] == [("slack:#care", True), ("apprise:ops", True)]
    (message,) = slack.care.shown
    assert message.body["text"].startswith("TEST: [High] 3rd contact, may leave")
    assert message.body["blocks"][1]["text"]["text"].startswith("TEST: there is no such customer")
    assert b"TEST" in receiver.requests[0][2]
    assert cli("escalate", "test", "--team", "suport").exit_code == 2


def test_a_try_that_fails_says_why(cli: Cli, slack: SlackEmulator) -> None:
    slack.is_revoked = True
    result = cli("escalate", "test")
    assert result.exit_code == OutsideFailed.exit_code
    assert "token_revoked" in result.output
    assert "needs ENGAGEBOT_APPRISE_OPS" in result.output
