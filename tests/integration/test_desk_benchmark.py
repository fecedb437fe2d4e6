"""The benchmark of the desk on a small site: every page answers, and the figures are told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from benchmarks.desk import rows
from benchmarks.desk.__main__ import Figure, measure, report
from benchmarks.desk.site import opened
from engagebot.store import tables


def test_every_page_answers_on_a_site_made_of_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "WEEK", 200)
    with opened("sqlite", 600) as app:
        with app.store.read() as tx:
            stored = tx.execute(sa.select(sa.func.count()).select_from(tables.mentions)).scalar_one()
            ended = tx.execute(
                sa.select(sa.func.count())
                .select_from(tables.drafts)
                .where(tables.drafts.c.state == "expired")
            ).scalar_one()
        (found,) = measure([app], 2)
    assert (stored, ended > 0) == (600, True)
    assert {"queue", "mentions", "mention", "today"} <= set(found)
    assert all(figure.p95 >= figure.median > 0 for figure in found.values())


def test_aims_that_were_missed_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    small = {
        "queue": Figure(5, 8),
        "mentions": Figure(9, 10),
        "mention": Figure(20, 20),
        "today": Figure(9, 9),
    }
    large = {
        "queue": Figure(5, 60),
        "mentions": Figure(9, 16),
        "mention": Figure(20, 29),
        "today": Figure(9, 99),
    }
    missed = report("sqlite", [10, 1000], [small, large])
    assert missed == ["sqlite, queue: p95 60.0 ms", "sqlite, queue: 7.50 times the small site's",
                      "sqlite, mentions: 1.60 times the small site's"]  # fmt: skip
    assert "9.0 / 16.0" in capsys.readouterr().out
