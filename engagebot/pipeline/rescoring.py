"""Re-scoring: stored mentions judged anew by the scorer in use; open ones that changed are decided again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engagebot.domain.desk.urgency import urgency_of
from engagebot.domain.judgement import Judgement, as_said
from engagebot.domain.records import MentionRecord
from engagebot.ports import Scorer
from engagebot.store import audit
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import reopening, rescoring, verdicts
from engagebot.store.replying import drafts
from engagebot.store.turns import take_turn

ACTOR = "engagebot"
BATCH = 500


@dataclass(slots=True)
class Rescored:
    """What came of it: `kept` are those of which a person's word stands, `changed` counts (before, after).

    `again` are the ids of those that wait to be decided again.
    """

    version: str
    rescored: int = 0
    kept: int = 0
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    again: list[int] = field(default_factory=list)


def count_outdated(store: Store, scorer: Scorer) -> int:
    """How many mentions another version of the scorer judged."""
    with store.read() as tx:
        return rescoring.count_outdated(tx, scorer.version)


def rescore(store: Store, scorer: Scorer, *, told: Callable[[int], None] | None = None) -> Rescored:
    """Judge what another version judged, batch by batch; `told` hears how many mentions are done.

    Each batch is a transaction of its own and scored outside it. Corrected mentions keep the person's word.
    Where the level or the intents changed and the mention is still open, it waits to be decided again; all
    other decisions stay.
    """
    done = Rescored(version=scorer.version)
    after = seen = 0
    while True:
        with store.read() as tx:
            batch = rescoring.outdated(tx, scorer.version, after=after, limit=BATCH)
            spoken_for = verdicts.spoken_for(tx, [record.id for record in batch])
        if not batch:
            return done
        after, seen = batch[-1].id, seen + len(batch)
        ours = [record for record in batch if record.id not in spoken_for and record.correction is None]
        found = scorer.judge_all([(record.mention.words, record.mention.lang) for record in ours])
        judged = {record.id: (record, new) for record, new in zip(ours, found, strict=True)}
        with store.write() as tx:
            put = _put(tx, judged, done, store.clock.now())
        done.rescored += len(put)
        done.kept += len(batch) - len(put)
        for mention_id in put:
            record, new = judged[mention_id]
            old = record.judgement
            if old is not None and old.sentiment is not new.sentiment:
                done.changed[old.sentiment.value, new.sentiment.value] += 1
        if told is not None:
            told(seen)


def _put(
    tx: Tx, judged: Mapping[int, tuple[MentionRecord, Judgement]], done: Rescored, at: datetime
) -> set[int]:
    take_turn(tx)
    changed = {mention_id for mention_id, (record, new) in judged.items() if _is_other(record.judgement, new)}
    # Drafts are locked before mentions, as a reply that is about to leave does it.
    drafted = drafts.lock_of(tx, judged)
    is_open = reopening.open_among(tx, changed, at)
    put = rescoring.rejudge(tx, judged)
    for mention_id in sorted(put & drafted):
        record, new = judged[mention_id]
        drafts.set_urgency(tx, mention_id, urgency_of(record.mention, new))
    again = sorted(put & is_open)
    reopening.put_back(tx, again)
    audit.add_many(tx, [_event(mention_id, *judged[mention_id], at) for mention_id in again])
    done.again += again
    return put


def _is_other(old: Judgement | None, new: Judgement) -> bool:
    return old is None or (old.sentiment, set(old.intents)) != (new.sentiment, set(new.intents))


def _event(mention_id: int, record: MentionRecord, new: Judgement, at: datetime) -> dict[str, Any]:
    before = record.judgement
    detail = {"before": as_said(before) if before is not None else None, "after": as_said(new)}
    subject = f"mention:{mention_id}"
    return {"at": at, "actor": ACTOR, "action": "mention.rescored", "subject": subject, "detail": detail}
