"""Slack through a bot token: one message for each case, changed in place, with its news in the thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from engagebot.errors import DeliveryFailed
from engagebot.ports import Clock, Notice
from engagebot.sinks import refusals, slack, slack_card

BASE_URL = "https://slack.com/api/"
TIMEOUT_S = 10
# Each scope with the reason why it is asked for; the manifest in docs/notifications.md lists the same.
SCOPES: Mapping[str, str] = {"chat:write": "posts the message of a case, changes it, and answers in private"}
# The message that stood for the case cannot be changed any more: another one takes its place.
_LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"})
_PERSON = re.compile(r"[UW][A-Z0-9]+")

# At DEBUG the client logs what it sends, customers' words and all; what fails is told by `DeliveryFailed`.
logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)


class _Answered(DeliveryFailed):
    """Slack's refusal, with the word it uses."""

    def __init__(self, word: str, failed: DeliveryFailed) -> None:
        super().__init__(
            str(failed),
            is_permanent=failed.is_permanent,
            is_general=failed.is_general,
            is_gone=failed.is_gone,
            retry_after=failed.retry_after,
        )
        self.word = word


class SlackBotSink:
    """A channel in the workspace that the token belongs to; `place` is `#name` or an id."""

    def __init__(self, name: str, client: WebClient, place: str, *, clock: Clock) -> None:
        self.name = name
        self._client = client
        self._place = place
        self._clock = clock

    def deliver(self, notice: Notice) -> None:
        message = slack.message_of(notice)
        self._call(lambda: self._client.chat_postMessage(channel=self._place, **message))

    def put(self, notice: Notice, reference: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if notice.card is None:
            raise DeliveryFailed("the notice has no card", is_permanent=True)
        message = slack_card.message_of(notice.card)
        if reference:
            channel, ts = str(reference["channel"]), str(reference["ts"])
            if self._is_there(lambda: self._client.chat_update(channel=channel, ts=ts, **message)):
                return {"channel": channel, "ts": ts}
        answer = self._call(
            lambda: self._client.chat_postMessage(channel=self._place, unfurl_links=False, **message)
        )
        return {"channel": str(answer["channel"]), "ts": str(answer["ts"])}

    def add(
        self,
        notice: Notice,
        reference: Mapping[str, Any],
        *,
        is_loud: bool = False,
        instead_of: str | None = None,
    ) -> str:
        message = slack.message_of(notice)
        message["blocks"][1:1] = self._rung(notice.people)
        channel, ts = str(reference["channel"]), str(reference["ts"])
        if instead_of is not None:
            del message["unfurl_links"]
            self._is_there(lambda: self._client.chat_update(channel=channel, ts=instead_of, **message))
            return instead_of
        answer = self._call(
            lambda: self._client.chat_postMessage(
                channel=channel, thread_ts=ts, reply_broadcast=is_loud, **message
            )
        )
        return str(answer["ts"])

    def _rung(self, people: Sequence[str]) -> list[dict[str, Any]]:
        """The line that rings people of this workspace; an id of another one may be a stranger's here."""
        if not people:
            return []
        here = str(self._call(self._client.auth_test)["team_id"])
        found = [person for team, _, person in (each.partition(":") for each in people) if team == here]
        line = " ".join(f"<@{person}>" for person in found if _PERSON.fullmatch(person))
        return [{"type": "section", "text": {"type": "mrkdwn", "text": line}}] if line else []

    def check(self) -> str:
        answer = self._call(self._client.auth_test)
        has = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
        missing = [f"{scope} ({why})" for scope, why in SCOPES.items() if scope not in has]
        if missing:
            raise DeliveryFailed(f"the token lacks the scope {', '.join(missing)}")
        needed = "; ".join(f"{scope}: {why}" for scope, why in SCOPES.items())
        return f"{answer['user']} in {answer['team']} may write ({needed})"

    def whisper(self, user: str, channel: str, text: str) -> None:
        """Tell one person something in a channel, seen by nobody else."""
        self._call(lambda: self._client.chat_postEphemeral(channel=channel, user=user, text=text))

    def _is_there(self, change: Callable[[], SlackResponse]) -> bool:
        try:
            self._call(change)
        except _Answered as answer:
            if answer.word in _LOST:
                return False
            raise
        return True

    def _call(self, call: Callable[[], SlackResponse]) -> SlackResponse:
        try:
            return call()
        except SlackApiError as error:
            raise self._refused(error) from None
        except (OSError, HTTPException, SlackClientError) as error:
            # Neither a line that is cut nor one that never stood says anything about this message.
            said = f"Slack cannot be reached: {type(error).__name__}"
            raise DeliveryFailed(said, is_general=True) from None

    def _refused(self, error: SlackApiError) -> DeliveryFailed:
        word = _word(error)
        meaning = refusals.SLACK_API.get(word, refusals.UNKNOWN)
        said = f"Slack answers {word}" if word in refusals.SLACK_API else "Slack does not take it"
        wait = refusals.wait_of(_headers(error).get("retry-after"), self._clock.now())
        return _Answered(word, meaning.failed(said, retry_after=wait))


def open_sink(
    token: str, place: str, clock: Clock, *, name: str = "slack", base_url: str = BASE_URL
) -> SlackBotSink:
    """Make a sink for one channel, by the bot token in ENGAGEBOT_SLACK_BOT_TOKEN."""
    return SlackBotSink(name, client_of(token, base_url), place, clock=clock)


def client_of(token: str | None, base_url: str = BASE_URL, *, timeout_s: int = TIMEOUT_S) -> WebClient:
    """Slack's own client. It repeats nothing by itself: what is tried again is the outbox's to say."""
    return WebClient(token=token, base_url=base_url, timeout=timeout_s, retry_handlers=[])


def _word(error: SlackApiError) -> str:
    response: Any = error.response
    try:
        word = response["error"]
    except (KeyError, TypeError, ValueError):
        word = None
    if isinstance(word, str):
        return word
    return "ratelimited" if getattr(response, "status_code", None) == 429 else ""


def _headers(error: SlackApiError) -> Mapping[str, str]:
    found = getattr(error.response, "headers", None) or {}
    return {str(name).lower(): str(value) for name, value in found.items()}
