"""Words half written: what somebody is typing into a draft, kept until they save, send or drop it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.errors import NotFound
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.tables import drafts, variants, writings

KEPT_FOR = timedelta(days=7)
# Until here a draft may still be worked on: what was decided can be taken back.
_ALIVE = (
    DraftState.PROPOSED.value,
    DraftState.HELD.value,
    DraftState.APPROVED.value,
    DraftState.BY_HAND.value,
)
_TABLES = (writings, variants)
# Asked for each item that is shown; putting it together takes as long as its answer.
_OF = sa.select(writings).where(
    writings.c.draft_id == sa.bindparam("draft"), writings.c.person == sa.bindparam("by")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a person has typed; `version` is the draft's that they were reading then."""

    text: str
    version: int
    saved_at: datetime


def save(tx: Tx, draft_id: int, person: str, text: str, *, version: int, at: datetime) -> None:
    """Keep what this person is typing into this draft, in place of what they had typed before.

    Raises:
        NotFound: there is no such draft.
    """
    if tx.execute(sa.select(drafts.c.id).where(drafts.c.id == draft_id)).first() is None:
        raise NotFound(f"there is no draft {draft_id}")
    values = {"text": text, "version": version, "saved_at": at}
    statement = upsert(tx, writings).values(draft_id=draft_id, person=person, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["draft_id", "person"], set_=values))


def of(tx: Tx, draft_id: int, person: str) -> Writing | None:
    """What this person has typed into this draft and not saved, or `None`."""
    row = tx.execute(_OF, {"draft": draft_id, "by": person}).mappings().first()
    return (
        None if row is None else Writing(text=row["text"], version=row["version"], saved_at=row["saved_at"])
    )


def forget(tx: Tx, draft_id: int, person: str) -> None:
    """Drop what this person has typed into this draft."""
    tx.execute(sa.delete(writings).where(writings.c.draft_id == draft_id, writings.c.person == person))


def expire(tx: Tx, now: datetime) -> int:
    """Drop what is older than `KEPT_FOR`, and what belongs to drafts that ended; answer how much."""
    old = sa.delete(writings).where(writings.c.saved_at < now - KEPT_FOR)
    dropped = count_changed(tx.execute(old))
    for table in _TABLES:
        ended = sa.select(drafts.c.id).where(
            drafts.c.id == table.c.draft_id,
            sa.or_(
                drafts.c.state.not_in([*_ALIVE, DraftState.REJECTED.value]),
                # What was rejected can be taken up again for a while.
                sa.and_(drafts.c.state.not_in(_ALIVE), drafts.c.updated_at < now - KEPT_FOR),
            ),
        )
        dropped += count_changed(tx.execute(sa.delete(table).where(ended.exists())))
    return dropped
