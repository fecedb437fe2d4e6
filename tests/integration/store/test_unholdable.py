"""What no database can hold, asked for from outside: refused in words, on both databases alike."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from engagebot.errors import NotFound, WrongUsage
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.replying import drafts


@pytest.mark.parametrize("draft_id", [2**63, -(2**63) - 1, 10**30])
def test_a_number_too_large_is_told(store: Store, draft_id: int) -> None:
    for opened in (store.read, store.write):
        with pytest.raises(WrongUsage, match="larger than any"), opened() as tx:
            drafts.get(tx, draft_id)


def test_the_largest_number_is_only_not_there(store: Store) -> None:
    with pytest.raises(NotFound), store.read() as tx:
        drafts.get(tx, 2**63 - 1)


def test_half_a_sign_is_told(store: Store) -> None:
    query = sa.select(tables.audit.c.id).where(tables.audit.c.action == "half \ud800 a sign")
    with pytest.raises(WrongUsage, match="surrogate"), store.read() as tx:
        tx.execute(query)


def test_the_sign_of_nothing_is_no_accident(store: Store) -> None:
    query = sa.select(tables.audit.c.id).where(tables.audit.c.action == "a\x00sign")
    # SQLite holds it, PostgreSQL does not.
    with suppress(WrongUsage), store.read() as tx:
        assert tx.execute(query).first() is None


def test_a_fault_of_our_own_stays_one(store: Store) -> None:
    with pytest.raises(OverflowError, match="ours"), store.read():
        raise OverflowError("a fault of ours")
