"""Faults put into the polling process on purpose; the soak has to report each of them as a loss."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from benchmarks.soak.day import START
from connectors.reddit import connector, listing
from connectors.x import cursor
from engagebot.ports import Watch
from engagebot.store.listening import coverage
from tests.crash import broken


def no_overlap() -> None:
    """Read nothing twice, so that whatever is shown late stays unheard."""

    def listing_of(watch: Watch) -> listing.Listing:
        return replace(listing.listing_of(watch), overlap_s=0)

    connector.listing_of = listing_of  # type: ignore[attr-defined]
    cursor.OVERLAP = timedelta(0)


def cursor_first() -> None:
    """Commit the cursor before its page, and die between the two in the day's first round.

    Later on most of it would go unnoticed: what is read twice to find latecomers makes up for it.
    """
    broken.cursor_first()
    receive = broken.receive  # type: ignore[attr-defined]

    def die_or_receive(tx: Any, incoming: Any, *more: Any, fetched_at: datetime, **named: Any) -> int:
        if incoming and fetched_at <= START + timedelta(minutes=1):
            os.kill(os.getpid(), signal.SIGKILL)
        return receive(tx, incoming, *more, fetched_at=fetched_at, **named)

    broken.receive = die_or_receive  # type: ignore[attr-defined]


def silent_gaps() -> None:
    """Forget to write down what the platform did not give."""
    coverage.note_gap = lambda *_, **__: False
