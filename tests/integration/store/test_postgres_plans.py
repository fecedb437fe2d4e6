"""How PostgreSQL is asked to plan."""

from __future__ import annotations

import pytest

from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.postgres import PostgresServer


@pytest.mark.postgres
def test_every_connection_plans_for_solid_disks_and_short_queries(
    postgres_server: PostgresServer, postgres_template: str
) -> None:
    with postgres_server.database(template=postgres_template) as url:
        store = Store(url, clock=FakeClock())
        for opened in (store.write, store.read):
            with opened() as tx:
                assert tx.exec_driver_sql("SHOW random_page_cost").scalar() == "1.1"
                assert tx.exec_driver_sql("SHOW jit").scalar() == "off"
                assert tx.exec_driver_sql("SHOW parallel_setup_cost").scalar() == "20000"
        store.close()
