"""Forgetting: the words of a mention leave every table, while what was done about it stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.casework.wording import is_quoted
from engagebot.domain.heard.copies import fingerprint, is_near
from engagebot.domain.heard.removal import Removal, requoted, without_author
from engagebot.domain.mention import Mention, MentionRef, MentionState, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.domain.telling.notices import is_titled_by, title_of
from engagebot.store import audit
from engagebot.store.casework import cases, tickets
from engagebot.store.casework.cases import CaseMove
from engagebot.store.casework.messages import refresh as refresh_messages
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, readings, reopening, verdicts
from engagebot.store.heard.shown import engagement_json
from engagebot.store.persons import people
from engagebot.store.replying import drafts, seeded, variants
from engagebot.store.replying.drafts import Move
from engagebot.store.tables import case_mentions, customers, deliveries
from engagebot.store.tables import drafts as draft_rows
from engagebot.store.tables import mentions as mention_rows
from engagebot.store.texts import storable
from engagebot.store.turns import take_turn

ACTOR = "engagebot"
EDITED = "the post was edited since; read it again"
_IN_CHUNK = 500
_WAITING = reopening.WAITING | {DraftState.NEEDS_PERSON}
_ON_ITS_WAY = frozenset({DraftState.SENDING, DraftState.UNKNOWN, DraftState.NEEDS_PERSON})
_POSTED = frozenset({DraftState.SENDING, DraftState.SENT, DraftState.UNKNOWN, DraftState.POSTED_BY_HAND})
_UNAPPROVED = drafts.UNAPPROVED


def redact(tx: Tx, mention_ids: Iterable[int], at: datetime, reason: Removal) -> int:
    """Empty these mentions and everything that quotes them; answer how many were not empty yet.

    Their ids stay, so that they are not heard anew; so do cases, times, counts, feelings and outcomes.
    """
    take_turn(tx)
    return sum(_redact(tx, chunk, at, reason) for chunk in _chunks(sorted(set(mention_ids))))


def redact_refs(tx: Tx, refs: Iterable[MentionRef], at: datetime, reason: Removal) -> int:
    """Do the same for mentions by the platform's ids; unknown ones are passed over."""
    native_ids: dict[str, set[str]] = {}
    for ref in refs:
        native_ids.setdefault(ref.source, set()).add(ref.native_id)
    found: list[int] = []
    for source, wanted in native_ids.items():
        for chunk in _chunks(sorted(wanted)):
            query = sa.select(mention_rows.c.id).where(
                mention_rows.c.source == source, mention_rows.c.native_id.in_(chunk)
            )
            found += tx.execute(query).scalars()
    return redact(tx, found, at, reason) if found else 0


def redact_authors(tx: Tx, source: str, native_ids: Iterable[str], at: datetime, reason: Removal) -> int:
    """Do the same for all that these accounts wrote, by the platform's ids; unknown ones are passed over."""
    found: list[int] = []
    for chunk in _chunks(sorted({storable(native_id) for native_id in native_ids})):
        query = (
            sa.select(mention_rows.c.id)
            .join_from(customers, mention_rows, mention_rows.c.customer_id == customers.c.id)
            .where(
                customers.c.source == source,
                customers.c.account_key.in_(chunk),
                mention_rows.c.redacted_at.is_(None),
            )
        )
        found += tx.execute(query).scalars()
    return redact(tx, found, at, reason) if found else 0


def older(tx: Tx, than: datetime, *, limit: int = _IN_CHUNK) -> list[int]:
    """Mentions that were stored before then and are not empty yet, at most `limit` of them, oldest first."""
    query = (
        sa.select(mention_rows.c.id)
        .where(mention_rows.c.fetched_at < than, mention_rows.c.redacted_at.is_(None))
        .order_by(mention_rows.c.id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def revise(tx: Tx, shown: Mapping[int, Mention], at: datetime) -> int:
    """Bring stored mentions to what the platform shows now, by id; answer how many had new words.

    New words of a mention that is still open are decided anew, and no approval outlives those it answered.
    Where the account is gone, its name goes from here too.
    """
    take_turn(tx)
    readings.note(tx, {mention_id: mention.engagement for mention_id, mention in shown.items()}, at)
    edited = 0
    for chunk in _chunks(sorted(shown)):
        for record in _intact(tx, chunk):
            edited += _revise(tx, record, shown[record.id], at)
    return edited


def revise_heard(tx: Tx, shown: Mapping[int, Mention], at: datetime) -> list[int]:
    """Do the same for what a page brought; answer whose words were taken.

    A listing may show an old version after a new one, so words that a mention has had before are not taken
    from it: whether they are back is for the daily look to say.
    """
    new = {}
    for mention_id, mention in shown.items():
        said = _hash(storable(mention.words))
        past = audit.of(tx, f"mention:{mention_id}")
        if all(event.detail.get("earlier_hash") != said for event in past):
            new[mention_id] = mention
    if new:
        revise(tx, new, at)
    return list(new)


def _redact(tx: Tx, ids: Sequence[int], at: datetime, reason: Removal) -> int:
    records = _intact(tx, ids)
    if not records:
        return 0
    by_id = {record.id: record for record in records}
    _take_back_drafts(tx, by_id, at, reason)
    _rename_cases(tx, {record.id: (record.mention, None) for record in records}, at, reason)
    _requote(tx, {record.id: (record.mention, None) for record in records}, at, reason)
    people.unquote(tx, [(record.customer_id, record.mention.words) for record in records])
    tickets.unquote(tx, records)
    emptied: dict[str, Any] = dict.fromkeys(
        ("title", "url", "author", "engagement", "platform", "cues", "flags", "fingerprint", "checked_at")
    )
    tx.execute(
        sa.update(mention_rows)
        .where(mention_rows.c.id.in_(by_id))
        .values(
            **emptied,
            text="",
            reply_route=Route.BLOCKED.value,
            reply_reason=reason.value,
            state=MentionState.DECIDED.value,
            redacted_at=at,
        )
    )
    readings.forget(tx, by_id)
    _forget_customers(tx, records)
    audit.add_many(tx, [_event(each.id, "redacted", at, {"reason": reason.value}) for each in records])
    return len(records)


def _intact(tx: Tx, ids: Sequence[int]) -> list[MentionRecord]:
    query = sa.select(mention_rows).where(mention_rows.c.id.in_(ids), mention_rows.c.redacted_at.is_(None))
    return [mentions.record(row) for row in tx.execute(query.order_by(mention_rows.c.id))]


def _take_back_drafts(tx: Tx, records: Mapping[int, MentionRecord], at: datetime, reason: Removal) -> None:
    for draft in _drafts_of(tx, records):
        variants.forget_beside(tx, [draft.id])
        seeded.forget(tx, [draft.id], at)
        author = records[draft.mention_id].mention.author
        values: dict[str, Any] = {"text": without_author(draft.text, author)}
        if draft.state not in _POSTED:
            values = {"text": "", "reply_route": Route.BLOCKED.value, "reply_reason": reason.value}
        if draft.state in _WAITING:
            _withdraw(tx, draft, at, f"the post is not there any more: {reason.value}", values)
        else:
            tx.execute(sa.update(draft_rows).where(draft_rows.c.id == draft.id).values(**values))


def _drafts_of(tx: Tx, mention_ids: Iterable[int]) -> list[DraftRecord]:
    query = sa.select(draft_rows).where(draft_rows.c.mention_id.in_(list(mention_ids)))
    rows = tx.execute(query.order_by(draft_rows.c.id).with_for_update()).mappings()
    return [drafts.record(row) for row in rows]


def _withdraw(tx: Tx, draft: DraftRecord, at: datetime, why: str, values: Mapping[str, Any]) -> None:
    changes = {**_UNAPPROVED, "last_error": why, **values}
    move = Move(
        to=DraftState.WITHDRAWN,
        at=at,
        actor=ACTOR,
        action="withdrawn",
        values=changes,
        detail={"reason": why},
    )
    drafts.change(tx, draft, move)


def _rename_cases(
    tx: Tx, changed: Mapping[int, tuple[Mention, Mention | None]], at: datetime, reason: Removal
) -> None:
    query = sa.select(case_mentions).where(case_mentions.c.mention_id.in_(list(changed)))
    query = query.order_by(case_mentions.c.case_id, case_mentions.c.mention_id)
    for case_id, mention_id in tx.execute(query).all():
        before, after = changed[mention_id]
        case = cases.get(tx, case_id, lock=True)
        is_picked = case.titled_by is not None and is_quoted(case.title, before.words)
        if is_picked and after is not None and is_quoted(case.title, after.words):
            continue
        if is_picked or is_titled_by(case.title, before):
            title = title_of(after) if after else reason.case_title
            values = {"title": title, "titled_by": None}
            cases.change(tx, case, CaseMove(at=at, actor=ACTOR, action="retitled", values=values))


def _requote(
    tx: Tx, changed: Mapping[int, tuple[Mention, Mention | None]], at: datetime, reason: Removal
) -> None:
    query = sa.select(deliveries.c.id, deliveries.c.mention_id, deliveries.c.payload)
    query = query.where(deliveries.c.mention_id.in_(list(changed))).order_by(deliveries.c.id)
    for delivery_id, mention_id, payload in tx.execute(query).all():
        before, after = changed[mention_id]
        payload = requoted(payload, before, after, removal=reason)
        tx.execute(sa.update(deliveries).where(deliveries.c.id == delivery_id).values(payload=payload))
    told = sa.select(case_mentions.c.case_id).where(case_mentions.c.mention_id.in_(list(changed)))
    for case_id in tx.execute(told.distinct().order_by(case_mentions.c.case_id)).scalars().all():
        refresh_messages(tx, case_id, at)


def _forget_customers(tx: Tx, records: Iterable[MentionRecord]) -> None:
    """Drop the names of customers of whom nothing is left; who opted out stays known by the account alone."""
    ids = {record.customer_id for record in records if record.customer_id is not None}
    is_left = sa.select(mention_rows.c.id).where(
        mention_rows.c.customer_id == customers.c.id,
        mention_rows.c.redacted_at.is_(None),
        mention_rows.c.author.is_not(None),
    )
    query = sa.select(customers.c.id, customers.c.is_opted_out).where(
        customers.c.id.in_(ids), ~is_left.exists()
    )
    for customer_id, is_opted_out in tx.execute(query.order_by(customers.c.id)).all():
        values: dict[str, Any] = {"handle": f"removed-{customer_id}", "name": None, "url": None}
        if not is_opted_out:
            values["account_key"] = f"removed:{customer_id}"
        tx.execute(sa.update(customers).where(customers.c.id == customer_id).values(**values))


def _revise(tx: Tx, record: MentionRecord, shown: Mention, at: datetime) -> int:
    before = record.mention
    after = before._replace(
        text=storable(shown.text),
        title=None if shown.title is None else storable(shown.title),
        # A look-up may name nobody where names cost extra; it says `None` only where the account is gone.
        author=None if shown.author is None else before.author,
        addressed_to_us=before.addressed_to_us if shown.addressed_to_us is None else shown.addressed_to_us,
        engagement=readings.newer(before.engagement, shown.engagement),
        platform={**before.platform, **shown.platform},
    )
    if after == before:
        return 0
    values: dict[str, Any] = {
        "text": after.text,
        "title": after.title,
        "addressed_to_us": after.addressed_to_us,
        "engagement": engagement_json(after.engagement),
        "platform": dict(after.platform) or None,
    }
    if after.author is None:
        values["author"] = None
    is_edited = after.words != before.words
    if is_edited:
        values |= _decide_again(tx, record, at) | _likeness(before.words, after.words)
        verdicts.take_back(tx, record.id, by=ACTOR, at=at)
        detail = {"text_hash": _hash(after.words), "earlier_hash": _hash(before.words)}
        audit.add_many(tx, [_event(record.id, "edited", at, detail)])
        _rename_cases(tx, {record.id: (before, after)}, at, Removal.GONE)
    if is_edited or after.author != before.author:
        _requote(tx, {record.id: (before, after)}, at, Removal.GONE)
    tx.execute(sa.update(mention_rows).where(mention_rows.c.id == record.id).values(**values))
    if after.author != before.author:
        _forget_account(tx, record, at)
    return int(is_edited)


def _decide_again(tx: Tx, record: MentionRecord, at: datetime) -> dict[str, Any]:
    """Void what was approved or said of the old words; a mention that is closed keeps its decision.

    The drafts themselves stay, with what people wrote into them, until the new decision says whether they do.
    """
    is_open = bool(reopening.open_among(tx, [record.id], at))
    for draft in _drafts_of(tx, [record.id]):
        if draft.state in reopening.WAITING:
            # What waited for its second reader has to be read by both once more.
            is_held = draft.state is DraftState.HELD and draft.first_reader is None
            to = DraftState.HELD if is_held else DraftState.PROPOSED
            values = {**_UNAPPROVED, "last_error": EDITED}
            move = Move(to=to, at=at, actor=ACTOR, action="post_edited", values=values)
            drafts.change(tx, draft, move)
        elif draft.state in _ON_ITS_WAY:
            # It may be out there. If it turns out not to be, nobody has approved it for the new words.
            tx.execute(sa.update(draft_rows).where(draft_rows.c.id == draft.id).values(approved_hash=None))
    return {"corrected": None, **({"state": MentionState.NEW.value} if is_open else {})}


def _likeness(before: str, after: str) -> dict[str, Any]:
    old, new = fingerprint(before), fingerprint(after)
    is_copy = old is not None and new is not None and is_near(old, new)
    return {"fingerprint": new} | ({} if is_copy else {"copy_of": None})


def _forget_account(tx: Tx, record: MentionRecord, at: datetime) -> None:
    for draft in _drafts_of(tx, [record.id]):
        variants.unname_beside(tx, [draft.id], record.mention.author)
        seeded.forget(tx, [draft.id], at)
        text = without_author(draft.text, record.mention.author)
        if draft.state in _WAITING:
            _withdraw(tx, draft, at, "the author's account is gone", {"text": text})
        elif text != draft.text:
            tx.execute(sa.update(draft_rows).where(draft_rows.c.id == draft.id).values(text=text))
    _forget_customers(tx, [record])


def _event(mention_id: int, action: str, at: datetime, detail: Mapping[str, Any]) -> dict[str, Any]:
    subject = f"mention:{mention_id}"
    return {"at": at, "actor": ACTOR, "action": f"mention.{action}", "subject": subject, "detail": detail}


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _chunks(wanted: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(wanted), _IN_CHUNK):
        yield wanted[start : start + _IN_CHUNK]
