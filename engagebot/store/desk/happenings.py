"""What has just happened, read for people who look on: lines of the audit, and where things stand now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import Event
from engagebot.store.engine import Tx
from engagebot.store.tables import audit, cases, drafts

_WAITING = (DraftState.PROPOSED.value, DraftState.HELD.value)
_TOLD = sa.or_(
    audit.c.subject.like("draft:%"),
    audit.c.subject.like("case:%"),
    audit.c.subject.like("user:%"),
    audit.c.subject == "site",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a draft stands now."""

    state: DraftState
    lane: str | None
    version: int


_HEAD = sa.select(sa.func.max(audit.c.id))


def head(tx: Tx) -> int:
    """The id of the newest line that can be seen, 0 before the first."""
    newest: int | None = tx.execute(_HEAD).scalar()
    return newest or 0


def since(tx: Tx, after: int, *, until: int | None = None, limit: int) -> list[Event]:
    """Lines about drafts, cases, people and the whole site with ids above `after`, in the order of ids."""
    query = sa.select(audit).where(audit.c.id > after, _TOLD).order_by(audit.c.id).limit(limit)
    if until is not None:
        query = query.where(audit.c.id <= until)
    return [
        Event(
            id=row["id"],
            at=row["at"],
            actor=row["actor"],
            action=row["action"],
            subject=row["subject"],
            detail=row["detail"] or {},
        )
        for row in tx.execute(query).mappings()
    ]


def places(tx: Tx, draft_ids: Iterable[int]) -> dict[int, Place]:
    """Where these drafts stand now."""
    wanted = sorted(set(draft_ids))
    if not wanted:
        return {}
    columns = (drafts.c.id, drafts.c.state, drafts.c.lane, drafts.c.version)
    query = sa.select(*columns).where(drafts.c.id.in_(wanted))
    return {
        row.id: Place(state=DraftState(row.state), lane=row.lane, version=row.version)
        for row in tx.execute(query)
    }


def case_states(tx: Tx, case_ids: Iterable[int]) -> dict[int, str]:
    """The states of these cases now."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return {}
    query = sa.select(cases.c.id, cases.c.state).where(cases.c.id.in_(wanted))
    return {row.id: row.state for row in tx.execute(query)}


def awoken(tx: Tx, after: datetime, until: datetime, *, limit: int) -> list[tuple[int, str | None]]:
    """Drafts for review whose snooze ended in this time, with their lanes."""
    query = (
        sa.select(drafts.c.id, drafts.c.lane)
        .where(drafts.c.state.in_(_WAITING), drafts.c.snoozed_until > after, drafts.c.snoozed_until <= until)
        .order_by(drafts.c.snoozed_until, drafts.c.id)
        .limit(limit)
    )
    return [(row.id, row.lane) for row in tx.execute(query)]
