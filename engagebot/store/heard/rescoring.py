"""Mentions that another scorer judged, and their new judgements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import MentionState
from engagebot.domain.records import MentionRecord
from engagebot.store.bulk import Bulk
from engagebot.store.engine import Tx
from engagebot.store.heard import verdicts
from engagebot.store.heard.judged import JUDGED, judgement_values
from engagebot.store.heard.mentions import record
from engagebot.store.tables import mentions


def count_outdated(tx: Tx, version: str) -> int:
    """How many mentions another version judged, those included of which a person's word stands."""
    query = sa.select(sa.func.count()).select_from(mentions).where(*_outdated(version))
    found: int = tx.execute(query).scalar_one()
    return found


def outdated(tx: Tx, version: str, *, after: int, limit: int) -> list[MentionRecord]:
    """The next mentions behind the id `after` that another version judged."""
    query = sa.select(mentions).where(*_outdated(version), mentions.c.id > after)
    return [record(row) for row in tx.execute(query.order_by(mentions.c.id).limit(limit))]


def rejudge(tx: Tx, judged: Mapping[int, tuple[MentionRecord, Judgement]]) -> set[int]:
    """Put new judgements in place of old ones; answer of which mentions.

    Left out is what changed meanwhile: emptied, edited, decided anew, or corrected by a person.
    """
    ids = sorted(judged)
    query = sa.select(mentions.c.id, mentions.c.title, mentions.c.text, mentions.c.scorer).where(
        mentions.c.id.in_(ids),
        mentions.c.redacted_at.is_(None),
        mentions.c.state == MentionState.DECIDED.value,
        mentions.c.corrected.is_(None),
    )
    spoken_for = verdicts.spoken_for(tx, ids)
    same = set()
    for mention_id, title, text, scorer in tx.execute(query.with_for_update()):
        before = judged[mention_id][0]
        was = before.judgement
        known = (before.mention.title, before.mention.text, was.version if was else None)
        if (title, text, scorer or "") == known and mention_id not in spoken_for:
            same.add(mention_id)
    rows = [
        {"mention_id": mention_id, **judgement_values(judged[mention_id][1])} for mention_id in sorted(same)
    ]
    _UPDATE.run(tx, rows)
    return same


def _update(_tx: Tx) -> Any:
    values = {name: sa.bindparam(f"new_{name}", type_=mentions.c[name].type) for name in JUDGED}
    return sa.update(mentions).where(mentions.c.id == sa.bindparam("mention_id")).values(**values)


_UPDATE = Bulk(_update, ["mention_id", *(f"new_{name}" for name in JUDGED)])


def _outdated(version: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        mentions.c.state == MentionState.DECIDED.value,
        mentions.c.redacted_at.is_(None),
        mentions.c.sentiment.is_not(None),
        sa.or_(mentions.c.scorer.is_(None), mentions.c.scorer != version),
    )
