"""Post notices to a Slack channel through an incoming webhook."""

from __future__ import annotations

import json
from typing import Any

from engagebot.errors import DeliveryFailed
from engagebot.ports import Notice, Sink
from engagebot.sinks.outbound import checked_url, post

TITLE_CHARS = 150
TEXT_CHARS = 3000
CUT = "… full text in engagebot"
# Slack's answers for a webhook that was revoked, a channel that was removed or archived.
GONE = frozenset({403, 404, 410})


class SlackSink:
    """Strangers' words go out as plain text, so that nobody outside can page a channel or dress up a link."""

    def __init__(self, name: str, url: str, *, allow_private: bool) -> None:
        self.name = name
        self._url = checked_url(url, allow_private=allow_private)
        self._allow_private = allow_private

    def deliver(self, notice: Notice) -> None:
        status = post(
            self._url,
            content=json.dumps(message_of(notice)).encode(),
            headers={"Content-Type": "application/json"},
            allow_private=self._allow_private,
        )
        if status == 200:
            return
        if status in GONE:
            raise DeliveryFailed(
                f"Slack answers {status}: the webhook was revoked or its channel is gone; make a new one",
                is_permanent=True,
            )
        raise DeliveryFailed(f"Slack answers {status}")


def open_sink(url: str, *, name: str = "slack", allow_private: bool = False) -> Sink:
    """Make a sink for the incoming webhook in ENGAGEBOT_SLACK_WEBHOOK_URL.

    Raises:
        ValueError: not a web address; the message never repeats it, since the address is the password.
    """
    return SlackSink(name, url, allow_private=allow_private)


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
