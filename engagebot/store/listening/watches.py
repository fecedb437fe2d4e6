"""Watches as they run: cursors, leases with fences, and how connectors fare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engagebot.domain.listening.costs import WRITE_UNITS, Prices, cost_of
from engagebot.domain.records import ConnectorRecord, WatchRecord
from engagebot.errors import AuthFailed, ConnectorError
from engagebot.ports import Cursor, Watch
from engagebot.store.engine import Tx, count_changed, upsert
from engagebot.store.listening import costs
from engagebot.store.remembered import remembered
from engagebot.store.tables import connectors, watches

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FAR_FUTURE = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to poll a watch until it expires; a later lease has a higher fence."""

    watch: WatchRecord
    fence: int


def register(tx: Tx, configured: Iterable[Watch], now: datetime) -> None:
    """Make the table agree with the settings.

    A watch whose text changed starts afresh: its old cursor belongs to another question. Watches that left
    the settings rest, with their cursor, until they come back.
    """
    known = {row["name"]: row for row in tx.execute(sa.select(watches)).mappings()}
    names = set()
    for watch in configured:
        names.add(watch.name)
        spec = _spec(watch)
        row = known.get(watch.name)
        if row is None:
            values = {"name": watch.name, "connector": watch.connector, "spec": spec, "next_poll_at": now}
            tx.execute(upsert(tx, watches).values(**values).on_conflict_do_nothing(index_elements=["name"]))
        elif row["spec"] != spec:
            tx.execute(
                sa.update(watches)
                .where(watches.c.id == row["id"])
                .values(
                    connector=watch.connector,
                    spec=spec,
                    cursor=None,
                    started_at=None,
                    next_poll_at=now,
                    failures=0,
                    last_error=None,
                    error_kind=None,
                    is_stopped=False,
                    # Whoever still polls for the old question must not put its cursor here.
                    fence=watches.c.fence + 1,
                    lease_until=_LONG_AGO,
                )
            )
        elif row["next_poll_at"] == FAR_FUTURE or _is_early(watch, row, now):
            tx.execute(sa.update(watches).where(watches.c.id == row["id"]).values(next_poll_at=now))
    gone = [row["id"] for name, row in known.items() if name not in names]
    if gone:
        tx.execute(sa.update(watches).where(watches.c.id.in_(gone)).values(next_poll_at=FAR_FUTURE))


def _is_early(watch: Watch, row: Mapping[Any, Any], now: datetime) -> bool:
    """Whether a watch waits longer than it would by the settings as they are now.

    It rested for a budget that was raised since, or it was to be asked less often.
    """
    return bool(row["failures"] == 0 and row["next_poll_at"] > now + watch.every)


def _spec(watch: Watch) -> str:
    return json.dumps([watch.connector, watch.kind, dict(watch.options)], sort_keys=True, default=str)


def due(tx: Tx, names: Iterable[str], now: datetime) -> list[WatchRecord]:
    """The watches among `names` that may be polled now, longest overdue first."""
    query = (
        sa.select(watches)
        .where(
            watches.c.name.in_(list(names)),
            watches.c.next_poll_at <= now,
            watches.c.lease_until <= now,
            watches.c.is_stopped.is_(False),
        )
        .order_by(watches.c.next_poll_at, watches.c.id)
    )
    return [_record(row) for row in tx.execute(query).mappings()]


def claim(tx: Tx, watch_id: int, *, owner: str, now: datetime, lease: timedelta) -> Lease | None:
    """Take the right to poll, or `None` when somebody else has it.

    One statement compares and sets: a look first and a write after would let two workers in on PostgreSQL.
    """
    row = (
        tx.execute(
            sa.update(watches)
            .where(watches.c.id == watch_id, watches.c.lease_until <= now, watches.c.is_stopped.is_(False))
            .values(owner=owner, fence=watches.c.fence + 1, lease_until=now + lease)
            .returning(watches)
        )
        .mappings()
        .first()
    )
    return None if row is None else Lease(_record(row), row["fence"])


def advance(
    tx: Tx, lease: Lease, *, cursor: Cursor, at: datetime, next_poll_at: datetime, note: str | None
) -> bool:
    """Move a watch behind the page just stored; false when the lease was lost, and nothing is moved.

    `None` leaves the note that is there, an empty one takes it away.
    """
    values: dict[str, Any] = {
        "cursor": cursor,
        "started_at": sa.func.coalesce(watches.c.started_at, sa.literal(at, type_=watches.c.started_at.type)),
        "last_poll_at": at,
        "last_success_at": at,
        "next_poll_at": next_poll_at,
        "failures": 0,
        "last_error": None,
        "error_kind": None,
    }
    if note is not None:
        values["note"] = note or None
    return _fenced(tx, lease, values)


def rest(tx: Tx, lease: Lease, *, until: datetime, note: str) -> bool:
    """Leave a watch where it stands until then, and say why; this is no failure."""
    return _fenced(tx, lease, {"next_poll_at": until, "note": note})


def record_failure(tx: Tx, lease: Lease, failure: Mapping[str, Any]) -> bool:
    """Write down why a poll failed and give the lease back.

    `failure` holds `at`, `kind`, `message`, `next_poll_at` and, where it is for good, `is_stopped`.
    """
    return _fenced(
        tx,
        lease,
        {
            "last_poll_at": failure["at"],
            "next_poll_at": failure["next_poll_at"],
            "failures": watches.c.failures + 1,
            "last_error": failure["message"],
            "error_kind": failure["kind"],
            "is_stopped": failure.get("is_stopped", False),
            "lease_until": sa.literal(failure["at"], type_=watches.c.lease_until.type),
        },
    )


def release(tx: Tx, lease: Lease, now: datetime) -> bool:
    """Give the lease back after the last page."""
    return _fenced(tx, lease, {"lease_until": now})


def end_leases(tx: Tx) -> None:
    """Free every watch; a worker that is alive after all finds its fence passed and stops."""
    freed = {"owner": None, "fence": watches.c.fence + 1, "lease_until": _LONG_AGO}
    tx.execute(sa.update(watches).where(watches.c.owner.is_not(None)).values(**freed))


def _fenced(tx: Tx, lease: Lease, values: Mapping[str, Any]) -> bool:
    statement = sa.update(watches).where(watches.c.id == lease.watch.id, watches.c.fence == lease.fence)
    return count_changed(tx.execute(statement.values(**values))) == 1


def all_of(tx: Tx, names: Iterable[str]) -> list[WatchRecord]:
    """The watches with these names, by name."""
    return list(_named(tx, tuple(names)))


_NAMED = (
    sa.select(watches)
    .where(watches.c.name.in_(sa.bindparam("names", expanding=True)))
    .order_by(watches.c.name)
)


@remembered
def _named(tx: Tx, names: tuple[str, ...]) -> tuple[WatchRecord, ...]:
    return tuple(_record(row) for row in tx.execute(_NAMED, {"names": names}).mappings())


def resume(tx: Tx, names: Iterable[str], now: datetime) -> None:
    """Let stopped watches poll again, at once."""
    tx.execute(
        sa.update(watches).where(watches.c.name.in_(list(names))).values(is_stopped=False, next_poll_at=now)
    )


def pause_connector(tx: Tx, connector: str, *, until: datetime, problem: ConnectorError) -> None:
    """Keep a whole connector quiet until then, and say why."""
    values = {"paused_until": until, "problem": str(problem), "problem_kind": type(problem).__name__}
    _put_connector(tx, connector, values)


def connector_recovered(tx: Tx, connector: str) -> None:
    """Forget the connector's problem."""
    _put_connector(tx, connector, {"paused_until": None, "problem": None, "problem_kind": None})


def forgive_keys(tx: Tx) -> None:
    """Let connectors with a refused key try again: the program was started anew, perhaps with a new key."""
    refused = connectors.c.problem_kind == AuthFailed.__name__
    tx.execute(sa.update(connectors).where(refused).values(paused_until=None))


def paused_connectors(tx: Tx, now: datetime) -> dict[str, datetime]:
    """Connectors that must stay quiet now, with the time they may speak again."""
    query = sa.select(connectors.c.name, connectors.c.paused_until).where(connectors.c.paused_until > now)
    return {row[0]: row[1] for row in tx.execute(query)}


def _put_connector(tx: Tx, connector: str, values: Mapping[str, Any]) -> None:
    statement = upsert(tx, connectors).values(name=connector, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=dict(values)))


@remembered
def connector_rows(tx: Tx) -> tuple[Mapping[Any, Any], ...]:
    """What is kept of each connector that ever had a problem."""
    return tuple(tx.execute(sa.select(connectors)).mappings())


def connector_records(
    tx: Tx, configured: Iterable[Watch], now: datetime, *, prices: Prices | None = None
) -> list[ConnectorRecord]:
    """How each configured connector fares, by name: the worst of its watches counts.

    Without `prices` the cost stays unknown.
    """
    by_connector: dict[str, list[str]] = {}
    for watch in configured:
        by_connector.setdefault(watch.connector, []).append(watch.name)
    rows = {row["name"]: row for row in connector_rows(tx)}
    today = costs.counted(tx, since=now.date())
    names = [name for names in by_connector.values() for name in names]
    known = {watch.name: watch for watch in all_of(tx, names)}
    found = []
    for name in sorted(by_connector):
        row = rows.get(name)
        polled = [known[each] for each in sorted(by_connector[name]) if each in known]
        polls = [watch.last_poll_at for watch in polled if watch.last_poll_at is not None]
        problems = [watch.last_error for watch in polled if watch.last_error]
        problem = (row["problem"] if row is not None else None) or (problems[0] if problems else None)
        counted = [line for line in today if line.connector == name]
        found.append(
            ConnectorRecord(
                name=name,
                is_healthy=(problem is None) if polls else None,
                last_poll_at=max(polls) if polls else None,
                reads_today=sum(line.count for line in counted if line.unit not in WRITE_UNITS),
                paused_until=row["paused_until"] if row is not None else None,
                problem=problem,
                cost_today=None if prices is None else float(cost_of(counted, prices)),
            )
        )
    return found


def _record(row: Mapping[Any, Any]) -> WatchRecord:
    return WatchRecord(
        **{
            name: row[name]
            for name in (
                "id", "name", "connector", "cursor", "next_poll_at", "started_at", "last_poll_at",
                "last_success_at", "failures", "last_error", "error_kind", "note", "is_stopped",
            )
        }
    )  # fmt: skip
