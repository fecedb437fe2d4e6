"""What X's refusals and broken connections mean to the caller."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    OutOfCredit,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    WatchInvalid,
)

WITHOUT_RESET = timedelta(minutes=15)
RESET_PASSED = timedelta(seconds=5)
SHOWN_CHARS = 300

# Wordings change without notice: each meaning has all that were seen, in lower case.
NO_CREDIT = r"creditsdepleted|/problems/credits|spend cap|spending limit|usage-?capped|usagecapexceeded"
DUPLICATE = r"duplicate content"
GONE = r"deleted or not visible to you|resource-not-found"
NOT_SUMMONED = r"mentioned or otherwise engaged|are mentioned or are the author|reply to this conversation"
NO_RIGHT = r"client-forbidden|client-not-enrolled|application-only|unsupported-authentication|access level"
NO_RIGHT += (
    r"|oauth1.permissions|oauth1 app permissions|temporarily locked|your account (is|has been) suspended"
)


class Answered(Exception):
    """X answered with another status than success; `body` holds no secret."""

    def __init__(self, status: int, headers: dict[str, str], body: str) -> None:
        super().__init__(f"X answered {status}")
        self.status, self.headers, self.body = status, headers, body

    def __str__(self) -> str:
        try:
            words = words_of(json.loads(self.body))
        except ValueError:
            words = ""
        return f"X answered {self.status}" + (f": {words}" if words else "")

    def has(self, wordings: str) -> bool:
        """Say whether the body shows one of the wordings."""
        return re.search(wordings, self.body.lower()) is not None


def words_of(body: Any) -> str:
    """Collect the messages of an error body of any shape."""
    listed = body.get("errors") if isinstance(body, dict) else body
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    found = [str(each.get("message") or each.get("detail") or "") for each in entries]
    if not any(found) and isinstance(body, dict):
        found = [str(body.get("detail") or body.get("title") or "")]
    return "; ".join(filter(None, found))[:SHOWN_CHARS]


def meaning(problem: Exception, now: datetime, *, is_write: bool) -> ConnectorError:
    """Name what the caller must do about any exception that came out of a request."""
    if isinstance(problem, Answered):
        return _of_answer(problem, now, is_write=is_write)
    kind = type(problem).__name__
    if _never_left(problem):
        return Unavailable(f"X could not be reached ({kind}); nothing was sent")
    if is_write:
        return OutcomeUnknown(f"the answer of X was lost ({kind}); it may have the reply")
    return Unavailable(f"X could not be read ({kind})")


def spent_until(headers: dict[str, str], now: datetime) -> datetime | None:
    """When a request may follow one that was the last of its window; `None` means at once."""
    left = [name for name in headers if name.endswith(("rate-limit-remaining", "-24hour-remaining"))]
    return _reset_at(headers, now) if any(headers[name] == "0" for name in left) else None


def _of_answer(answer: Answered, now: datetime, *, is_write: bool) -> ConnectorError:
    if answer.status == 402 or (answer.status in (403, 429) and answer.has(NO_CREDIT)):
        return OutOfCredit(f"{answer} – the X account has no credit or reached its cap")
    if answer.status == 429:
        return RateLimited(str(answer), retry_at=_reset_at(answer.headers, now))
    if answer.status == 401:
        return AuthFailed(f"{answer} – the keys are wrong or were revoked")
    if is_write:
        return _of_write(answer)
    if answer.status == 403:
        return AuthFailed(f"{answer} – this key may not read here")
    return WatchInvalid(str(answer)) if answer.status == 400 else Unavailable(str(answer))


def _of_write(answer: Answered) -> ConnectorError:
    if answer.status >= 500 or answer.status < 400 or answer.status in (408, 409):
        return OutcomeUnknown(f"{answer} – it may have the reply")
    if answer.has(DUPLICATE):
        return OutcomeUnknown(f"{answer} – an equal reply seems to be there already")
    if answer.has(NOT_SUMMONED):
        return Refused(f"{answer} – X takes API replies only where the author summoned us", by_hand=True)
    if answer.status == 404 or answer.has(GONE):
        return TargetGone(str(answer))
    if answer.status == 403 and answer.has(NO_RIGHT):
        return AuthFailed(f"{answer} – these keys may not post")
    # A wording nobody has seen yet: one reply goes to a person, the connector goes on.
    return Refused(str(answer), by_hand=answer.status == 403)


def _never_left(problem: Exception) -> bool:
    if isinstance(problem, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    inner = problem.args[0] if isinstance(problem, requests.ConnectionError) and problem.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _reset_at(headers: dict[str, str], now: datetime) -> datetime:
    # The daily limits have headers of their own; they are the cause where they say that nothing remains.
    daily = [name for name in headers if name.endswith("-24hour-remaining") and headers[name] == "0"]
    names = ["x-rate-limit-reset", *(name.replace("remaining", "reset") for name in daily)]
    resets = [headers[name] for name in names if re.fullmatch(r"\d{1,11}", headers.get(name, ""))]
    moments = [datetime.fromtimestamp(int(each), UTC) for each in resets]
    return max(*moments, now + RESET_PASSED) if moments else now + WITHOUT_RESET
