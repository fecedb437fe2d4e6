"""Secrets are blacked out, and nothing else is."""

import base64
from urllib.parse import quote

import pytest

from engagebot.cli.masking import Mask


def test_a_secret_is_blacked_out_wherever_it_stands() -> None:
    mask = Mask(["tok-made-up-1", 'quo"te-made-up'])

    assert mask("Bearer tok-made-up-1x, tok-made-up-1") == "Bearer ***x, ***"
    assert mask('{"password": "quo\\"te-made-up"}') == '{"password": "***"}'


def test_a_short_secret_is_blacked_out_only_where_it_stands_alone() -> None:
    mask = Mask(["at"])

    assert mask("key=at; watch the application") == "key=***; watch the application"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert Mask(["secret-one", "secret-one-two"])("secret-one-two") == "***"


def test_no_secret_changes_nothing() -> None:
    assert Mask(["", ""])("plain") == "plain"


@pytest.mark.parametrize("name", ["", "a", "ab", "abc", "client-id-made-up"])
def test_a_login_in_base64_holds_nothing_of_the_secret(name: str) -> None:
    secret = "client+secret/made-up"
    coded = base64.b64encode(f"{name}:{secret}".encode()).decode()

    shown = Mask([secret])(f"Authorization: Basic {coded}")

    assert "***" in shown
    assert len(shown) < len("Authorization: Basic ***") + len(base64.b64encode(f"{name}:".encode())) + 4


def test_a_secret_in_an_address_or_a_signature_is_blacked_out() -> None:
    secret = "consumer+key/made up"
    once = quote(secret, safe="")

    assert Mask([secret])(f"?key={once}&base={quote(once, safe='')}") == "?key=***&base=***"
