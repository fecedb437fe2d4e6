"""Coverage and deafness, as people and programs see them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from engagebot import scheduler
from engagebot.domain.listening.coverage import Coverage, Span
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.roles import Role
from engagebot.errors import AuthFailed, Unavailable
from engagebot.pipeline.pull import poll
from engagebot.ports import Cursor, Gap, Page
from engagebot.store.listening import coverage, watches
from engagebot.store.telling import deliveries
from engagebot.web.figures.ears import coverage_words
from tests.factories import make_watch
from tests.fakes import NOON, FakeConnector
from tests.integration.web.office import Office

MINUTE = timedelta(minutes=1)


@pytest.fixture
def listening(office: Office) -> Office:
    with office.app.store.write() as tx:
        watches.register(tx, office.app.settings.watches, office.clock.now())
    return office


def listen(office: Office, minutes: int, error: Exception | None = None) -> None:
    """Poll every five minutes."""
    fake = FakeConnector(office.clock)
    for _ in range(minutes // 5):
        office.clock.forward(minutes=5)
        if error is not None:
            fake.fail("pull", error)
        poll(scheduler._pull_context(office.app), make_watch(), fake)


def miss(office: Office, gap: Gap) -> None:
    with office.app.store.write() as tx:
        page = Page(mentions=[], cursor=Cursor("1"), gaps=[gap])
        coverage.note_page(tx, make_watch(), page, asked_at=office.clock.now())


def without_times(page: str) -> str:
    return re.sub("</?time[^>]*>", "", page)


def stamp(minute: int) -> str:
    return (NOON + minute * MINUTE).isoformat().replace("+00:00", "Z")


def test_programs_read_what_was_heard_and_what_was_not(listening: Office) -> None:
    listen(listening, 30)
    listen(listening, 60, Unavailable("down"))
    miss(listening, Gap(NOON + 40 * MINUTE, NOON + 50 * MINUTE, "the listing ended"))
    reader = listening.program(Role.LIGHT)

    (found,) = reader.get("/api/v1/coverage").json()["watches"]

    assert (found["name"], found["connector"], found["is_deaf"]) == ("talk", "fake", True)
    assert found["heard"] == [[stamp(5), stamp(40)], [stamp(50), stamp(90)]]
    assert found["gaps"] == [
        {"from": stamp(40), "until": stamp(50), "reason": "the listing ended", "healed_at": None}
    ]
    assert (found["blind_minutes"], found["limited_minutes"], found["late_minutes"]) == (10, 0, 50)
    assert "down" in found["why"]
    assert reader.get("/api/v1/coverage?watch=talk&days=1").json()["watches"][0]["name"] == "talk"


def test_silence_is_told_while_it_lasts(listening: Office) -> None:
    listen(listening, 30)
    listen(listening, 60, Unavailable("down"))

    (found,) = listening.program().get("/api/v1/coverage?days=2").json()["watches"]

    assert found["silent"] == [[stamp(30), stamp(90)]]
    assert found["blind_minutes"] == 60


@pytest.mark.parametrize(
    ("query", "status"), [("watch=tolk", 404), ("days=0", 422), ("days=400", 422), ("days=1", 200)]
)
def test_wrong_questions_are_refused(listening: Office, query: str, status: int) -> None:
    assert listening.program().get(f"/api/v1/coverage?{query}").status_code == status


def test_a_deaf_watch_stands_on_every_page_until_it_hears(listening: Office) -> None:
    browser = listening.person()
    listen(listening, 10)
    assert "Deaf:" not in browser.get("/").text

    listen(listening, 20, Unavailable("<b>down</b>"))
    for path in ("/", "/queue", "/mentions", "/connectors", "/settings"):
        shown = browser.get(path).text
        assert "Deaf: talk (fake)" in shown, path
        assert "no successful read for 20 min" in shown
        assert "<b>down</b>" not in shown
    assert "fake needs attention" in browser.get("/").text

    listen(listening, 5)
    assert "Deaf:" not in browser.get("/").text


def test_the_connectors_page_tells_coverage_in_words_and_in_a_table(listening: Office) -> None:
    listen(listening, 30)
    listen(listening, 60, Unavailable("down"))
    browser = listening.person()
    silent = without_times(browser.get("/connectors").text)
    assert "Not heard for 1 h 00." in silent
    assert "Mon 3 Aug, 14:30 to Mon 3 Aug, 15:30" in silent

    miss(listening, Gap(NOON + 40 * MINUTE, NOON + 50 * MINUTE, "the listing ended <i>early</i>"))
    missing = without_times(browser.get("/connectors").text)
    assert "Mon 3 Aug, 14:40 to Mon 3 Aug, 14:50" in missing
    assert "the listing ended &lt;i&gt;early" in missing


def test_readiness_and_metrics_name_the_deaf_watch(listening: Office) -> None:
    visitor = listening.visitor()

    def figure() -> float:
        families = text_string_to_metric_families(visitor.get("/metrics").text)
        return next(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "engagebot_watch_deaf" and sample.labels == {"watch": "talk"}
        )

    listen(listening, 10)
    assert visitor.get("/readyz").status_code == 200
    assert figure() == 0

    listen(listening, 5, AuthFailed("revoked"))
    response = visitor.get("/readyz")
    assert response.status_code == 503
    assert "talk is deaf: the key is refused: revoked" in response.text
    assert figure() == 1


def test_the_tick_tells_the_channels_of_the_settings(listening: Office) -> None:
    listen(listening, 10)
    listen(listening, 20, Unavailable("down"))
    for _ in range(3):
        scheduler.check_ears(listening.app, began_at=NOON)
    with listening.app.store.read() as tx:
        found = deliveries.in_state(tx, DeliveryState.PENDING)
    assert [(each.channel, each.kind, each.payload["title"]) for each in found] == [
        ("console", "alarm", "Deaf: talk hears nothing")
    ]
    assert found[0].payload["url"].endswith("/connectors")


def of(*, blind: int = 0, late: int = 0, limited: int = 0) -> Coverage:
    def spans(minutes: int) -> tuple[Span, ...]:
        return (Span(NOON, NOON + minutes * MINUTE),) if minutes else ()

    return Coverage(
        period=Span(NOON, NOON + 600 * MINUTE),
        heard=(),
        silent=spans(blind),
        blind=spans(blind),
        late=spans(late),
        gaps=(),
        limited=spans(limited),
        longest_lag=late * MINUTE,
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (of(), "Heard without a hole."),
        (of(blind=27), "Not heard for 27 min."),
        (of(late=125), "2 h 05 heard late, by 2 h 05 at most."),
        (of(blind=1, limited=15), "Not heard for 1 min; had to keep quiet for 15 min."),
    ],
)
def test_coverage_is_said_in_a_sentence(found: Coverage, words: str) -> None:
    assert coverage_words(found) == words


def test_a_watch_that_never_listened_says_so(listening: Office) -> None:
    assert "Not listening yet." in listening.person().get("/connectors").text
