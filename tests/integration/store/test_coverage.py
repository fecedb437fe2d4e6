"""The coverage ledger: one row for an uninterrupted stretch, gaps once, rests in minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engagebot.domain.listening.coverage import FIRST, LATE, Entry, Kind, Span, cover
from engagebot.ports import Cursor, Gap, Page
from engagebot.store.engine import Store
from engagebot.store.listening import coverage, watches
from tests.factories import make_watch
from tests.fakes import NOON, FakeClock

MINUTE = timedelta(minutes=1)
WATCH = make_watch()
ALWAYS = Span(NOON - timedelta(days=30), NOON + timedelta(days=30))


def at(minute: float) -> datetime:
    return NOON + minute * MINUTE


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


def gap(start: float, end: float, reason: str = "the listing ended") -> Gap:
    return Gap(at(start), at(end), reason)


def hear(store: Store, start: float, end: float, *, when: float | None = None) -> None:
    with store.write() as tx:
        coverage.note_heard(tx, WATCH, span(start, end), at=at(end if when is None else when))


def turn(store: Store, asked: float, **page: object) -> None:
    with store.write() as tx:
        made = Page(mentions=[], cursor=Cursor("1"), **page)  # type: ignore[arg-type]
        coverage.note_page(tx, WATCH, made, asked_at=at(asked))


def ledger(store: Store, kind: Kind | None = None) -> list[Entry]:
    with store.read() as tx:
        return [entry for entry in coverage.entries(tx, "talk", ALWAYS) if kind in (None, entry.kind)]


def stretches(store: Store) -> list[tuple[Span, str | None]]:
    return [(entry.span, entry.reason) for entry in ledger(store, Kind.HEARD)]


def test_polls_on_time_make_one_row(store: Store) -> None:
    for minute in range(0, 60, 5):
        hear(store, minute - 1, minute + 5)
    assert stretches(store) == [(span(-1, 60), None)]
    (row,) = ledger(store)
    assert row.noted_at == at(60)


def test_a_poll_after_an_outage_fills_the_hole_as_a_late_stretch_that_keeps_its_time(store: Store) -> None:
    hear(store, 0, 10)
    hear(store, 9, 130)
    hear(store, 129, 135)
    assert stretches(store) == [(span(0, 10), None), (span(10, 130), LATE), (span(130, 135), None)]
    assert [entry.noted_at for entry in ledger(store)] == [at(10), at(130), at(135)]


def test_pages_of_a_late_burst_make_one_stretch(store: Store) -> None:
    hear(store, 0, 10)
    hear(store, 100, 130, when=130)
    hear(store, 60, 130, when=130)
    hear(store, 9, 130, when=131)
    assert stretches(store) == [(span(0, 10), None), (span(10, 130), LATE)]


def test_a_hole_between_two_stretches_is_closed_into_one(store: Store) -> None:
    hear(store, 0, 10)
    hear(store, 12, 20)
    hear(store, 9, 20)
    assert stretches(store) == [(span(0, 20), None)]


def test_an_empty_window_says_nothing(store: Store) -> None:
    hear(store, 5, 5)
    assert ledger(store) == []


def test_the_first_poll_reaches_back_and_the_watch_begins_with_it(store: Store) -> None:
    turn(store, 0, heard_from=at(-1440), heard_until=at(-0.5))
    turn(store, 5, heard_from=at(-2), heard_until=at(4.5))
    assert stretches(store) == [(span(-1440, -0.5), FIRST), (span(-0.5, 4.5), None)]
    with store.read() as tx:
        assert coverage.began_at(tx, "talk") == at(-0.5)
        assert coverage.began_at(tx, "other") is None


def test_a_connector_that_does_not_say_is_heard_from_the_last_time_until_now(store: Store) -> None:
    turn(store, 0)
    turn(store, 5)
    turn(store, 10)
    assert stretches(store) == [(span(-1440, 0), FIRST), (span(0, 10), None)]


def test_half_a_burst_of_a_connector_that_does_not_say_is_not_heard(store: Store) -> None:
    turn(store, 0)
    turn(store, 5, has_more=True)
    assert stretches(store) == [(span(-1440, 0), FIRST)]
    turn(store, 6)
    assert stretches(store) == [(span(-1440, 0), FIRST), (span(0, 6), None)]


def test_a_page_that_heard_nothing_completely_adds_nothing(store: Store) -> None:
    turn(store, 0)
    turn(store, 5, heard_from=at(5), heard_until=at(5))
    assert stretches(store) == [(span(-1440, 0), FIRST)]


def test_the_same_gap_is_noted_once_and_one_that_overlaps_grows(store: Store) -> None:
    with store.write() as tx:
        assert coverage.note_gap(tx, "talk", gap(0, 10), at=at(20))
        assert not coverage.note_gap(tx, "talk", gap(0, 10), at=at(25))
        assert not coverage.note_gap(tx, "talk", gap(3, 9), at=at(25))
        assert coverage.note_gap(tx, "talk", gap(5, 12), at=at(30))
        assert coverage.note_gap(tx, "talk", gap(5, 12, "another reason"), at=at(30))
        assert not coverage.note_gap(tx, "talk", gap(5, 5), at=at(30))
    assert [(entry.span, entry.reason) for entry in ledger(store)] == [
        (span(0, 12), "the listing ended"),
        (span(5, 12), "another reason"),
    ]


def test_a_gap_is_healed_only_by_a_window_that_covers_all_of_it(store: Store) -> None:
    turn(store, 0)
    turn(store, 60, gaps=[gap(10, 30)], heard_from=at(30), heard_until=at(60))
    turn(store, 65, heard_from=at(15), heard_until=at(65))
    (missing,) = ledger(store, Kind.GAP)
    assert missing.is_missing

    turn(store, 70, heard_from=at(5), heard_until=at(70))
    (healed,) = ledger(store, Kind.GAP)
    assert (healed.span, healed.healed_at) == (span(10, 30), at(70))


def test_a_page_does_not_heal_the_gap_it_tells_of(store: Store) -> None:
    turn(store, 0)
    turn(store, 60, gaps=[gap(10, 30)], heard_from=at(0), heard_until=at(60))
    (missing,) = ledger(store, Kind.GAP)
    assert missing.is_missing
    assert [found for found, reason in stretches(store) if reason != FIRST] == [span(0, 10), span(30, 60)]


def test_the_end_of_a_burst_does_not_heal_what_its_first_page_missed(store: Store) -> None:
    turn(store, 0)
    turn(store, 60, gaps=[gap(10, 30)], has_more=True)
    turn(store, 60)
    (missing,) = ledger(store, Kind.GAP)
    assert missing.is_missing
    assert [found for found, reason in stretches(store) if reason != FIRST] == [span(0, 10), span(30, 60)]


def test_a_rest_counts_until_somebody_answers(store: Store) -> None:
    other = make_watch("other")
    with store.write() as tx:
        watches.register(tx, [WATCH, other], NOON)
        coverage.note_connector_limited(tx, "fake", span(0, 60), "rate limit")
        coverage.note_connector_limited(tx, "fake", span(30, 90), "rate limit")
        coverage.note_limited(tx, "other", span(0, 600), "budget: 500 of 500 posts")
    turn(store, 70)
    assert [entry.span for entry in ledger(store, Kind.LIMITED)] == [span(0, 70)]
    with store.read() as tx:
        of_other = [e for e in coverage.entries(tx, "other", ALWAYS) if e.kind is Kind.LIMITED]
    assert {(entry.span, entry.reason) for entry in of_other} == {
        (span(0, 70), "rate limit"),
        (span(0, 600), "budget: 500 of 500 posts"),
    }


def test_a_watch_that_never_heard_anything_is_silent_from_its_first_poll(store: Store) -> None:
    with store.write() as tx:
        coverage.begin(tx, "talk", at(0))
        coverage.begin(tx, "talk", at(5))
    with store.read() as tx:
        began_at = coverage.began_at(tx, "talk")
    found = cover(ledger(store), span(-600, 60), began_at=began_at, every=WATCH.every)
    assert found.blind == (span(0, 60),)


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_entries_are_read_by_key_without_loss_or_repeat(store: Store, limit: int) -> None:
    with store.write() as tx:
        for minute in range(0, 60, 10):
            coverage.note_gap(tx, "talk", gap(minute, minute + 5), at=at(90))
            coverage.note_gap(tx, "talk", gap(minute + 2, minute + 5, "x"), at=at(90))
        coverage.note_gap(tx, "other", gap(0, 100), at=at(90))
    found: list[Entry] = []
    cursor = None
    while True:
        with store.read() as tx:
            read = coverage.page(tx, "talk", span(6, 46), limit=limit, cursor=cursor)
        found += read.items
        cursor = read.cursor
        if cursor is None:
            break
    assert [entry.span.until_at for entry in found] == [at(m) for m in (15, 15, 25, 25, 35, 35, 45, 45)]
    assert len({entry.id for entry in found}) == 8


def test_the_ledger_survives_being_read_on_a_frozen_clock(store: Store, clock: FakeClock) -> None:
    turn(store, 0)
    turn(store, 0)
    assert stretches(store) == [(span(-1440, 0), FIRST)]
    assert clock.now() == NOON
