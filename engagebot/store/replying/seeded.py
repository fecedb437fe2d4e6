"""Seeded checks: which draft one stands on, what is shown there meanwhile, and how it ended.

A draft keeps its own words all the time. The bad ones are laid over it for those who review, and for
nobody else: what sends, counts, learns, exports or tells of a customer reads drafts and finds what was there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.mention import Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.seeded import KEPT_FOR, LANES, CheckAnswer, CheckFigures, CheckOutcome
from engagebot.store.desk.working import APPROVED
from engagebot.store.engine import Tx, count_changed
from engagebot.store.replying import drafts
from engagebot.store.tables import audit, claims, presence, users, writings
from engagebot.store.tables import drafts as draft_rows
from engagebot.store.tables import seeded_checks as table

_STANDS = table.c.standing == 1
_COUNTED = (APPROVED, "draft.rejected")
_ANSWERED = (CheckOutcome.SEEN.value, CheckOutcome.MISSED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A check on a draft; `covers` names the words that it is laid over."""

    id: int
    draft_id: int
    because: str
    text: str | None
    covers: str
    planted_at: datetime
    is_standing: bool

    def hides(self, draft: DraftRecord) -> bool:
        """Whether its words are shown in place of the draft's: not once anything about the reply changed."""
        return (
            self.is_standing
            and self.text is not None
            and draft.id == self.draft_id
            and draft.state is DraftState.PROPOSED
            and draft.reply_route.route is Route.API
            and drafts.text_hash(draft.text) == self.covers
        )


def plant(tx: Tx, draft: DraftRecord, *, kind: str, because: str, text: str, at: datetime) -> None:
    """Lay a bad text over a draft that waits; the draft itself stays as it is."""
    values = {"draft_id": draft.id, "kind": kind, "because": because, "text": text, "planted_at": at}
    covers = drafts.text_hash(draft.text)
    tx.execute(sa.insert(table).values(**values, covers=covers, standing=1))


def standing(tx: Tx) -> Planted | None:
    """The one check that nobody has answered yet, if there is one."""
    return next(iter(_read(tx, _STANDS)), None)


def on(tx: Tx, draft_id: int) -> list[Planted]:
    """The checks on a draft whose words are still known, the newest first."""
    return _read(tx, table.c.draft_id == draft_id, table.c.text.is_not(None))


def latest(tx: Tx) -> Planted | None:
    """The check that was planted last, if there was one."""
    return next(iter(_read(tx, sa.true())), None)


def shown(tx: Tx, found: Sequence[DraftRecord]) -> list[DraftRecord]:
    """These drafts as those who review see them."""
    check = standing(tx) if found else None
    if check is None:
        return list(found)
    return [
        replace(draft, text=check.text or "", missing=()) if check.hides(draft) else draft for draft in found
    ]


def end(tx: Tx, check_id: int, outcome: CheckOutcome, at: datetime, *, by: str | None = None) -> bool:
    """Take a check off its draft; answer whether it still stood."""
    statement = (
        sa.update(table)
        .where(table.c.id == check_id, _STANDS)
        .values(outcome=outcome.value, ended_at=at, answered_by=by, standing=None)
    )
    return count_changed(tx.execute(statement)) > 0


def turn_over(tx: Tx, draft_id: int) -> None:
    """Let whoever has read the words of a check read the draft's own before they decide on those."""
    is_it = (draft_rows.c.id == draft_id, draft_rows.c.state == DraftState.PROPOSED.value)
    tx.execute(sa.update(draft_rows).where(*is_it).values(version=draft_rows.c.version + 1))


def forget(tx: Tx, draft_ids: Collection[int], at: datetime) -> None:
    """Drop the words of the checks on these drafts, which may hold a name, and end those that stand."""
    is_it = table.c.draft_id.in_(sorted(draft_ids))
    ended = {"outcome": CheckOutcome.LIFTED.value, "ended_at": at, "standing": None}
    tx.execute(sa.update(table).where(is_it, _STANDS).values(**ended))
    tx.execute(sa.update(table).where(is_it, table.c.text.is_not(None)).values(text=None))


def expire(tx: Tx, now: datetime) -> None:
    """Drop the words of checks that ended so long ago that no page shows them any more."""
    is_it = (table.c.text.is_not(None), table.c.ended_at < now - KEPT_FOR)
    tx.execute(sa.update(table).where(*is_it).values(text=None))


def candidates(tx: Tx, now: datetime, *, answer_after: datetime, limit: int = 50) -> list[DraftRecord]:
    """Drafts that a check may cover: friendly, not urgent, and nobody has looked at them or done a thing."""
    untouched = [
        ~sa.exists().where(each.c.draft_id == draft_rows.c.id) for each in (presence, claims, writings, table)
    ]
    nothing = (draft_rows.c.snoozed_until, draft_rows.c.first_reader, draft_rows.c.assignee)
    query = (
        sa.select(draft_rows.c.id)
        .where(
            draft_rows.c.state == DraftState.PROPOSED.value,
            draft_rows.c.lane.in_([lane.value for lane in LANES]),
            draft_rows.c.version == 1,
            draft_rows.c.reply_route == Route.API.value,
            draft_rows.c.created_at <= now,
            sa.or_(draft_rows.c.answer_by.is_(None), draft_rows.c.answer_by > answer_after),
            *(each.is_(None) for each in nothing),
            *untouched,
        )
        .order_by(draft_rows.c.said_at.desc(), draft_rows.c.id.desc())
        .limit(limit)
    )
    found = [drafts.get(tx, draft_id) for draft_id in tx.execute(query).scalars()]
    return [draft for draft in found if not draft.missing]


def decisions_since(tx: Tx, since: datetime, *, most: int) -> int:
    """How many drafts people decided since then, counted up to `most`."""
    query = sa.select(audit.c.id).where(audit.c.at > since, audit.c.action.in_(_COUNTED)).limit(most)
    return len(tx.execute(query).all())


def answered(tx: Tx, draft_id: int, person: str) -> CheckAnswer | None:
    """What this person is told of the check that they answered last on a draft."""
    query = (
        sa.select(table.c.outcome, table.c.because)
        .where(table.c.draft_id == draft_id, table.c.answered_by == person, table.c.outcome.in_(_ANSWERED))
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    return None if row is None else CheckAnswer(CheckOutcome(row.outcome), row.because)


def figures(tx: Tx, since: datetime, *, person: str | None = None) -> CheckFigures:
    """How checks ended since then: one person's, or those of all people together, programs left out."""
    whose = table.c.answered_by == person
    if person is None:
        whose = table.c.answered_by.in_(sa.select(users.c.name).where(users.c.is_service.is_(False)))
    seen = sa.case((table.c.outcome == CheckOutcome.SEEN.value, 1), else_=0)
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(seen), 0),
        sa.func.count(sa.distinct(table.c.answered_by)),
    ).where(table.c.ended_at >= since, table.c.outcome.in_(_ANSWERED), whose)
    ended, well, people = tx.execute(query).one()
    return CheckFigures(seen=int(well), missed=ended - int(well), people=people)


def _read(tx: Tx, *conditions: sa.ColumnElement[bool]) -> list[Planted]:
    query = sa.select(table).where(*conditions).order_by(table.c.id.desc()).limit(20)
    return [_planted(row) for row in tx.execute(query).mappings()]


def _planted(row: Mapping[Any, Any]) -> Planted:
    return Planted(
        id=row["id"], draft_id=row["draft_id"], because=row["because"], text=row["text"],
        covers=row["covers"], planted_at=row["planted_at"], is_standing=row["standing"] == 1,
    )  # fmt: skip
