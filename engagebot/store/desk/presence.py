"""Who is at which draft, who is writing there, and whose turn it is: soft claims on one draft each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.errors import Claimed, NotFound
from engagebot.store import audit
from engagebot.store.engine import Tx, upsert
from engagebot.store.tables import claims, drafts, presence

HERE_FOR = timedelta(seconds=30)
TYPING_FOR = timedelta(seconds=15)
CLAIM_FOR = timedelta(minutes=5)
# A page says every ten seconds that somebody is here; half of these words tell nothing worth a write.
_SAME_FOR = timedelta(seconds=15)
_SAME_TYPING_FOR = timedelta(seconds=5)
_PRUNED_AFTER = timedelta(minutes=5)
# Asked for each item that is shown; putting it together takes as long as its answer.
_SEEN = sa.select(presence).where(presence.c.seen_at > sa.bindparam("since"))


@dataclass(frozen=True, slots=True, order=True)
class Presence:
    """Somebody at a draft."""

    name: str
    is_typing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Whose words a draft is waiting for, until when at most."""

    draft_id: int
    person: str
    since: datetime
    until: datetime


def here(tx: Tx, draft_id: int, person: str, now: datetime, *, is_typing: bool = False) -> Claim | None:
    """Note that a person looks at a draft or writes there; answer the claim on it.

    Writing starts a claim, or prolongs one's own; it never takes another's.

    Raises:
        NotFound: there is no such draft.
    """
    if tx.execute(sa.select(drafts.c.id).where(drafts.c.id == draft_id)).first() is None:
        raise NotFound(f"there is no draft {draft_id}")
    tx.execute(sa.delete(presence).where(presence.c.seen_at <= now - _PRUNED_AFTER))
    typed_at = now if is_typing else None
    new = upsert(tx, presence).values(draft_id=draft_id, person=person, seen_at=now, typed_at=typed_at)
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["draft_id", "person"], set_={"seen_at": now, "typed_at": typed_at}
        )
    )
    if is_typing:
        _claim(tx, draft_id, person, now)
    return claim_of(tx, draft_id, now)


def is_known(tx: Tx, draft_id: int, person: str, now: datetime, *, is_typing: bool = False) -> bool:
    """Whether what `here` would note stands there already, fresh enough to spare the write."""
    is_it = (presence.c.draft_id == draft_id, presence.c.person == person)
    row = tx.execute(sa.select(presence.c.seen_at, presence.c.typed_at).where(*is_it)).first()
    if row is None:
        return False
    if is_typing:
        return row.typed_at is not None and bool(row.typed_at > now - _SAME_TYPING_FOR)
    return row.typed_at is None and bool(row.seen_at > now - _SAME_FOR)


def gone(tx: Tx, draft_id: int, person: str) -> None:
    """Note that a person has left a draft; a claim of theirs runs on."""
    tx.execute(sa.delete(presence).where(presence.c.draft_id == draft_id, presence.c.person == person))


def who(tx: Tx, now: datetime, within: timedelta = HERE_FOR) -> dict[int, tuple[Presence, ...]]:
    """Everybody who is at a draft, by draft and name."""
    found: dict[int, list[Presence]] = defaultdict(list)
    for row in tx.execute(_SEEN, {"since": now - within}):
        is_typing = row.typed_at is not None and row.typed_at > now - TYPING_FOR
        found[row.draft_id].append(Presence(row.person, is_typing))
    return {draft_id: tuple(sorted(people)) for draft_id, people in sorted(found.items())}


def claim_of(tx: Tx, draft_id: int, now: datetime) -> Claim | None:
    """The claim that is live on a draft, or `None`."""
    query = sa.select(claims).where(claims.c.draft_id == draft_id, claims.c.until > now)
    row = tx.execute(query).mappings().first()
    return None if row is None else _read(row)


def claims_of(tx: Tx, draft_ids: list[int], now: datetime) -> dict[int, Claim]:
    """The claims that are live on these drafts."""
    query = sa.select(claims).where(claims.c.draft_id.in_(draft_ids), claims.c.until > now)
    return {row["draft_id"]: _read(row) for row in tx.execute(query).mappings()}


def take_over(tx: Tx, draft_id: int, person: str, now: datetime) -> str | None:
    """Let a person have the claim; answer who had it, who is told by the audit's line, or `None`.

    Raises:
        NotFound: there is no such draft.
    """
    # Locked, so that of two who take it at once each is told of the one before.
    found = tx.execute(sa.select(drafts.c.id).where(drafts.c.id == draft_id).with_for_update()).first()
    if found is None:
        raise NotFound(f"there is no draft {draft_id}")
    held = claim_of(tx, draft_id, now)
    former = held.person if held is not None and held.person != person else None
    if former is not None:
        let_go(tx, draft_id)
        detail = {"from_person": former}
        audit.add(
            tx, at=now, actor=person, action="draft.taken_over", subject=f"draft:{draft_id}", detail=detail
        )
    _claim(tx, draft_id, person, now)
    return former


def let_go(tx: Tx, draft_id: int, person: str | None = None) -> None:
    """End the claim on a draft, for good reason or because it was decided; with `person` only theirs."""
    statement = sa.delete(claims).where(claims.c.draft_id == draft_id)
    tx.execute(statement if person is None else statement.where(claims.c.person == person))


def refuse_if_claimed(tx: Tx, draft_id: int, person: str, now: datetime) -> None:
    """Let only the holder of a live claim decide a draft.

    Raises:
        Claimed: somebody else is writing there; they can be asked, waited for, or taken over from.
    """
    held = claim_of(tx, draft_id, now)
    if held is None or held.person == person:
        return
    minutes = max(1, -(-(held.until - now) // timedelta(minutes=1)))
    raise Claimed(
        f"this reply is being written by {held.person}; take it over first (they are told), "
        f"or wait: their claim ends in {minutes} {'minute' if minutes == 1 else 'minutes'} at the latest",
        holder=held.person,
        until=held.until,
    )


def _claim(tx: Tx, draft_id: int, person: str, now: datetime) -> None:
    tx.execute(sa.delete(claims).where(claims.c.until <= now - _PRUNED_AFTER))
    new = upsert(tx, claims).values(draft_id=draft_id, person=person, since=now, until=now + CLAIM_FOR)
    is_own, is_over = claims.c.person == person, claims.c.until <= now
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["draft_id"],
            set_={
                "person": new.excluded.person,
                "since": sa.case((is_over, new.excluded.since), else_=claims.c.since),
                "until": new.excluded.until,
            },
            where=sa.or_(is_own, is_over),
        )
    )


def _read(row: Mapping[Any, Any]) -> Claim:
    return Claim(draft_id=row["draft_id"], person=row["person"], since=row["since"], until=row["until"])
