"""How the last talk with somebody went: one line for whoever speaks with them next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.persons.recovery import HEARD_AFTER, Course, Felt, LastTalk, course_of, last_talk
from engagebot.domain.records import CaseRecord
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.persons import people, talks
from engagebot.store.remembered import remembered

# Only the last word of a talk is told, so that the item on the desk costs the same whoever wrote it.
_LATEST = 200


@remembered
def last_of(tx: Tx, customer_id: int, *, without_case: int | None = None) -> LastTalk | None:
    """The last case of a person that ended, over all their accounts; `without_case` leaves one out."""
    known = [case for each in people.accounts_of(tx, customer_id) for case in cases.of_customer(tx, each)]
    return last_among(tx, known, without_case=without_case)


def last_among(tx: Tx, known: Sequence[CaseRecord], *, without_case: int | None = None) -> LastTalk | None:
    """The last case that ended among these, which are all of one person's."""
    ended = [case for case in known if case.state not in CASE_OPEN and case.id != without_case]
    if not ended:
        return None
    last = max(ended, key=lambda case: (case.resolved_at or case.updated_at, case.id))
    whose = sorted({case.customer_id for case in known if case.customer_id is not None})
    until = last.resolved_at + HEARD_AFTER if last.resolved_at is not None else None
    heard = talks.felt(tx, whose, since=last.first_symptom_at, until=until, most=_LATEST)
    return last_talk(last, courses(known, heard)[last.id])


def courses(known: Sequence[CaseRecord], heard: Sequence[Felt]) -> Mapping[int, Course]:
    """How each of a person's cases went, by its id; `heard` is what they felt, oldest first."""
    begins = sorted((case.first_symptom_at, case.id) for case in known)
    found: dict[int, Course] = {}
    for case in known:
        following = next((at for at, _ in begins if at > case.first_symptom_at), None)
        found[case.id] = course_of(case, heard, until=following)
    return found
