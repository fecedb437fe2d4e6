"""A post that grows older: rules that wait for its age are asked again once, while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engagebot import scheduler
from engagebot.bootstrap import App, Outside
from engagebot.domain.actions import Escalate
from engagebot.domain.facts import Facts
from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import Mention
from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.rules import Answer, Condition, Rulebook
from engagebot.pipeline.triage import look_at_ages, triage
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import aging, decisions, redaction
from engagebot.store.heard.reopening import OPEN_FOR
from tests.factories import hear, id_of, make_book, make_mention, make_rule, make_settings, says, usual_book
from tests.fakes import NOON, FakeClock
from tests.integration.pipeline.desk import Desk


def at_least(hours: float) -> Condition:
    least = timedelta(hours=hours)

    def ask(facts: Facts) -> Answer:
        age = facts.now - facts.posted_at
        return Answer(age >= least, age)

    return Condition("age", {"at_least": f"{round(hours * 60)}m"}, ask)


def waits(rule_id: str, hours: float, severity: Severity = Severity.HIGH) -> Any:
    return make_rule(
        rule_id, says("dead"), at_least(hours), then=[Escalate(team="support", severity=severity)]
    )


RULES = """\
- id: old
  name: Old
  status: live
  when: {all: [text: {contains_any: [dead]}, age: {at_least: 3h}]}
  then: [{tag: [waited]}]
- {id: rest, name: Rest, status: live, default: true, then: [{tag: [seen]}]}
"""
THREE = make_book(waits("old", 3))


def post(native_id: str = "1", text: str = "the modem is dead", **over: Any) -> Mention:
    return make_mention(native_id, text, **{"posted_at": NOON, "author": None, **over})


def look(desk: Desk, book: Rulebook = THREE, *, batch: int = 1000) -> int:
    """What a tick does; answer how many were decided."""
    decided = 0
    has_more = True
    while has_more:
        has_more = look_at_ages(desk.triage_context, book, batch=batch)
        decided += desk.triage(book).decided
    return decided


def pass_hours(desk: Desk, *hours: float, book: Rulebook = THREE) -> list[int]:
    """How many were decided at each of these hours after noon."""
    told = []
    for hour in hours:
        desk.clock.at = NOON + timedelta(hours=hour)
        told.append(look(desk, book))
    return told


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    engines = {id(engine): engine for engine in (store._writer, store._reader)}.values()
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def test_a_mention_that_grows_as_old_as_a_rule_waits_for_is_asked_about_exactly_once(desk: Desk) -> None:
    look(desk)
    desk.hear(post(), post("2", "I love the modem"), book=THREE)
    assert pass_hours(desk, 1, 2.999, 3, 3.001, 4, 30) == [0, 0, 1, 0, 0, 0]
    case, decision = desk.case_of("1"), desk.decision_of("1")
    assert case is not None
    assert decision is not None
    assert (case.rule_id, case.contacts, decision.matched) == ("old", 1, ("old",))
    assert desk.count(tables.decisions) == 3, "who is not meant by the rule is left alone"
    assert desk.count(tables.deliveries) == 1


def test_a_stop_loses_no_crossing_and_one_over_two_limits_asks_once(desk: Desk) -> None:
    book = make_book(waits("old", 3), waits("older", 24, Severity.URGENT))
    look(desk, book)
    desk.hear(post("1"), book=book)
    assert pass_hours(desk, 1, book=book) == [0]
    desk.clock.forward(hours=1)
    desk.hear(post("2", posted_at=desk.clock.now()), book=book)
    # Everything that is known between two looks lies in the database, so this is a start anew, too.
    assert pass_hours(desk, 25, 25, 26, 30, book=book) == [2, 0, 1, 0]
    first, second = desk.decision_of("1"), desk.decision_of("2")
    assert first is not None
    assert second is not None
    assert first.matched == second.matched == ("old", "older")
    assert desk.count(tables.decisions) == 5


def test_the_deciding_job_asks_by_the_rule_file_and_goes_on_after_a_restart(
    database_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    matched = []
    for hours in (0, 1, 2, 0.5):
        clock.forward(hours=hours)
        app = App(make_settings(tmp_path, database_url), outside=Outside(clock=clock))
        if not hours:
            scheduler.decide_all(app)
            hear(app.store, post("1"), post("2", "I love the modem"))
        decided = scheduler.decide_all(app).decided
        with app.store.read() as tx:
            latest = decisions.latest(tx, id_of(tx, "1"))
        app.close()
        assert latest is not None
        matched.append((decided, latest.matched))
    assert matched == [(2, ("rest",)), (0, ("rest",)), (1, ("old",)), (0, ("old",))]


def test_a_rule_that_is_new_asks_about_nobody_who_was_so_old_before(desk: Desk) -> None:
    look(desk, make_book(waits("old", 3)))
    desk.hear(post("1"), post("2", posted_at=NOON + timedelta(hours=2)), book=THREE)
    desk.clock.at = NOON + timedelta(hours=2.5)
    new = make_book(waits("old", 1))
    assert look(desk, new) == 0
    assert pass_hours(desk, 2.9, 3.1, book=new) == [0, 1]
    assert (desk.case_of("1"), desk.case_of("2") is None) == (None, False)


def test_an_age_that_no_rule_waits_for_any_more_is_forgotten(desk: Desk) -> None:
    look(desk)
    desk.hear(post("1"), post("2", posted_at=NOON + timedelta(hours=2)), book=THREE)
    without = usual_book()
    look(desk, without)
    with desk.store.read() as tx:
        assert aging.places(tx).keys() == {timedelta(hours=3)}, "another worker may still read the old rules"
    desk.clock.at = NOON + timedelta(hours=1)
    look(desk, without)
    with desk.store.read() as tx:
        assert aging.places(tx) == {}
    assert pass_hours(desk, 4, 5) == [0, 1]
    assert desk.case_of("1") is None


def test_a_rule_set_without_ages_asks_nothing_about_mentions(desk: Desk) -> None:
    desk.hear(post())
    with statements(desk.store) as seen:
        assert look_at_ages(desk.triage_context, usual_book()) is False
        assert not [each for each in seen if "mentions" in each]
        look_at_ages(desk.triage_context, THREE)
        assert [each for each in seen if "mentions" in each], "the net holds"


def test_a_quiet_site_is_written_to_once_a_minute_at_most(desk: Desk) -> None:
    look(desk)
    with statements(desk.store) as seen:
        for _ in range(61):
            desk.clock.forward(seconds=1)
            look(desk)
    assert sum("INSERT INTO site" in each for each in seen) == 1


def test_who_is_not_open_any_more_history_and_who_is_gone_are_left_alone(desk: Desk) -> None:
    dead = make_rule("dead", says("dead"), then=[Escalate(team="support", severity=Severity.LOW)])
    look(desk)
    desk.hear(post("1"), book=make_book(dead))
    case = desk.case_of("1")
    assert case is not None
    desk.put_case(case.id, CaseState.CLOSED)
    desk.hear(post("2"), book=THREE, is_history=True)
    desk.hear(post("3"), book=THREE)
    with desk.store.write() as tx:
        redaction.redact(tx, [id_of(tx, "3")], desk.clock.now(), Removal.GONE)
    assert pass_hours(desk, 3, 4) == [0, 0]


def test_what_nothing_came_of_is_open_for_a_week_and_a_case_as_long_as_it_stands(desk: Desk) -> None:
    hours = OPEN_FOR / timedelta(hours=1) + 1
    dead = make_rule("dead", says("dead now"), then=[Escalate(team="support", severity=Severity.LOW)])
    book = make_book(dead, waits("old", hours, Severity.URGENT))
    look(desk, book)
    desk.hear(post("1"), post("2", "it is dead now"), book=book)
    before = desk.case_of("2")
    assert before is not None
    assert pass_hours(desk, hours, book=book) == [1]
    raised = desk.case_of("2")
    assert raised is not None
    assert (raised.id, raised.severity, raised.contacts) == (before.id, Severity.URGENT, 1)
    assert desk.case_of("1") is None


def test_what_waits_to_be_decided_is_decided_once_at_its_age(desk: Desk) -> None:
    look(desk)
    desk.hear(post(), book=THREE)
    with desk.store.write() as tx:
        tx.execute(tables.mentions.update().values(state="new"))
    desk.clock.at = NOON + timedelta(hours=3)
    # The look comes after the decision, as it may where several workers share a database.
    assert triage(desk.triage_context, THREE).decided == 1
    assert (look(desk), desk.count(tables.decisions)) == (0, 2)


def test_a_crowd_of_one_moment_is_asked_about_in_bounded_parts(desk: Desk) -> None:
    look(desk)
    desk.hear(*(post(str(number)) for number in range(7)), book=THREE)
    desk.clock.at = NOON + timedelta(hours=9)
    with statements(desk.store) as seen:
        assert look_at_ages(desk.triage_context, THREE, batch=3) is True
        assert desk.triage(THREE).decided == 3
        assert look(desk, batch=3) == 4
    assert any("LIMIT" in each and "posted_at" in each for each in seen)
    assert desk.count(tables.cases) == 7


def test_a_clock_that_was_ahead_once_keeps_nobody_waiting(desk: Desk) -> None:
    desk.clock.at = NOON + timedelta(days=400)
    look(desk)
    desk.clock.at = NOON
    look(desk)
    desk.hear(post(), book=THREE)
    assert pass_hours(desk, 3) == [1]
