"""Rejections, counted: which rule's drafts people refuse, and why; and what they skip."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.verdicts import Refusal, refusal_of
from engagebot.store.engine import Tx
from engagebot.store.tables import audit, drafts

SKIPPED = "draft.skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Somebody passed over a draft; `reason` may be empty."""

    draft_id: int
    by: str
    at: datetime
    reason: str


def by_rule(tx: Tx, since: datetime | None = None) -> Mapping[str, Counter[Refusal]]:
    """How many drafts of each rule stand rejected, by reason; those decided `since` then."""
    query = (
        sa.select(drafts.c.rule_id, drafts.c.last_error, sa.func.count())
        .where(drafts.c.state == DraftState.REJECTED.value)
        .group_by(drafts.c.rule_id, drafts.c.last_error)
    )
    if since is not None:
        query = query.where(drafts.c.updated_at >= since)
    found: defaultdict[str, Counter[Refusal]] = defaultdict(Counter)
    for rule_id, reason, count in tx.execute(query):
        found[rule_id][refusal_of(reason or "")] += count
    return dict(found)


def skips(tx: Tx, *, since: datetime | None = None, limit: int = 100) -> list[Skip]:
    """What was passed over in the queue, the newest first."""
    query = sa.select(audit).where(audit.c.action == SKIPPED).order_by(audit.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(audit.c.at >= since)
    return [
        Skip(
            draft_id=int(row["subject"].partition(":")[2]),
            by=row["actor"],
            at=row["at"],
            reason=(row["detail"] or {}).get("reason", ""),
        )
        for row in tx.execute(query).mappings()
    ]
