"""Verdicts: what people's decisions say of mentions, only ever added to; the newest of each origin counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256

import sqlalchemy as sa

from engagebot.domain.actions import Outcome
from engagebot.domain.heard.verdicts import NOTHING_SAID, OUTSPOKEN, Labels, Origin, Verdict
from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import MentionState
from engagebot.domain.records import MentionRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.tables import mentions as mention_rows
from engagebot.store.tables import verdicts

POOL = 20_000
"""The sample is drawn from so many of the newest mentions: a person answers for what people say now."""
_IN_CHUNK = 500
_PRIME = 2_147_483_647


def add(tx: Tx, mention_id: int, labels: Labels, origin: Origin, *, by: str, at: datetime) -> None:
    """Note a verdict, in the transaction of what it comes from; one that says nothing is none."""
    if not labels.says_nothing:
        _insert(tx, mention_id, labels, origin, by=by, at=at)


def take_back(
    tx: Tx, mention_id: int, *, by: str, at: datetime, origins: Collection[Origin] = tuple(Origin)
) -> None:
    """Let verdicts of these origins count no more: what they came from was undone, or the post was edited."""
    for verdict in of(tx, mention_id):
        if verdict.origin in origins and not verdict.labels.says_nothing:
            _insert(tx, mention_id, NOTHING_SAID, verdict.origin, by=by, at=at)


def of(tx: Tx, mention_id: int) -> list[Verdict]:
    """The verdicts on a mention that count: the newest of each origin."""
    return next((found for _, found in by_mention(tx, [mention_id]).items()), [])


def by_mention(tx: Tx, mention_ids: Sequence[int] | None = None) -> dict[int, list[Verdict]]:
    """The verdicts that count, by mention; of all mentions unless some are named."""
    newest = sa.select(sa.func.max(verdicts.c.id)).group_by(verdicts.c.mention_id, verdicts.c.source)
    if mention_ids is not None:
        newest = newest.where(verdicts.c.mention_id.in_(mention_ids))
    query = sa.select(verdicts).where(verdicts.c.id.in_(newest)).order_by(verdicts.c.id)
    found: defaultdict[int, list[Verdict]] = defaultdict(list)
    for row in tx.execute(query):
        found[row.mention_id].append(
            Verdict(
                id=row.id,
                mention_id=row.mention_id,
                labels=Labels(row.is_unhappy, row.is_praise),
                origin=Origin(row.source),
                at=row.at,
                by=row.by,
            )
        )
    return dict(found)


def standing(tx: Tx) -> tuple[int, int]:
    """How many mentions with verdicts still have their words, and the newest verdict on them (0: none).

    Both stay equal as long as there is nothing new to learn from and nothing new to forget.
    """
    query = (
        sa.select(sa.func.count(sa.distinct(verdicts.c.mention_id)), sa.func.max(verdicts.c.id))
        .select_from(verdicts)
        .join(mention_rows, mention_rows.c.id == verdicts.c.mention_id)
        .where(mention_rows.c.redacted_at.is_(None))
    )
    count, newest = tx.execute(query).one()
    return count, newest or 0


def judged_mentions(tx: Tx, mention_ids: Collection[int]) -> Iterator[MentionRecord]:
    """Those of these mentions whose words are still kept, by id."""
    wanted = sorted(mention_ids)
    for start in range(0, len(wanted), _IN_CHUNK):
        query = sa.select(mention_rows).where(
            mention_rows.c.id.in_(wanted[start : start + _IN_CHUNK]), mention_rows.c.redacted_at.is_(None)
        )
        for row in tx.execute(query.order_by(mention_rows.c.id)):
            yield mentions.record(row)


def spoken_for(tx: Tx, mention_ids: Sequence[int]) -> set[int]:
    """Which of these mentions a person has said the feeling of."""
    found = set()
    for mention_id, given in by_mention(tx, mention_ids).items():
        if any(each.origin in OUTSPOKEN and not each.labels.says_nothing for each in given):
            found.add(mention_id)
    return found


def sample(tx: Tx, day: date, *, limit: int) -> list[MentionRecord]:
    """Mentions that nobody routed or judged, in an order that chance makes anew each day.

    The order of two mentions does not change while the day lasts, whatever comes in between.
    """
    ids = _drawn(tx, day, limit)
    found = mentions.get_many(tx, ids)
    return [found[mention_id] for mention_id in ids]


def is_sampled(tx: Tx, mention_id: int, days: Sequence[date], *, within: int) -> bool:
    """Whether a mention is among the first `within` of the sample of one of these days."""
    return any(mention_id in _drawn(tx, day, within) for day in days)


def _drawn(tx: Tx, day: date, limit: int) -> list[int]:
    query = sa.select(mention_rows.c.id).where(*_in_pool(tx)).order_by(_turn(day), mention_rows.c.id)
    return list(tx.execute(query.limit(limit)).scalars())


def given(tx: Tx, since: datetime) -> tuple[int, int]:
    """How many mentions got a verdict since then: as answers to the sample, and in all other ways."""
    query = (
        sa.select(verdicts.c.source, sa.func.count(sa.distinct(verdicts.c.mention_id)))
        .where(verdicts.c.at >= since)
        .group_by(verdicts.c.source)
    )
    by_origin = {row[0]: row[1] for row in tx.execute(query)}
    answered = by_origin.pop(Origin.AUDIT_SAMPLE.value, 0)
    return answered, sum(by_origin.values())


def counts(tx: Tx) -> Mapping[str, int]:
    """How many mentions were routed and how many were not, of those that are scored and still kept."""
    query = (
        sa.select(mention_rows.c.outcome, sa.func.count())
        .where(
            mention_rows.c.redacted_at.is_(None),
            mention_rows.c.sentiment.is_not(None),
            mention_rows.c.sentiment != Sentiment.UNKNOWN.value,
        )
        .group_by(mention_rows.c.outcome)
    )
    by_outcome = {row[0]: row[1] for row in tx.execute(query)}
    unrouted = sum(by_outcome.get(outcome, 0) for outcome in _UNROUTED)
    routed = sum(by_outcome.get(outcome.value, 0) for outcome in (Outcome.DRAFTED, Outcome.ESCALATED))
    return {"routed": routed, "unrouted": unrouted}


_UNROUTED = (Outcome.UNTOUCHED.value, Outcome.ROUTED.value)


def _in_pool(tx: Tx) -> tuple[sa.ColumnElement[bool], ...]:
    newest: int = tx.execute(sa.select(sa.func.max(mention_rows.c.id))).scalar() or 0
    is_judged = sa.select(verdicts.c.id).where(verdicts.c.mention_id == mention_rows.c.id).exists()
    return (
        mention_rows.c.id > newest - POOL,
        mention_rows.c.state == MentionState.DECIDED.value,
        mention_rows.c.outcome.in_(_UNROUTED),
        mention_rows.c.redacted_at.is_(None),
        mention_rows.c.copy_of.is_(None),
        mention_rows.c.sentiment != Sentiment.UNKNOWN.value,
        sa.or_(mention_rows.c.language.is_(None), mention_rows.c.language == "en"),
        ~is_judged,
    )


def _turn(day: date) -> sa.ColumnElement[int]:
    """A mention's place in the day's order: multiplying by a number of the day scatters the ids."""
    factor = int.from_bytes(sha256(day.isoformat().encode()).digest()[:4], "big") % (_PRIME - 2) + 2
    # Neither database has a seeded random order; products stay below 2 ** 62 for ids below the prime.
    return (mention_rows.c.id % _PRIME) * sa.literal(factor, sa.BigInteger) % _PRIME


def _insert(tx: Tx, mention_id: int, labels: Labels, origin: Origin, *, by: str, at: datetime) -> None:
    row = {
        "mention_id": mention_id,
        "is_unhappy": labels.is_unhappy,
        "is_praise": labels.is_praise,
        "source": origin.value,
        "at": at,
        "by": by,
    }
    tx.execute(sa.insert(verdicts), row)
