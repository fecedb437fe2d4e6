"""Many values asked for at once, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from engagebot.store.among import among
from engagebot.store.engine import Store
from engagebot.store.persons import customers
from engagebot.store.tables import customers as rows
from tests.factories import make_author, make_mention


def test_values_are_found_among_many(store: Store) -> None:
    handles = ["fern_demo", "ümläut_demo", "quote'\"_demo", "😡_demo"]
    heard = [make_mention(handle, author=make_author(handle)) for handle in handles]
    with store.write() as tx:
        ids = customers.meet(tx, heard)
    with store.read() as tx:

        def found(condition: sa.ColumnElement[bool]) -> set[str]:
            return set(tx.execute(sa.select(rows.c.handle).where(condition)).scalars())

        assert found(among(tx, rows.c.handle, [*handles[1:], "nobody_demo"])) == set(handles[1:])
        assert found(among(tx, rows.c.id, {ids[customers.key_of(heard[0])], 10**12})) == {"fern_demo"}
        assert found(among(tx, rows.c.id, [])) == set()
