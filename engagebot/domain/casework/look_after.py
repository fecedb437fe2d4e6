"""Signed links "I look after it": they show a case for a week to whoever holds one, and change nothing.

Programs open every link in a mail. So opening it says nothing; a person has to sign in and press a button.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

LASTS = timedelta(days=7)
_MARK_CHARS = 32


class Signed(NamedTuple):
    """The case that a link leads to, and when the link ends."""

    case_id: int
    ends_at: datetime


def sign(key: str, case_id: int, told_at: datetime) -> str:
    """The secret part of a link to a case, which ends a week after people were told."""
    until = int((told_at + LASTS).timestamp())
    return f"{case_id}.{until}.{_mark(key, case_id, until)}"


def read(key: str, secret: str) -> Signed | None:
    """What a link says; `None` where it is not ours."""
    parts = secret.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        return None
    case_id, until = int(parts[0]), int(parts[1])
    is_ours = hmac.compare_digest(parts[2].encode(), _mark(key, case_id, until).encode())
    return Signed(case_id, datetime.fromtimestamp(until, UTC)) if is_ours else None


def _mark(key: str, case_id: int, until: int) -> str:
    said = f"look after case {case_id} until {until}".encode()
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()[:_MARK_CHARS]
