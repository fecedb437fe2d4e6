"""Mentions as they were heard: stored once each, whatever a platform repeats."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from engagebot.domain.actions import Outcome
from engagebot.domain.desk.searching import EVERYTHING, Search
from engagebot.domain.heard.correction import Correction
from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import (
    Engagement,
    Kind,
    Mention,
    MentionRef,
    MentionState,
    ReplyRoute,
)
from engagebot.domain.records import MentionRecord, Slice
from engagebot.errors import NotFound
from engagebot.store.among import among
from engagebot.store.bulk import Bulk
from engagebot.store.engine import Tx, upsert
from engagebot.store.heard.judged import (
    JUDGED,
    correction_json,
    judgement_values,
    read_correction,
    read_judgement,
)
from engagebot.store.heard.looking import look
from engagebot.store.heard.searched import Asker
from engagebot.store.heard.shown import NO_ENGAGEMENT, author_json, engagement_json, read_author
from engagebot.store.paging import Key, next_cursor, read_cursor, write_cursor
from engagebot.store.persons import customers
from engagebot.store.remembered import remembered
from engagebot.store.tables import case_mentions, mentions
from engagebot.store.texts import read_route, route_words, storable

_IN_CHUNK = 1000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# A call of the enum itself costs ten times as much.
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in MentionState}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_BY_ID = sa.select(mentions).where(mentions.c.id == sa.bindparam("of"))
_BY_IDS = sa.select(mentions).where(mentions.c.id.in_(sa.bindparam("ids", expanding=True)))


class Incoming(NamedTuple):
    """A mention about to be stored, with what the core adds to it."""

    mention: Mention
    reply_route: ReplyRoute
    is_history: bool = False
    is_customer: bool = True
    fingerprint: int | None = None
    copy_of: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionFilter:
    """Which mentions a list shows; `None` shows all."""

    source: str | None = None
    watch: str | None = None
    sentiment: str | None = None
    outcome: str | None = None
    state: str | None = None
    customer_id: int | None = None


def save(tx: Tx, incoming: Sequence[Incoming], *, watch: str | None, fetched_at: datetime) -> int:
    """Store what is not stored yet, and count each new one for its author; answer how many were new."""
    return add(tx, sort_out(tx, incoming).fresh, watch=watch, fetched_at=fetched_at)


def add(tx: Tx, fresh: Sequence[Incoming], *, watch: str | None, fetched_at: datetime) -> int:
    """Store what `sort_out` called new in this transaction; answer how many were new after all."""
    if not fresh:
        return 0
    customer_ids = customers.meet(tx, [item.mention for item in fresh if item.is_customer])
    rows = [
        _row(
            item,
            watch,
            fetched_at,
            customer_ids.get(customers.key_of(item.mention)) if item.is_customer else None,
        )
        for item in fresh
    ]
    if tx.dialect.name == "sqlite":
        # The transaction began IMMEDIATE, so nobody can have stored one of them since `sort_out` looked.
        _INSERT.run(tx, rows)
        counted = [row["customer_id"] for row in rows]
    else:
        # One order for everybody: an insert waits for another worker's uncommitted row of the same key, and
        # two that insert the same rows in different orders would wait for each other in a ring.
        rows.sort(key=lambda row: (row["posted_at"], row["source"], row["native_id"]))
        stored = tx.execute(_insert(tx).returning(mentions.c.customer_id), rows)
        counted = list(stored.scalars())
    customers.count_contacts(tx, [customer_id for customer_id in counted if customer_id is not None])
    return len(counted)


class Sorted(NamedTuple):
    """What of a page is not stored yet, each once, and by its id here what is, in other words or the same."""

    fresh: list[Incoming]
    reworded: dict[int, Incoming]
    known: dict[int, Incoming]


def sort_out(tx: Tx, incoming: Sequence[Incoming]) -> Sorted:
    """Tell what is new from what is known, and among the known what reads otherwise than it is stored.

    What was emptied stays known and is never told.
    """
    first: dict[tuple[str, str], Incoming] = {}
    for item in incoming:
        ref = item.mention.ref
        first.setdefault((ref.source, storable(ref.native_id)), item)
    keys = list(first)
    reworded: dict[int, Incoming] = {}
    known: dict[int, Incoming] = {}
    columns = (mentions.c.id, mentions.c.native_id, mentions.c.title, mentions.c.text, mentions.c.redacted_at)
    for start in range(0, len(keys), _IN_CHUNK):
        chunk = keys[start : start + _IN_CHUNK]
        for source in {source for source, _ in chunk}:
            query = sa.select(*columns).where(
                mentions.c.source == source,
                among(tx, mentions.c.native_id, [native for origin, native in chunk if origin == source]),
            )
            for mention_id, native_id, title, text, redacted_at in tx.execute(query):
                item = first.pop((source, native_id))
                shown = item.mention
                if redacted_at is None:
                    is_same = (title, text) == (_stored(shown.title), storable(shown.text))
                    (known if is_same else reworded)[mention_id] = item
    return Sorted(list(first.values()), reworded, known)


def _stored(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _row(item: Incoming, watch: str | None, fetched_at: datetime, customer_id: int | None) -> dict[str, Any]:
    mention = item.mention
    return {
        "source": mention.ref.source,
        "native_id": mention.ref.native_id,
        "watch": watch,
        "customer_id": customer_id,
        "kind": mention.kind.value,
        "text": mention.text,
        "title": mention.title,
        "lang": mention.lang,
        "url": mention.url,
        "author": author_json(mention.author),
        "parent_native_id": mention.parent_native_id,
        "conversation_id": mention.conversation_id,
        "community": mention.community,
        "addressed_to_us": mention.addressed_to_us,
        "engagement": engagement_json(mention.engagement),
        "platform": dict(mention.platform) or None,
        "posted_at": mention.posted_at,
        "fetched_at": fetched_at,
        "checked_at": fetched_at,
        "is_history": item.is_history,
        "reply_route": item.reply_route.route.value,
        "reply_reason": route_words(item.reply_route),
        "state": MentionState.NEW.value,
        "fingerprint": item.fingerprint,
        "copy_of": item.copy_of,
    }


_COLUMNS = (
    "source", "native_id", "watch", "customer_id", "kind", "text", "title", "lang", "url", "author",
    "parent_native_id", "conversation_id", "community", "addressed_to_us", "engagement", "platform",
    "posted_at", "fetched_at", "checked_at", "is_history", "reply_route", "reply_reason", "state",
    "fingerprint", "copy_of",
)  # fmt: skip


def _insert(tx: Tx) -> Any:
    return upsert(tx, mentions).on_conflict_do_nothing(index_elements=["source", "native_id"])


_INSERT = Bulk(_insert, _COLUMNS)


def waiting(tx: Tx, limit: int, *, only: Collection[int] | None = None) -> list[MentionRecord]:
    """The oldest stored mentions that nobody has decided yet, oldest first; `only` among these ids."""
    query = sa.select(mentions).where(mentions.c.state == MentionState.NEW.value).order_by(mentions.c.id)
    if only is not None:
        query = query.where(mentions.c.id.in_(sorted(only)))
    return [record(row) for row in tx.execute(query.limit(limit)).all()]


def still_waiting(tx: Tx, judged: Iterable[MentionRecord]) -> set[int]:
    """Which of these are still undecided and read as they did, locked until the transaction ends.

    Left out is also what a person corrected meanwhile: that word is decided with the next batch.
    """
    found: set[int] = set()
    known = {each.id: (each.mention.title, each.mention.text, each.correction) for each in judged}
    wanted = list(known)
    columns = (mentions.c.id, mentions.c.title, mentions.c.text, mentions.c.corrected)
    for start in range(0, len(wanted), _IN_CHUNK):
        query = sa.select(*columns).where(
            among(tx, mentions.c.id, wanted[start : start + _IN_CHUNK]),
            mentions.c.state == MentionState.NEW.value,
        )
        for mention_id, title, text, corrected in tx.execute(query.with_for_update(skip_locked=True)).all():
            if (title, text, read_correction(corrected)) == known[mention_id]:
                found.add(mention_id)
    return found


def mark_decided(tx: Tx, judged: Sequence[tuple[int, Judgement, Outcome, Sequence[str]]]) -> None:
    """Write judgement, outcome and tags to mentions and take them out of the waiting ones."""
    rows = []
    for mention_id, judgement, outcome, tags in judged:
        row = judgement_values(judgement)
        row["mention_id"] = mention_id
        row["outcome"] = outcome.value
        row["tags"] = tags or None
        rows.append(row)
    _MARK.run(tx, rows)


_MARKED = (*JUDGED, "outcome", "tags")


def _mark(tx: Tx) -> Any:
    statement = sa.update(mentions).where(mentions.c.id == sa.bindparam("mention_id"))
    values = {name: sa.bindparam(f"new_{name}", type_=mentions.c[name].type) for name in _MARKED}
    return statement.values(state=MentionState.DECIDED.value, **values)


_MARK = Bulk(_mark, ["mention_id", *(f"new_{name}" for name in _MARKED)])


def set_route(tx: Tx, mention_id: int, route: ReplyRoute) -> None:
    """Note how a reply can leave by now; what was emptied keeps the reason why it was."""
    values = {"reply_route": route.route.value, "reply_reason": route_words(route)}
    is_it = (mentions.c.id == mention_id, mentions.c.redacted_at.is_(None))
    tx.execute(sa.update(mentions).where(*is_it).values(**values))


def correct(tx: Tx, mention_id: int, judgement: Judgement, word: Correction) -> None:
    """Put a person's word in place of the scorer's, and keep what it was."""
    values = {**judgement_values(judgement), "corrected": correction_json(word)}
    tx.execute(sa.update(mentions).where(mentions.c.id == mention_id).values(**values))


@remembered
def get(tx: Tx, mention_id: int) -> MentionRecord:
    """One mention.

    Raises:
        NotFound: there is none with this id.
    """
    row = tx.execute(_BY_ID, {"of": mention_id}).first()
    if row is None:
        raise NotFound(f"there is no mention {mention_id}")
    return record(row)


def find(tx: Tx, ref: MentionRef) -> MentionRecord | None:
    """The stored mention with a platform's id, or `None`."""
    query = sa.select(mentions).where(mentions.c.source == ref.source, mentions.c.native_id == ref.native_id)
    row = tx.execute(query).first()
    return None if row is None else record(row)


def get_many(tx: Tx, ids: Iterable[int]) -> dict[int, MentionRecord]:
    """Mentions by id; unknown ids are left out."""
    return {row.id: record(row) for row in tx.execute(_BY_IDS, {"ids": list(ids)})}


def page(
    tx: Tx,
    *,
    limit: int = 50,
    cursor: str | None = None,
    only: MentionFilter | None = None,
    search: Search = EVERYTHING,
    asker: Asker | None = None,
) -> Slice[MentionRecord]:
    """Mentions newest first by the time they were posted, filtered.

    A list that leaves some out looks a bounded way back, which `looked_until` says; its cursor goes on from
    there, so a page may be short, or empty, and not the last. `asker` is needed for a search.
    """
    equal = {name: value for name, value in asdict(only or MentionFilter()).items() if value is not None}
    after = None if cursor is None else read_cursor(cursor)
    asker = asker or Asker(_LONG_AGO)
    query, edge = look(tx, equal, search, asker=asker, after=after)
    rows = [record(row) for row in tx.execute(query.limit(limit + 1))]
    following = next_cursor(rows, limit, lambda last: Key(last.mention.posted_at, last.id))
    if following is None and edge is not None:
        return Slice(rows, write_cursor(edge), edge.at)
    return Slice(rows[:limit], following)


def unhappy_before(tx: Tx, customer_id: int, *, since: datetime, until: datetime) -> list[MentionRecord]:
    """What a customer said earlier that was escalated but belongs to no case (history), oldest first."""
    in_case = sa.select(case_mentions.c.mention_id).where(case_mentions.c.mention_id == mentions.c.id)
    query = (
        sa.select(mentions)
        .where(
            mentions.c.customer_id == customer_id,
            mentions.c.posted_at >= since,
            mentions.c.posted_at < until,
            mentions.c.outcome == Outcome.ESCALATED.value,
            ~in_case.exists(),
        )
        .order_by(mentions.c.posted_at, mentions.c.id)
    )
    return [record(row) for row in tx.execute(query)]


_CONVERSATION = (
    sa.select(mentions)
    .where(mentions.c.source == sa.bindparam("where"), mentions.c.conversation_id == sa.bindparam("around"))
    .order_by(mentions.c.posted_at, mentions.c.id)
    .limit(sa.bindparam("most"))
)


def conversation(tx: Tx, around: MentionRecord, *, limit: int = 20) -> list[MentionRecord]:
    """The other stored mentions of the same conversation, oldest first."""
    said = around.mention
    if said.conversation_id is None:
        return []
    asked = {"where": said.ref.source, "around": said.conversation_id, "most": limit + 1}
    return [record(row) for row in tx.execute(_CONVERSATION, asked) if row.id != around.id][:limit]


def heard_since(tx: Tx, customer_id: int, at: datetime) -> list[MentionRecord]:
    """What was heard of somebody after a moment, history left out."""
    is_it = (mentions.c.customer_id == customer_id, mentions.c.fetched_at > at, ~mentions.c.is_history)
    query = sa.select(mentions).where(*is_it)
    newest = query.order_by(mentions.c.posted_at.desc(), mentions.c.id.desc()).limit(20)
    return [record(row) for row in tx.execute(newest)]


def record(row: Sequence[Any]) -> MentionRecord:
    """Read one row of the whole table as a value."""
    # Taken apart by place, in the table's order: looking each column up by name costs twice as much.
    (
        mention_id, source, native_id, watch, customer_id, kind, text, title, lang, url, author, parent,
        conversation, community, addressed_to_us, engagement, platform, posted_at, fetched_at, is_history,
        route, route_reason, state, *judged, outcome, tags, _fingerprint, copy_of, checked_at, redacted_at,
        corrected,
    ) = row  # fmt: skip
    return MentionRecord(
        id=mention_id,
        mention=Mention(
            ref=MentionRef(source, native_id),
            kind=_KINDS[kind],
            text=text,
            posted_at=posted_at,
            author=read_author(author),
            url=url,
            title=title,
            lang=lang,
            parent_native_id=parent,
            conversation_id=conversation,
            community=community,
            addressed_to_us=addressed_to_us,
            engagement=Engagement(**engagement) if engagement else NO_ENGAGEMENT,
            platform=platform or {},
        ),
        fetched_at=fetched_at,
        state=_STATES[state],
        is_history=is_history,
        reply_route=read_route(route, route_reason),
        watch=watch,
        customer_id=customer_id,
        judgement=read_judgement(judged),
        tags=tuple(tags or ()),
        outcome=_OUTCOMES[outcome] if outcome else None,
        copy_of=copy_of,
        checked_at=checked_at,
        redacted_at=redacted_at,
        correction=read_correction(corrected),
    )
