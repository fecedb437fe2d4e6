"""Everything that is known of one person, put together when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engagebot.domain.casework.contacts import Reached
from engagebot.domain.casework.tickets import CaseTicket
from engagebot.domain.persons.customers import CustomerLink, CustomerNote, CustomerTag
from engagebot.domain.persons.recovery import Course, Felt, LastTalk
from engagebot.domain.persons.tenure import Tenure
from engagebot.domain.records import CaseRecord, CustomerRecord, Event, Slice
from engagebot.store import audit
from engagebot.store.casework import cases, tickets
from engagebot.store.engine import Tx
from engagebot.store.listening import mutes
from engagebot.store.persons import contacts, continuity, customers, people, talks
from engagebot.store.persons.talks import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A customer's record. `accounts` are all of the person's, this one first; the rest is about them all.

    `said` is one page of what was said both ways, newest first; `felt` is oldest first and whole.
    """

    customer: CustomerRecord
    accounts: tuple[CustomerRecord, ...]
    links: tuple[CustomerLink, ...]
    notes: tuple[CustomerNote, ...]
    tags: tuple[CustomerTag, ...]
    cases: tuple[CaseRecord, ...]
    courses: Mapping[int, Course]
    tickets: Mapping[int, tuple[CaseTicket, ...]]
    said: Slice[Said]
    felt: tuple[Felt, ...]
    last: LastTalk | None
    history: tuple[Event, ...]
    is_muted: bool
    tenure: Tenure | None
    reached: Mapping[int, Reached]

    @property
    def standing_notes(self) -> tuple[CustomerNote, ...]:
        """The notes that hold."""
        return tuple(note for note in self.notes if note.is_standing)

    @property
    def opted_out_from(self) -> tuple[CustomerRecord, ...]:
        """The other accounts of theirs that they asked from not to be written to."""
        return tuple(each for each in self.accounts[1:] if each.is_opted_out)

    @property
    def contacts(self) -> Reached:
        """How often the person came to us, over all accounts; `reached` tells it by account."""
        each = self.reached.values()
        return Reached(
            posts=sum(one.posts for one in each),
            logged=sum(one.logged for one in each),
            minutes=sum(one.minutes for one in each),
        )


def know(tx: Tx, customer_id: int, *, limit: int = 50, cursor: str | None = None) -> Known:
    """Read a customer's record; `limit` and `cursor` choose the page of what was said.

    Raises:
        NotFound: there is no such customer.
    """
    ids = people.accounts_of(tx, customer_id)
    found = customers.get_many(tx, ids)
    customer = found.get(customer_id) or customers.get(tx, customer_id)
    theirs = [case for each in ids for case in cases.of_customer(tx, each)]
    theirs.sort(key=lambda case: (case.opened_at, case.id), reverse=True)
    felt = talks.felt(tx, ids)
    tags = people.tags(tx, ids)
    muted = mutes.muted(tx, [customer.source]).get(customer.source, mutes.NOBODY)
    return Known(
        customer=customer,
        accounts=tuple(found[each] for each in ids if each in found),
        links=tuple(people.links(tx, [customer_id])),
        notes=tuple(people.notes(tx, ids)),
        tags=tuple(each for who in ids for each in tags.get(who, ())),
        cases=tuple(theirs),
        courses=continuity.courses(theirs, felt),
        tickets=tickets.of_cases(tx, [case.id for case in theirs]),
        said=talks.page(tx, ids, limit=limit, cursor=cursor),
        felt=tuple(felt),
        last=continuity.last_among(tx, theirs),
        history=tuple(audit.of(tx, f"customer:{customer_id}")),
        is_muted=muted.has_author(customer.handle, None),
        tenure=people.tenure(tx, ids),
        reached=reached(tx, found.values()),
    )


def reached(tx: Tx, known: Iterable[CustomerRecord]) -> dict[int, Reached]:
    """How often each of these accounts came to us, in posts and elsewhere."""
    counted = {each.id: each.contacts for each in known}
    noted = contacts.of_customers(tx, counted) if counted else {}
    return {
        who: Reached(posts=posts, logged=sums.contacts, minutes=sums.minutes)
        for who, posts in counted.items()
        for sums in [noted.get(who, contacts.Sums())]
    }
