"""The process that tells people and gets killed: one walk along the line after the other, until it is dead.

python -m benchmarks.deliveries.worker --database URL --clock FILE --http PORT --smtp PORT [--alone]
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.deliveries.office import Place, context
from benchmarks.soak.clock import SharedClock
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.telling import detours
from engagebot.pipeline.deliver import deliver_notices, open_changed_channels, requeue_notices
from engagebot.scheduler import WORKERS_FINISH
from engagebot.store.engine import Store, Tx
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import ClaimedDelivery

PAUSE_S = 0.02


def noted_before_sent() -> None:
    """Write down that a notice arrived before it is sent, as programs do that promise at most once."""
    claim = deliveries.claim

    def claimed(tx: Tx, delivery_id: int, **more: Any) -> ClaimedDelivery | None:
        found = claim(tx, delivery_id, **more)
        if found is not None:
            deliveries.settle(tx, found, DeliveryState.DELIVERED, {"delivered_at": more["now"]})
        return found

    deliveries.claim = claimed


def never_taken_up() -> None:
    """Leave what a kill cut off where it is."""
    globals()["requeue_notices"] = lambda *_, **__: 0


def no_other_way() -> None:
    """Try the first channel alone, and warn nobody."""
    detours.has_to_reach = lambda kind: False


BROKEN: dict[str, Callable[[], None]] = {
    each.__name__: each for each in (noted_before_sent, never_taken_up, no_other_way)
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries.worker")
    parser.add_argument("--database", required=True)
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--http", type=int, required=True)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--broken", choices=sorted(BROKEN))
    args = parser.parse_args()
    if args.broken:
        BROKEN[args.broken]()
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("engagebot.pipeline").setLevel(logging.CRITICAL)
    clock = SharedClock(args.clock)
    # Leases go by our clock: the database's own cannot be put forward.
    store = Store(args.database, clock=clock, uses_database_time=False)
    place = Place(http_port=args.http, smtp_port=args.smtp, seconds=args.seconds)
    told = context(store, clock, place, owner=f"worker-{os.getpid()}")
    # Several workers never know that the others are dead, and give them the time that they get in production.
    requeue_notices(store, clock, older_than=timedelta(0) if args.alone else WORKERS_FINISH)
    print("ready", flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        open_changed_channels(told)
        if not args.alone:
            requeue_notices(store, clock, older_than=WORKERS_FINISH)
        if not deliver_notices(told):
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
