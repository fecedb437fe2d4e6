"""Re-scoring: stored mentions judged anew by the scorer in use, without deciding anything anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from engagebot.ports import Scorer
from engagebot.store import rescoring, verdicts
from engagebot.store.engine import Store

BATCH = 500


@dataclass(slots=True)
class Rescored:
    """What came of it: `kept` are those of which a person's word stands, `changed` counts (before, after)."""

    version: str
    rescored: int = 0
    kept: int = 0
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)


def count_outdated(store: Store, scorer: Scorer) -> int:
    """How many mentions another version of the scorer judged."""
    with store.read() as tx:
        return rescoring.count_outdated(tx, scorer.version)


def rescore(store: Store, scorer: Scorer, *, told: Callable[[int], None] | None = None) -> Rescored:
    """Judge what another version judged, batch by batch; `told` hears how many mentions are done.

    Each batch is a transaction of its own and scored outside it. Corrected mentions keep the person's word,
    and decisions stay: a mention is decided once.
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
        judged = {
            record.id: (record, scorer.judge(record.mention.words, lang=record.mention.lang))
            for record in batch
            if record.id not in spoken_for
        }
        with store.write() as tx:
            put = rescoring.rejudge(tx, judged)
        done.rescored += len(put)
        done.kept += len(batch) - len(put)
        for mention_id in put:
            record, new = judged[mention_id]
            old = record.judgement
            if old is not None and old.sentiment is not new.sentiment:
                done.changed[old.sentiment.value, new.sentiment.value] += 1
        if told is not None:
            told(seen)
