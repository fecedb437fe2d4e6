"""Post notices to a Slack channel through an incoming webhook."""

from __future__ import annotations

import json
from typing import Any

from engagebot.ports import Clock, Notice, Sink
from engagebot.sinks import refusals
from engagebot.sinks.outbound import PUBLIC, Way, checked_url, post

TITLE_CHARS = 150
TEXT_CHARS = 3000
CUT = "… full text in engagebot"


class SlackSink:
    """Strangers' words go out as plain text, so that nobody outside can page a channel or dress up a link."""

    def __init__(self, name: str, url: str, way: Way, *, clock: Clock) -> None:
        self.name = name
        self._url = checked_url(url, allow_private=way.allow_private)
        self._way = way
        self._clock = clock

    def deliver(self, notice: Notice) -> None:
        content = json.dumps(message_of(notice)).encode()
        answer = post(self._url, self._way, content=content, headers={"Content-Type": "application/json"})
        if answer.status == 200:
            return
        # Of the body only a word of Slack's own is repeated.
        word = answer.body if answer.body in refusals.SLACK else ""
        raise refusals.of_slack(answer.status, answer.body).failed(
            f"Slack answers {answer.status} {word}".strip(),
            retry_after=refusals.wait_of(answer.retry_after, self._clock.now()),
        )


def open_sink(url: str, clock: Clock, *, way: Way = PUBLIC, name: str = "slack") -> Sink:
    """Make a sink for the incoming webhook in ENGAGEBOT_SLACK_WEBHOOK_URL.

    Raises:
        ValueError: not a web address; the message never repeats it, since the address is the password.
    """
    return SlackSink(name, url, way, clock=clock)


def message_of(notice: Notice) -> dict[str, Any]:
    """Lay a notice out in Slack's blocks: title, text, link, and the id by which repeats are known."""
    title = " ".join(notice.title.split()) or notice.kind
    footer = f"<{_escaped(notice.url)}|Open in engagebot> · " if notice.url else ""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(title, TITLE_CHARS), "emoji": False}},
    ]
    if notice.text.strip():
        text = {"type": "plain_text", "text": _cut(notice.text.strip(), TEXT_CHARS), "emoji": False}
        blocks.append({"type": "section", "text": text})
    reference = {"type": "mrkdwn", "text": f"{footer}{_escaped(notice.id)}"}
    blocks.append({"type": "context", "elements": [reference]})
    return {"text": _escaped(_cut(title, TITLE_CHARS)), "blocks": blocks, "unfurl_links": False}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
