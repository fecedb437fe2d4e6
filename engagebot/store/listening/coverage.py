"""The coverage ledger: when each watch was heard, what the platform did not give, when we had to keep quiet.

Heard stretches of one watch never overlap, so an uninterrupted one is one row however many polls made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.listening.coverage import (
    FIRST,
    LATE,
    RESTS,
    Entry,
    Kind,
    Span,
    join,
    late_after,
    subtract,
)
from engagebot.domain.records import Slice
from engagebot.ports import Gap, Page, Watch
from engagebot.store.engine import Tx, count_changed
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.tables import coverage, watches

PER_PAGE = 500
# A search of Reddit shows posts only after up to ten minutes; what comes with that delay is not late.
SLOWEST = timedelta(minutes=10)
# Pages of one late burst follow one another; they make one stretch.
SAME_BURST = timedelta(minutes=10)


def note_page(tx: Tx, watch: Watch, page: Page, *, asked_at: datetime) -> None:
    """Write down what a page let us hear; call it in the page's own transaction."""
    gaps = [Span(gap.from_at, gap.until_at) for gap in page.gaps]
    last = _heard_until(tx, watch.name)
    reason = FIRST if last is None else LATE
    if page.heard_from is not None or page.heard_until is not None or not page.has_more:
        since = page.heard_from or last or asked_at - watch.lookback
        span = Span(since, page.heard_until or asked_at)
        # A connector that does not say where its burst began cannot mean a gap of an earlier one.
        known = [] if page.heard_from is not None else _open_gaps(tx, watch.name, span)
        for piece in subtract([span], [*gaps, *known]):
            note_heard(tx, watch, piece, at=asked_at, reason=reason)
            heal(tx, watch.name, piece, at=asked_at)
    for gap in page.gaps:
        note_gap(tx, watch.name, gap, at=asked_at)
    _end_rest(tx, watch, asked_at)


def note_heard(tx: Tx, watch: Watch, span: Span, *, at: datetime, reason: str = LATE) -> None:
    """Add a span to what was heard: the stretch it continues grows, and what was heard already is left out.

    What comes long after it happened becomes a stretch of its own, which keeps when it was heard.
    """
    if span.is_empty:
        return
    near = [entry for entry in _touching(tx, watch.name, span) if entry.kind is Kind.HEARD]
    for piece in subtract([span], [entry.span for entry in near]):
        is_late = at - piece.from_at > late_after(watch.every) + SLOWEST
        same = [entry for entry in near if entry.is_late is is_late and _continues(entry, piece, at)]
        whole = join([piece, *(entry.span for entry in same)])[0]
        values = {"from_at": whole.from_at, "until_at": whole.until_at, "noted_at": at}
        if same:
            _delete(tx, [entry.id for entry in same[1:]])
            tx.execute(sa.update(coverage).where(coverage.c.id == same[0].id).values(**values))
        else:
            _add(tx, watch.name, Kind.HEARD, {**values, "reason": reason if is_late else None})
        near = [entry for entry in _touching(tx, watch.name, span) if entry.kind is Kind.HEARD]


def _continues(entry: Entry, piece: Span, at: datetime) -> bool:
    touches = entry.span.from_at <= piece.until_at and piece.from_at <= entry.span.until_at
    return touches and (not entry.is_late or at - entry.noted_at <= SAME_BURST)


def begin(tx: Tx, watch: str, at: datetime) -> None:
    """Open the ledger of a watch that never heard anything, so that its silence counts from now."""
    if tx.execute(sa.select(coverage.c.id).where(coverage.c.watch == watch).limit(1)).first() is None:
        _add(tx, watch, Kind.HEARD, {"from_at": at, "until_at": at, "noted_at": at, "reason": FIRST})


def note_gap(tx: Tx, watch: str, gap: Gap, *, at: datetime) -> bool:
    """Write down posts that the platform would not give; false when the same gap was noted already.

    An open gap of the same kind that it overlaps grows instead of being counted twice.
    """
    span = Span(gap.from_at, gap.until_at)
    if span.is_empty:
        return False
    known = [entry for entry in _touching(tx, watch, span) if entry.is_missing and entry.reason == gap.reason]
    whole = join([span, *(entry.span for entry in known)])[0]
    if any(entry.span == whole for entry in known):
        return False
    values = {"from_at": whole.from_at, "until_at": whole.until_at, "noted_at": at}
    if known:
        _delete(tx, [entry.id for entry in known[1:]])
        tx.execute(sa.update(coverage).where(coverage.c.id == known[0].id).values(**values))
    else:
        _add(tx, watch, Kind.GAP, {**values, "reason": gap.reason})
    return True


def heal(tx: Tx, watch: str, span: Span, *, at: datetime) -> int:
    """Mark the open gaps that lie wholly within a span as heard after all; answer how many."""
    within = (
        coverage.c.watch == watch,
        coverage.c.kind == Kind.GAP.value,
        coverage.c.healed_at.is_(None),
        coverage.c.from_at >= span.from_at,
        coverage.c.until_at <= span.until_at,
    )
    return count_changed(tx.execute(sa.update(coverage).where(*within).values(healed_at=at)))


def note_limited(tx: Tx, watch: str, span: Span, reason: str) -> None:
    """Write down that a watch has to keep quiet for a while; a rest that touches an equal one extends it."""
    if span.is_empty:
        return
    begin(tx, watch, span.from_at)
    touching = _touching(tx, watch, span)
    known = [entry for entry in touching if entry.kind is Kind.LIMITED and entry.reason == reason]
    whole = join([span, *(entry.span for entry in known)])[0]
    values = {"from_at": whole.from_at, "until_at": whole.until_at, "noted_at": span.from_at}
    if known:
        _delete(tx, [entry.id for entry in known[1:]])
        tx.execute(sa.update(coverage).where(coverage.c.id == known[0].id).values(**values))
    else:
        _add(tx, watch, Kind.LIMITED, {**values, "reason": reason})


def note_connector_limited(tx: Tx, connector: str, span: Span, reason: str) -> None:
    """Write down that all watches of a connector have to keep quiet."""
    names = tx.execute(sa.select(watches.c.name).where(watches.c.connector == connector))
    for name in sorted(names.scalars()):
        note_limited(tx, name, span, reason)


def _end_rest(tx: Tx, watch: Watch, at: datetime) -> None:
    """A connector that answers may speak again, whatever was expected; budgets are each watch's own."""
    siblings = sa.select(watches.c.name).where(watches.c.connector == watch.connector)
    is_going_on = (coverage.c.kind == Kind.LIMITED.value, coverage.c.until_at > at)
    is_over = sa.or_(
        coverage.c.watch == watch.name,
        sa.and_(coverage.c.watch.in_(siblings), coverage.c.reason.in_(list(RESTS.values()))),
    )
    tx.execute(sa.update(coverage).where(*is_going_on, is_over).values(until_at=at))


def page(
    tx: Tx, watch: str, period: Span, *, limit: int = PER_PAGE, cursor: str | None = None
) -> Slice[Entry]:
    """The entries of a watch that reach into a period, oldest end first."""
    query = sa.select(coverage).where(
        coverage.c.watch == watch,
        coverage.c.until_at >= period.from_at,
        coverage.c.from_at <= period.until_at,
    )
    if cursor is not None:
        after = read_cursor(cursor)
        query = query.where(
            sa.tuple_(coverage.c.until_at, coverage.c.id)
            > sa.tuple_(
                sa.literal(after.at, type_=coverage.c.until_at.type), sa.literal(after.row_id, sa.BigInteger)
            )
        )
    query = query.order_by(coverage.c.until_at, coverage.c.id).limit(limit + 1)
    rows = [_entry(row) for row in tx.execute(query).mappings()]
    return Slice(rows[:limit], next_cursor(rows, limit, lambda entry: Key(entry.span.until_at, entry.id)))


def entries(tx: Tx, watch: str, period: Span) -> Iterator[Entry]:
    """All entries of a watch that reach into a period, oldest end first."""
    cursor = None
    while True:
        found = page(tx, watch, period, cursor=cursor)
        yield from found.items
        cursor = found.cursor
        if cursor is None:
            return


def began_at(tx: Tx, watch: str) -> datetime | None:
    """When a watch began to listen; what its first poll found by looking back is older than that."""
    is_first = coverage.c.reason == FIRST
    moment = coverage.c.from_at.type
    when = sa.case((is_first, coverage.c.noted_at), else_=coverage.c.from_at)
    query = sa.select(sa.type_coerce(sa.func.min(when), moment)).where(coverage.c.watch == watch)
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def _heard_until(tx: Tx, watch: str) -> datetime | None:
    latest = sa.type_coerce(sa.func.max(coverage.c.until_at), coverage.c.until_at.type)
    query = sa.select(latest).where(coverage.c.watch == watch, coverage.c.kind == Kind.HEARD.value)
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def _open_gaps(tx: Tx, watch: str, span: Span) -> list[Span]:
    return [entry.span for entry in _touching(tx, watch, span) if entry.is_missing]


def _touching(tx: Tx, watch: str, span: Span) -> list[Entry]:
    query = (
        sa.select(coverage)
        .where(
            coverage.c.watch == watch,
            coverage.c.until_at >= span.from_at,
            coverage.c.from_at <= span.until_at,
        )
        .order_by(coverage.c.from_at, coverage.c.id)
    )
    return [_entry(row) for row in tx.execute(query).mappings()]


def _add(tx: Tx, watch: str, kind: Kind, values: Mapping[str, Any]) -> None:
    tx.execute(sa.insert(coverage).values(watch=watch, kind=kind.value, **values))


def _delete(tx: Tx, ids: Sequence[int]) -> None:
    if ids:
        tx.execute(sa.delete(coverage).where(coverage.c.id.in_(ids)))


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(
        id=row["id"],
        watch=row["watch"],
        kind=Kind(row["kind"]),
        span=Span(row["from_at"], row["until_at"]),
        noted_at=row["noted_at"],
        reason=row["reason"],
        healed_at=row["healed_at"],
    )
