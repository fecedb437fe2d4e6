import io

import pytest

from engagebot.errors import DeliveryFailed
from engagebot.sinks.console import open_sink
from tests.unit.sinks.notices import make_notice


def test_console_prints_title_text_and_link() -> None:
    stream = io.StringIO()

    open_sink(stream).deliver(make_notice())

    assert stream.getvalue().splitlines() == [
        "engagebot: [High] 3rd contact: maple_fan_demo",
        "  “Third time. The modem is dead again.”",
        "  Why: repeat-unhappy",
        "  http://127.0.0.1:8000/cases/17",
    ]


def test_console_writes_to_standard_error_of_the_moment(capsys: pytest.CaptureFixture[str]) -> None:
    open_sink().deliver(make_notice(text="", url=None))

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "engagebot: [High] 3rd contact: maple_fan_demo\n"


def test_console_prints_no_escape_sequence_of_a_stranger() -> None:
    stream = io.StringIO()

    open_sink(stream).deliver(make_notice(title="\x1b[2Jall \u202efine", text="a\x07b\rc"))

    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()
    assert stream.getvalue().startswith("engagebot: [2Jall fine\n  abc\n")


def test_closed_console_is_a_failed_delivery() -> None:
    stream = io.StringIO()
    stream.close()

    with pytest.raises(DeliveryFailed, match="console"):
        open_sink(stream).deliver(make_notice())
