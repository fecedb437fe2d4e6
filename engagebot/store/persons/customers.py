"""Customers: platform accounts that have spoken of us."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from engagebot.domain.mention import Mention
from engagebot.domain.persons.customers import Mark
from engagebot.domain.records import CustomerRecord, Slice
from engagebot.errors import NotFound
from engagebot.store.among import among
from engagebot.store.bulk import Bulk
from engagebot.store.casework.urgent_cases import due_first, gravest_first
from engagebot.store.engine import Tx, upsert
from engagebot.store.paging import Key, next_cursor, read_cursor
from engagebot.store.remembered import remembered
from engagebot.store.tables import cases, customer_tags, customers, mentions
from engagebot.store.texts import storable

CONTACT_WINDOW = timedelta(days=366)
_IN_CHUNK = 1000


def key_of(mention: Mention) -> tuple[str, str] | None:
    """What names an account: its platform id where known, else its handle; `None` for deleted accounts."""
    author = mention.author
    if author is None:
        return None
    return mention.ref.source, storable(author.native_id or f"@{author.handle.casefold()}")


def meet(tx: Tx, heard: Sequence[Mention]) -> dict[tuple[str, str] | None, int]:
    """Make or refresh the customer behind each mention; answer their ids by `key_of`."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for mention in heard:
        key = key_of(mention)
        author = mention.author
        if key is None or author is None:
            continue
        row = newest.get(key)
        first = min(row["first_seen_at"], mention.posted_at) if row else mention.posted_at
        if row is None or mention.posted_at >= row["last_seen_at"]:
            row = {
                "source": key[0],
                "account_key": key[1],
                "handle": author.handle,
                "name": author.name,
                "url": author.url,
                "last_seen_at": mention.posted_at,
            }
        newest[key] = {**row, "first_seen_at": first}
    if not newest:
        return {}
    # One order for everybody: two workers that meet the same people cannot wait for each other in a ring.
    _MEET.run(tx, [newest[key] for key in sorted(newest)])
    return _ids(tx, list(newest))


def _meet(tx: Tx) -> Any:
    statement = upsert(tx, customers)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["source", "account_key"],
        set_={
            "handle": new.handle,
            "name": sa.func.coalesce(new.name, customers.c.name),
            "url": sa.func.coalesce(new.url, customers.c.url),
            "first_seen_at": sa.case(
                (new.first_seen_at < customers.c.first_seen_at, new.first_seen_at),
                else_=customers.c.first_seen_at,
            ),
            "last_seen_at": sa.case(
                (new.last_seen_at > customers.c.last_seen_at, new.last_seen_at),
                else_=customers.c.last_seen_at,
            ),
        },
    )


_MEET = Bulk(_meet, ("source", "account_key", "handle", "name", "url", "first_seen_at", "last_seen_at"))


def _ids(tx: Tx, keys: list[tuple[str, str]]) -> dict[tuple[str, str] | None, int]:
    found: dict[tuple[str, str] | None, int] = {}
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, account_key in keys:
        by_source[source].append(account_key)
    for source, account_keys in by_source.items():
        for start in range(0, len(account_keys), _IN_CHUNK):
            query = sa.select(customers.c.account_key, customers.c.id).where(
                customers.c.source == source,
                among(tx, customers.c.account_key, account_keys[start : start + _IN_CHUNK]),
            )
            for account_key, customer_id in tx.execute(query).all():
                found[(source, account_key)] = customer_id
    return found


def count_contacts(tx: Tx, customer_ids: Iterable[int]) -> None:
    """Add one contact for every id given; an id may stand several times."""
    counts = Counter(customer_ids)
    _COUNT.run(tx, [{"customer": customer_id, "more": counts[customer_id]} for customer_id in sorted(counts)])


_COUNT = Bulk(
    lambda tx: (
        sa.update(customers)
        .where(customers.c.id == sa.bindparam("customer"))
        .values(contacts=customers.c.contacts + sa.bindparam("more", type_=customers.c.contacts.type))
    ),
    ("customer", "more"),
)


def contact_times(
    tx: Tx, customer_ids: Iterable[int], *, until: datetime, since: datetime
) -> dict[int, list[datetime]]:
    """When these customers spoke between `since` and `until`, oldest first."""
    found: dict[int, list[datetime]] = defaultdict(list)
    wanted = sorted(set(customer_ids))
    for start in range(0, len(wanted), _IN_CHUNK):
        query = (
            sa.select(mentions.c.customer_id, mentions.c.posted_at)
            .where(
                among(tx, mentions.c.customer_id, wanted[start : start + _IN_CHUNK]),
                mentions.c.posted_at.between(since, until),
            )
            .order_by(mentions.c.customer_id, mentions.c.posted_at)
        )
        for customer_id, posted_at in tx.execute(query).all():
            found[customer_id].append(posted_at)
    return found


def get_many(tx: Tx, customer_ids: Iterable[int]) -> dict[int, CustomerRecord]:
    """Customers by id; unknown ids are left out."""
    found: dict[int, CustomerRecord] = {}
    wanted = sorted(set(customer_ids))
    for start in range(0, len(wanted), _IN_CHUNK):
        query = _SELECT.where(customers.c.id.in_(wanted[start : start + _IN_CHUNK]))
        for row in tx.execute(query).mappings():
            found[row["id"]] = _record(row)
    return found


class Marks(NamedTuple):
    """What people have said of somebody; `None` where nobody said anything."""

    is_vip: bool | None = None
    is_opted_out: bool | None = None
    mark: Mark | None = None


def marks(tx: Tx, customer_ids: Iterable[int]) -> dict[int, Marks]:
    """Who among these is marked, and how."""
    found: dict[int, Marks] = {}
    wanted = sorted(set(customer_ids))
    columns = (customers.c.is_vip, customers.c.is_opted_out, customers.c.mark)
    is_marked = sa.or_(*(column.is_not(None) for column in columns))
    for start in range(0, len(wanted), _IN_CHUNK):
        query = sa.select(customers.c.id, *columns)
        query = query.where(among(tx, customers.c.id, wanted[start : start + _IN_CHUNK]), is_marked)
        for customer_id, is_vip, is_opted_out, mark in tx.execute(query):
            found[customer_id] = Marks(is_vip, is_opted_out, Mark(mark) if mark else None)
    return found


def set_marks(
    tx: Tx, customer_id: int, *, is_vip: bool | None = None, mark: Mark | None = None, unmark: bool = False
) -> None:
    """Note that somebody matters, does not any more, or whose account it is."""
    values: dict[str, Any] = {}
    if is_vip is not None:
        values["is_vip"] = is_vip
    if mark is not None or unmark:
        values["mark"] = mark.value if mark is not None else None
    tx.execute(sa.update(customers).where(customers.c.id == customer_id).values(**values))


def ids_of(tx: Tx, heard: Sequence[Mention]) -> dict[tuple[str, str] | None, int]:
    """The ids of those who wrote these mentions, by `key_of`; people never met are left out."""
    return _ids(tx, sorted({key for mention in heard if (key := key_of(mention)) is not None}))


def named(tx: Tx, source: str, name: str) -> list[int]:
    """The ids of those who go by a name (in lower case) or have it for the platform's id."""
    query = sa.select(customers.c.id).where(
        customers.c.source == source,
        sa.or_(
            customers.c.account_key.in_([name, f"@{name}"]),
            sa.func.lower(customers.c.handle).in_([name, f"@{name}"]),
        ),
    )
    return list(tx.execute(query).scalars())


def called(tx: Tx, handle: str, *, source: str | None = None) -> list[CustomerRecord]:
    """Those who go by a handle, however it is written, on one source or on any."""
    lower = handle.casefold()
    query = _SELECT.where(sa.func.lower(customers.c.handle).in_([lower, f"@{lower}", f"u/{lower}"]))
    if source is not None:
        query = query.where(customers.c.source == source)
    return [_record(row) for row in tx.execute(query.order_by(customers.c.id).limit(20)).mappings()]


def opt_out(tx: Tx, customer_id: int, at: datetime | None) -> bool:
    """Note since when a person wants to be left alone, or with `None` that they do not any more.

    False when that was so already.
    """
    statement = (
        sa.update(customers)
        .where(
            customers.c.id == customer_id,
            sa.func.coalesce(customers.c.is_opted_out, sa.false()) != (at is not None),
        )
        .values(is_opted_out=at is not None, opted_out_at=at)
        .returning(customers.c.id)
    )
    return tx.execute(statement).scalar_one_or_none() is not None


@remembered
def get(tx: Tx, customer_id: int) -> CustomerRecord:
    """One customer.

    Raises:
        NotFound: there is none with this id.
    """
    row = tx.execute(_BY_ID, {"of": customer_id}).mappings().first()
    if row is None:
        raise NotFound(f"there is no customer {customer_id}")
    return _record(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """Which customers a list shows; `None` shows all. `name` are letters of a handle, `among` are ids."""

    name: str | None = None
    tag: str | None = None
    is_vip: bool | None = None
    mark: Mark | None = None
    among: Collection[int] | None = None


def page(
    tx: Tx, *, limit: int = 50, cursor: str | None = None, only: CustomerFilter | None = None
) -> Slice[CustomerRecord]:
    """Customers, those who spoke last first; who was forgotten is not listed."""
    query = _SELECT.order_by(customers.c.last_seen_at.desc(), customers.c.id.desc())
    query = query.where(customers.c.forgotten_at.is_(None), customers.c.contacts > 0)
    query = query.where(*_conditions(tx, only or CustomerFilter()))
    if cursor is not None:
        at, row_id = read_cursor(cursor)
        instant = sa.literal(at, type_=customers.c.last_seen_at.type)
        query = query.where(
            sa.tuple_(customers.c.last_seen_at, customers.c.id) < sa.tuple_(instant, sa.literal(row_id))
        )
    rows = [_record(row) for row in tx.execute(query.limit(limit + 1)).mappings()]
    return Slice(rows[:limit], next_cursor(rows, limit, lambda last: Key(last.last_seen_at, last.id)))


_NAMED_AMONG = 20_000
_MOST_NAMED = 1_000


def _conditions(tx: Tx, only: CustomerFilter) -> Iterator[sa.ColumnElement[bool]]:
    if only.name is not None:
        yield among(tx, customers.c.id, _named_ids(tx, only.name))
    if only.tag is not None:
        yield customers.c.id.in_(
            sa.select(customer_tags.c.customer_id).where(customer_tags.c.tag == only.tag)
        )
    if only.is_vip is not None:
        yield customers.c.is_vip == only.is_vip
    if only.mark is not None:
        yield customers.c.mark == only.mark.value
    if only.among is not None:
        yield among(tx, customers.c.id, sorted(only.among))


def _named_ids(tx: Tx, letters: str) -> list[int]:
    """Whoever has this very handle, and among the newest those whose handle or name holds the letters.

    No index holds parts of names, so that a list never takes long on a large site.
    """
    wanted = storable(letters.strip().removeprefix("@"))
    exact = sa.select(customers.c.id).where(customers.c.handle.in_([wanted, f"@{wanted}"]))
    newest = sa.select(customers.c.id).order_by(customers.c.id.desc()).limit(_NAMED_AMONG).subquery()
    pattern = f"%{_plain(wanted)}%"
    is_it = sa.or_(
        sa.func.lower(customers.c.handle).like(pattern, escape="\\"),
        sa.func.lower(customers.c.name).like(pattern, escape="\\"),
    )
    like = sa.select(customers.c.id).join(newest, newest.c.id == customers.c.id).where(is_it)
    query = like.order_by(customers.c.last_seen_at.desc(), customers.c.id.desc()).limit(_MOST_NAMED)
    return sorted({*tx.execute(exact).scalars(), *tx.execute(query).scalars()})


def _plain(letters: str) -> str:
    """Letters to look for as they are: no sign of them stands for others."""
    return letters.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def named_like(tx: Tx, letters: str, *, limit: int) -> list[CustomerRecord]:
    """Customers whose handle or name begins with these letters, among the newest, the latest voice first."""
    newest = sa.select(customers.c.id).order_by(customers.c.id.desc()).limit(_NAMED_AMONG).subquery()
    pattern = f"{_plain(letters)}%"
    is_it = sa.or_(
        sa.func.lower(customers.c.handle).like(pattern, escape="\\"),
        sa.func.lower(customers.c.name).like(pattern, escape="\\"),
    )
    query = _SELECT.join(newest, newest.c.id == customers.c.id).where(is_it)
    query = query.order_by(customers.c.last_seen_at.desc(), customers.c.id.desc()).limit(limit)
    return [_record(row) for row in tx.execute(query).mappings()]


# Of several the one that presses most: the gravest, then what is due first, then the newest.
_OPEN_CASE = (
    sa.select(cases.c.id)
    .where(cases.c.customer_id == customers.c.id, cases.c.state.not_in(["resolved", "closed"]))
    .order_by(gravest_first(), due_first(), cases.c.opened_at.desc(), cases.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_SELECT = sa.select(customers, _OPEN_CASE.label("open_case_id"))
# Asked for each item that is shown; putting it together takes as long as its answer.
_BY_ID = _SELECT.where(customers.c.id == sa.bindparam("of"))


def _record(row: Mapping[Any, Any]) -> CustomerRecord:
    return CustomerRecord(
        id=row["id"],
        source=row["source"],
        handle=row["handle"],
        name=row["name"],
        url=row["url"],
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        contacts=row["contacts"],
        open_case_id=row["open_case_id"],
        is_vip=row["is_vip"],
        is_opted_out=row["is_opted_out"],
        opted_out_at=row["opted_out_at"],
        mark=Mark(row["mark"]) if row["mark"] else None,
        forgotten_at=row["forgotten_at"],
    )
