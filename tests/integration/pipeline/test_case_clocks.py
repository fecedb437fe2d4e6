"""Warnings of promises: the exact moments, each told once, over pauses, restarts and clock changes."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from engagebot.domain.casework.clocks import Audience, ClockKind
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.heard.removal import Removal
from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import Severity
from engagebot.pipeline import casework
from engagebot.pipeline.people.keeping import set_vip
from engagebot.settings.values import Sla
from engagebot.store import tables
from engagebot.store.heard import redaction
from engagebot.store.persons.contacts import NewContact
from tests.factories import act, id_of, make_author
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.minded import Minded, minded

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = BusinessHours.parse(
    {"mon-fri": "09:00-18:00"}, zone=BERLIN, holidays=frozenset({date(2026, 12, 25)})
)
PLAIN = Sla(name="standard", first_reply=24 * HOUR)
ALL = Sla(name="all", first_reply=4 * HOUR, next_reply=2 * HOUR, resolution=100 * HOUR, warn_at=())
HALF, MOST, LATE = (
    "50% of the time for the first reply has gone by",
    "80% of the time for the first reply has gone by",
    "first reply is late",
)


def test_24_hours_are_warned_of_at_12_00_and_19_12_and_break_at_24_00(desk: Desk) -> None:
    found = minded(desk, slas=(PLAIN,))
    found.open()
    found.pass_until(12 * HOUR - timedelta(seconds=1), every=3 * HOUR)
    assert found.news() == []
    for moment in (12 * HOUR, 19.2 * HOUR, 24 * HOUR):
        found.pass_until(moment - timedelta(seconds=1), every=2 * HOUR)
        found.pass_until(moment + MINUTE, every=timedelta(seconds=5) if desk.store.is_sqlite else MINUTE)
    found.pass_until(90 * HOUR, every=6 * HOUR)

    told = [each for each in found.news() if "first reply" in each[2]]
    assert [title for _, _, title in told] == [HALF, MOST, LATE]
    for (minutes, channel, _), due in zip(told, (720, 1152, 1440), strict=True):
        assert channel == "console"
        assert 0 <= minutes - due <= 1
    assert found.actions.count("case.warned") == 3
    assert found.actions.count("case.warnings_passed_over") == 0


def test_the_clock_began_when_the_post_was_written_and_not_when_it_was_heard(desk: Desk) -> None:
    found = minded(desk, slas=(PLAIN,))
    found.open(posted=7 * HOUR)
    found.mind()
    (clock,) = found.clocks
    assert (clock.began_at, clock.due_at) == (NOON - 7 * HOUR, NOON + 17 * HOUR)
    assert found.case.first_reply_due_at == clock.due_at
    found.pass_until(5 * HOUR, every=HOUR)
    assert found.news() == [(300, "console", HALF)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("began", "due"),
    [
        pytest.param("2026-08-07T17:00", "2026-08-10T12:00", id="Friday 17:00 to Monday 12:00"),
        pytest.param("2026-10-23T17:00", "2026-10-26T12:00", id="over the change to winter time"),
        pytest.param("2026-03-27T17:00", "2026-03-30T12:00", id="over the change to summer time"),
        pytest.param("2026-12-24T17:00", "2026-12-28T12:00", id="over a holiday"),
    ],
)
def test_four_business_hours_break_at_the_minute(desk: Desk, began: str, due: str) -> None:
    desk.clock.at = datetime.fromisoformat(began).replace(tzinfo=BERLIN).astimezone(UTC)
    wanted = datetime.fromisoformat(due).replace(tzinfo=BERLIN).astimezone(UTC)
    found = minded(desk, slas=(Sla(name="office", first_reply=4 * HOUR, hours="business"),), hours=OFFICE)
    found.open()
    found.pass_until(wanted - found.began, every=30 * MINUTE)
    found.pass_until(wanted - found.began + 20 * HOUR, every=HOUR)

    assert found.case.first_reply_due_at == wanted
    told = [(minutes, title) for minutes, _, title in found.news() if "first reply" in title]
    assert [title for _, title in told] == [HALF, MOST, LATE]
    assert told[-1][0] == (wanted - found.began) / MINUTE


def test_after_a_while_off_only_the_latest_warning_is_told_and_the_others_are_noted(desk: Desk) -> None:
    found = minded(desk, slas=(PLAIN,))
    found.open()
    found.mind()
    desk.clock.forward(hours=20)
    assert found.mind() == 1
    assert found.news() == [(1200, "console", MOST)]
    noted = [each.detail for each in desk.events(f"case:{found.case_id}") if "passed_over" in each.action]
    assert noted == [{"clock": "first_reply", "shares": ["50%"]}]
    # Another process, which knows nothing but the database, says nothing again.
    again = Minded(desk, found.settings, found.case_id)
    assert again.mind() == 0
    desk.clock.forward(hours=4)
    again.mind()
    assert [title for _, _, title in found.news()] == [LATE]


def test_a_reply_ends_the_wait_and_their_next_words_begin_another(desk: Desk) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    found.pass_until(HOUR, every=HOUR)
    found.reply()
    desk.clock.forward(minutes=60)
    found.say("more", ago=10 * MINUTE)
    found.mind()
    kinds = [(each.kind, each.began_at - NOON, each.ended_at) for each in found.clocks]
    assert kinds == [
        (ClockKind.FIRST_REPLY, timedelta(0), NOON + HOUR),
        (ClockKind.RESOLUTION, timedelta(0), None),
        (ClockKind.NEXT_REPLY, 110 * MINUTE, None),
    ]
    found.pass_until(4 * HOUR, every=10 * MINUTE)
    assert found.news() == [(230, "console", "next reply is late")]
    found.reply("more")
    found.do(casework.resolve)
    found.mind()
    assert [each.ended_at for each in found.clocks] == [NOON + HOUR, NOON + 4 * HOUR, NOON + 4 * HOUR]
    assert found.case.spoken_at == NOON + 4 * HOUR
    found.pass_until(200 * HOUR, every=20 * HOUR)
    assert found.news() == []
    found.do(casework.reopen)
    found.mind()
    assert [each.kind for each in found.clocks if each.ended_at is None] == [ClockKind.RESOLUTION]


def test_waiting_and_snoozing_pause_and_what_was_left_is_left(desk: Desk) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    desk.clock.forward(hours=1)
    found.do(casework.wait)
    found.mind()
    first = found.clocks[0]
    assert (first.due_at, first.paused_at, first.left) == (None, NOON + HOUR, 3 * HOUR)
    assert found.case.first_reply_due_at is None
    found.pass_until(10 * HOUR, every=HOUR)
    found.do(casework.snooze, until=NOON + 20 * HOUR)
    found.pass_until(20 * HOUR, every=HOUR)
    assert found.news() == []
    assert found.case.first_reply_due_at == NOON + 23 * HOUR
    found.pass_until(24 * HOUR, every=10 * MINUTE)
    assert found.news() == [(23 * 60, "console", LATE)]


def test_the_promise_is_that_of_the_case_as_it_is_now(desk: Desk) -> None:
    quick = Sla(name="quick", first_reply=HOUR, audience=Audience(severities=frozenset({Severity.URGENT})))
    dear = Sla(name="dear", first_reply=30 * MINUTE, audience=Audience(is_vip=True))
    found = minded(desk, slas=(dear, quick, PLAIN))
    found.open()
    found.mind()
    assert [(each.policy, each.span) for each in found.clocks] == [("standard", 24 * HOUR)]
    desk.put_case(found.case_id, found.case.state, severity="urgent", mind_at=NOON)
    found.mind()
    assert found.case.first_reply_due_at == NOON + HOUR
    customer_id = found.case.customer_id
    assert customer_id is not None
    desk.clock.forward(minutes=40)
    with desk.store.write() as tx:
        set_vip(tx, customer_id, act(desk.store), is_vip=True)
    found.mind()
    assert [(each.policy, each.due_at) for each in found.clocks] == [("dear", NOON + 30 * MINUTE)]
    assert [title for _, _, title in found.news()] == [LATE]


def test_a_case_without_a_promise_has_no_clock(desk: Desk) -> None:
    found = minded(desk, slas=())
    found.open()
    found.pass_until(40 * HOUR, every=10 * HOUR)
    assert (found.clocks, found.case.first_reply_due_at, found.news()) == ([], None, [])


def test_one_case_that_raises_holds_up_no_other(desk: Desk) -> None:
    broken, fine = minded(desk, slas=(PLAIN,)), minded(desk, slas=(PLAIN,))
    broken.open()
    fine.open()
    desk.put_case(broken.case_id, broken.case.state, severity="unheard of")
    with pytest.raises(ValueError, match="unheard of"):
        fine.mind()
    assert len(fine.clocks) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_post_that_is_taken_down_leaves_what_people_were_told(desk: Desk) -> None:
    found = minded(desk, slas=(PLAIN,))
    found.open()
    found.pass_until(12 * HOUR, every=12 * HOUR)
    assert "> the modem is dead again" in found.deliveries[0].payload["text"]
    (mention_id,) = found.case.mention_ids
    with desk.store.write() as tx:
        redaction.redact(tx, [mention_id], desk.clock.now(), Removal.GONE)
    found.pass_until(20 * HOUR, every=HOUR)
    assert len(found.deliveries) == 2
    assert "modem" not in " ".join(str(each.payload) for each in found.deliveries)


def test_several_workers_at_once_say_everything_once(desk: Desk) -> None:
    found = [minded(desk, slas=(PLAIN,)) for _ in range(3)]
    for number, each in enumerate(found):
        each.open(title=f"case {number}")
    desk.clock.forward(hours=13)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait(10)
        found[0].mind()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [each.news() for each in found] == [[(780, "console", HALF)]] * 3
    assert [each.actions.count("case.warned") for each in found] == [1, 1, 1]


def test_a_call_of_ours_is_an_answer_where_it_was_made(desk: Desk) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    desk.clock.forward(hours=2)
    call = NewContact(channel=Channel.PHONE, at=NOON + HOUR, text="we called", is_inbound=False)
    found.do(casework.log, new=call)
    desk.clock.forward(hours=1)
    found.say("more")
    found.mind()
    assert [(each.kind, each.began_at, each.ended_at) for each in found.clocks] == [
        (ClockKind.FIRST_REPLY, NOON, NOON + HOUR),
        (ClockKind.RESOLUTION, NOON, None),
        (ClockKind.NEXT_REPLY, NOON + 3 * HOUR, None),
    ]


@pytest.mark.parametrize(
    ("channel", "is_inbound", "is_answered", "is_ours"),
    [
        (Channel.PHONE, True, None, True),
        (Channel.CHAT, True, None, True),
        (Channel.SHOP, True, None, True),
        (Channel.PHONE, True, False, False),
        (Channel.EMAIL, True, None, False),
        (Channel.DIRECT_MESSAGE, True, None, False),
        (Channel.EMAIL, True, True, True),
        (Channel.EMAIL, False, None, True),
        (Channel.PHONE, False, False, False),
    ],
)
def test_whoever_was_answered_elsewhere_waits_for_no_first_reply(
    desk: Desk, channel: Channel, is_inbound: bool, is_answered: bool | None, is_ours: bool
) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    desk.clock.forward(hours=2)
    talk = NewContact(
        channel=channel, at=NOON + HOUR, text="", is_inbound=is_inbound, is_answered=is_answered
    )
    found.do(casework.log, new=talk)
    found.mind()
    ended_at = NOON + HOUR if is_ours else None
    assert [(each.kind, each.ended_at) for each in found.clocks] == [
        (ClockKind.FIRST_REPLY, ended_at),
        (ClockKind.RESOLUTION, None),
    ]
    assert (found.case.first_reply_at, found.case.spoken_at) == (ended_at, ended_at)
    assert found.case.waits_since == (None if is_ours else NOON)


def test_a_letter_that_nobody_answered_starts_the_wait_for_the_next_reply(desk: Desk) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    found.reply()
    desk.clock.forward(hours=2)
    found.do(casework.log, new=NewContact(channel=Channel.EMAIL, at=NOON + HOUR, text=""))
    found.mind()
    assert [(each.kind, each.began_at, each.ended_at) for each in found.clocks][2:] == [
        (ClockKind.NEXT_REPLY, NOON + HOUR, None)
    ]
    assert found.case.waits_since == NOON + HOUR
    found.do(casework.log, new=NewContact(channel=Channel.PHONE, at=NOON + 2 * HOUR, text=""))
    found.mind()
    assert [each.ended_at for each in found.clocks][2:] == [NOON + 2 * HOUR]
    assert (found.case.first_reply_at, found.case.spoken_at) == (NOON, NOON + 2 * HOUR)


def test_a_call_before_the_post_answers_nothing_in_it(desk: Desk) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    found.do(casework.log, new=NewContact(channel=Channel.PHONE, at=NOON - HOUR, text="", minutes=65))
    desk.clock.forward(hours=1)
    found.say("more")
    found.mind()
    assert [(each.kind, each.began_at, each.ended_at) for each in found.clocks] == [
        (ClockKind.FIRST_REPLY, NOON, None),
        (ClockKind.RESOLUTION, NOON, None),
    ]
    assert (found.case.first_reply_at, found.case.waits_since) == (None, NOON)


def test_what_others_say_again_is_no_word_of_the_customer(desk: Desk) -> None:
    found = minded(desk, slas=(ALL,))
    found.open()
    found.reply()
    desk.clock.forward(hours=1)
    found.say("echo", author=make_author("another_demo"))
    with desk.store.write() as tx:
        first, echo = id_of(tx, "m"), id_of(tx, "echo")
        tx.execute(sa.update(tables.mentions).where(tables.mentions.c.id == echo).values(copy_of=first))
    found.mind()
    assert [each.kind for each in found.clocks] == [ClockKind.FIRST_REPLY, ClockKind.RESOLUTION]
    found.say("more")
    found.mind()
    assert found.clocks[-1].kind is ClockKind.NEXT_REPLY


def test_a_case_of_which_nothing_is_told_is_left_alone(desk: Desk) -> None:
    found = minded(desk, slas=(PLAIN,))
    found.open(customer_id=None)
    with desk.store.write() as tx:
        values = {
            "state": "new", "severity": "low", "team": "support", "title": "t", "why": "w",
            "opened_at": NOON, "updated_at": NOON, "first_symptom_at": NOON, "mind_at": NOON,
        }  # fmt: skip
        tx.execute(sa.insert(tables.cases).values(**values))
    assert (found.mind(), found.mind()) == (2, 0)
    assert len(found.clocks) == 1
