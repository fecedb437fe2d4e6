"""Post notices to another program, signed by the Standard Webhooks scheme."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from standardwebhooks import Webhook

from engagebot.errors import DeliveryFailed
from engagebot.ports import Clock, Notice, Sink
from engagebot.sinks.outbound import checked_url, post

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix of every such secret
SECRET_BYTES = range(24, 65)


class WebhookSink:
    """The body is the notice's payload; the id header stays the same over every attempt."""

    def __init__(self, name: str, url: str, *, secret: str, clock: Clock, allow_private: bool) -> None:
        self.name = name
        self._url = checked_url(url, allow_private=allow_private)
        self._webhook = _signer(secret)
        self._clock = clock
        self._allow_private = allow_private

    def deliver(self, notice: Notice) -> None:
        body = json.dumps(notice.payload, ensure_ascii=False, separators=(",", ":"))
        status = post(
            self._url,
            content=body.encode(),
            headers=self._headers(notice.id, body),
            allow_private=self._allow_private,
        )
        if 200 <= status < 300:
            return
        if status == 410:
            raise DeliveryFailed(
                f"{self._url.hostname} answers 410: this webhook is gone; remove or correct it",
                is_permanent=True,
            )
        raise DeliveryFailed(f"{self._url.hostname} answers {status}")

    def _headers(self, notice_id: str, body: str) -> Mapping[str, str]:
        # Signed anew for each attempt: receivers refuse a timestamp that is minutes old.
        now = self._clock.now()
        return {
            "Content-Type": "application/json",
            "webhook-id": notice_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(notice_id, now, body),
        }


def open_sink(
    url: str, secret: str, clock: Clock, *, name: str = "webhook", allow_private: bool = False
) -> Sink:
    """Make a sink for one webhook of the settings.

    Raises:
        ValueError: the address or the secret cannot be used; the message never repeats either.
    """
    return WebhookSink(name, url, secret=secret, clock=clock, allow_private=allow_private)


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
