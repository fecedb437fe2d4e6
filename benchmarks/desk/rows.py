"""A site as it is after years: one busy week made by the pipeline, and as many quiet copies of it before."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from benchmarks.texts import service_posts
from engagebot.bootstrap import App
from engagebot.domain.desk.urgency import urgency_of
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import MentionRecord
from engagebot.pipeline import intake
from engagebot.pipeline.triage import TriageContext, triage
from engagebot.ports import Watch
from engagebot.store import tables
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions as mention_store

T = TypeVar("T")
WEEK = 10_000
"""So many mentions the busy week has; the copies before it make up the rest."""
SPAN = timedelta(days=5)
BATCH = 500
NEEDLE = "zeppelin"
"""A word of one post, long ago."""
# One account that never stops, and a few that speak often; everybody else is somebody new in each copy.
_REGULARS = 50
_ENDED = ("sent", "rejected", "posted_by_hand", "expired", "withdrawn")
_SHARES = (
    (DraftState.PROPOSED, 0.48), (DraftState.HELD, 0.02), (DraftState.BY_HAND, 0.03),
    (DraftState.APPROVED, 0.004), (DraftState.NEEDS_PERSON, 0.004), (DraftState.SENT, 0.04),
    (DraftState.REJECTED, 0.02),
)  # fmt: skip


def fill(app: App, count: int, watches: Sequence[Watch]) -> None:
    """Store `count` mentions and everything that came of them."""
    week = min(count, WEEK)
    _hear(app, week)
    rng = random.Random(7)
    with app.store.write() as tx:
        _spread(tx, [watch.name for watch in watches])
        _poll(tx, watches, app.clock.now())
        records = [mention_store.record(row) for row in tx.execute(sa.select(tables.mentions))]
        _draft(tx, records, rng, app.clock.now())
        _open_cases(tx, records, rng, app.clock.now())
    for number in range(1, count // week):
        with app.store.write() as tx:
            _copy(tx, number)
    with app.store.write() as tx:
        _mark(tx)
        _audit(tx)
        if tx.dialect.name == "postgresql":
            _set_sequences(tx)
    _settle(app)


def _hear(app: App, count: int) -> None:
    now = app.clock.now()
    context = intake.RowContext(source="x", now=now, handles=app.settings.brand.handles)
    rows = (
        {**row, "posted_at": (now - SPAN * (1 - number / count)).isoformat(), "url": _url(row["id"])}
        for number, row in enumerate(service_posts(count))
    )
    for batch in _batches((intake.read_row(row, context) for row in rows), BATCH):
        with app.store.write() as tx:
            intake.accept(tx, batch, at=now, is_history=True, manners=app.settings.manners)
    app.rules.refresh()
    context_ = TriageContext(store=app.store, clock=app.clock, scorer=app.scorer, settings=app.settings)
    while triage(context_, app.rules.book).decided:
        pass


def _url(native_id: str) -> str:
    return f"https://social.example/someone_demo/status/{native_id}"


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch


def _spread(tx: Tx, names: Sequence[str]) -> None:
    """Give mentions watches, threads and communities: one thread in a hundred posts is the same one."""
    rows = tables.mentions.c
    thread = sa.case((rows.id % 100 == 0, "hot"), else_=sa.cast(rows.id // 5, sa.Text))
    name = sa.case(*((rows.id % len(names) == at, each) for at, each in enumerate(names)), else_=names[0])
    tx.execute(
        sa.update(tables.mentions).values(
            is_history=False,
            watch=name,
            conversation_id=thread,
            community=sa.case((rows.id % 7 == 0, "acme"), else_=None),
            customer_id=sa.case((rows.id % 20 == 0, 1), else_=rows.customer_id),
        )
    )


def _poll(tx: Tx, watches: Sequence[Watch], now: datetime) -> None:
    polled = {"next_poll_at": now, "started_at": now - SPAN, "last_poll_at": now, "last_success_at": now}
    for watch in watches:
        values = {"name": watch.name, "connector": watch.connector, "spec": "{}", **polled}
        tx.execute(sa.insert(tables.watches).values(**values))
    days = [(now - timedelta(days=day)).date().isoformat() for day in range(730)]
    counted = [
        {"day": day, "connector": watch.connector, "watch": watch.name, "unit": "posts", "count": 500}
        for day in days
        for watch in watches
    ]
    tx.execute(sa.insert(tables.reads), counted)


def _draft(tx: Tx, records: Sequence[MentionRecord], rng: random.Random, now: datetime) -> None:
    states = [state for state, share in _SHARES for _ in range(int(share * len(records)))]
    rng.shuffle(states)
    chosen = sorted(rng.sample(range(len(records)), len(states)))
    rows = [_row(records[at], state, rng, now) for at, state in zip(chosen, states, strict=True)]
    tx.execute(sa.insert(tables.drafts), rows)


def _row(heard: MentionRecord, state: DraftState, rng: random.Random, now: datetime) -> dict[str, Any]:
    mention = heard.mention
    urgency = urgency_of(mention, heard.judgement)
    return {
        "mention_id": heard.id,
        "customer_id": heard.customer_id,
        "rule_id": rng.choice(("say-thanks", "answer-question", "calm-down", "refund")),
        "source": mention.ref.source,
        "conversation_id": mention.conversation_id,
        "is_proactive": False,
        "text": "Thank you for telling us! Which item is it, and since when? We will look at it at once.",
        "version": 1,
        "state": state.value,
        "reply_route": rng.choice(("api", "by_hand", "api")),
        "reply_reason": "they wrote to us",
        "created_at": mention.posted_at,
        "updated_at": mention.posted_at,
        "assignee": rng.choice((None, None, None, "owner_demo", "sam_demo")),
        "snoozed_until": now + SPAN if rng.random() < 0.03 else None,
        "said_at": mention.posted_at,
        "answer_by": mention.posted_at + timedelta(hours=24) if urgency.rank < 2 else None,
        "lane": urgency.lane.value,
        "rank": urgency.rank,
        "unhappiness": urgency.unhappiness,
        "reach": rng.randrange(100_000),
    }


def _open_cases(tx: Tx, records: Sequence[MentionRecord], rng: random.Random, now: datetime) -> None:
    by_customer: dict[int, list[MentionRecord]] = {}
    for record in records:
        if record.customer_id is not None:
            by_customer.setdefault(record.customer_id, []).append(record)
    cases, members = [], []
    for case_id, heard in enumerate(islice(by_customer.items(), len(records) // 16), 1):
        first = heard[1][0].mention
        state = rng.choice(("new", "acknowledged", "resolved", "closed"))
        cases.append(
            {
                "id": case_id, "customer_id": heard[0], "state": state,
                "severity": rng.choice(("low", "medium", "high")), "team": "support",
                "title": first.text[:80], "why": "a made-up rule opened it", "opened_at": first.posted_at,
                "updated_at": first.posted_at, "first_symptom_at": first.posted_at,
                "first_reply_due_at": first.posted_at + timedelta(hours=24),
                "resolved_at": now if state in {"resolved", "closed"} else None,
            }
        )  # fmt: skip
        members += [{"case_id": case_id, "mention_id": each.id} for each in heard[1][:3]]
    tx.execute(sa.insert(tables.cases), cases)
    tx.execute(sa.insert(tables.case_mentions), members)


def _copy(tx: Tx, number: int) -> None:
    """Put the week into the past once more, with everything in it ended."""
    back = _Back(tx, number)
    customers, mentions, drafts = tables.customers.c, tables.mentions.c, tables.drafts.c
    tail = f"-{number}"
    back.insert(
        tables.customers, customers.id > _REGULARS,
        account_key=customers.account_key + tail, handle=customers.handle + tail,
    )  # fmt: skip
    theirs = sa.case(
        (mentions.customer_id > _REGULARS, back.shifted(mentions.customer_id)), else_=mentions.customer_id
    )
    thread = sa.case((mentions.conversation_id == "hot", "hot"), else_=mentions.conversation_id + tail)
    back.insert(
        tables.mentions, native_id=mentions.native_id + tail, customer_id=theirs, conversation_id=thread,
        url=mentions.url + tail, copy_of=sa.null(),
    )  # fmt: skip
    back.insert(tables.decisions, mention_id=back.shifted(tables.decisions.c.mention_id))
    ended = sa.case(*((drafts.id % 5 == at, each) for at, each in enumerate(_ENDED)), else_="sent")
    owner = sa.case(
        (drafts.customer_id > _REGULARS, back.shifted(drafts.customer_id)), else_=drafts.customer_id
    )
    back.insert(
        tables.drafts, drafts.id % 2 == 0, mention_id=back.shifted(drafts.mention_id), customer_id=owner,
        state=ended, snoozed_until=sa.null(),
    )  # fmt: skip
    cases = tables.cases.c
    back.insert(
        tables.cases, cases.customer_id > _REGULARS,
        customer_id=back.shifted(cases.customer_id), state="closed",
    )  # fmt: skip
    back.insert_members()


class _Back:
    """Copies of rows, some spans earlier and under ids of their own."""

    def __init__(self, tx: Tx, number: int) -> None:
        self._tx = tx
        self._number = number
        self._shift = number * WEEK * 2

    def shifted(self, column: Any) -> Any:
        return column + self._shift

    def insert(self, table: sa.Table, *only: Any, **changed: Any) -> None:
        values = {column.name: self._value(column, changed) for column in table.columns}
        rows = sa.select(*values.values()).where(table.c.id <= WEEK * 2, *only)
        self._tx.execute(sa.insert(table).from_select(list(values), rows))

    def insert_members(self) -> None:
        rows = tables.case_mentions.c
        kept = sa.select(tables.cases.c.id).where(tables.cases.c.customer_id > _REGULARS)
        query = sa.select(self.shifted(rows.case_id), self.shifted(rows.mention_id))
        query = query.where(rows.case_id <= WEEK * 2, rows.case_id.in_(kept))
        self._tx.execute(sa.insert(tables.case_mentions).from_select(["case_id", "mention_id"], query))

    def _value(self, column: Any, changed: dict[str, Any]) -> Any:
        if column.name in changed:
            value = changed[column.name]
            return sa.literal(value) if isinstance(value, str) else value
        if column.name == "id":
            return self.shifted(column)
        if type(column.type).__name__ == "UtcTime":
            return sa.type_coerce(column, sa.BigInteger) - int(SPAN.total_seconds() * 1000) * self._number
        return column


def _mark(tx: Tx) -> None:
    """Say one word once, half way into the past."""
    middle = sa.select(sa.func.max(tables.mentions.c.id) // 2).scalar_subquery()
    near = (
        sa.select(sa.func.min(tables.mentions.c.id)).where(tables.mentions.c.id >= middle).scalar_subquery()
    )
    tx.execute(
        sa.update(tables.mentions).where(tables.mentions.c.id == near).values(text=f"a {NEEDLE} passed by")
    )


def _audit(tx: Tx) -> None:
    for table, kind, deeds in (
        (tables.drafts, "draft", ("proposed", "edited", "approved")),
        (tables.cases, "case", ("opened", "contact")),
    ):
        at = table.c.created_at if kind == "draft" else table.c.opened_at
        for deed in deeds:
            subject = sa.literal(f"{kind}:") + sa.cast(table.c.id, sa.Text)
            rows = sa.select(
                at, sa.literal("sam_demo"), sa.literal(f"{kind}.{deed}"), subject, sa.literal("{}")
            )
            names = ["at", "actor", "action", "subject", "detail"]
            tx.execute(sa.insert(tables.audit).from_select(names, rows))


def _set_sequences(tx: Tx) -> None:
    for name in ("customers", "mentions", "decisions", "drafts", "cases"):
        tx.execute(sa.text(f"SELECT setval('{name}_id_seq', (SELECT max(id) FROM {name}))"))


def _settle(app: App) -> None:
    """Do what a server does by itself within hours of such growth."""
    if not app.store.is_sqlite:
        with app.store.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
