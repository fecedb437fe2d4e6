"""Preferences: kept per person, and readable whatever an earlier or later version left in the row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.desk.preferences import Density, Preferences, Theme
from engagebot.store.desk import preferences
from engagebot.store.engine import Store
from engagebot.store.tables import preferences as rows
from tests.fakes import NOON

CHOSEN = Preferences(
    keys={"approve": "y"},
    has_letter_keys=False,
    undo_after=timedelta(minutes=20),
    confirms_sending=True,
    sign_off="^KD",
    theme=Theme.DARK,
    density=Density.COMPACT,
    breaks=False,
)


def test_preferences_come_back_as_they_were_chosen(store: Store) -> None:
    with store.write() as tx:
        assert preferences.read(tx, "kim_demo") == Preferences()
        preferences.write(tx, "kim_demo", CHOSEN, NOON)
        assert preferences.read(tx, "kim_demo") == CHOSEN
        assert preferences.read(tx, "lee_demo") == Preferences()

        preferences.write(tx, "kim_demo", Preferences(undo_after=timedelta(0)), NOON)
        assert preferences.read(tx, "kim_demo") == Preferences(undo_after=timedelta(0))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"from_a_later_version": [1, 2]}, id="unknown key"),
        pytest.param({"theme": "plaid", "density": 3, "sign_off": 7, "breaks": "no"}, id="wrong kinds"),
        pytest.param({"undo_seconds": -1}, id="a time before now"),
        pytest.param({"undo_seconds": 86_400}, id="longer than the longest"),
        pytest.param({"undo_seconds": True, "has_letter_keys": 0, "confirms_sending": None}, id="no number"),
        pytest.param({"keys": ["a"], "sign_off": "x" * 13}, id="keys that are none"),
        pytest.param({"keys": {"approve": "too long", "reject": 3}}, id="keys too long"),
        pytest.param(["not", "an", "object"], id="no object"),
    ],
)
def test_what_cannot_be_read_is_as_usual(store: Store, row: Any) -> None:
    with store.write() as tx:
        tx.execute(sa.insert(rows).values(person="kim_demo", values=row, changed_at=NOON))
        assert preferences.read(tx, "kim_demo") == Preferences()


def test_one_wrong_value_does_not_spoil_the_others(store: Store) -> None:
    with store.write() as tx:
        preferences.write(tx, "kim_demo", CHOSEN, NOON)
        kept = tx.execute(sa.select(rows.c["values"])).scalar_one() | {"theme": "plaid", "new": 1}
        tx.execute(sa.update(rows).values(values=kept))
        found = preferences.read(tx, "kim_demo")
    assert (found.theme, found.density, found.keys) == (Theme.SYSTEM, Density.COMPACT, {"approve": "y"})
