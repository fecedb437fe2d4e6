"""What people do with cases: every action in every state, legal or refused with nothing changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.pipeline import casework
from engagebot.store.casework import cases
from engagebot.store.casework.cases import NewCase
from engagebot.store.engine import Tx
from tests.factories import act, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = CaseState
HOUR = timedelta(hours=1)
Action = Callable[[Tx, int, Act], object]
ACTIONS: dict[str, Action] = {
    "acknowledge": casework.acknowledge,
    "assign": lambda tx, number, by: casework.assign(tx, number, by, to="kim_demo"),
    "assign team": lambda tx, number, by: casework.assign(tx, number, by, team="billing"),
    "resolve": lambda tx, number, by: casework.resolve(tx, number, by, outcome="new modem"),
    "reopen": casework.reopen,
    "snooze": lambda tx, number, by: casework.snooze(tx, number, by, until=by.at + HOUR),
}
OPEN = (S.NEW, S.ACKNOWLEDGED, S.WAITING, S.SNOOZED, S.REOPENED)
LEADS: dict[str, dict[CaseState, CaseState]] = {
    "acknowledge": {state: S.ACKNOWLEDGED for state in OPEN if state is not S.ACKNOWLEDGED},
    "assign": {state: state for state in OPEN},
    "assign team": {state: state for state in OPEN},
    "resolve": dict.fromkeys(OPEN, S.RESOLVED),
    "reopen": {S.RESOLVED: S.REOPENED, S.CLOSED: S.REOPENED},
    "snooze": dict.fromkeys(OPEN, S.SNOOZED),
}


def open_case(desk: Desk, *, customer_id: int | None = None) -> int:
    with desk.store.write() as tx:
        new = NewCase(
            customer_id=customer_id,
            severity=Severity.LOW,
            team="support",
            title="dead",
            why="w",
            rule_id="dead",
            first_symptom_at=NOON,
            first_reply_due_at=None,
        )
        return cases.open_case(tx, new, [], NOON, actor="rule:dead")


def case(desk: Desk, case_id: int) -> CaseRecord:
    with desk.store.read() as tx:
        return cases.get(tx, case_id)


def do(desk: Desk, action: Action, case_id: int) -> None:
    with desk.store.write() as tx:
        action(tx, case_id, act(desk.store))


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_in_each_state_is_legal_or_changes_nothing(desk: Desk, name: str) -> None:
    for state in CaseState:
        case_id = open_case(desk)
        desk.put_case(case_id, state)
        before, told = case(desk, case_id), len(desk.events(f"case:{case_id}"))
        expected = LEADS[name].get(state)
        if expected is None:
            with pytest.raises(IllegalMove):
                do(desk, ACTIONS[name], case_id)
            assert case(desk, case_id) == before, state
            assert len(desk.events(f"case:{case_id}")) == told, state
        else:
            do(desk, ACTIONS[name], case_id)
            assert case(desk, case_id).state is expected, state
            assert len(desk.events(f"case:{case_id}")) == told + 1, state
            assert desk.events(f"case:{case_id}")[-1].actor == "agent_demo"


@pytest.mark.parametrize("name", [*ACTIONS, "note"])
def test_an_action_on_no_case_is_not_found(desk: Desk, name: str) -> None:
    action = ACTIONS.get(name) or (lambda tx, number, by: casework.note(tx, number, by, text="hm"))
    with pytest.raises(NotFound), desk.store.write() as tx:
        action(tx, 4711, act(desk.store))


def test_who_acknowledges_gets_the_case_unless_somebody_has_it(desk: Desk) -> None:
    mine, theirs = open_case(desk), open_case(desk)
    do(desk, ACTIONS["assign"], theirs)
    do(desk, casework.acknowledge, mine)
    do(desk, casework.acknowledge, theirs)
    assert [case(desk, number).assignee for number in (mine, theirs)] == ["agent_demo", "kim_demo"]


def test_resolving_says_how_it_ended_and_reopening_forgets_it(desk: Desk) -> None:
    case_id = open_case(desk)
    do(desk, ACTIONS["resolve"], case_id)
    assert (case(desk, case_id).resolved_at, case(desk, case_id).outcome) == (NOON, "new modem")
    assert desk.events(f"case:{case_id}")[-1].detail == {"to": "resolved", "outcome": "new modem"}
    do(desk, casework.reopen, case_id)
    assert (case(desk, case_id).resolved_at, case(desk, case_id).outcome) == (None, None)


def test_two_cases_of_a_customer_may_be_open_beside_each_other(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    first = desk.case_of("1")
    assert first is not None
    do(desk, ACTIONS["resolve"], first.id)
    desk.hear(make_mention("2"))
    second = desk.case_of("2")
    assert second is not None
    assert second.id != first.id
    do(desk, casework.reopen, first.id)
    assert first.customer_id is not None
    with desk.store.read() as tx:
        known = cases.open_of(tx, [first.customer_id])[first.customer_id]
    assert [(found.id, found.state) for found in known] == [(first.id, S.REOPENED), (second.id, S.NEW)]


def test_a_snoozed_case_rests_until_its_time_or_until_somebody_takes_it(desk: Desk) -> None:
    case_id = open_case(desk)

    def pressing() -> list[int]:
        with desk.store.read() as tx:
            return [found.id for found in cases.most_pressing(tx, desk.clock.now())]

    do(desk, ACTIONS["snooze"], case_id)
    assert pressing() == []
    do(desk, casework.acknowledge, case_id)
    assert pressing() == [case_id]
    do(desk, ACTIONS["snooze"], case_id)
    desk.clock.forward(hours=1)
    assert pressing() == [case_id]


def test_what_is_due_first_presses_most(desk: Desk) -> None:
    late, soon, none = open_case(desk), open_case(desk), open_case(desk)
    answered = open_case(desk)
    desk.put_case(late, S.NEW, first_reply_due_at=NOON + 2 * HOUR)
    desk.put_case(soon, S.NEW, first_reply_due_at=NOON + HOUR)
    desk.put_case(answered, S.NEW, first_reply_at=NOON)
    with desk.store.read() as tx:
        assert [found.id for found in cases.most_pressing(tx, NOON)] == [soon, late, none]
        assert [found.id for found in cases.most_pressing(tx, NOON, limit=1)] == [soon]


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    case_id = open_case(desk)
    wrong: list[tuple[str, Action]] = [
        ("to come", lambda tx, number, by: casework.snooze(tx, number, by, until=by.at)),
        ("a person or a team", lambda tx, number, by: casework.assign(tx, number, by)),
        ("empty", lambda tx, number, by: casework.note(tx, number, by, text=" \n")),
    ]
    for says, action in wrong:
        with pytest.raises(WrongUsage, match=says):
            do(desk, action, case_id)
    assert len(desk.events(f"case:{case_id}")) == 1


def test_a_note_is_kept_in_the_history(desk: Desk) -> None:
    case_id = open_case(desk)
    do(desk, lambda tx, number, by: casework.note(tx, number, by, text="called twice"), case_id)
    event = desk.events(f"case:{case_id}")[-1]
    assert (event.action, event.detail) == ("case.note", {"text": "called twice"})


def test_cases_page_once_each_though_all_opened_at_one_moment(desk: Desk) -> None:
    made = [open_case(desk) for _ in range(7)]
    desk.put_case(made[3], S.CLOSED)
    seen: list[int] = []
    cursor: str | None = None
    with desk.store.read() as tx:
        while True:
            page = cases.page(tx, states=[S.NEW], limit=2, cursor=cursor)
            seen += [found.id for found in page.items]
            if (cursor := page.cursor) is None:
                break
        assert len(cases.page(tx).items) == 7
        assert cases.counts(tx) == {"new": 6, "closed": 1}
    assert seen == [number for number in reversed(made) if number != made[3]]


def test_a_customer_knows_all_its_cases_and_how_the_last_one_ended(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    first = desk.case_of("1")
    assert first is not None
    assert first.customer_id is not None
    do(desk, ACTIONS["resolve"], first.id)
    desk.hear(make_mention("2"))
    second = desk.case_of("2")
    assert second is not None
    with desk.store.read() as tx:
        assert [found.id for found in cases.of_customer(tx, first.customer_id)] == [second.id, first.id]
        assert cases.last_outcomes(tx, [first.customer_id, 4711]) == {first.customer_id: "new modem"}
        assert cases.open_of(tx, [first.customer_id]) == {first.customer_id: (second,)}
        assert cases.of_mention(tx, 4711) is None


def test_two_people_at_one_case_cannot_make_an_illegal_move_together(desk: Desk) -> None:
    for _ in range(5):
        case_id = open_case(desk)
        start = threading.Barrier(2)
        refused: list[str] = []

        def work(action: Action, number: int = case_id, start: threading.Barrier = start) -> None:
            start.wait(10)
            try:
                do(desk, action, number)
            except IllegalMove as error:
                refused.append(str(error))  # noqa: B023

        threads = [
            threading.Thread(target=work, args=(action,))
            for action in (ACTIONS["resolve"], casework.acknowledge)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = case(desk, case_id)
        assert found.state is S.RESOLVED
        assert found.resolved_at is not None
        said = [event.action for event in desk.events(f"case:{case_id}")]
        assert said in (
            ["case.opened", "case.acknowledged", "case.resolved"],
            ["case.opened", "case.resolved"],
        )


def test_a_move_and_its_audit_are_one(desk: Desk) -> None:
    case_id = open_case(desk)

    def resolve_and_crash() -> None:
        with desk.store.write() as tx:
            casework.resolve(tx, case_id, act(desk.store))
            raise RuntimeError("the process ended here")

    with pytest.raises(RuntimeError):
        resolve_and_crash()
    assert case(desk, case_id).state is S.NEW
    assert len(desk.events(f"case:{case_id}")) == 1
