"""Secrets are blacked out, and nothing else is."""

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
