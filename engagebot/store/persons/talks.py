"""Everything said between us and a person, both ways and in its true order, and how they felt meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from engagebot.domain.judgement import Sentiment
from engagebot.domain.outbox import DraftState
from engagebot.domain.persons.recovery import Felt
from engagebot.domain.records import DraftRecord, MentionRecord, Slice
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.replying import drafts
from engagebot.store.tables import case_contacts, cases
from engagebot.store.tables import drafts as draft_rows
from engagebot.store.tables import mentions as mention_rows

# Rows of three tables get ids that differ, so that a cursor names exactly one place among them.
_KINDS: Final = 4
_MENTION, _REPLY, _CONTACT = range(3)
MOST_FELT: Final = 20_000
_ARRIVED = (DraftState.SENT.value, DraftState.POSTED_BY_HAND.value)
_LEFT_AT = sa.func.coalesce(
    draft_rows.c.posted_at,
    draft_rows.c.attempt_ended_at,
    draft_rows.c.updated_at,
    type_=draft_rows.c.posted_at.type,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A contact elsewhere, as it was noted beside a case."""

    id: int
    case_id: int
    channel: str
    minutes: int | None
    text: str
    noted_by: str
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that was said, by them (`is_inbound`) or by us; one of the three is given."""

    at: datetime
    place: int
    customer_id: int
    is_inbound: bool
    mention: MentionRecord | None = None
    reply: DraftRecord | None = None
    elsewhere: Elsewhere | None = None

    @property
    def text(self) -> str:
        """The words; empty where they were forgotten."""
        if self.mention is not None:
            return self.mention.mention.words
        if self.reply is not None:
            return self.reply.text
        return self.elsewhere.text if self.elsewhere is not None else ""

    @property
    def kind(self) -> str:
        """`mention`, `reply` or `contact`."""
        return "mention" if self.mention else "reply" if self.reply else "contact"

    @property
    def channel(self) -> str:
        """The platform, or the channel of a contact elsewhere."""
        if self.mention is not None:
            return self.mention.mention.ref.source
        if self.reply is not None:
            return self.reply.source
        return self.elsewhere.channel if self.elsewhere is not None else ""


def page(tx: Tx, customer_ids: Sequence[int], *, limit: int = 50, cursor: str | None = None) -> Slice[Said]:
    """What was said between us and these accounts, newest first."""
    after = None if cursor is None else read_cursor(cursor)
    found: list[Said] = []
    for customer_id in customer_ids:
        # One account at a time: its index gives its own in order, however many there are.
        for read in (_heard, _replied, _elsewhere):
            found += read(tx, customer_id, after, limit + 1)
    found.sort(key=lambda said: (said.at, said.place), reverse=True)
    return Slice(found[:limit], next_cursor(found[: limit + 1], limit, lambda said: Key(said.at, said.place)))


def everything(tx: Tx, customer_ids: Sequence[int]) -> Iterator[Said]:
    """All of it, newest first."""
    cursor: str | None = None
    while True:
        found = page(tx, customer_ids, limit=500, cursor=cursor)
        yield from found.items
        cursor = found.cursor
        if cursor is None:
            return


# Asked for each item that is shown; putting it together would take longer than its answer.
_FELT = (
    sa.select(mention_rows.c.posted_at, mention_rows.c.id, mention_rows.c.sentiment)
    .where(mention_rows.c.customer_id == sa.bindparam("of"), mention_rows.c.sentiment.is_not(None))
    .order_by(mention_rows.c.posted_at.desc(), mention_rows.c.id.desc())
    .limit(sa.bindparam("most"))
)


def felt(
    tx: Tx,
    customer_ids: Sequence[int],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = MOST_FELT,
) -> list[Felt]:
    """How these accounts felt in what they said, oldest first; what nobody judged is left out.

    Of an account that never stops, the newest `most` posts tell.
    """
    found: list[Felt] = []
    for customer_id in customer_ids:
        query = _FELT
        if since is not None:
            query = query.where(mention_rows.c.posted_at >= since)
        if until is not None:
            query = query.where(mention_rows.c.posted_at <= until)
        rows = tx.execute(query, {"of": customer_id, "most": most})
        found += [Felt(at, row_id, _SENTIMENTS[word]) for at, row_id, word in rows]
    return sorted(found)


# A call of the enum itself costs ten times as much.
_SENTIMENTS = {each.value: each for each in Sentiment}


def _after(at: Any, row_id: Any, kind: int, after: Key | None) -> list[sa.ColumnElement[bool]]:
    if after is None:
        return []
    here = sa.literal(after.at, type_=mention_rows.c.posted_at.type)
    place = row_id * _KINDS + kind
    return [at <= here, sa.or_(at < here, place < after.row_id)]


def _heard(tx: Tx, customer_id: int, after: Key | None, limit: int) -> list[Said]:
    at, row_id = mention_rows.c.posted_at, mention_rows.c.id
    query = (
        sa.select(mention_rows)
        .where(mention_rows.c.customer_id == customer_id, *_after(at, row_id, _MENTION, after))
        .order_by(at.desc(), row_id.desc())
        .limit(limit)
    )
    records = [mentions.record(row) for row in tx.execute(query)]
    return [
        Said(
            at=record.mention.posted_at,
            place=record.id * _KINDS + _MENTION,
            customer_id=customer_id,
            is_inbound=True,
            mention=record,
        )
        for record in records
    ]


def _replied(tx: Tx, customer_id: int, after: Key | None, limit: int) -> list[Said]:
    row_id = draft_rows.c.id
    query = (
        sa.select(draft_rows, _LEFT_AT.label("left_at"))
        .where(
            draft_rows.c.customer_id == customer_id,
            draft_rows.c.state.in_(_ARRIVED),
            *_after(_LEFT_AT, row_id, _REPLY, after),
        )
        .order_by(_LEFT_AT.desc(), row_id.desc())
        .limit(limit)
    )
    return [
        Said(
            at=row["left_at"],
            place=row["id"] * _KINDS + _REPLY,
            customer_id=customer_id,
            is_inbound=False,
            reply=drafts.record(row),
        )
        for row in tx.execute(query).mappings()
    ]


def _elsewhere(tx: Tx, customer_id: int, after: Key | None, limit: int) -> list[Said]:
    at, row_id = case_contacts.c.at, case_contacts.c.id
    query = (
        sa.select(case_contacts)
        .join_from(case_contacts, cases, cases.c.id == case_contacts.c.case_id)
        .where(cases.c.customer_id == customer_id, *_after(at, row_id, _CONTACT, after))
        .order_by(at.desc(), row_id.desc())
        .limit(limit)
    )
    plain = ("id", "case_id", "channel", "minutes", "text", "noted_by", "noted_at")
    return [
        Said(
            at=row["at"],
            place=row["id"] * _KINDS + _CONTACT,
            customer_id=customer_id,
            is_inbound=row["is_inbound"],
            elsewhere=Elsewhere(**{name: row[name] for name in plain}),
        )
        for row in tx.execute(query).mappings()
    ]
