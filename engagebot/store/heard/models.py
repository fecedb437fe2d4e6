"""Site models: every one that was made, at most one of which is in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.heard.verdicts import ModelState, SiteModelRecord
from engagebot.errors import AlreadyRunning, WrongUsage
from engagebot.store import audit, site
from engagebot.store.engine import Tx
from engagebot.store.tables import site_models
from engagebot.store.turns import take_turn

KEPT = 5
"""So many models that were in use keep their numbers, to go back to."""
_OFF, _LOOKED = "learning_off", "learning_looked"


def save(tx: Tx, made: SiteModelRecord, *, weights: str | None, after: int) -> SiteModelRecord:
    """Store a model; one that is adopted takes the place of the one in use.

    `after` is the newest model at the time when learning began.

    Raises:
        AlreadyRunning: another learning has ended since.
    """
    take_turn(tx)
    if newest_id(tx) != after:
        raise AlreadyRunning(
            "another learning ended meanwhile; its model stands (see `engagebot learn list`)"
        )
    if made.state is ModelState.ADOPTED:
        retire(tx)
    values = {
        "version": made.version,
        "made_at": made.made_at,
        "state": made.state.value,
        # What was refused is never used, so its words need not be kept.
        "weights": weights if made.state is ModelState.ADOPTED else None,
        "figures": dict(made.figures),
        "made_by": made.made_by,
        "note": made.note,
    }
    model_id: int = tx.execute(
        sa.insert(site_models).values(**values).returning(site_models.c.id)
    ).scalar_one()
    _tell(tx, made.made_at, made.made_by, model_id, made.state.value, made.note)
    _drop_old_numbers(tx)
    return get(tx, model_id)


def newest_id(tx: Tx) -> int:
    """The id of the newest model, 0 where there is none."""
    return tx.execute(sa.select(sa.func.max(site_models.c.id))).scalar() or 0


def get(tx: Tx, model_id: int) -> SiteModelRecord:
    """One model that is known to be there."""
    return _record(tx.execute(sa.select(site_models).where(site_models.c.id == model_id)).one())


def newest(tx: Tx) -> SiteModelRecord | None:
    """The model made last, or `None`."""
    found = newest_id(tx)
    return get(tx, found) if found else None


def all_of(tx: Tx) -> list[SiteModelRecord]:
    """Every model, newest first."""
    return [_record(row) for row in tx.execute(sa.select(site_models).order_by(site_models.c.id.desc()))]


def adopted(tx: Tx) -> SiteModelRecord | None:
    """The model in use, or `None`."""
    query = sa.select(site_models).where(site_models.c.state == ModelState.ADOPTED.value)
    row = tx.execute(query).first()
    return None if row is None else _record(row)


def version_in_use(tx: Tx) -> str | None:
    """The version of the model in use, or `None`; cheap enough to be asked all the time."""
    query = sa.select(site_models.c.version).where(site_models.c.state == ModelState.ADOPTED.value)
    version: str | None = tx.execute(query).scalar()
    return version


def weights_in_use(tx: Tx) -> str | None:
    """The numbers of the model in use, or `None`."""
    query = sa.select(site_models.c.weights).where(site_models.c.state == ModelState.ADOPTED.value)
    weights: str | None = tx.execute(query).scalar()
    return weights


def roll_back(tx: Tx, *, by: str, at: datetime) -> SiteModelRecord | None:
    """Take the model in use out and put the one before it back; answer it, or `None` where none was.

    Raises:
        WrongUsage: no model is in use.
    """
    take_turn(tx)
    current = adopted(tx)
    if current is None:
        raise WrongUsage("no site model is in use; there is nothing to go back from")
    note = f"rolled back by {by}"
    _put(tx, current.id, state=ModelState.REFUSED.value, weights=None, note=note)
    _tell(tx, at, by, current.id, "rolled_back", None)
    query = (
        sa.select(site_models.c.id)
        .where(
            site_models.c.id < current.id,
            site_models.c.state == ModelState.RETIRED.value,
            site_models.c.weights.is_not(None),
        )
        .order_by(site_models.c.id.desc())
    )
    before: int | None = tx.execute(query.limit(1)).scalar()
    if before is None:
        return None
    _put(tx, before, state=ModelState.ADOPTED.value)
    _tell(tx, at, by, before, "adopted", "put back")
    return get(tx, before)


def switch_off(tx: Tx, *, by: str, at: datetime) -> SiteModelRecord | None:
    """Use no model and learn no more until somebody asks for it; answer the model that was in use."""
    take_turn(tx)
    current = adopted(tx)
    retire(tx)
    site.put(tx, _OFF, by, at)
    audit.add(tx, at=at, actor=by, action="learning.off", subject="site")
    return current


def switch_on(tx: Tx, *, by: str, at: datetime) -> None:
    """Let the site learn again; says nothing where it does."""
    if off_by(tx) is not None:
        site.put(tx, _OFF, None, at)
        audit.add(tx, at=at, actor=by, action="learning.on", subject="site")


def off_by(tx: Tx) -> str | None:
    """Who switched learning off, or `None`."""
    name: str | None = site.get(tx, _OFF)
    return name


def claim_day(tx: Tx, day: str, at: datetime) -> bool:
    """Take this day's look at what could be learned; false where somebody has."""
    take_turn(tx)
    if site.get(tx, _LOOKED) == day:
        return False
    site.put(tx, _LOOKED, day, at)
    return True


def looked(tx: Tx) -> str | None:
    """The last day on which somebody looked."""
    day: str | None = site.get(tx, _LOOKED)
    return day


def rewrite(tx: Tx, change: Callable[[str], tuple[str, str] | None]) -> int:
    """Change the numbers of every model that has some; `change` answers version and numbers, or `None`."""
    take_turn(tx)
    query = sa.select(site_models.c.id, site_models.c.version, site_models.c.weights)
    changed = 0
    for model_id, version, weights in tx.execute(query.where(site_models.c.weights.is_not(None))).all():
        new = change(weights)
        if new is not None:
            note = f"words were forgotten; it was {version}"
            _put(tx, model_id, version=new[0], weights=new[1], note=note)
            changed += 1
    return changed


def retire(tx: Tx) -> None:
    """Take the model in use out, where there is one; it can be put back."""
    is_it = site_models.c.state == ModelState.ADOPTED.value
    tx.execute(sa.update(site_models).where(is_it).values(state=ModelState.RETIRED.value))


def _drop_old_numbers(tx: Tx) -> None:
    query = sa.select(site_models.c.id).where(site_models.c.state == ModelState.RETIRED.value)
    retired = list(tx.execute(query.order_by(site_models.c.id.desc())).scalars())
    if retired[KEPT:]:
        tx.execute(sa.update(site_models).where(site_models.c.id.in_(retired[KEPT:])).values(weights=None))


def _put(tx: Tx, model_id: int, **values: Any) -> None:
    tx.execute(sa.update(site_models).where(site_models.c.id == model_id).values(**values))


def _tell(tx: Tx, at: datetime, by: str, model_id: int, action: str, note: str | None) -> None:
    detail: Mapping[str, Any] = {"note": note} if note else {}
    audit.add(tx, at=at, actor=by, action=f"model.{action}", subject=f"model:{model_id}", detail=detail)


def _record(row: Any) -> SiteModelRecord:
    return SiteModelRecord(
        id=row.id,
        version=row.version,
        made_at=row.made_at,
        state=ModelState(row.state),
        figures=row.figures,
        made_by=row.made_by,
        note=row.note,
    )
