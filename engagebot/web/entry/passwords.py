"""Passwords: Argon2id, two at a time, and the same work whether an account exists or not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import cache

from pwdlib import PasswordHash

from engagebot.errors import WrongUsage

MIN_CHARS = 12
MAX_CHARS = 1024
# One hash takes 64 MiB on purpose; more than two at once would let a flood of logins eat the machine.
_ROOM = threading.Semaphore(2)
_FEWEST_KINDS = 5
_LEAST_WEIGHT = 5
_YEAR = re.compile(r"(?:19|20)\d\d")
# What is tried first by whoever guesses; the words of the site itself are added to them.
_OBVIOUS = (
    "password", "passwort", "kennwort", "motdepasse", "contrasena", "passwd", "passphrase", "engagebot",
    "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "qwerty",
    "qwertz", "azerty", "asdf", "abcdef", "abcd", "letmein", "iloveyou", "welcome", "changeme",
    "administrator", "admin", "secret", "geheim", "monkey", "dragon", "football", "baseball", "sunshine",
    "princess", "master", "login", "hello", "whatever", "superman", "batman", "starwars", "trustno", "shadow",
    "summer", "winter", "spring", "autumn", "test", "user", "owner", "default", "demo", "support",
)  # fmt: skip
# `p4ssw0rd` is no other word than the one it looks like.
_LOOKS_LIKE = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})


def hash_password(password: str, *, known: Iterable[str] = ()) -> str:
    """Turn a new password into what is stored; `known` are words that anybody would try: names, the brand.

    Raises:
        WrongUsage: it is too short, too long or too easy to guess to be taken.
    """
    if len(password) < MIN_CHARS:
        raise WrongUsage(f"the password has {len(password)} characters; use at least {MIN_CHARS}")
    if len(password) > MAX_CHARS:
        raise WrongUsage(f"the password has {len(password)} characters; use at most {MAX_CHARS}")
    if is_obvious(password, known):
        raise WrongUsage(
            "this password is easy to guess: it is little more than a name, a well-known word, a row of "
            "keys or digits; a few unrelated words make a good one"
        )
    with _ROOM:
        return _hasher().hash(password)


def is_obvious(password: str, known: Iterable[str] = ()) -> bool:
    """Whether little is left of a password without the words, rows and years that are tried first."""
    plain = password.casefold()
    if len(set(plain)) < _FEWEST_KINDS:
        return True
    own = (_solid(word.casefold()) for part in known for word in (part, *re.split(r"[\W_]+", part)))
    words = sorted({*_OBVIOUS, *(word for word in own if len(word) > 2)}, key=len, reverse=True)
    signs = [char for char in plain if not char.isalnum() and not char.isspace()]
    return any(
        _weight(signs) + _weight(_without(_solid(reading), words)) < _LEAST_WEIGHT
        for reading in (plain, plain.translate(_LOOKS_LIKE))
    )


def _solid(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _without(text: str, words: Iterable[str]) -> str:
    for word in words:
        text = text.replace(word, "")
    return _YEAR.sub("", text)


def _weight(chars: Iterable[str]) -> float:
    weight, last = 0.0, -9
    for char in chars:
        # The next of a row (`1234`, `dcba`, `!!!`) adds nothing to guess.
        if abs(ord(char) - last) > 1:
            weight += 1 if char.isalpha() else 0.5
        last = ord(char)
    return weight


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
