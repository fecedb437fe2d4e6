"""Stored mentions read lightly, to replay rules over them: newest first, and only the columns asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from engagebot.domain.mention import Mention, MentionState
from engagebot.domain.outbox import CaseState, DraftState
from engagebot.domain.records import RuleSetRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions as mention_store
from engagebot.store.heard.judged import JUDGED
from engagebot.store.ruling import rule_sets as version_store
from engagebot.store.tables import case_mentions, cases, decisions, drafts, mentions, rule_sets

COLUMNS: Final = (
    "id", "posted_at", "source", "watch", "customer_id", "kind", "text", "title", "lang", "author",
    "conversation_id", "community", "addressed_to_us", "engagement", "is_history", "reply_route",
    "reply_reason", *JUDGED, "copy_of", "corrected",
)  # fmt: skip
ALWAYS: Final = frozenset({"id", "posted_at"})
_PAGE = 5_000
_DECIDED_DRAFTS: Final = {
    DraftState.REJECTED: False,
    DraftState.APPROVED: True,
    DraftState.SENDING: True,
    DraftState.SENT: True,
    DraftState.UNKNOWN: True,
    DraftState.FAILED: True,
    DraftState.POSTED_BY_HAND: True,
}


class Period(NamedTuple):
    """The mentions of a replay by the time they were posted; `since` is `None` for no early end."""

    since: datetime | None
    until: datetime


class PastRow(NamedTuple):
    """One mention; structured values are JSON text. What was not asked for is `None`.

    `posted_ms` are epoch milliseconds. `circumstances` are the facts of its first decision.
    """

    id: int
    posted_ms: int
    source: str
    watch: str | None
    customer_id: int | None
    kind: str
    text: str
    title: str | None
    lang: str | None
    author: str | None
    conversation_id: str | None
    community: str | None
    addressed_to_us: bool | None
    engagement: str | None
    is_history: bool
    reply_route: str
    reply_reason: str
    compound: float | None
    sentiment: str | None
    unhappiness: float | None
    intents: str | None
    language: str | None
    cues: str | None
    scorer: str | None
    praise: float | None
    reason: str | None
    flags: str | None
    copy_of: int | None
    corrected: str | None
    circumstances: str | None


def newest_at(tx: Tx) -> datetime | None:
    """When the newest decided mention that is still kept was posted; `None` where there is none."""
    query = sa.select(mentions.c.posted_at).where(*_replayable())
    found: datetime | None = tx.execute(query.order_by(mentions.c.posted_at.desc()).limit(1)).scalar()
    return found


def count(tx: Tx, period: Period) -> tuple[int, int]:
    """How many mentions of a period can be replayed, and how many cannot: undecided, or their words gone."""
    in_period = [mentions.c.posted_at <= period.until]
    if period.since is not None:
        in_period.append(mentions.c.posted_at > period.since)
    fit = sa.func.count(sa.case((sa.and_(*_replayable()), 1)))
    found, all_of = tx.execute(sa.select(fit, sa.func.count()).where(*in_period)).one()
    return found, all_of - found


def rows(
    tx: Tx,
    period: Period | None = None,
    *,
    columns: Collection[str] = COLUMNS,
    with_circumstances: bool = True,
    limit: int | None = None,
) -> Iterator[PastRow]:
    """Decided mentions, newest first by the time they were posted, at most `limit`; of all unless a period.

    Reads page after page by key, so that neither database keeps a long list.
    """
    query = _query(tx, frozenset(columns) | ALWAYS, with_circumstances)
    if period is not None:
        query = query.where(mentions.c.posted_at <= period.until)
        if period.since is not None:
            query = query.where(mentions.c.posted_at > period.since)
    last: PastRow | None = None
    left = limit
    while left is None or left > 0:
        page = query
        if last is not None:
            place = sa.tuple_(mentions.c.posted_at, mentions.c.id)
            page = page.where(place < sa.tuple_(sa.literal(last.posted_ms), sa.literal(last.id)))
        size = _PAGE if left is None else min(_PAGE, left)
        found = tx.execute(page.limit(size)).fetchall()
        for row in found:
            last = PastRow._make(row)
            yield last
        if len(found) < size:
            return
        left = None if left is None else left - size


def _replayable() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        mentions.c.redacted_at.is_(None),
        sa.or_(mentions.c.state == MentionState.DECIDED.value, mentions.c.outcome.is_not(None)),
    )


def _query(tx: Tx, columns: Collection[str], with_circumstances: bool) -> sa.Select[Any]:
    # Text as it lies there: turning every value into a Python one costs more than reading the row.
    wanted: list[sa.ColumnElement[Any]] = []
    for name in COLUMNS:
        column = mentions.c[name]
        if name not in columns:
            wanted.append(sa.null())
        elif isinstance(column.type, sa.Integer | sa.Float | sa.Boolean | sa.String):
            wanted.append(column)
        else:
            plain: sa.types.TypeEngine[Any] = sa.BigInteger() if name.endswith("_at") else sa.Text()
            wanted.append(sa.type_coerce(column, plain))
    if not with_circumstances:
        query = sa.select(*wanted, sa.null()).where(*_replayable())
    else:
        earlier = decisions.alias()
        first = (
            sa.select(sa.func.min(earlier.c.id))
            .where(earlier.c.mention_id == mentions.c.id)
            .correlate(mentions)
            .scalar_subquery()
        )
        query = (
            sa.select(*wanted, sa.type_coerce(decisions.c.facts, sa.Text))
            .select_from(mentions)
            .join(decisions, decisions.c.id == first)
            .where(*_replayable())
        )
    return query.order_by(mentions.c.posted_at.desc(), mentions.c.id.desc())


def words_of(tx: Tx, mention_ids: Iterable[int]) -> dict[int, Mention]:
    """These mentions as they were heard, by id."""
    wanted, found = sorted(set(mention_ids)), dict[int, Mention]()
    for start in range(0, len(wanted), _PAGE):
        page = mention_store.get_many(tx, wanted[start : start + _PAGE])
        found |= {mention_id: heard.mention for mention_id, heard in page.items()}
    return found


def drafts_decided(tx: Tx) -> Iterator[tuple[int, bool]]:
    """(mention id, whether it was approved) for each draft that a person decided on."""
    states = [state.value for state in _DECIDED_DRAFTS]
    query = sa.select(drafts.c.mention_id, drafts.c.state).where(drafts.c.state.in_(states))
    for mention_id, state in tx.execute(query.order_by(drafts.c.id)):
        yield mention_id, _DECIDED_DRAFTS[DraftState(state)]


def mentions_in_worked_cases(tx: Tx) -> Iterator[int]:
    """The mentions of cases that a person has done anything with."""
    query = (
        sa.select(case_mentions.c.mention_id)
        .join(cases, cases.c.id == case_mentions.c.case_id)
        .where(sa.or_(cases.c.state != CaseState.NEW.value, cases.c.first_reply_at.is_not(None)))
    )
    yield from tx.execute(query).scalars()


def rule_sets_like(tx: Tx, prefix: str) -> list[RuleSetRecord]:
    """The stored rule sets whose hash begins so, each once, newest first."""
    query = (
        sa.select(rule_sets.c.hash)
        .where(rule_sets.c.hash.startswith(prefix, autoescape=True))
        .group_by(rule_sets.c.hash)
        .order_by(sa.func.max(rule_sets.c.id).desc())
    )
    found = (version_store.by_hash(tx, each) for each in tx.execute(query.limit(20)).scalars().all())
    return [each for each in found if each is not None]


def newest_rule_sets(tx: Tx, limit: int = 5) -> list[RuleSetRecord]:
    """The sets that went live last, newest first."""
    return rule_sets_like(tx, "")[:limit]
