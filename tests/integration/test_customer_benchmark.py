"""The benchmark of a customer's record, on a small one: its pages answer, and hold what was made."""

from __future__ import annotations

from pathlib import Path

from benchmarks.customer import befriend, measure
from benchmarks.desk.site import open_site
from engagebot.pipeline.people.knowing import know
from tests.factories import hear, make_mention


def test_a_busy_customer_is_made_and_every_page_answers(tmp_path: Path) -> None:
    app = open_site(tmp_path / "site", f"sqlite:///{tmp_path / 'engagebot.db'}")
    try:
        hear(app.store, make_mention())
        customer_id = befriend(app, 100)
        with app.store.read() as tx:
            known = know(tx, customer_id, limit=200)
        kinds = [said.kind for said in known.said.items]
        found = measure(app, customer_id, 1)
    finally:
        app.close()
    assert {kind: kinds.count(kind) for kind in kinds} == {"mention": 50, "reply": 44, "contact": 4}
    assert len(known.cases) == 2
    assert set(found) == {"first page", "following page", "api", "list of customers"}
    assert all(figure.p95 > 0 for both in found.values() for figure in both)
