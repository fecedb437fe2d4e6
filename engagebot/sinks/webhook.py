"""Post notices to another program, signed by the Standard Webhooks scheme."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from standardwebhooks import Webhook

from engagebot.ports import Clock, Filed, Notice, Sink
from engagebot.sinks import refusals
from engagebot.sinks.outbound import PUBLIC, Answer, Way, checked_url, post

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of every such secret
SECRET_BYTES = range(24, 65)
ANSWER_BYTES = 65_536


class WebhookSink:
    """The body is the notice's payload; the id header stays the same over every attempt."""

    def __init__(self, name: str, url: str, way: Way, *, secret: str, clock: Clock) -> None:
        self.name = name
        self._url = checked_url(url, allow_private=way.allow_private)
        self._way = way
        self._webhook = _signer(secret)
        self._clock = clock

    def deliver(self, notice: Notice) -> None:
        self._posted(notice)

    def file(self, notice: Notice) -> Filed | None:
        return _filed(self._posted(notice, answer_bytes=ANSWER_BYTES).body)

    def _posted(self, notice: Notice, *, answer_bytes: int = 0) -> Answer:
        body = json.dumps(notice.payload, ensure_ascii=False, separators=(",", ":"))
        headers = self._headers(notice.id, body)
        answer = post(self._url, self._way, content=body.encode(), headers=headers, answer_bytes=answer_bytes)
        if not answer.is_success:
            wait = refusals.wait_of(answer.retry_after, self._clock.now())
            said = f"{self._url.hostname} answers {answer.status}"
            raise refusals.of_http(answer.status).failed(said, retry_after=wait)
        return answer

    def _headers(self, notice_id: str, body: str) -> Mapping[str, str]:
        # Signed anew for each attempt: receivers refuse a timestamp that is minutes old.
        now = self._clock.now()
        return {
            "Content-Type": "application/json",
            "webhook-id": notice_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(notice_id, now, body),
        }


def open_sink(url: str, secret: str, clock: Clock, *, way: Way = PUBLIC, name: str = "webhook") -> Sink:
    """Make a sink for one webhook of the settings.

    Raises:
        ValueError: the address or the secret cannot be used; the message never repeats either.
    """
    return WebhookSink(name, url, way, secret=secret, clock=clock)


def _filed(body: str) -> Filed | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    key, url = (told.get("key"), told.get("url")) if isinstance(told, dict) else (None, None)
    if isinstance(key, bool) or not isinstance(key, str | int) or not str(key).strip():
        return None
    return Filed(str(key), url if isinstance(url, str) else None)


def _signer(secret: str) -> Webhook:
    try:
        key = base64.b64decode(secret.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.strip().startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise ValueError(
            f"the signing secret must be {SECRET_PREFIX} followed by the base64 of "
            f"{SECRET_BYTES.start} to {SECRET_BYTES.stop - 1} random bytes"
        )
    return Webhook(key)
