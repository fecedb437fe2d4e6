"""The tables of moves hold what the product promises about things that leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.outbox import (
    CASE_MOVES,
    CASE_OPEN,
    CASE_RESTING,
    CASE_UNANSWERED,
    DELIVERY_MOVES,
    DRAFT_LIVE,
    DRAFT_MOVES,
    DRAFT_OPEN,
    CaseState,
    DeliveryState,
    DraftState,
    Severity,
    check_move,
)
from engagebot.errors import IllegalMove
from engagebot.store.tables import drafts

S = DraftState
TABLES: list[Mapping[StrEnum, frozenset[StrEnum]]] = [DRAFT_MOVES, CASE_MOVES, DELIVERY_MOVES]  # type: ignore[list-item]


def reach(moves: Mapping[StrEnum, frozenset[StrEnum]], start: StrEnum) -> set[StrEnum]:
    found, ahead = {start}, [start]
    while ahead:
        for state in moves[ahead.pop()] - found:
            found.add(state)
            ahead.append(state)
    return found


@pytest.mark.parametrize("moves", TABLES)
def test_every_state_has_its_moves_and_none_leads_to_itself(
    moves: Mapping[StrEnum, frozenset[StrEnum]],
) -> None:
    states = type(next(iter(moves)))
    assert set(moves) == set(states)
    assert all(state not in then for state, then in moves.items())


@pytest.mark.parametrize(
    ("moves", "start"),
    [(DRAFT_MOVES, S.PROPOSED), (CASE_MOVES, CaseState.NEW), (DELIVERY_MOVES, DeliveryState.PENDING)],
)
def test_every_state_can_be_reached_from_the_first(
    moves: Mapping[StrEnum, frozenset[StrEnum]], start: StrEnum
) -> None:
    assert reach(moves, start) == set(moves)


def test_nothing_is_sent_that_was_not_approved() -> None:
    assert [state for state, then in DRAFT_MOVES.items() if S.SENDING in then] == [S.APPROVED]
    assert {state for state, then in DRAFT_MOVES.items() if S.SENT in then} == {
        S.SENDING, S.UNKNOWN, S.NEEDS_PERSON,
    }  # fmt: skip


def test_what_may_have_left_never_goes_back_to_the_queue() -> None:
    for state in (S.SENDING, S.UNKNOWN, S.NEEDS_PERSON):
        assert S.PROPOSED not in DRAFT_MOVES[state]
        assert S.EXPIRED not in DRAFT_MOVES[state]


def test_a_sent_reply_is_the_end() -> None:
    assert DRAFT_MOVES[S.SENT] == frozenset()


def test_live_replies_are_those_the_database_keeps_apart() -> None:
    (index,) = [one for one in drafts.indexes if one.name == "uq_drafts_live_reply"]
    condition = str(index.dialect_options["sqlite"]["where"])
    assert {f"'{state}'" for state in DRAFT_LIVE} == set(
        condition.rpartition("(")[2].rstrip(")").replace(" ", "").split(",")
    )
    assert DRAFT_OPEN < DRAFT_LIVE


def test_an_ended_case_opens_only_by_being_reopened() -> None:
    ended = set(CaseState) - CASE_OPEN
    for state in ended:
        assert CASE_MOVES[state] & CASE_OPEN <= {CaseState.REOPENED}


def test_a_resting_case_comes_back_to_where_anybody_can_take_it() -> None:
    assert CASE_RESTING | CASE_UNANSWERED | {CaseState.ACKNOWLEDGED} == CASE_OPEN
    for state in CASE_RESTING:
        assert CASE_MOVES[state] >= {CaseState.NEW, CaseState.ACKNOWLEDGED}
    for state in CASE_OPEN:
        assert CASE_MOVES[state] >= {CaseState.RESOLVED} | CASE_RESTING - {state}


@given(st.lists(st.sampled_from(CaseState), max_size=30))
def test_any_walk_of_a_case_obeys_the_contract(wishes: list[CaseState]) -> None:
    walked = [CaseState.NEW]
    for wish in wishes:
        if wish in CASE_MOVES[walked[-1]]:
            check_move(CASE_MOVES, walked[-1], wish)
            walked.append(wish)
        else:
            with pytest.raises(IllegalMove):
                check_move(CASE_MOVES, walked[-1], wish)
    for before, after in pairwise(walked):
        assert after is not CaseState.CLOSED or before is CaseState.RESOLVED
        assert after is not CaseState.REOPENED or before in {CaseState.RESOLVED, CaseState.CLOSED}
        assert before in CASE_OPEN or after in {CaseState.REOPENED, CaseState.CLOSED}


def test_a_refused_move_names_what_can_be_done() -> None:
    check_move(DRAFT_MOVES, S.PROPOSED, S.APPROVED)
    with pytest.raises(
        IllegalMove, match=r"cannot go from unknown to rejected; .* approved, needs_person, sent"
    ):
        check_move(DRAFT_MOVES, S.UNKNOWN, S.REJECTED)
    with pytest.raises(IllegalMove, match="nothing: it has ended"):
        check_move(DRAFT_MOVES, S.SENT, S.PROPOSED)


def test_severities_rise_from_low_to_urgent() -> None:
    order: Iterable[Severity] = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.URGENT)
    assert [severity.rank for severity in order] == [0, 1, 2, 3]
