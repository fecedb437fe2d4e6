"""What people prefer, one row each; whatever a row holds, reading it gives preferences that can be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa

from engagebot.domain.desk.preferences import LONGEST_UNDO, SIGN_OFF_CHARS, Density, Preferences, Theme
from engagebot.store.engine import Tx, upsert
from engagebot.store.remembered import remembered
from engagebot.store.tables import preferences

E = TypeVar("E", bound=StrEnum)


# Asked for each page; putting it together takes as long as its answer.
_OF_PERSON = sa.select(preferences.c["values"]).where(preferences.c.person == sa.bindparam("of"))


@remembered
def read(tx: Tx, person: str) -> Preferences:
    """What this person has chosen; keys of another version are ignored, and wrong values are as usual."""
    found = tx.execute(_OF_PERSON, {"of": person}).scalar_one_or_none()
    return _read(found) if isinstance(found, dict) else Preferences()


def write(tx: Tx, person: str, chosen: Preferences, at: datetime) -> None:
    """Keep what this person has chosen, in place of what they chose before."""
    values = {"values": _written(chosen), "changed_at": at}
    statement = upsert(tx, preferences).values(person=person, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["person"], set_=values))


def _written(chosen: Preferences) -> dict[str, Any]:
    undo = chosen.undo_after
    return {
        "keys": dict(chosen.keys),
        "has_letter_keys": chosen.has_letter_keys,
        "undo_seconds": None if undo is None else round(undo.total_seconds()),
        "confirms_sending": chosen.confirms_sending,
        "sign_off": chosen.sign_off,
        "theme": chosen.theme.value,
        "density": chosen.density.value,
        "breaks": chosen.breaks,
    }


def _read(row: Mapping[str, Any]) -> Preferences:
    usual = Preferences()
    return Preferences(
        keys=_keys(row.get("keys")),
        has_letter_keys=_flag(row.get("has_letter_keys"), usual.has_letter_keys),
        undo_after=_span(row.get("undo_seconds")),
        confirms_sending=_flag(row.get("confirms_sending"), usual.confirms_sending),
        sign_off=_sign_off(row.get("sign_off")),
        theme=_one_of(Theme, row.get("theme"), usual.theme),
        density=_one_of(Density, row.get("density"), usual.density),
        breaks=_flag(row.get("breaks"), usual.breaks),
    )


def _keys(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {action: key for action, key in value.items() if isinstance(key, str) and len(key) == 1}


def _sign_off(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= SIGN_OFF_CHARS else ""


def _flag(value: Any, usual: bool) -> bool:
    return value if isinstance(value, bool) else usual


def _span(value: Any) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return timedelta(seconds=value) if 0 <= value <= LONGEST_UNDO.total_seconds() else None


def _one_of(kind: type[E], value: Any, usual: E) -> E:
    return kind(value) if isinstance(value, str) and value in {each.value for each in kind} else usual
