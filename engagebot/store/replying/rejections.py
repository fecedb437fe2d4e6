"""Rejections, counted: which rule's drafts people refuse, and why; and what they skip."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.heard.verdicts import Refusal, refusal_of
from engagebot.domain.outbox import DraftState
from engagebot.store.engine import Tx
from engagebot.store.tables import audit, drafts

SKIPPED = "draft.skipped"
_NEWEST_SKIPS = 500
# No person has said yes or no to these.
_UNDECIDED = [
    state.value for state in (DraftState.PROPOSED, DraftState.HELD, DraftState.WITHDRAWN, DraftState.EXPIRED)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Somebody passed over a draft; `reason` may be empty."""

    draft_id: int
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What people made of a rule's drafts: how many they decided, why they refused some, what they passed."""

    decided: int = 0
    refused: Mapping[Refusal, int] = field(default_factory=dict)
    skips: tuple[Skip, ...] = ()

    @property
    def rejected(self) -> int:
        """How many of those decided stand rejected."""
        return sum(self.refused.values())


def by_rule(tx: Tx, rule_ids: Iterable[str], since: datetime) -> dict[str, Reception]:
    """What became of these rules' drafts that were proposed `since` then; the commonest refusal first."""
    query = (
        sa.select(drafts.c.rule_id, drafts.c.state, drafts.c.last_error, sa.func.count())
        .where(
            drafts.c.rule_id.in_(list(rule_ids)),
            drafts.c.created_at >= since,
            drafts.c.state.not_in(_UNDECIDED),
        )
        .group_by(drafts.c.rule_id, drafts.c.state, drafts.c.last_error)
    )
    decided: Counter[str] = Counter()
    refused: defaultdict[str, Counter[Refusal]] = defaultdict(Counter)
    for rule_id, state, reason, count in tx.execute(query):
        decided[rule_id] += count
        if state == DraftState.REJECTED.value:
            refused[rule_id][refusal_of(reason or "")] += count
    passed = _skips_by_rule(tx, since)
    return {
        rule_id: Reception(
            decided=decided[rule_id],
            refused=dict(refused[rule_id].most_common()),
            skips=tuple(passed.get(rule_id, ())),
        )
        for rule_id in {*decided, *passed}
    }


def _skips_by_rule(tx: Tx, since: datetime) -> dict[str, list[Skip]]:
    found: defaultdict[str, list[Skip]] = defaultdict(list)
    newest = skips(tx, since=since, limit=_NEWEST_SKIPS)
    query = sa.select(drafts.c.id, drafts.c.rule_id).where(
        drafts.c.id.in_({skip.draft_id for skip in newest})
    )
    rules = {row[0]: row[1] for row in tx.execute(query)} if newest else {}
    for skip in newest:
        if skip.draft_id in rules:
            found[rules[skip.draft_id]].append(skip)
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
