"""How long the pages of the review desk take on the server, on a young site and on one of a million mentions.

    python -m benchmarks.desk [--sizes 10000,1000000] [--database sqlite|postgres|both] [--rounds 30] [--cpu]

The real app answers in this process; the time is what it takes from the request to the last byte of the
answer. With --cpu it is what the app and the database computed for it, whatever else the machine is busy with
(Linux only for PostgreSQL). Exits with 1 when a page of the queue or of mentions takes more than 50 ms (95 of
100 times) on the largest site, or more than one and a half times what it takes on the smallest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.desk.rows import NEEDLE
from benchmarks.desk.site import opened
from engagebot.bootstrap import App
from engagebot.domain.roles import Role
from engagebot.store import tables
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.web.app import create_app
from engagebot.web.entry.auth import cookie_name

ADDRESS = "http://127.0.0.1:8000"
MOST_MS = 50.0
MOST_RATIO = 1.5
# A page of a few milliseconds is noise as a ratio.
LEAST_MS = 10.0


class Figure(NamedTuple):
    """Milliseconds of one page."""

    median: float
    p95: float


class Timed:
    """An app that remembers how long it took to answer last; `clock` tells seconds."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float]) -> None:
        self._app = app
        self._clock = clock
        self.ms = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = self._clock()
        await self._app(scope, receive, send)
        self.ms = (self._clock() - begin) * 1000


def computed(app: App) -> Callable[[], float]:
    """A clock of the CPU seconds of this process and of the database's own for it."""
    if app.store.is_sqlite:
        return time.process_time
    mine = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"

    def clock() -> float:
        files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
        nanoseconds = sum(int(file.read_text().split()[0]) for file in files if file.exists())
        return time.process_time() + nanoseconds / 1e9

    with app.store.read() as tx:
        pids = list(tx.exec_driver_sql(mine).scalars())
    return clock


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk")
    parser.add_argument("--sizes", default="10000,1000000", help="mentions, smallest first")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--cpu", action="store_true", help="CPU time instead of the wall clock's")
    parser.add_argument("--rounds", type=int, default=30, help="ask for each page so often (default 30)")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.sizes.split(",")]
    kinds = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    missed = []
    for kind in kinds:
        with ExitStack() as stack:
            apps = [stack.enter_context(opened(kind, size)) for size in sizes]
            missed += report(kind, sizes, measure(apps, options.rounds, is_cpu=options.cpu))
    for line in missed:
        print(f"missed: {line}")
    if missed:
        sys.exit(1)


def report(kind: str, sizes: Sequence[int], found: Sequence[Mapping[str, Figure]]) -> list[str]:
    """Print sites of these sizes side by side; answer in words which aims were missed."""
    print(f"\n{kind}, ms on the server, median / p95")
    heads = "".join(f"{size:>20,}" for size in sizes)
    print(f"{'page':<28}{heads}{'ratio of p95':>14}")
    missed = []
    for name, first in found[0].items():
        last = found[-1][name]
        ratio = last.p95 / first.p95
        columns = "".join(f"{f'{each[name].median:.1f} / {each[name].p95:.1f}':>20}" for each in found)
        print(f"{name:<28}{columns}{ratio:>14.2f}", flush=True)
        is_aim = name.startswith(("queue", "mention"))
        if is_aim and last.p95 > MOST_MS:
            missed.append(f"{kind}, {name}: p95 {last.p95:.1f} ms")
        if is_aim and ratio > MOST_RATIO and last.p95 > LEAST_MS:
            missed.append(f"{kind}, {name}: {ratio:.2f} times the small site's")
    return missed


def measure(apps: Sequence[App], rounds: int, *, is_cpu: bool = False) -> list[dict[str, Figure]]:
    """Ask for every page so often, in turns over the sites, so that all see the same hours of the machine."""
    found: list[dict[str, Figure]] = [{} for _ in apps]
    with ExitStack() as stack:
        desks = [_Desk(app, stack, computed(app) if is_cpu else time.perf_counter) for app in apps]
        for name in desks[0].pages:
            for desk in desks:
                desk.ask(name, 0)
            turns = [[desk.ask(name, turn) for desk in desks] for turn in range(rounds)]
            for figures, times in zip(found, zip(*turns, strict=True), strict=True):
                p95 = sorted(times)[max(0, round(rounds * 0.95) - 1)]
                figures[name] = Figure(statistics.median(times), p95)
    return found


class _Desk:
    """One site's pages, asked by somebody who is signed in."""

    def __init__(self, app: App, stack: ExitStack, clock: Callable[[], float]) -> None:
        self._timed = Timed(create_app(app), clock)
        client = TestClient(self._timed, base_url=ADDRESS, client=("127.0.0.1", 50_000))
        self._client = stack.enter_context(client)
        client.cookies.set(cookie_name(app), signed_in(app))
        self.pages = pages(app, client)

    def ask(self, name: str, turn: int) -> float:
        """How many milliseconds a page takes, at one of its addresses."""
        addresses = self.pages[name]
        address = addresses[turn % len(addresses)]
        answer = self._client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}: {answer.text[:500]}")
        return self._timed.ms


def signed_in(app: App) -> str:
    now = app.clock.now()
    with app.store.write() as tx:
        user = accounts.add(tx, NewUser(name="owner_demo", role=Role.OWNER), now)
        return accounts.issue(
            tx, KeyKind.SESSION, user_id=user.id, at=now, expires_at=now + timedelta(hours=8)
        )


def pages(app: App, client: TestClient) -> Mapping[str, Sequence[str]]:
    """What is asked for, by name."""
    some = _some(app)
    following = client.get("/api/v1/queue?limit=50").json()["next_cursor"]
    older = client.get("/api/v1/mentions?limit=50").json()["next_cursor"]
    found = {
        "queue": ["/queue"],
        "queue: item": [f"/queue?item={each}" for each in some["drafts"]],
        "queue: lane": ["/queue?lane=unhappy", "/queue?lane=appreciation"],
        "queue: search": ["/queue?q=" + quote("feeling:unhappy older:2h"), "/queue?q=mine"],
        "queue: words": ["/queue?q=voucher", "/queue?q=" + quote('"charged twice"')],
        "queue: sorts": [f"/queue?sort={sort}" for sort in ("waiting", "feeling", "reach", "newest")],
        "queue: answered": ["/queue?lane=answered", "/queue?lane=rejected"],
        "queue: answered, search": ["/queue?lane=answered&q=refund"],
        "queue: api, next page": [f"/api/v1/queue?limit=50&cursor={following}"] if following else [],
        "mentions": ["/mentions"],
        "mentions: api, next page": [f"/api/v1/mentions?limit=50&cursor={older}"] if older else [],
        "mentions: feeling": ["/mentions?sentiment=very_positive", "/mentions?q=feeling%3Aunhappy"],
        "mentions: nothing found": [f"/mentions?q={NEEDLE}", "/mentions?source=yelp"],
        "mentions: words": ["/mentions?q=voucher", "/mentions?q=" + quote('"charged twice"')],
        "mentions: mine, overdue": ["/mentions?q=mine", "/mentions?q=is%3Aoverdue"],
        "mentions: rule": ["/mentions?q=rule%3Azzz"],
        "mentions: author": [f"/mentions?q=author%3A{each}" for each in some["handles"]],
        "mentions: address": [f"/mentions?q={quote(each)}" for each in some["urls"]],
        "mention": [f"/mentions/{each}" for each in some["mentions"]],
        "cases": ["/cases", "/cases?state=closed"],
        "today": ["/"],
        "customers": ["/customers"],
        "customer": [f"/customers/{each}" for each in some["customers"]],
        "audit": ["/audit"],
        "connectors": ["/connectors"],
        "status": ["/api/v1/status"],
    }
    return {name: addresses for name, addresses in found.items() if addresses}


def _some(app: App) -> dict[str, list[Any]]:
    """A few drafts, mentions, handles and addresses, old and new; those of the busiest account among them."""
    drafts, mentions = tables.drafts.c, tables.mentions.c
    with app.store.read() as tx:
        newest = tx.execute(sa.select(sa.func.max(mentions.id))).scalar_one()
        waiting = sa.select(drafts.id).where(drafts.state == "proposed").limit(6)
        hot = sa.select(mentions.id).where(mentions.conversation_id == "hot").limit(2)
        near = sa.select(mentions.id).where(mentions.id > newest // 2).order_by(mentions.id).limit(3)
        ids = [*tx.execute(hot).scalars(), *tx.execute(near).scalars(), newest]
        urls = sa.select(mentions.url).where(mentions.id.in_(ids))
        first = sa.select(tables.customers.c.id, tables.customers.c.handle).order_by(tables.customers.c.id)
        people = tx.execute(first.limit(2)).all()
        return {
            "drafts": list(tx.execute(waiting).scalars()),
            "mentions": ids,
            "urls": list(tx.execute(urls).scalars()),
            "customers": [row.id for row in people],
            "handles": [row.handle for row in people],
        }


if __name__ == "__main__":
    main()
