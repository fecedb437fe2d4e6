"""What a database that comes back from a backup is told in the same step, so that nothing is sent twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.outbox import DraftState
from engagebot.store import audit, site
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move

ACTOR = "restore"
# Whoever signed out since, or used a link up, must not find them open again.
_ENDED = (KeyKind.SESSION, KeyKind.SETUP, KeyKind.INVITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Who restores at which moment, and what moment the backup shows."""

    made_at: datetime
    at: datetime
    by: str


def leave(tx: Tx, marks: Marks) -> int:
    """Pause what leaves, and call replies that were being sent unknown; answer how many those were.

    What the backup shows as approved may have been posted after it was made: the last look asks the platform
    for drafts that are older than `site.restored_at`.
    """
    unknown = 0
    while cut_off := drafts.in_state(tx, DraftState.SENDING):
        for draft in cut_off:
            values = {"attempt_ended_at": marks.at}
            move = Move(to=DraftState.UNKNOWN, at=marks.at, actor=ACTOR, action="cut_off", values=values)
            drafts.change(tx, draft, move)
        unknown += len(cut_off)
    watches.end_leases(tx)
    for kind in _ENDED:
        accounts.revoke(tx, kind)
    site.put(tx, site.RUNNING, None, marks.at)
    site.pause(tx, by=ACTOR, at=marks.at)
    site.note_restored(tx, made_at=marks.made_at, at=marks.at)
    detail = {"backup_made_at": marks.made_at.isoformat(), "unknown": unknown}
    audit.add(tx, at=marks.at, actor=marks.by, action="site.restored", subject="site", detail=detail)
    return unknown
