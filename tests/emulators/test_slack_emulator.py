"""The Slack that tests talk to refuses what Slack refuses, as its own client sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import APP_TOKEN, BOT_TOKEN


@pytest.fixture
def slack() -> Iterator[SlackEmulator]:
    with SlackEmulator() as emulator:
        yield emulator


def client(slack: SlackEmulator, token: str = BOT_TOKEN) -> WebClient:
    return WebClient(token=token, base_url=slack.api_url, retry_handlers=[])


def refused(slack: SlackEmulator, *, token: str = BOT_TOKEN, **message: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        client(slack, token).chat_postMessage(**{"channel": "#care", "text": "x", **message})
    return str(raised.value.response["error"])


def test_it_says_who_the_token_is_and_what_it_may(slack: SlackEmulator) -> None:
    answer = client(slack).auth_test()
    assert (answer["user"], answer["team"]) == ("engagebot", "Acme demo")
    assert answer.headers["x-oauth-scopes"] == "chat:write"


def test_it_refuses_wrong_keys_scopes_and_places(slack: SlackEmulator) -> None:
    assert refused(slack, token="xoxb-other") == "invalid_auth"
    assert refused(slack, token=APP_TOKEN) == "not_allowed_token_type"
    assert refused(slack, channel="#nowhere") == "channel_not_found"
    slack.care.has_bot = False
    assert refused(slack) == "not_in_channel"
    slack.scopes.clear()
    assert refused(slack) == "missing_scope"
    slack.is_revoked = True
    assert refused(slack) == "token_revoked"


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ([{"type": "paragraph"}], "unsupported type"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "must be one of"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "less than 151"),
        ([{"type": "section", "text": {"type": "plain_text", "text": ""}}], "more than 0"),
        ([{"type": "section"}], "text or fields"),
        ([{"type": "divider", "color": "red"}], "unexpected property: color"),
        ([{"type": "divider", "block_id": "a"}] * 2, "block_id already exists"),
        ([{"type": "divider"}] * 51, "no more than 50"),
        ([{"type": "actions", "elements": []}], "1 to 25 items"),
        ([{"type": "actions", "elements": [{"type": "button"}]}], "missing required field"),
    ],
)
def test_it_refuses_blocks_that_slack_would_not_show(
    slack: SlackEmulator, blocks: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(SlackApiError) as raised:
        client(slack).chat_postMessage(channel="#care", text="x", blocks=blocks)
    assert raised.value.response["error"] == "invalid_blocks"
    assert said in raised.value.response["errors"][0]
    assert slack.care.shown == []


def test_a_channel_takes_about_a_message_a_second(slack: SlackEmulator) -> None:
    slack.burst = 1
    client(slack).chat_postMessage(channel="#care", text="x")
    with pytest.raises(SlackApiError) as raised:
        client(slack).chat_postMessage(channel="#care", text="y")
    assert (raised.value.response.status_code, raised.value.response.headers["Retry-After"]) == (429, "1")
    assert len(slack.care.shown) == 1


VIEW = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Say something"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        }
    ],
}


def not_opened(slack: SlackEmulator, trigger: str, **over: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        client(slack).views_open(trigger_id=trigger, view={**VIEW, **over})
    response = raised.value.response
    return " ".join([response["error"], *response.get("response_metadata", {}).get("messages", [])])


def test_a_press_opens_one_form_within_three_seconds(slack: SlackEmulator) -> None:
    slack.scopes.clear()
    trigger = slack.modals.trigger("U0AGENT")
    assert client(slack).views_open(trigger_id=trigger, view=VIEW)["view"]["id"]
    assert not_opened(slack, trigger) == "exchanged_trigger_id"
    assert not_opened(slack, "1.2.3") == "invalid_trigger_id"
    late = slack.modals.trigger("U0AGENT")
    slack.modals.age()
    assert not_opened(slack, late) == "expired_trigger_id"
    came = slack.submission(words="hello")["view"]["state"]["values"]
    assert came == {"words": {"typed": {"type": "plain_text_input", "value": "hello"}}}


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"title": {"type": "plain_text", "text": "x" * 25}}, "less than 25"),
        ({"submit": {"type": "mrkdwn", "text": "Send"}}, "must be one of"),
        ({"blocks": [{"type": "input", "block_id": "a"}]}, "missing required field"),
        ({"blocks": [{"type": "image"}]}, "unsupported type"),
        ({"private_metadata": "x" * 3001}, "less than 3001"),
        ({"colour": "red"}, "unexpected property: colour"),
    ],
)
def test_it_refuses_forms_that_slack_would_not_show(
    slack: SlackEmulator, over: dict[str, Any], said: str
) -> None:
    answer = not_opened(slack, slack.modals.trigger("U0AGENT"), **over)
    assert answer.startswith("invalid_arguments")
    assert said in answer
    assert slack.modals.opened == []
