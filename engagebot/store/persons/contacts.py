"""Contacts elsewhere: calls, chats and visits that somebody wrote down, beside the case they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from engagebot.domain.casework.contacts import Channel, Contact
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.tables import case_contacts, cases

_COUNTS = sa.and_(case_contacts.c.is_inbound, case_contacts.c.channel != Channel.POST.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A contact about to be noted; see `domain.casework.contacts.Contact`.

    `is_answered` is `None` where nobody said so; then it is as is usual at that channel.
    """

    channel: Channel
    at: datetime
    text: str
    minutes: int | None = None
    is_inbound: bool = True
    is_answered: bool | None = None

    @property
    def was_answered(self) -> bool:
        """Whether they spoke with somebody of ours, as it was said or as is usual."""
        if self.is_answered is None:
            return self.channel.answers(is_inbound=self.is_inbound)
        return self.is_answered


class Sums(NamedTuple):
    """How many contacts elsewhere a case has, and how many of the customer's minutes are known."""

    contacts: int = 0
    minutes: int = 0


def add(tx: Tx, case_id: int, new: NewContact, *, by: str, at: datetime) -> int:
    """Note a contact; answer its id."""
    values = {
        "case_id": case_id,
        "channel": new.channel.value,
        "is_inbound": new.is_inbound,
        "is_answered": new.was_answered,
        "at": new.at,
        "minutes": new.minutes,
        "text": new.text,
        "noted_by": by,
        "noted_at": at,
    }
    statement = sa.insert(case_contacts).values(**values).returning(case_contacts.c.id)
    contact_id: int = tx.execute(statement).scalar_one()
    return contact_id


def of_case(tx: Tx, case_id: int) -> list[Contact]:
    """The contacts elsewhere of a case, oldest first."""
    query = sa.select(case_contacts).where(case_contacts.c.case_id == case_id)
    rows = tx.execute(query.order_by(case_contacts.c.at, case_contacts.c.id)).mappings()
    return [_contact(row) for row in rows]


# Asked for each item that is shown; putting it together would take longer than its answer.
_SUMS = (
    sa.select(
        case_contacts.c.case_id,
        sa.func.sum(sa.case((_COUNTS, 1), else_=0)),
        sa.func.sum(sa.func.coalesce(case_contacts.c.minutes, 0)),
    )
    .where(case_contacts.c.case_id.in_(sa.bindparam("cases", expanding=True)))
    .group_by(case_contacts.c.case_id)
)


def sums(tx: Tx, case_ids: Iterable[int]) -> dict[int, Sums]:
    """What was noted for each of these cases that has anything."""
    rows = tx.execute(_SUMS, {"cases": list(case_ids)})
    return {case_id: Sums(int(contacts), int(minutes)) for case_id, contacts, minutes in rows}


_SUMS_OF_CUSTOMERS = (
    sa.select(
        cases.c.customer_id,
        sa.func.sum(sa.case((_COUNTS, 1), else_=0)),
        sa.func.sum(sa.func.coalesce(case_contacts.c.minutes, 0)),
    )
    .join_from(case_contacts, cases, cases.c.id == case_contacts.c.case_id)
    .where(cases.c.customer_id.in_(sa.bindparam("customers", expanding=True)))
    .group_by(cases.c.customer_id)
)


def of_customers(tx: Tx, customer_ids: Iterable[int]) -> dict[int, Sums]:
    """What was noted for all cases of each of these customers, of those for whom anything was."""
    rows = tx.execute(_SUMS_OF_CUSTOMERS, {"customers": list(customer_ids)})
    return {who: Sums(int(contacts), int(minutes)) for who, contacts, minutes in rows}


def times(
    tx: Tx, customer_ids: Iterable[int], *, since: datetime, until: datetime | None = None
) -> dict[int, list[datetime]]:
    """When these customers came to us elsewhere, oldest first, over all their cases."""
    found: dict[int, list[datetime]] = defaultdict(list)
    query = (
        sa.select(cases.c.customer_id, case_contacts.c.at)
        .join_from(case_contacts, cases, cases.c.id == case_contacts.c.case_id)
        .where(among(tx, cases.c.customer_id, customer_ids), _COUNTS, case_contacts.c.at >= since)
        .order_by(case_contacts.c.at)
    )
    if until is not None:
        query = query.where(case_contacts.c.at <= until)
    for customer_id, at in tx.execute(query):
        found[customer_id].append(at)
    return found


def move(tx: Tx, case_id: int, *, to: int) -> None:
    """Hand everything that was noted for a case to another one."""
    tx.execute(sa.update(case_contacts).where(case_contacts.c.case_id == case_id).values(case_id=to))


def forget(tx: Tx, case_ids: Iterable[int]) -> None:
    """Empty what was written down of these cases; that there was a contact, and how long it took, stays."""
    statement = sa.update(case_contacts).where(among(tx, case_contacts.c.case_id, case_ids))
    tx.execute(statement.values(text=""))


def expire(tx: Tx, before: datetime) -> None:
    """Empty what was written down before then."""
    is_old = (case_contacts.c.noted_at < before, case_contacts.c.text != "")
    tx.execute(sa.update(case_contacts).where(*is_old).values(text=""))


def _contact(row: Mapping[Any, Any]) -> Contact:
    return Contact(**{**row, "channel": Channel(row["channel"])})
