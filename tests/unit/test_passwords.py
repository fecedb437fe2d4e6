"""Which new passwords are taken: length, and not what everybody tries first."""

from __future__ import annotations

from inspect import unwrap

import pytest

from engagebot.errors import WrongUsage
from engagebot.web.entry import passwords
from engagebot.web.entry.passwords import hash_password, is_obvious

KNOWN = ("lena_demo", "Acme Phones", "acme_care")


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "P4ssw0rd!2026", "Password-Password", "passwort 1999", "letmeinletmein",
        "iloveyou12345",
        "aaaaaaaaaaaab", "abababababab", "123456789012", "987654321098", "qwertyuiop12", "qwe rty 123 456",
        "abcdefghijkl", "Summer2026!!!", "acme-acme-2026!", "AcmePhones123", "acme_care_123",
        "Lena_demo_2026",
        "engagebot1234!",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert is_obvious(password, KNOWN)
    with pytest.raises(WrongUsage, match="easy to guess"):
        hash_password(password, known=KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "four calm made-up words", "x8#kQ2!vL9$w", "9#3!7$2%8&1*",
        "8f3a91c07be2",
        "7294 8153 6620 1948", "пароль надёжный тут", "正しい馬の電池のホチキス",
        "my acme password is a poem",
    ],
)  # fmt: skip
def test_what_takes_guessing_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert not is_obvious(password, KNOWN)


def test_signs_a_database_cannot_hold_are_taken_in_a_password() -> None:
    assert hash_password("four calm\x00made-up words").startswith("$argon2id$")


def test_guessing_from_a_stolen_hash_costs_memory_and_time() -> None:
    # Other tests have a quick hasher in place of the program's own, which is this one.
    stored = unwrap(passwords._hasher)().hash("four calm made-up words")

    kind, work = stored.split("$")[1], stored.split("$")[3]
    cost = {name: int(value) for name, value in (part.split("=") for part in work.split(","))}
    assert kind == "argon2id"
    assert cost["m"] >= 64 * 1024
    assert cost["t"] >= 3
