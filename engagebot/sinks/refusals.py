"""What the answers of receivers mean for a notice: try it again, give this one up, or give the channel up.

"For good" is said only where the same bytes to the same place cannot fare better. Whatever somebody may mend
within three days (a key, a sender, an address, a full disk) is tried again: the news must arrive then.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from engagebot.errors import DeliveryFailed

_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer means, in words, and what follows from it (see `DeliveryFailed`).

    `wait` is how long to leave the receiver alone where it does not say so itself.
    """

    why: str
    is_permanent: bool = False
    is_general: bool = False
    is_gone: bool = False
    wait: timedelta | None = None

    def failed(self, said: str, *, retry_after: timedelta | None = None) -> DeliveryFailed:
        """The error for an answer, which `said` gives in the receiver's own words."""
        return DeliveryFailed(
            f"{said}: {self.why}",
            is_permanent=self.is_permanent,
            is_general=self.is_general,
            is_gone=self.is_gone,
            retry_after=self.wait if retry_after is None else retry_after,
        )


_A_MINUTE = timedelta(minutes=1)
_BUSY = Refusal("it wants to be left alone for a while", is_general=True, wait=_A_MINUTE)
_MENDED = "somebody has to mend it there or in the settings"

# Standard Webhooks: 2xx is done, 410 ends the endpoint, all else may be tried again.
HTTP: Mapping[int, Refusal] = {
    400: Refusal(f"it does not take this, perhaps for the signature; {_MENDED}"),
    401: Refusal(f"the secret is wrong there or here; {_MENDED}"),
    403: Refusal(f"it does not let us in; {_MENDED}"),
    404: Refusal(f"nothing is at this address; {_MENDED}"),
    405: Refusal(f"nothing takes messages at this address; {_MENDED}"),
    410: Refusal("this address is gone; correct or remove it in the settings", is_gone=True),
    413: Refusal("the message is too long for it, and would be again", is_permanent=True),
    415: Refusal("it takes no JSON, and would get JSON again", is_permanent=True),
    422: Refusal("it understands the message and refuses it, and would again", is_permanent=True),
    429: _BUSY,
    503: Refusal("it is out of order at the moment"),
}
REDIRECT = Refusal("it sends us elsewhere, where we do not follow; write the new address into the settings")
UNKNOWN = Refusal("it may take it later")

# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: the word is the answer's body.
# What is said of the webhook holds for every message; what is said of a message holds for its every repeat.
_NEW_WEBHOOK = "make a new webhook and write it into ENGAGEBOT_SLACK_WEBHOOK_URL"
SLACK: Mapping[str, Refusal] = {
    "no_service": Refusal(f"the webhook was revoked; {_NEW_WEBHOOK}", is_gone=True),
    "no_service_id": Refusal(f"the address is not a whole webhook; {_NEW_WEBHOOK}", is_gone=True),
    "no_active_hooks": Refusal(f"the webhook was turned off; {_NEW_WEBHOOK}", is_gone=True),
    "no_team": Refusal(f"the workspace is gone; {_NEW_WEBHOOK}", is_gone=True),
    "team_disabled": Refusal(f"the workspace is closed; {_NEW_WEBHOOK}", is_gone=True),
    "invalid_token": Refusal(f"the webhook's key is wrong; {_NEW_WEBHOOK}", is_gone=True),
    "channel_not_found": Refusal(f"its channel is gone; {_NEW_WEBHOOK}", is_gone=True),
    "channel_is_archived": Refusal(f"its channel was archived; {_NEW_WEBHOOK}", is_gone=True),
    "user_not_found": Refusal(f"whoever it belongs to is gone; {_NEW_WEBHOOK}", is_gone=True),
    "action_prohibited": Refusal("an administrator of the workspace forbids it", is_general=True),
    "posting_to_general_channel_denied": Refusal("it may not post into #general", is_general=True),
    "invalid_payload": Refusal("it cannot read the message, nor would it again", is_permanent=True),
    "invalid_blocks": Refusal("it cannot read the message, nor would it again", is_permanent=True),
    "no_text": Refusal("the message has no text, nor would it again", is_permanent=True),
    "too_many_attachments": Refusal("the message has too many parts, and would again", is_permanent=True),
    "rate_limited": _BUSY,
    "rollup_error": UNKNOWN,
}
# Where the body says nothing we know. Slack answers for its own webhooks, so 403 and 404 mean the webhook.
SLACK_STATUS: Mapping[int, Refusal] = {
    403: Refusal(f"the webhook may not be used; {_NEW_WEBHOOK}", is_gone=True),
    404: Refusal(f"the webhook is gone; {_NEW_WEBHOOK}", is_gone=True),
    410: Refusal(f"the webhook or its channel is gone; {_NEW_WEBHOOK}", is_gone=True),
    429: _BUSY,
}

# https://docs.slack.dev/reference/methods/chat.postMessage, read for the methods that we call. What an
# administrator mends over there (an invitation, a scope, an archive) mends the same settings here.
_TOKEN = "make a new bot token and write it into ENGAGEBOT_SLACK_BOT_TOKEN"  # noqa: S105 - words, no token
_NO_MESSAGE = Refusal("it cannot read the message, nor would it again", is_permanent=True)
SLACK_API: Mapping[str, Refusal] = {
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"),
        Refusal(f"the token is no good any more; {_TOKEN}", is_gone=True),
    ),
    "not_allowed_token_type": Refusal(f"this is not a bot's token (xoxb-…); {_TOKEN}", is_gone=True),
    "missing_scope": Refusal("the app lacks a scope; add it and install the app again", is_general=True),
    "channel_not_found": Refusal("there is no such channel, or the app was not invited", is_general=True),
    "not_in_channel": Refusal("it is not in the channel; write /invite @engagebot there", is_general=True),
    "is_archived": Refusal("the channel is archived", is_general=True),
    "restricted_action": Refusal("an administrator of the workspace forbids it", is_general=True),
    "thread_not_found": Refusal("the message it belongs to is gone", is_permanent=True),
    **dict.fromkeys(
        ("invalid_blocks", "invalid_blocks_format", "invalid_attachments", "no_text", "msg_too_long",
         "too_many_attachments", "invalid_arguments"), _NO_MESSAGE,
    ),
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), _BUSY),
    **dict.fromkeys(("fatal_error", "internal_error", "service_unavailable", "request_timeout"), UNKNOWN),
}  # fmt: skip

# RFC 5321: 4yz may be tried again, 5yz says of this step that it will not do. Of a step that is about us and
# not about the message, somebody changes the settings.
_STEPS: tuple[tuple[type[smtplib.SMTPException], Refusal], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        Refusal("it refuses the user or the password in ENGAGEBOT_SMTP_URL", is_general=True),
    ),
    (smtplib.SMTPSenderRefused, Refusal("it refuses the sender in ENGAGEBOT_SMTP_URL", is_general=True)),
    (smtplib.SMTPDataError, Refusal("it refuses the message, and would again", is_permanent=True)),
    (smtplib.SMTPHeloError, Refusal(f"it does not speak with us; {_MENDED}", is_general=True)),
    (smtplib.SMTPConnectError, Refusal(f"it does not speak with us; {_MENDED}", is_general=True)),
)
RECIPIENT = Refusal("it has no such mailbox, or lets nobody write to it", is_permanent=True)
_LATER = Refusal("it asks to come again later")
_CLOSES = Refusal("it is about to close and asks to come again later", is_general=True, wait=_A_MINUTE)


def of_http(status: int) -> Refusal:
    """What a status that is no success means."""
    return REDIRECT if 300 <= status < 400 else HTTP.get(status, UNKNOWN)


def of_slack(status: int, body: str) -> Refusal:
    """What Slack's answer means, by the word in its body where it is one we know."""
    return SLACK.get(body.strip()) or SLACK_STATUS.get(status) or UNKNOWN


def of_smtp(error: smtplib.SMTPResponseException) -> Refusal:
    """What a mail server's answer to a step means; `of_recipient` has the one to the recipient."""
    if error.smtp_code < 500 and not isinstance(error, smtplib.SMTPAuthenticationError):
        return _CLOSES if error.smtp_code == 421 else _LATER
    return next((refusal for step, refusal in _STEPS if isinstance(error, step)), UNKNOWN)


def of_recipient(code: int) -> Refusal:
    """What a mail server's answer to the recipient means."""
    if code < 500:
        return _CLOSES if code == 421 else _LATER
    return RECIPIENT


def wait_of(retry_after: str | None, now: datetime) -> timedelta | None:
    """How long a Retry-After header asks for, as seconds or as a date; `None` where it says neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        # More digits than any wait has would not fit into a span of time.
        return timedelta(seconds=int(text[:_LONGEST_NUMBER]))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date without a zone is UTC by RFC 9110.
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(at - now, timedelta(0))
