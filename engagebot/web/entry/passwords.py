"""Passwords: Argon2id, two at a time, and the same work whether an account exists or not."""

from __future__ import annotations

import threading
from functools import cache

from pwdlib import PasswordHash

from engagebot.errors import WrongUsage

MIN_CHARS = 12
MAX_CHARS = 1024
# One hash takes 64 MiB on purpose; more than two at once would let a flood of logins eat the machine.
_ROOM = threading.Semaphore(2)


def hash_password(password: str) -> str:
    """Turn a new password into what is stored.

    Raises:
        WrongUsage: it is too short or too long to be taken.
    """
    if len(password) < MIN_CHARS:
        raise WrongUsage(f"the password has {len(password)} characters; use at least {MIN_CHARS}")
    if len(password) > MAX_CHARS:
        raise WrongUsage(f"the password has {len(password)} characters; use at most {MAX_CHARS}")
    with _ROOM:
        return _hasher().hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Check a password; without an account the same work is done against a hash of nobody's."""
    candidate = password[:MAX_CHARS]
    with _ROOM:
        matches = _hasher().verify(candidate, stored or _nobody())
    return matches and stored is not None and len(password) <= MAX_CHARS


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return _hasher().hash("the password of an account that does not exist")
