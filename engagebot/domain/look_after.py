"""Signed links "I look after it": they show a case for a week to whoever holds one, and change nothing.

Programs open every link in a mail. So opening it says nothing; a person has to sign in and press a button.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

LASTS = timedelta(days=7)
_MARK_CHARS = 32


def sign(key: str, case_id: int, told_at: datetime) -> str:
    """The secret part of a link to a case, which ends a week after people were told."""
    until = int((told_at + LASTS).timestamp())
    return f"{case_id}.{until}.{_mark(key, case_id, until)}"


def read(key: str, secret: str, now: datetime) -> int | None:
    """The case that a link leads to; `None` where it is not ours or has ended."""
    parts = secret.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        return None
    case_id, until = int(parts[0]), int(parts[1])
    is_ours = hmac.compare_digest(parts[2].encode(), _mark(key, case_id, until).encode())
    return case_id if is_ours and now.timestamp() < until else None


def _mark(key: str, case_id: int, until: int) -> str:
    said = f"look after case {case_id} until {until}".encode()
    return hmac.new(key.encode(), said, hashlib.sha256).hexdigest()[:_MARK_CHARS]
