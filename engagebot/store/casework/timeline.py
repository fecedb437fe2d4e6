"""The timeline of a case, put together from what is stored of it when somebody reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.timeline import MACHINE, RANKS, Entry, Kind, Place, Timeline, stretch
from engagebot.domain.outbox import DraftState
from engagebot.domain.telling.detours import CASE_STATE
from engagebot.store.engine import Tx
from engagebot.store.tables import audit, case_contacts, case_mentions, deliveries, drafts, mentions

NEWS: Final = "news"
DEEDS: Final = "deed"
NOTES: Final = "note"
_OUT = (DraftState.SENT.value, DraftState.POSTED_BY_HAND.value)
_MOST_REPLIES = 500
# What became of a reply that did not leave, or not as it was written; one that left stands there by itself.
_FATES = ("draft.edited", "draft.rejected", "draft.withdrawn", "draft.expired", "draft.failed")
# Who lets a reply leave may give it other words as they do so; the audit notes that beside the decision.
_READ = ("draft.first_read", "draft.approved")
_IN_OTHER_WORDS = '"is_edited":true'
# These lines say again what stands there by itself: the post, the call, the reply.
_SAID_ELSEWHERE = ("case.contact", "case.contact_logged", "case.first_reply", "case.reply")


class _Wanted(NamedTuple):
    """Which entries of a case: those before a place, on one channel, at most so many."""

    case_id: int
    before: Place | None
    channel: str | None
    most: int


def read(
    tx: Tx, case_id: int, *, most: int = 200, before: Place | None = None, channel: str | None = None
) -> Timeline:
    """The latest `most` entries of a case, or of those before a place; on one channel where it is named."""
    wanted = _Wanted(case_id, before, channel, most + 1)
    parts: tuple[Callable[[Tx, _Wanted], Iterator[Entry]], ...] = (_said, _contacts, _replies, _deeds, _news)
    return stretch((entry for part in parts for entry in part(tx, wanted)), most)


def channels(tx: Tx, case_id: int) -> list[str]:
    """The channels on which anything happened in a case: platforms, then those elsewhere, then ours."""
    sources = (
        sa.select(mentions.c.source)
        .join_from(case_mentions, mentions, mentions.c.id == case_mentions.c.mention_id)
        .where(case_mentions.c.case_id == case_id)
        .distinct()
    )
    noted = sa.select(case_contacts.c.channel).where(case_contacts.c.case_id == case_id).distinct()
    found = sorted(tx.execute(sources).scalars())
    elsewhere = set(tx.execute(noted).scalars())
    found += [channel.value for channel in Channel if channel.value in elsewhere]
    is_note = sa.and_(audit.c.subject == f"case:{case_id}", audit.c.action == "case.note")
    if tx.execute(sa.select(audit.c.id).where(is_note).limit(1)).first() is not None:
        found.append(NOTES)
    found.append(DEEDS)
    told = sa.select(deliveries.c.id).where(deliveries.c.case_id == case_id).limit(1)
    return [*found, NEWS] if tx.execute(told).first() is not None else found


def _window(
    query: sa.Select[Any],
    at: sa.ColumnElement[Any],
    row_id: sa.ColumnElement[Any],
    kind: Kind,
    wanted: _Wanted,
) -> sa.Select[Any]:
    if wanted.before is not None:
        moment = sa.literal(wanted.before.at, type_=mentions.c.posted_at.type)
        rank = RANKS[kind]
        if rank < wanted.before.rank:
            query = query.where(at <= moment)
        elif rank > wanted.before.rank:
            query = query.where(at < moment)
        else:
            query = query.where(sa.or_(at < moment, sa.and_(at == moment, row_id < wanted.before.id)))
    return query.order_by(at.desc(), row_id.desc()).limit(wanted.most)


def _said(tx: Tx, wanted: _Wanted) -> Iterator[Entry]:
    query = (
        sa.select(mentions.c.id, mentions.c.posted_at, mentions.c.source, mentions.c.author)
        .add_columns(mentions.c.title, mentions.c.text, mentions.c.redacted_at, mentions.c.reply_reason)
        .join_from(case_mentions, mentions, mentions.c.id == case_mentions.c.mention_id)
        .where(case_mentions.c.case_id == wanted.case_id)
    )
    if wanted.channel is not None:
        query = query.where(mentions.c.source == wanted.channel)
    query = _window(query, mentions.c.posted_at, mentions.c.id, Kind.SAID, wanted)
    for row in tx.execute(query).mappings():
        is_gone = row["redacted_at"] is not None
        words = "\n\n".join(part for part in (row["title"], row["text"]) if part)
        yield Entry(
            kind=Kind.SAID,
            id=row["id"],
            at=row["posted_at"],
            channel=row["source"],
            by=_author(row["author"]),
            text=f"({row['reply_reason']})" if is_gone else words,
            is_theirs=True,
            mention_id=row["id"],
        )


def _author(author: Mapping[str, Any] | None) -> str:
    return f"@{author['handle']}" if author else "someone"


def _contacts(tx: Tx, wanted: _Wanted) -> Iterator[Entry]:
    query = sa.select(case_contacts).where(case_contacts.c.case_id == wanted.case_id)
    if wanted.channel is not None:
        query = query.where(case_contacts.c.channel == wanted.channel)
    query = _window(query, case_contacts.c.at, case_contacts.c.id, Kind.CONTACT, wanted)
    for row in tx.execute(query).mappings():
        yield Entry(
            kind=Kind.CONTACT,
            id=row["id"],
            at=row["at"],
            channel=row["channel"],
            by=row["noted_by"],
            text=row["text"],
            minutes=row["minutes"],
            is_theirs=row["is_inbound"],
            detail={"answered": row["is_answered"]},
        )


def _replies(tx: Tx, wanted: _Wanted) -> Iterator[Entry]:
    known = sa.func.coalesce(drafts.c.posted_at, drafts.c.attempt_ended_at, drafts.c.updated_at)
    at = sa.type_coerce(known, drafts.c.posted_at.type)
    query = (
        sa.select(drafts.c.id, at.label("at"), drafts.c.source, drafts.c.text, drafts.c.approved_by)
        .add_columns(drafts.c.mention_id, drafts.c.purpose)
        .join_from(case_mentions, drafts, drafts.c.mention_id == case_mentions.c.mention_id)
        .where(case_mentions.c.case_id == wanted.case_id, drafts.c.state.in_(_OUT))
    )
    if wanted.channel is not None:
        query = query.where(drafts.c.source == wanted.channel)
    for row in tx.execute(_window(query, at, drafts.c.id, Kind.REPLY, wanted)).mappings():
        yield Entry(
            kind=Kind.REPLY,
            id=row["id"],
            at=row["at"],
            channel=row["source"],
            by=row["approved_by"] or MACHINE,
            text=row["text"],
            detail={"purpose": row["purpose"]} if row["purpose"] else {},
            mention_id=row["mention_id"],
            draft_id=row["id"],
        )


def _deeds(tx: Tx, wanted: _Wanted) -> Iterator[Entry]:
    is_note = audit.c.action == "case.note"
    own = f"case:{wanted.case_id}"
    of_case = sa.and_(audit.c.subject == own, audit.c.action.not_in(_SAID_ELSEWHERE))
    subjects = [own, *_replies_of(tx, wanted.case_id)]
    noted = sa.type_coerce(audit.c.detail, sa.Text).contains(_IN_OTHER_WORDS, autoescape=True)
    is_told = sa.or_(of_case, audit.c.action.in_(_FATES), sa.and_(audit.c.action.in_(_READ), noted))
    query = sa.select(audit).where(audit.c.subject.in_(subjects), is_told)
    if wanted.channel not in {None, NOTES, DEEDS}:
        return
    if wanted.channel is not None:
        query = query.where(is_note if wanted.channel == NOTES else ~is_note)
    for row in tx.execute(_window(query, audit.c.at, audit.c.id, Kind.DEED, wanted)).mappings():
        kind = Kind.NOTE if row["action"] == "case.note" else Kind.DEED
        detail = row["detail"] or {}
        yield Entry(
            kind=kind,
            id=row["id"],
            at=row["at"],
            channel=NOTES if kind is Kind.NOTE else DEEDS,
            by=row["actor"],
            text=str(detail.get("text", "")) if kind is Kind.NOTE else "",
            action=row["action"],
            detail={} if kind is Kind.NOTE else detail,
            draft_id=_number_of(row["subject"], "draft"),
        )


def _replies_of(tx: Tx, case_id: int) -> list[str]:
    """The subjects under which the audit knows the replies of a case, the latest ones."""
    joined = sa.select(drafts.c.id).join_from(
        case_mentions, drafts, drafts.c.mention_id == case_mentions.c.mention_id
    )
    query = joined.where(case_mentions.c.case_id == case_id).order_by(drafts.c.id.desc())
    return [f"draft:{number}" for number in tx.execute(query.limit(_MOST_REPLIES)).scalars()]


def _number_of(subject: str, kind: str) -> int | None:
    name, _, number = subject.partition(":")
    return int(number) if name == kind else None


def _news(tx: Tx, wanted: _Wanted) -> Iterator[Entry]:
    if wanted.channel not in {None, NEWS}:
        return
    known = sa.func.coalesce(deliveries.c.delivered_at, deliveries.c.created_at)
    at = sa.type_coerce(known, deliveries.c.created_at.type)
    query = sa.select(deliveries.c.id, at.label("at"), deliveries.c.channel, deliveries.c.state)
    query = query.add_columns(deliveries.c.payload)
    # What only brought a message up to date was news to nobody.
    is_news = (deliveries.c.case_id == wanted.case_id, deliveries.c.kind != CASE_STATE)
    query = query.add_columns(deliveries.c.last_error).where(*is_news)
    for row in tx.execute(_window(query, at, deliveries.c.id, Kind.NEWS, wanted)).mappings():
        yield Entry(
            kind=Kind.NEWS,
            id=row["id"],
            at=row["at"],
            channel=NEWS,
            by=MACHINE,
            text=row["channel"],
            action=row["state"],
            detail=_news_detail(row["payload"], row["last_error"]),
        )


def _news_detail(payload: Mapping[str, Any], error: str | None) -> dict[str, Any]:
    """What the news was, by its name for machines, whom it concerned, and what went wrong."""
    data = payload.get("data") or {}
    found = {"news": data.get("type"), "people": data.get("people"), "error": error}
    return {name: value for name, value in found.items() if value}
