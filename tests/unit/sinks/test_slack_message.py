from engagebot.sinks.slack import TEXT_CHARS, message_of
from tests.unit.sinks.notices import make_notice


def test_message_has_title_text_link_and_reference() -> None:
    message = message_of(make_notice())

    assert [block["type"] for block in message["blocks"]] == ["header", "section", "context"]
    assert message["text"] == "[High] 3rd contact: maple_fan_demo"
    reference = message["blocks"][2]["elements"][0]["text"]
    assert reference == "<http://127.0.0.1:8000/cases/17|Open in engagebot> · case-17-opened"


def test_stranger_cannot_page_a_channel() -> None:
    message = message_of(make_notice(title="<!channel> & co", text="<!here> <https://example.com|bank>"))

    assert message["text"] == "&lt;!channel&gt; &amp; co"
    assert message["blocks"][0]["text"]["type"] == message["blocks"][1]["text"]["type"] == "plain_text"


def test_long_text_is_cut_and_says_where_the_rest_is() -> None:
    message = message_of(make_notice(text="x" * 5000))

    text = message["blocks"][1]["text"]["text"]
    assert len(text) == TEXT_CHARS
    assert text.endswith("full text in engagebot")


def test_notice_without_text_or_link_is_still_a_valid_message() -> None:
    message = message_of(make_notice(text="", url=None, title=" "))

    assert [block["type"] for block in message["blocks"]] == ["header", "context"]
    assert message["blocks"][0]["text"]["text"] == "case.opened"
