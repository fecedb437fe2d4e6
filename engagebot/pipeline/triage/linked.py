"""Accounts that are known to be one person's, whose contacts, cases and marks count together for rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from engagebot.domain.persons.customers import Mark
from engagebot.domain.records import CaseRecord
from engagebot.store.persons.customers import Marks

Groups = Mapping[int, tuple[int, ...]]
"""The accounts of one person by each of them; who has but one account is left out."""


def times_together(groups: Groups, times: Mapping[int, list[datetime]]) -> dict[int, list[datetime]]:
    """When these people came to us, by each of their accounts, oldest first."""
    found = dict(times)
    for who, group in groups.items():
        found[who] = sorted(at for each in group for at in times.get(each, ()))
    return {who: at for who, at in found.items() if at}


def open_together(
    groups: Groups, cases: Mapping[int, tuple[CaseRecord, ...]]
) -> dict[int, dict[int, CaseRecord]]:
    """The open cases of these people: one dictionary for all accounts of a person, which all see change."""
    found = {who: {case.id: case for case in each} for who, each in cases.items()}
    for group in set(groups.values()):
        shared = {case.id: case for each in group for case in cases.get(each, ())}
        found.update(dict.fromkeys(group, shared))
    return found


def ended_together(
    groups: Groups, cases: Mapping[int, tuple[CaseRecord, ...]]
) -> dict[int, tuple[CaseRecord, ...]]:
    """The cases of these people that ended lately, the latest first."""
    found = dict(cases)
    for who, group in groups.items():
        theirs = [case for each in group for case in cases.get(each, ())]
        theirs.sort(key=lambda case: (case.resolved_at or case.updated_at, case.id), reverse=True)
        found[who] = tuple(theirs)
    return found


def outcomes_together(groups: Groups, outcomes: Mapping[int, str]) -> dict[int, str]:
    """How the last case of each account ended; where it had none, that of the person's others."""
    found = dict(outcomes)
    for who, group in groups.items():
        others = [outcomes[each] for each in group if each in outcomes]
        if who not in found and others:
            found[who] = others[-1]
    return found


def marks_together(groups: Groups, marks: Mapping[int, Marks]) -> dict[int, Marks]:
    """What was said of these people: a mark of one account holds for the person."""
    found = dict(marks)
    for who, group in groups.items():
        theirs = [marks[each] for each in group if each in marks]
        if theirs:
            whose = [each.mark for each in theirs if each.mark is not None]
            found[who] = Marks(
                is_vip=_any(each.is_vip for each in theirs),
                is_opted_out=_any(each.is_opted_out for each in theirs),
                mark=Mark.STAFF if Mark.STAFF in whose else next(iter(whose), None),
            )
    return found


def _any(said: Iterable[bool | None]) -> bool | None:
    known = [each for each in said if each is not None]
    return any(known) if known else None
