"""Lists of cases: pages that go on where they ended, and the one open case that a customer's row names."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engagebot.domain.outbox import CaseState, Severity
from engagebot.errors import WrongUsage
from engagebot.store.casework import case_lists, cases
from engagebot.store.casework.case_lists import CaseFilter, Lane
from engagebot.store.casework.cases import NewCase
from engagebot.store.engine import Tx
from engagebot.store.persons import customers
from tests.factories import hear, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

HOUR = timedelta(hours=1)


def opened(
    tx: Tx, severity: Severity = Severity.LOW, *, due_at: datetime | None = None, hours: float = 0
) -> int:
    new = NewCase(
        customer_id=1, severity=severity, team="support", title="dead", why="w", rule_id=None,
        first_symptom_at=NOON, first_reply_due_at=due_at,
    )  # fmt: skip
    return cases.open_case(tx, new, [1], NOON + hours * HOUR, actor="rule:dead")


def pages(desk: Desk, *, limit: int, only: CaseFilter | None = None) -> list[int]:
    found: list[int] = []
    cursor = None
    while True:
        with desk.store.read() as tx:
            page = case_lists.pressing(tx, only or CaseFilter(), NOON, limit=limit, cursor=cursor)
        found += [case.id for case in page.items]
        cursor = page.cursor
        if cursor is None:
            return found
        with desk.store.write() as tx:  # one that presses more than all, and one that presses less
            opened(tx, Severity.URGENT, due_at=NOON - 9 * HOUR)
            opened(tx)
        if len(found) > 60:
            raise AssertionError("the list has no end")


def test_no_case_is_left_out_or_shown_twice_while_others_come_in(desk: Desk) -> None:
    hear(desk.store, make_mention("1"))
    with desk.store.write() as tx:
        late = [opened(tx, due_at=NOON - HOUR) for _ in range(3)]
        grave = [opened(tx, Severity.HIGH) for _ in range(3)]
        mild = [opened(tx) for _ in range(3)]
    wanted = late + grave + mild
    found = pages(desk, limit=2)
    assert [case_id for case_id in found if case_id in wanted] == wanted
    assert len(found) == len(set(found))
    assert pages(desk, limit=50, only=CaseFilter(lane=Lane.LATE))[-3:] == late


@pytest.mark.parametrize(
    "cursor", ["", "50", "due_1_2_3_4", "pressing_1_2", "pressing_1_2_3_x", f"pressing_1_2_3_{9**40}"]
)
def test_a_cursor_that_is_none_is_refused(desk: Desk, cursor: str) -> None:
    with desk.store.read() as tx, pytest.raises(WrongUsage, match="is not a cursor of this list"):
        case_lists.pressing(tx, CaseFilter(), NOON, limit=2, cursor=cursor)


def test_of_several_open_cases_a_customer_row_names_the_one_that_presses_most(desk: Desk) -> None:
    hear(desk.store, make_mention("1"))

    def named() -> int | None:
        with desk.store.read() as tx:
            return customers.get(tx, 1).open_case_id

    assert named() is None
    newest = 0
    steps = [
        {"severity": Severity.LOW},
        {"severity": Severity.LOW, "hours": 1.0},
        {"severity": Severity.LOW, "due_at": NOON + 5 * HOUR},
        {"severity": Severity.LOW, "due_at": NOON + 2 * HOUR},
        {"severity": Severity.HIGH},
    ]
    for values in steps:
        with desk.store.write() as tx:
            newest = opened(tx, **values)  # type: ignore[arg-type]
        assert named() == newest
        with desk.store.write() as tx:
            opened(tx, hours=-1)  # one that presses less changes nothing
        assert named() == newest
    desk.put_case(newest, CaseState.CLOSED)
    assert named() == newest - 2
