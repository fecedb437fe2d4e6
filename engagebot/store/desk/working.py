"""Decisions of people about drafts, as the audit tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.desk.working import Decided
from engagebot.store.engine import Tx
from engagebot.store.tables import audit, users

APPROVED = "draft.approved"
DECISIONS = (APPROVED, "draft.rejected", "draft.withdrawn")
_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFigures:
    """What all people together decided; no figure is anybody's own."""

    people: int
    decisions: int
    approvals: int


def decided_by(tx: Tx, person: str, since: datetime) -> list[Decided]:
    """What one person decided since a moment, newest first."""
    query = (
        sa.select(audit.c.at, audit.c.action)
        .where(audit.c.actor == person, audit.c.at >= since, audit.c.action.in_(DECISIONS))
        .order_by(audit.c.at.desc(), audit.c.id.desc())
        .limit(_MOST)
    )
    return [Decided(at, action == APPROVED) for at, action in tx.execute(query)]


def team_since(tx: Tx, since: datetime) -> TeamFigures:
    """What everybody with an account of a person decided since a moment, summed up."""
    is_approval = sa.case((audit.c.action == APPROVED, 1), else_=0)
    query = (
        sa.select(
            sa.func.count(sa.distinct(audit.c.actor)),
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(is_approval), 0),
        )
        .join(users, users.c.name == audit.c.actor)
        .where(audit.c.at >= since, audit.c.action.in_(DECISIONS), users.c.is_service.is_(False))
    )
    people, decisions, approvals = tx.execute(query).one()
    return TeamFigures(people=people, decisions=decisions, approvals=int(approvals))
