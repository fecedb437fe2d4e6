"""What a failure means to the caller: every exception and every refusal becomes one of our errors."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Literal

from prawcore import OAuthException

from connectors.reddit.requestor import BadAnswer, NoAnswer, Traffic
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    WatchInvalid,
)

# Source: the server Reddit published until 2017, r2/lib/errors.py. Names unknown here go to a person.
GONE = {"DELETED_COMMENT", "DELETED_THING", "DELETED_LINK"}
SLOW_DOWN = {"RATELIMIT", "SUBREDDIT_RATELIMIT", "QUOTA_FILLED"}
ACCOUNT = {"IN_TIMEOUT", "USER_REQUIRED", "VERIFIED_USER_REQUIRED"}
CLOSED = {"THREAD_LOCKED", "TOO_OLD", "COMMENT_NOT_ACCESSIBLE", "POST_NOT_ACCESSIBLE"}
UNWELCOME: dict[str, Literal["author", "community"]] = {
    "USER_BLOCKED": "author",
    "USER_MUTED": "community",
    "BANNED_FROM_SUBREDDIT": "community",
    "SUBREDDIT_NOTALLOWED": "community",
    "SUBREDDIT_NO_ACCESS": "community",
}
SECONDS = {"milli": 0.001, "second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_BREAK = re.compile(rf"(\d+) ({'|'.join(SECONDS)})")


Doing = Literal["listen", "read", "write"]
"""What was asked of Reddit; one status means different things for each."""


def as_error(error: Exception, doing: Doing, traffic: Traffic) -> ConnectorError:
    """Translate whatever came out of a request."""
    if isinstance(error, ConnectorError):
        return error
    if isinstance(error, BadAnswer):
        return _bad_answer(error, doing)
    if isinstance(error, OAuthException):
        return AuthFailed(f"Reddit refuses the account's credentials ({error.error})")
    if isinstance(error, NoAnswer) and not error.may_have_written:
        return Unavailable(f"Reddit could not be reached ({error})")
    what = str(error) if isinstance(error, NoAnswer) else type(error).__name__
    # Here is also whatever prawcore stumbles over in an answer it does not expect.
    if doing == "write" and traffic.has_written:
        return OutcomeUnknown(
            f"Reddit's answer to the reply is missing or unreadable ({what}); it may be there"
        )
    return Unavailable(f"Reddit's answer could not be read ({what})")


def refusal(errors: list[Any], ratelimit_s: object, now: datetime) -> ConnectorError:
    """Translate the `errors` that Reddit lists in answer to a reply: code, message, field."""
    first = errors[0] if isinstance(errors[0], list) else [errors[0]]
    code, said = (str(part or "") for part in (*first, "", "")[:2])
    message = f"Reddit refuses the reply: {said or 'it gives no reason'} ({code})"
    if code in GONE:
        return TargetGone(message)
    if code in SLOW_DOWN:
        found = _BREAK.search(said)
        wait_s = int(found[1]) * SECONDS[found[2]] if found else 600
        if isinstance(ratelimit_s, int | float):
            wait_s = ratelimit_s
        return RateLimited(message, retry_at=now + timedelta(seconds=wait_s + 60))
    if code in ACCOUNT:
        return AuthFailed(message)
    by_hand = code not in CLOSED and code not in UNWELCOME
    return Refused(message, by_hand=by_hand, unwelcome_to=UNWELCOME.get(code))


def _bad_answer(answer: BadAnswer, doing: Doing) -> ConnectorError:
    status, why = answer.status, f"HTTP {answer.status} {answer.reason}".strip()
    if status == 429:
        return RateLimited(f"Reddit asks to slow down ({why})", retry_at=answer.retry_at)
    if status == 401 or answer.lacks_scope or (answer.is_token and status in (400, 403)):
        return AuthFailed(f"Reddit refuses the credentials or the token, or a scope is missing ({why})")
    if answer.is_token or (status == 403 and answer.body is None):
        return Unavailable(
            f"Reddit lets this program in no further; are user agent and approval right? ({why})"
        )
    if doing == "write":
        return _refused_write(answer, why)
    if doing == "listen" and (status in (301, 302, 400, 404, 414, 451) or (status == 403 and answer.reason)):
        return WatchInvalid(f"Reddit has no such subreddit, hides it or refuses the query ({why})")
    if status in (302, 403, 404):
        return AuthFailed(f"Reddit hides this from the account; is it suspended? ({why})")
    return Unavailable(f"Reddit failed ({why})")


def _refused_write(answer: BadAnswer, why: str) -> ConnectorError:
    if answer.status >= 500 or answer.status == 408:
        return OutcomeUnknown(f"Reddit failed while taking the reply ({why}); it may be there")
    if answer.status == 400 and answer.reason:
        return refusal([[answer.reason, answer.body.get("explanation")]], None, answer.retry_at)
    unwelcome_to: Literal["community"] | None = "community" if answer.status == 403 else None
    return Refused(f"Reddit takes no reply of this account here ({why})", unwelcome_to=unwelcome_to)
