from datetime import datetime

import pytest

from engagebot.sinks.email import message_of, open_sink, parse_server
from tests.unit.sinks.notices import make_notice


def test_message_is_complete_plain_text_with_an_id_that_repeats() -> None:
    message = message_of(make_notice(), sender="bot@example.com", to="support@example.com")
    again = message_of(make_notice(), sender="bot@example.com", to="support@example.com")

    assert message["Subject"] == "[High] 3rd contact: maple_fan_demo"
    assert message["Message-ID"] == again["Message-ID"] == "<case-17-opened@example.com>"
    assert message["Date"] == "Tue, 01 Sep 2026 12:00:00 +0000"
    assert message.get_content_type() == "text/plain"
    body = message.get_content()
    for part in ("3rd contact", "dead again.”", "Why: repeat-unhappy", "/cases/17", "case-17-opened"):
        assert part in body


def test_no_header_can_be_slipped_into_the_subject_or_the_id() -> None:
    notice = make_notice(title="hi\r\nBcc: everyone@example.com\x00\n\nbody", id="a>\r\nBcc: b@example.com")

    message = message_of(notice, sender="bot@example.com", to="support@example.com")

    assert message["Bcc"] is None
    assert message["Subject"] == "hi Bcc: everyone@example.com body"
    assert message["Message-ID"] == "<a-Bcc-b-example.com@example.com>"
    head = message.as_bytes().partition(b"\n\n")[0]
    assert not [line for line in head.splitlines() if line.lower().startswith(b"bcc")]


@pytest.mark.parametrize("to", ["a@example.com\r\nBcc: b@example.com", "no-address", "a@b, c@d", ""])
def test_recipient_that_is_not_one_address_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        open_sink("smtp://mail.example.com?from=bot@example.com", to)


def test_server_is_read_from_the_url() -> None:
    server = parse_server("smtps://bot%40example.com:p%3Ass@mail.example.com")

    assert (server.security, server.host, server.port) == ("smtps", "mail.example.com", 465)
    assert (server.user, server.password, server.sender) == ("bot@example.com", "p:ss", "bot@example.com")
    assert "p:ss" not in repr(server)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://u:sesame@mail.example.com", "mail server"),
        ("smtp://u:sesame@mail.example.com:x", "mail server"),
        ("smtp://:25?from=bot@example.com", "mail server"),
        ("smtp://u:sesame@[::1]", "sender"),
        ("smtp://u:sesame@mail.example.com?from=a%0D%0AX@b", "sender"),
    ],
)
def test_unusable_server_is_explained_without_the_password(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        parse_server(url)

    assert "sesame" not in str(raised.value)


def test_server_without_a_sender_gets_one_of_its_own() -> None:
    assert parse_server("smtp://apikey:x@mail.example.com:587").sender == "engagebot@mail.example.com"


def test_all_mails_about_a_case_are_one_thread_and_lead_to_its_page() -> None:
    def link(case_id: int, at: datetime) -> str:
        return f"http://127.0.0.1:8000/look-after/{case_id}.{at:%H%M}.signed"

    first = message_of(make_notice(), sender="bot@example.com", to="a@example.com", look_after=link)
    again = message_of(make_notice(id="case-17-again"), sender="bot@example.com", to="a@example.com")

    assert first["References"] == first["In-Reply-To"] == again["References"] == "<case-17@example.com>"
    assert first["Message-ID"] != again["Message-ID"]
    assert "I look after it (opening it changes nothing, its button does):" in first.get_content()
    assert "/look-after/17.1200.signed" in first.get_content()


def test_what_is_about_no_case_is_in_no_thread() -> None:
    found = message_of(make_notice(payload={}), sender="bot@example.com", to="a@example.com")

    assert found["References"] is None
