"""What Slack tells of presses: over its socket or signed over HTTP, understood, and answered in private."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qs, urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from engagebot.domain.telling.cards import Deed
from engagebot.domain.telling.presses import Press
from engagebot.ports import Clock
from engagebot.sinks.slack_bot import TIMEOUT_S
from engagebot.sinks.slack_card import PREFIX

log = logging.getLogger(__name__)

CHAT = "slack"
_ANSWERED_BY = ("slack.com", "slack-gov.com")


def press_of(payload: Mapping[str, Any]) -> Press | None:
    """The press that an interaction tells of; `None` where it is none of ours, such as a link that opened."""
    try:
        action, user = payload["actions"][0], payload["user"]
        deed = Deed(action["action_id"].removeprefix(PREFIX))
        chosen = action.get("selected_option", action)["value"]
        case_id, _, choice = chosen.partition(":")
        return Press(
            chat=CHAT,
            person=person_of(payload),
            name=name_of(user),
            deed=deed,
            case_id=int(case_id),
            choice=choice or None,
            place=payload["channel"]["id"],
            answer_url=payload.get("response_url"),
            trigger=payload.get("trigger_id"),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def person_of(payload: Mapping[str, Any]) -> str:
    """Slack's id of whoever did something: ids of people are told apart by their workspace."""
    user = payload["user"]
    return f"{(payload.get('team') or user)['id']}:{user['id']}"


def name_of(user: Mapping[str, Any]) -> str:
    """What Slack calls somebody."""
    return str(user.get("username") or user.get("name") or user["id"])


class SignedPosts:
    """Requests that Slack signed with the app's secret, not more than five minutes ago."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._verifier = SignatureVerifier(secret, _Seconds(clock))

    def interaction(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What a request tells, or `None` where there is any doubt that Slack sent it."""
        try:
            if not self._verifier.is_valid_request(body, dict(headers)):
                return None
            told = json.loads(parse_qs(body.decode())["payload"][0])
        except (ValueError, TypeError, KeyError, IndexError):
            return None
        return told if isinstance(told, Mapping) else None


class _Seconds(SlackClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


def answer(client: WebClient, press: Press, text: str) -> bool:
    """Tell the person who pressed something, and nobody else; what cannot be told is logged, and false."""
    try:
        if press.answer_url and _is_slacks(press.answer_url, client.base_url):
            way = WebhookClient(press.answer_url, timeout=TIMEOUT_S, retry_handlers=[])
            sent = way.send(text=text, response_type="ephemeral", replace_original=False)
            if sent.status_code == 200:
                return True
        user = press.person.rpartition(":")[2]
        client.chat_postEphemeral(channel=press.place, user=user, text=text)
    except (OSError, HTTPException, SlackClientError) as error:
        log.warning("the press of %s on case %d got no answer: %s", press.name, press.case_id, type(error))
        return False
    return True


def _is_slacks(url: str, base_url: str) -> bool:
    host, own = urlsplit(url).hostname or "", urlsplit(base_url).hostname or ""
    return host == own or any(host == name or host.endswith(f".{name}") for name in _ANSWERED_BY)
