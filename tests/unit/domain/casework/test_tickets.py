"""What may be written down of a ticket, and what of it repeats the customer."""

from __future__ import annotations

import pytest

from engagebot.domain.casework.tickets import NewTicket, holds_words, read_ticket
from engagebot.errors import WrongUsage
from tests.factories import make_author

SAID = "my modem is dead again, please help"


def test_a_ticket_is_read_as_it_is_written_over_there() -> None:
    read = read_ticket(
        system=" Jira ", key=" shop/modems#12 ", url=" https://jira.example/X-12 ", status="In\n progress"
    )
    assert read == NewTicket(
        system="jira", key="shop/modems#12", url="https://jira.example/X-12", status="In progress"
    )
    assert read.name == "jira shop/modems#12"
    assert read_ticket(system="desk_2", key="7", url="", status="  ") == NewTicket(system="desk_2", key="7")


@pytest.mark.parametrize(
    ("part", "words"),
    [
        *(("system", bad) for bad in ("", "two words", "-x", "ä", "x" * 65, "a/b")),
        *(("key", bad) for bad in ("", "  ", "..", "?", "X" * 101, "X-1\nX-2", "X-\u202e12", "X\x00")),
        *(
            ("url", bad)
            for bad in (
                "javascript:alert(1)", "ftp://jira.example/1", "//jira.example/1", "https://", "https://[",
                "https://kim@jira.example/1", "https://jira.example/ 1", "https://jira.example/\u202e1",
                "https://jira.example/" + "x" * 2000, "X-12",
            )
        ),
        *(("status", bad) for bad in ("x" * 101, "Do\u200bne", "Done\x00")),
    ],
)  # fmt: skip
def test_what_could_not_be_kept_or_shown_is_refused(part: str, words: str) -> None:
    with pytest.raises(WrongUsage):
        read_ticket(**{"system": "jira", "key": "X-12", part: words})


@pytest.mark.parametrize(
    ("url", "tells"),
    [
        ("https://desk.example/browse/X-12", False),
        ("https://desk.example/issues/12-my-modem-is-dead-again", True),
        ("https://desk.example/issues/12?q=modem+is+dead+again", True),
        ("https://desk.example/of/maple_fan_demo/12", True),
        ("https://maple_fan_demo.example/12", False),
    ],
)
def test_an_address_that_repeats_the_title_or_the_name_is_known(url: str, tells: bool) -> None:
    assert holds_words(url, SAID, make_author()) is tells
