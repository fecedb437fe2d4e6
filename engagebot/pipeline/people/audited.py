"""Whose record it is, and the line in the audit that every change of it writes."""

from __future__ import annotations

from engagebot.domain.records import CustomerRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.persons import customers


def known(tx: Tx, customer_id: int) -> CustomerRecord:
    """A customer of whom something may be kept.

    Raises:
        NotFound: there is no such customer.
        IllegalMove: the customer was forgotten.
    """
    customer = customers.get(tx, customer_id)
    if customer.forgotten_at is not None:
        raise IllegalMove(f"customer {customer_id} was forgotten; nothing is kept of them any more")
    return customer


def noted(tx: Tx, customer_id: int, act: Act, done: str, **detail: object) -> None:
    """Write a line of a customer's audit."""
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action=f"customer.{done}",
        subject=f"customer:{customer_id}",
        detail=detail,
    )
