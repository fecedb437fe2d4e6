from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import review
from engagebot.store import audit, site
from engagebot.store.desk import presence
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.web.desk.newest import TOLD_MOST, WINDOW_TICKS
from engagebot.web.desk.news import Message
from engagebot.web.desk.streams import (
    AWAKE_TICKS,
    BEAT_TICKS,
    CHECK_TICKS,
    IN_ALL,
    PER_PERSON,
    ROOM,
    Full,
    Guest,
    Listener,
    Streams,
)  # fmt: skip
from tests.fakes import FakeClock
from tests.integration.web.office import Office, open_office
from tests.stock import DatabaseStock

Heard = tuple[str, dict[str, Any], int | None]


def read(frames: str) -> list[Heard]:
    """The events in what came over the wire."""
    found: list[Heard] = []
    for frame in frames.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in frame.splitlines())
        found.append(
            (fields["event"], json.loads(fields["data"]), int(fields["id"]) if "id" in fields else None)
        )
    return found


def hears(listener: Listener) -> list[Heard]:
    return read("".join(listener.taken()))


def names(heard: list[Heard]) -> list[str]:
    return [name for name, _, _ in heard]


def only(heard: list[Heard], name: str) -> list[dict[str, Any]]:
    return [data for each, data, _ in heard if each == name]


def guest(name: str = "mira_demo", **over: Any) -> Guest:
    return Guest(**{"name": name, "may_stay": lambda _tx, _now: True, **over})


def by(office: Office, name: str = "ben_demo") -> Act:
    return Act(by=Person(name, Role.COMMUNITY), at=office.clock.now())


def approve(office: Office, draft_id: int, name: str = "ben_demo") -> None:
    with office.app.store.write() as tx:
        review.approve(tx, draft_id, by(office, name))


def last_line(office: Office) -> int:
    with office.app.store.read() as tx:
        return audit.page(tx, limit=1).items[0].id


def add_line(office: Office, subject: str = "site", action: str = "site.paused", times: int = 1) -> None:
    line = {"at": office.clock.now(), "actor": "ben_demo", "action": action, "subject": subject, "detail": {}}
    with office.app.store.write() as tx:
        audit.add_many(tx, [line] * times)


@pytest.fixture
def streams(office: Office) -> Streams:
    return Streams(office.app, every_s=None)


def joined(streams: Streams, **over: Any) -> Listener:
    """Somebody who has heard how things stand."""
    listener = streams.join(guest(**over))
    streams.tick()
    listener.taken()
    return listener


def test_a_stream_begins_with_how_things_stand(office: Office, streams: Streams) -> None:
    draft = office.drafts()
    with office.app.store.write() as tx:
        presence.here(tx, draft.id, "ben_demo", office.clock.now(), is_typing=True)
    listener = streams.join(guest())
    streams.tick()

    assert hears(listener) == [
        ("hello", {"me": "mira_demo"}, last_line(office)),
        ("site", {"paused_by": None, "mode": "DRY RUN"}, None),
        ("presence", {"drafts": {str(draft.id): [{"name": "ben_demo", "is_typing": True}]}}, None),
    ]


def test_everybody_hears_what_happened_in_its_order(office: Office, streams: Streams) -> None:
    first, second = office.drafts(), office.drafts("I love the old box")
    listeners = [joined(streams), joined(streams, name="ben_demo")]
    approve(office, second.id)
    with office.app.store.write() as tx:
        review.reject(tx, first.id, by(office), reason="not_now")
    third = office.drafts("I love the next box")
    case_id = office.opens_case()
    streams.tick()

    for listener in listeners:
        heard = hears(listener)
        assert names(heard) == ["draft", "draft", "new", "case", "case"]
        assert heard[0][1] == {
            "id": second.id, "state": "approved", "by": "ben_demo", "action": "approved",
            "lane": "appreciation", "version": 2, "words": "ben_demo approved the reply",
        }  # fmt: skip
        assert (heard[1][1]["id"], heard[1][1]["state"]) == (first.id, "rejected")
        assert heard[2][1] == {"drafts": [{"id": third.id, "lane": third.lane}], "is_awake": False}
        assert (heard[3][1]["id"], heard[3][1]["state"]) == (case_id, "new")
        numbers = [number for _, _, number in heard]
        assert numbers == sorted(numbers)
    streams.tick()
    assert [hears(listener) for listener in listeners] == [[], []]


def test_no_word_of_a_customer_goes_over_the_wire(office: Office, streams: Streams) -> None:
    listener = joined(streams)
    draft = office.drafts("I love the zebra box")
    streams.tick()
    with office.app.store.write() as tx:
        review.note(tx, draft.id, by(office), text="they mean the zebra box")
    approve(office, draft.id)
    office.opens_case("the zebra modem is dead again")
    streams.tick()

    said = "".join(listener.taken())
    assert "event: new" in said
    assert "event: case" in said
    assert "zebra" not in said


def test_whoever_slept_hears_what_was_missed(office: Office, streams: Streams) -> None:
    first, second = office.drafts(), office.drafts("I love the old box")
    slept_at = last_line(office)
    approve(office, first.id)
    office.clock.forward(hours=2)
    approve(office, second.id)
    listener = streams.join(guest(after=slept_at))
    streams.tick()

    heard = hears(listener)
    assert [data["id"] for data in only(heard, "draft")] == [first.id, second.id]
    assert heard[-1][2] == last_line(office)
    streams.tick()
    assert hears(listener) == []


def test_whoever_missed_too_much_is_told_to_load_the_page_again(office: Office, streams: Streams) -> None:
    office.drafts()
    slept_at = last_line(office)
    add_line(office, times=TOLD_MOST + 1)
    listener = streams.join(guest(after=slept_at))
    streams.tick()

    assert hears(listener)[-1] == ("reload", {}, last_line(office))


def test_a_flood_is_told_in_one_word(office: Office, streams: Streams) -> None:
    listener = joined(streams)
    add_line(office, times=TOLD_MOST + 1)
    streams.tick()
    assert hears(listener) == [("reload", {}, last_line(office))]

    add_line(office)
    streams.tick()
    assert names(hears(listener)) == ["site"]


def test_a_line_of_another_database_leads_to_a_new_page(office: Office, streams: Streams) -> None:
    office.drafts()
    listener = streams.join(guest(after=1_000_000))
    streams.tick()

    assert hears(listener)[-1] == ("reload", {}, last_line(office))


def test_pausing_and_resuming_are_told(office: Office, streams: Streams) -> None:
    listener = joined(streams)
    with office.app.store.write() as tx:
        site.pause(tx, by="ben_demo", at=office.clock.now())
    streams.tick()
    assert only(hears(listener), "site") == [{"paused_by": "ben_demo", "mode": "PAUSED"}]

    with office.app.store.write() as tx:
        site.resume(tx, by="ben_demo", at=office.clock.now())
    streams.tick()
    assert only(hears(listener), "site") == [{"paused_by": None, "mode": "DRY RUN"}]


def test_presence_is_told_when_it_changes_and_only_then(office: Office, streams: Streams) -> None:
    draft = office.drafts()
    listener = joined(streams)
    with office.app.store.write() as tx:
        presence.here(tx, draft.id, "ben_demo", office.clock.now())
    streams.tick()
    streams.tick()
    assert only(hears(listener), "presence") == [
        {"drafts": {str(draft.id): [{"name": "ben_demo", "is_typing": False}]}}
    ]

    office.clock.forward(seconds=30)
    streams.tick()
    assert hears(listener) == [("presence", {"drafts": {}}, None)]


def test_what_wakes_from_its_snooze_is_new_again(office: Office, streams: Streams) -> None:
    draft = office.drafts()
    with office.app.store.write() as tx:
        review.snooze(tx, draft.id, by(office), until=office.clock.now() + timedelta(hours=1))
    listener = joined(streams)
    office.clock.forward(hours=1)
    for _ in range(2 * AWAKE_TICKS):
        streams.tick()

    assert only(hears(listener), "new") == [
        {"drafts": [{"id": draft.id, "lane": draft.lane}], "is_awake": True}
    ]


def test_only_the_former_holder_is_told_of_a_takeover(office: Office, streams: Streams) -> None:
    draft = office.drafts()
    with office.app.store.write() as tx:
        presence.here(tx, draft.id, "mira_demo", office.clock.now(), is_typing=True)
    mira, ben = joined(streams), joined(streams, name="ben_demo")
    with office.app.store.write() as tx:
        presence.take_over(tx, draft.id, "ben_demo", office.clock.now())
    streams.tick()

    heard = hears(mira)
    assert names(heard) == ["draft", "taken"]
    assert heard[0][1]["words"] == "ben_demo took the reply over"
    assert heard[1][1] == {"draft_id": draft.id, "by": "ben_demo"}
    assert names(hears(ben)) == ["draft"]


def test_a_sign_of_life_goes_out_by_and_by(streams: Streams) -> None:
    listener = joined(streams)
    for _ in range(BEAT_TICKS):
        streams.tick()

    assert hears(listener) == [("beat", {}, None)]


def test_a_session_that_ends_ends_the_stream(office: Office, streams: Streams) -> None:
    now = office.clock.now()
    with office.app.store.write() as tx:
        user = accounts.add(tx, NewUser(name="mira_demo", role=Role.COMMUNITY), now)
        secret = accounts.issue(
            tx, KeyKind.SESSION, user_id=user.id, at=now, expires_at=now + timedelta(hours=1)
        )
    listener = joined(
        streams, may_stay=lambda tx, at: accounts.opened_by(tx, KeyKind.SESSION, secret, at) is not None
    )
    office.clock.forward(hours=1)
    for _ in range(CHECK_TICKS):
        streams.tick()

    assert names(hears(listener))[-1] == "bye"
    assert listener.has_ended
    assert streams.count == 0


def test_a_closed_account_ends_its_streams_at_once(office: Office, streams: Streams) -> None:
    is_open = True
    listener, other = joined(streams, may_stay=lambda _tx, _now: is_open), joined(streams, name="ben_demo")
    is_open = False
    add_line(office, "user:mira_demo", "user.disabled")
    streams.tick()

    assert names(hears(listener)) == ["bye"]
    assert listener.has_ended
    assert not other.has_ended


def test_whoever_does_not_keep_up_is_cut_off(streams: Streams) -> None:
    slow, quick = joined(streams), joined(streams, name="ben_demo")
    slow.put([Message(name="beat", data={})] * ROOM)
    assert not slow.has_ended
    for _ in range(BEAT_TICKS):
        streams.tick()

    assert slow.has_ended
    assert slow.taken() == []
    assert names(hears(quick)) == ["beat"]
    assert streams.count == 1


def test_one_person_has_only_so_many_streams(streams: Streams) -> None:
    for _ in range(PER_PERSON):
        first = streams.join(guest())
    with pytest.raises(Full, match=f"mira_demo has engagebot open in {PER_PERSON} browsers"):
        streams.join(guest())
    streams.join(guest("ben_demo"))
    streams.leave(first)
    streams.join(guest())


def test_there_are_only_so_many_streams_in_all(streams: Streams) -> None:
    for _ in range(IN_ALL):
        streams.join(guest("demo", is_one_of_many=True))

    with pytest.raises(Full, match="load this one again"):
        streams.join(guest("ben_demo"))


def test_nobody_joins_what_is_closed(streams: Streams) -> None:
    listener = joined(streams)
    streams.close()

    assert listener.has_ended
    with pytest.raises(Full, match="stopping"):
        streams.join(guest())


def test_what_cannot_be_told_keeps_nothing_after_it_back(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    faults: Iterator[str] = iter(["a fault of ours"])

    def may_stay(_tx: object, _now: object) -> bool:
        for fault in faults:
            raise LookupError(fault)
        return True

    streams = Streams(office.app, every_s=0.01)
    listener = streams.join(guest(may_stay=may_stay))
    frames = ""
    with caplog.at_level(logging.ERROR):
        while "a fault of ours" not in caplog.text:
            add_line(office, "user:ben_demo", "user.reset")
        while "event: site" not in frames:
            frames += "".join(listener.taken())
            add_line(office)
    streams.close()


def test_a_database_that_is_away_for_a_while_ends_no_stream(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    streams = Streams(office.app, every_s=0.01)
    listener = streams.join(guest())
    with office.app.store.writer.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE presence RENAME TO presence_away")
    while "nobody could be told what is new" not in caplog.text:
        assert not listener.has_ended
    with office.app.store.writer.begin() as tx:
        tx.exec_driver_sql("ALTER TABLE presence_away RENAME TO presence")
    frames = ""
    while "event: beat" not in frames:
        frames += "".join(listener.taken())
    streams.close()

    assert listener.has_ended


def test_the_poller_stops_when_nobody_listens(office: Office) -> None:
    streams = Streams(office.app, every_s=0.01)
    listener = streams.join(guest())
    poller = streams._thread
    assert poller is not None
    streams.leave(listener)
    poller.join(5)
    assert not poller.is_alive()

    again = streams.join(guest())

    async def first() -> str:
        async for frames in again.frames():
            return frames
        return ""

    # A thread of its own: a browser of other tests may keep a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        assert "event: hello" in pool.submit(lambda: asyncio.run(first())).result(10)
    streams.close()


@pytest.fixture
def shared(postgres_stock: DatabaseStock, clock: FakeClock, tmp_path: Path) -> Iterator[Office]:
    """A site on PostgreSQL, where two can write at once."""
    name, url = postgres_stock.take()
    found = open_office(tmp_path / "shared", url, clock)
    yield found
    found.app.close()
    postgres_stock.put_away(name)


@pytest.mark.postgres
def test_a_line_that_is_committed_late_is_told_once(shared: Office) -> None:
    first, second = shared.drafts(), shared.drafts("I love the old box")
    streams = Streams(shared.app, every_s=None)
    listener = joined(streams)
    with shared.app.store.write() as early:
        review.approve(early, first.id, by(shared))
        approve(shared, second.id)
        streams.tick()
        assert [data["id"] for data in only(hears(listener), "draft")] == [second.id]
    streams.tick()
    heard = hears(listener)
    assert [data["id"] for data in only(heard, "draft")] == [first.id]
    assert heard[0][2] == last_line(shared) - 1
    for _ in range(WINDOW_TICKS + 1):
        streams.tick()

    assert "draft" not in names(hears(listener))


@pytest.mark.postgres
def test_a_line_that_was_late_is_among_what_was_missed(shared: Office) -> None:
    first, second = shared.drafts(), shared.drafts("I love the old box")
    shared.clock.forward(minutes=1)
    with shared.app.store.write() as early:
        review.approve(early, first.id, by(shared))
        approve(shared, second.id)
        slept_at = last_line(shared)
    streams = Streams(shared.app, every_s=None)
    listener = streams.join(guest(after=slept_at))
    streams.tick()

    heard = [(data["id"], number) for name, data, number in hears(listener) if name == "draft"]
    assert heard == [(first.id, slept_at - 1)]


@pytest.mark.postgres
def test_a_poller_that_begins_late_still_sees_what_is_committed_later(shared: Office) -> None:
    first, second = shared.drafts(), shared.drafts("I love the old box")
    streams = Streams(shared.app, every_s=None)
    with shared.app.store.write() as early:
        review.approve(early, first.id, by(shared))
        approve(shared, second.id)
        listener = joined(streams)
    streams.tick()

    assert [data["id"] for data in only(hears(listener), "draft")] == [first.id]
