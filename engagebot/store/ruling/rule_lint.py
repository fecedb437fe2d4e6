"""What the rules matched lately, counted from stored decisions, for the lint of a rule set."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from engagebot.store.engine import Tx
from engagebot.store.tables import decisions, rule_sets


class Counted(NamedTuple):
    """Mentions decided in a span of time, and how many of them each rule matched, live or in shadow."""

    mentions: int
    matched: dict[str, int]


def matched_since(tx: Tx, since: datetime) -> Counted:
    """Count the newest decision of each mention that was decided since then."""
    newest = (
        sa.select(sa.func.max(decisions.c.id))
        .where(decisions.c.decided_at >= since)
        .group_by(decisions.c.mention_id)
    )
    # There are few combinations of rules, so the database counts those and they are taken apart here: that
    # needs no JSON functions, which every database names otherwise.
    query = (
        sa.select(decisions.c.matched, decisions.c.shadow, sa.func.count())
        .where(decisions.c.id.in_(newest))
        .group_by(decisions.c.matched, decisions.c.shadow)
    )
    mentions, matched = 0, Counter[str]()
    for live, shadow, count in tx.execute(query):
        mentions += count
        for rule_id in {*live, *(shadow or ())}:
            matched[rule_id] += count
    return Counted(mentions, dict(matched))


def texts_live_at(tx: Tx, at: datetime) -> str:
    """The rule files that were in force at a moment, as one text; empty where there were none yet."""
    query = sa.select(rule_sets.c.sources).where(rule_sets.c.live_at <= at)
    row = tx.execute(query.order_by(rule_sets.c.id.desc()).limit(1)).first()
    if row is None:
        return ""
    return "\n".join(text for name, text in sorted(row[0].items()) if "/" not in name)
