"""What a decision is about, read once: a draft is asked after in several rooms on its way to be approved."""

from __future__ import annotations

from dataclasses import dataclass

from engagebot.domain.records import DecisionRecord, DraftRecord, MentionRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import decisions, mentions


@dataclass(frozen=True, slots=True)
class Matter:
    """A draft, the mention that it answers, and what the rules decided on that last."""

    draft: DraftRecord
    mention: MentionRecord
    decision: DecisionRecord | None


def matter_of(tx: Tx, draft: DraftRecord) -> Matter:
    """Read what a draft answers and why it was made.

    Raises:
        NotFound: the mention that it answers is not stored.
    """
    return Matter(draft, mentions.get(tx, draft.mention_id), decisions.latest(tx, draft.mention_id))
