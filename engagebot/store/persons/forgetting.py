"""Forgetting a person on request: words and names leave every table, counts stay.

The audit cannot be changed, so it never held their words; what it keeps is that a record was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.heard.removal import Removal, forgotten, unquoted, without_author
from engagebot.domain.mention import Author
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import CustomerRecord
from engagebot.domain.replying.routes import MuteKind
from engagebot.store.among import among
from engagebot.store.casework import continuations, messages
from engagebot.store.engine import Tx, upsert
from engagebot.store.heard import redaction
from engagebot.store.heard.shown import read_author
from engagebot.store.listening import mutes
from engagebot.store.persons import contacts, people
from engagebot.store.tables import cases, customers, deliveries, drafts, mentions

LEFT_ALONE = "left-alone"
"""Stands for the name of somebody of whom nothing is known but that they do not want to be written to."""
_IN_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was emptied of one account; `mention_ids` are all that it had."""

    mention_ids: tuple[int, ...]
    cases: int
    notes: int


def forget(tx: Tx, customer: CustomerRecord, at: datetime) -> Forgotten:
    """Empty everything of one account. It is known no more: whoever writes from it next is a stranger.

    Who asked not to be written to stays known by the platform's id of the account alone, as somebody new.
    """
    key = tx.execute(sa.select(customers.c.account_key).where(customers.c.id == customer.id)).scalar_one()
    ids = _mentions_of(tx, customer.id)
    names = _names_of(tx, customer, ids)
    case_ids = list(tx.execute(sa.select(cases.c.id).where(cases.c.customer_id == customer.id)).scalars())
    _unquote_replies(tx, ids)
    redaction.redact(tx, ids, at, Removal.FORGOTTEN)
    _empty_cases(tx, case_ids, names)
    _empty_notices(tx, case_ids, ids)
    contacts.forget(tx, case_ids)
    continuations.forget(tx, case_ids, at)
    for case_id in case_ids:  # a message that can be changed in place is, wherever it stands
        messages.refresh(tx, case_id, at)
    notes = people.forget(tx, customer.id)
    for name in names:
        mutes.remove(tx, customer.source, MuteKind.AUTHOR, name.handle)
        if name.native_id is not None:
            mutes.remove(tx, customer.source, MuteKind.AUTHOR, name.native_id)
    _become_nobody(tx, customer, at)
    if customer.is_opted_out:
        _leave_alone(tx, customer, key, at)
    return Forgotten(tuple(ids), len(case_ids), notes)


def open_cases(tx: Tx, customer_ids: Iterable[int]) -> list[int]:
    """The cases of these accounts that people still work on."""
    query = sa.select(cases.c.id).where(
        among(tx, cases.c.customer_id, customer_ids), cases.c.state.in_([state.value for state in CASE_OPEN])
    )
    return list(tx.execute(query.order_by(cases.c.id)).scalars())


def _mentions_of(tx: Tx, customer_id: int) -> list[int]:
    query = sa.select(mentions.c.id).where(mentions.c.customer_id == customer_id).order_by(mentions.c.id)
    return list(tx.execute(query).scalars())


def _names_of(tx: Tx, customer: CustomerRecord, ids: Sequence[int]) -> list[Author]:
    """Every name that the account went by."""
    found = {(customer.handle, customer.name): Author(handle=customer.handle, name=customer.name)}
    for chunk in _chunks(ids):
        query = sa.select(mentions.c.author).where(
            among(tx, mentions.c.id, chunk), mentions.c.author.is_not(None)
        )
        for row in tx.execute(query).scalars():
            author = read_author(row)
            if author is not None:
                found[(author.handle, author.name)] = author
    return list(found.values())


def _unquote_replies(tx: Tx, ids: Sequence[int]) -> None:
    """Take their words out of replies that have left; all other drafts are emptied with the mention."""
    columns = (drafts.c.id, drafts.c.text, mentions.c.title, mentions.c.text.label("said"))
    for chunk in _chunks(ids):
        query = sa.select(*columns).join_from(drafts, mentions, mentions.c.id == drafts.c.mention_id)
        for draft_id, text, title, said in tx.execute(
            query.where(among(tx, drafts.c.mention_id, chunk))
        ).all():
            clean = unquoted(text, f"{title}\n{said}" if title else said)
            if clean != text:
                tx.execute(sa.update(drafts).where(drafts.c.id == draft_id).values(text=clean))


def _empty_cases(tx: Tx, case_ids: Sequence[int], names: Sequence[Author]) -> None:
    """Drop what a case holds in their words; what people wrote about it stays, without their name."""
    ours = ("why", "outcome", "remedy")
    query = sa.select(cases.c.id, *(cases.c[name] for name in ours)).where(among(tx, cases.c.id, case_ids))
    for row in tx.execute(query).mappings().all():
        values: dict[str, Any] = {
            "title": Removal.FORGOTTEN.case_title,
            "titled_by": None,
            "desired_outcome": None,
        }
        for name in ours:
            values[name] = row[name]
            for author in names:
                values[name] = without_author(values[name], author) if values[name] else values[name]
        tx.execute(sa.update(cases).where(cases.c.id == row["id"]).values(**values))


def _empty_notices(tx: Tx, case_ids: Sequence[int], ids: Sequence[int]) -> None:
    columns = (deliveries.c.id, deliveries.c.payload)
    for column, wanted in ((deliveries.c.case_id, case_ids), (deliveries.c.mention_id, ids)):
        for chunk in _chunks(wanted):
            for delivery_id, payload in tx.execute(sa.select(*columns).where(among(tx, column, chunk))).all():
                is_it = deliveries.c.id == delivery_id
                tx.execute(sa.update(deliveries).where(is_it).values(payload=forgotten(payload)))


def _become_nobody(tx: Tx, customer: CustomerRecord, at: datetime) -> None:
    values: dict[str, Any] = dict.fromkeys(("name", "url", "is_vip", "mark", "is_opted_out", "opted_out_at"))
    values |= {
        "handle": f"removed-{customer.id}",
        "account_key": f"removed:{customer.id}",
        "forgotten_at": at,
    }
    tx.execute(sa.update(customers).where(customers.c.id == customer.id).values(**values))


def _leave_alone(tx: Tx, customer: CustomerRecord, key: str, at: datetime) -> None:
    values = {
        "source": customer.source,
        "account_key": key,
        "handle": LEFT_ALONE,
        "first_seen_at": at,
        "last_seen_at": at,
        "contacts": 0,
        "is_opted_out": True,
        "opted_out_at": customer.opted_out_at,
    }
    tx.execute(upsert(tx, customers).values(**values).on_conflict_do_nothing())


def _chunks(wanted: Sequence[int]) -> Iterable[Sequence[int]]:
    return (wanted[start : start + _IN_CHUNK] for start in range(0, len(wanted), _IN_CHUNK))
