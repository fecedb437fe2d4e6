"""How we stand with authors and places: who opted out, what is muted, what of ours stands there already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from engagebot.domain.mention import Mention
from engagebot.domain.outbox import DraftState, Purpose
from engagebot.domain.replying.routes import NOTHING_SPECIAL, Answered, Manners, Standing
from engagebot.store.among import among
from engagebot.store.engine import Tx
from engagebot.store.listening import mutes
from engagebot.store.persons import customers as people
from engagebot.store.persons import people as accounts
from engagebot.store.tables import customers, drafts, mentions
from engagebot.store.texts import storable

_IN_CHUNK = 1000
# What may be out there counts as there: a second reply is worse than one that a person has to post.
_OUT_THERE = (
    DraftState.SENT,
    DraftState.POSTED_BY_HAND,
    DraftState.SENDING,
    DraftState.UNKNOWN,
    DraftState.NEEDS_PERSON,
)


@dataclass(frozen=True, slots=True)
class _Ours:
    draft_id: int
    conversation_id: str | None
    source: str
    native_id: str
    at: datetime | None
    is_holding: bool


@dataclass(frozen=True, slots=True)
class _Known:
    opted_out: frozenset[tuple[str, str]]
    muted: Mapping[str, mutes.Muted]
    ours: Mapping[tuple[str, str], Sequence[_Ours]]


def standings(
    tx: Tx,
    heard: Sequence[Mention],
    manners: Manners,
    *,
    without: Collection[int] = (),
    names_authors: bool = True,
) -> list[Standing]:
    """How we stand with the author and the place of each mention; `without` these drafts of ours.

    A few queries for all of them together. A mention without an author is taken for one of a deleted account,
    unless it comes from where authors may be left out (`names_authors`).
    """
    known = _gather(tx, heard, frozenset(without))
    if not (known.opted_out or known.muted or known.ours or manners.communities):
        is_gone = _GONE if names_authors else NOTHING_SPECIAL
        return [NOTHING_SPECIAL if mention.author else is_gone for mention in heard]
    found = [_standing(mention, known, manners) for mention in heard]
    return found if names_authors else [replace(each, is_author_gone=False) for each in found]


_GONE = Standing(is_author_gone=True)


def _gather(tx: Tx, heard: Sequence[Mention], without: frozenset[int]) -> _Known:
    by_source: dict[str, set[str]] = defaultdict(set)
    for mention in heard:
        if (key := people.key_of(mention)) is not None:
            by_source[key[0]].add(key[1])
    opted_out: set[tuple[str, str]] = set()
    ids: dict[int, tuple[str, str]] = {}
    for source, keys in by_source.items():
        wanted = sorted(keys)
        for start in range(0, len(wanted), _IN_CHUNK):
            query = sa.select(customers.c.id, customers.c.account_key, customers.c.is_opted_out).where(
                customers.c.source == source,
                among(tx, customers.c.account_key, wanted[start : start + _IN_CHUNK]),
            )
            for customer_id, account_key, is_opted_out in tx.execute(query).all():
                ids[customer_id] = (source, account_key)
                if is_opted_out:
                    opted_out.add((source, account_key))
    for customer_id in _opted_out_elsewhere(tx, ids):
        opted_out.add(ids[customer_id])
    muted = mutes.muted(tx, {mention.ref.source for mention in heard})
    return _Known(frozenset(opted_out), muted, _ours(tx, ids, without))


def _opted_out_elsewhere(tx: Tx, ids: Collection[int]) -> list[int]:
    """Whoever has asked not to be written to from another account that is known to be theirs."""
    groups = accounts.linked(tx, ids)
    marks = people.marks(tx, {each for group in groups.values() for each in group}) if groups else {}
    return [
        who
        for who, group in groups.items()
        if any(marks[each].is_opted_out for each in group if each in marks)
    ]


def _ours(
    tx: Tx, ids: Mapping[int, tuple[str, str]], without: frozenset[int]
) -> dict[tuple[str, str], list[_Ours]]:
    found: dict[tuple[str, str], list[_Ours]] = defaultdict(list)
    wanted = sorted(ids)
    for start in range(0, len(wanted), _IN_CHUNK):
        query = (
            sa.select(
                drafts.c.id,
                drafts.c.customer_id,
                drafts.c.conversation_id,
                mentions.c.source,
                mentions.c.native_id,
                sa.func.coalesce(drafts.c.posted_at, drafts.c.attempt_started_at).label("at"),
                drafts.c.purpose,
            )
            .join_from(drafts, mentions, drafts.c.mention_id == mentions.c.id)
            .where(
                drafts.c.customer_id.in_(wanted[start : start + _IN_CHUNK]),
                drafts.c.state.in_([state.value for state in _OUT_THERE]),
            )
        )
        for draft_id, customer_id, conversation_id, source, native_id, at, purpose in tx.execute(query):
            if draft_id not in without:
                is_holding = purpose == Purpose.HOLDING
                one = _Ours(draft_id, conversation_id, source, native_id, at, is_holding)
                found[ids[customer_id]].append(one)
    return found


def _standing(mention: Mention, known: _Known, manners: Manners) -> Standing:
    source, author = mention.ref.source, mention.author
    key = people.key_of(mention)
    muted = known.muted.get(source, mutes.NOBODY)
    return Standing(
        is_author_gone=author is None,
        is_opted_out=key in known.opted_out,
        is_author_muted=author is not None and muted.has_author(author.handle, author.native_id),
        is_community_muted=muted.has_community(mention.community),
        policy=manners.policy(source, mention.community),
        answered=_answered(mention, known.ours.get(key, ())) if key is not None else None,
    )


def _answered(mention: Mention, ours: Sequence[_Ours]) -> Answered | None:
    """Whether a reply of ours stands in this interaction: one after which the author has not spoken to us."""
    native_id = storable(mention.ref.native_id)
    here = [one for one in ours if (one.source, one.native_id) == (mention.ref.source, native_id)]
    if here:
        # Who was told when a person answers is still to be answered, and by a person's own hand.
        return Answered.INTERACTION if all(one.is_holding for one in here) else Answered.MENTION
    thread = storable(mention.conversation_id) if mention.conversation_id is not None else None
    for one in ours:
        if thread is None or one.conversation_id != thread or one.source != mention.ref.source:
            continue
        if not (mention.addressed_to_us and one.at is not None and mention.posted_at > one.at):
            return Answered.INTERACTION
    return None
