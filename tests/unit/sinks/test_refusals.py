from datetime import timedelta

import pytest

from engagebot.sinks import refusals
from tests.unit.sinks.notices import SENT_AT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 40, 999_999_999),
        ("Tue, 01 Sep 2026 12:02:00 GMT", 120),
        ("Tue, 01 Sep 2026 12:02:00 -0000", 120),
        ("Tue, 01 Sep 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("\u0663", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert refusals.wait_of(header, SENT_AT) == expected


def test_every_reason_tells_a_person_something_and_only_one_thing_follows() -> None:
    for refusal in [*refusals.HTTP.values(), *refusals.SLACK.values(), *refusals.SLACK_STATUS.values()]:
        assert len(refusal.why) > 10
        assert not (refusal.is_permanent and refusal.is_gone)


def test_slack_speaks_by_its_words_first_and_by_the_status_else() -> None:
    assert refusals.of_slack(403, "action_prohibited").is_gone is False
    assert refusals.of_slack(403, "who knows").is_gone is True
    assert refusals.of_slack(502, "<html>") is refusals.UNKNOWN
