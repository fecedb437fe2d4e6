from __future__ import annotations

import sqlalchemy as sa

from engagebot.store import site
from engagebot.store.engine import Store, Tx
from engagebot.store.remembered import remembered
from tests.fakes import NOON


def test_a_read_transaction_asks_once_and_a_writing_one_each_time(store: Store) -> None:
    asked: list[int] = []

    @remembered
    def ask(tx: Tx, number: int, *, times: int = 1) -> int:
        asked.append(number)
        found: int = tx.execute(sa.select(sa.literal(number * times))).scalar_one()
        return found

    with store.read() as tx:
        assert [ask(tx, 1), ask(tx, 1), ask(tx, 2), ask(tx, 1, times=5)] == [1, 1, 2, 5]
    assert asked == [1, 2, 1]
    with store.read() as tx:
        ask(tx, 1)
    with store.write() as tx:
        ask(tx, 1)
        ask(tx, 1)
    assert asked == [1, 2, 1, 1, 1, 1]


def test_whoever_pauses_reads_what_they_wrote(store: Store) -> None:
    with store.write() as tx:
        assert site.paused_by(tx) is None
        site.pause(tx, by="kim_demo", at=NOON)
        assert site.paused_by(tx) == "kim_demo"
    with store.read() as tx:
        assert site.paused_by(tx) == "kim_demo"
        assert site.rules_problem(tx) is None
