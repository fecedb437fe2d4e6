from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from engagebot.errors import DeliveryFailed
from engagebot.ports import ChecksChannel
from engagebot.sinks.email import open_sink
from tests.integration.sinks.servers import Mailbox, smtp_server
from tests.unit.sinks.notices import make_notice


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as mailbox:
        yield mailbox


def deliver(mailbox: Mailbox, *, scheme: str = "smtp", user: str = "", seconds: float = 20.0) -> None:
    url = f"{scheme}://{user}127.0.0.1:{mailbox.port}?from=bot@example.com"
    open_sink(url, "support@example.com", seconds=seconds).deliver(make_notice())


def test_server_takes_one_complete_message(mailbox: Mailbox) -> None:
    deliver(mailbox)

    ((sender, recipients, data),) = mailbox.messages
    assert (sender, recipients) == ("bot@example.com", ("support@example.com",))
    message = message_from_bytes(data, policy=policy.default)
    assert message["Subject"] == make_notice().title
    assert message["Message-ID"] == "<case-17-opened@example.com>"
    assert "“Third time. The modem is dead again.”" in message.get_content()


def test_user_and_password_are_given(mailbox: Mailbox) -> None:
    mailbox.features = ["AUTH PLAIN"]

    deliver(mailbox, user="bot:s%3Aesame@")

    assert any(command.startswith("AUTH PLAIN") for command in mailbox.commands)
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize(
    ("verb", "reply", "flags"),
    [
        ("RCPT", "550 no such user", (True, False)),
        ("RCPT", "450 mailbox busy", (False, False)),
        ("RCPT", "421 closing", (False, True)),
        ("MAIL", "421 come back later", (False, True)),
        ("MAIL", "550 not from you", (False, True)),
        ("DATA", "451 try again", (False, False)),
        ("DATA", "552 too large", (True, False)),
        ("DATA", "554 content refused", (True, False)),
        ("AUTH", "535 wrong password", (False, True)),
        ("AUTH", "454 not now", (False, True)),
    ],
)
def test_refusals(mailbox: Mailbox, verb: str, reply: str, flags: tuple[bool, bool]) -> None:
    mailbox.features, mailbox.answers = ["AUTH PLAIN"], {verb: reply}

    with pytest.raises(DeliveryFailed, match=reply[:3]) as raised:
        deliver(mailbox, user="bot:sesame@")
    assert (raised.value.is_permanent, raised.value.is_general) == flags
    assert not raised.value.is_gone
    assert "sesame" not in str(raised.value)


def test_line_cut_after_the_message_may_be_tried_again(mailbox: Mailbox) -> None:
    mailbox.cuts_after_message = True

    with pytest.raises(DeliveryFailed, match="cannot take mail") as raised:
        deliver(mailbox)
    assert len(mailbox.messages) == 1
    assert (raised.value.is_permanent, raised.value.is_general) == (False, False)


def test_server_that_never_comes_to_an_end_is_cut_off(mailbox: Mailbox) -> None:
    mailbox.drips = True

    with pytest.raises(DeliveryFailed, match="did not answer in time") as raised:
        deliver(mailbox, seconds=0.3)
    assert (raised.value.is_permanent, raised.value.is_general) == (False, True)


def test_rude_goodbye_does_not_undo_a_delivery(mailbox: Mailbox) -> None:
    mailbox.answers = {"QUIT": "500 what"}

    deliver(mailbox)

    assert len(mailbox.messages) == 1


def test_starttls_is_demanded_where_the_settings_demand_it(mailbox: Mailbox) -> None:
    with pytest.raises(DeliveryFailed, match="STARTTLS"):
        deliver(mailbox, scheme="starttls")
    assert mailbox.messages == []


def test_nobody_listening_may_be_tried_again(mailbox: Mailbox) -> None:
    sink = open_sink("smtp://127.0.0.1:1?from=bot@example.com", "support@example.com")

    with pytest.raises(DeliveryFailed, match="cannot take mail") as raised:
        sink.deliver(make_notice())
    assert not raised.value.is_permanent


def test_the_check_signs_in_and_hands_in_nothing(mailbox: Mailbox) -> None:
    mailbox.features = ["AUTH PLAIN"]
    sink = open_sink(f"smtp://bot:sesame@127.0.0.1:{mailbox.port}?from=bot@example.com", "a@example.com")

    assert isinstance(sink, ChecksChannel)
    assert sink.check() == f"127.0.0.1:{mailbox.port} takes the user and password"
    mailbox.answers = {"AUTH": "535 sesame is wrong"}
    with pytest.raises(DeliveryFailed, match="refuses the user or the password") as raised:
        sink.check()
    assert "sesame" not in str(raised.value)
    assert mailbox.messages == []
