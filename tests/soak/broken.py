"""Faults put into the polling process on purpose; the soak has to report each of them as a loss."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from benchmarks.soak.day import START, X_MENTIONS
from connectors.reddit import connector, listing
from connectors.x import cursor
from engagebot.ports import Watch
from engagebot.store import coverage, mentions
from tests.crash import broken

DIES_FROM, DIES_UNTIL = START + timedelta(minutes=30), START + timedelta(minutes=40)


def no_overlap() -> None:
    """Read nothing twice, so that whatever is shown late stays unheard."""

    def listing_of(watch: Watch) -> listing.Listing:
        return replace(listing.listing_of(watch), overlap_s=0)

    connector.listing_of = listing_of  # type: ignore[attr-defined]
    cursor.OVERLAP = timedelta(0)


def cursor_first() -> None:
    """Commit the cursor before its page, and die between the two for ten minutes of the day."""
    broken.cursor_first()
    save = mentions.save

    def die_or_save(tx: Any, incoming: Any, *, watch: str | None, fetched_at: datetime) -> int:
        if incoming and watch == X_MENTIONS and DIES_FROM <= fetched_at < DIES_UNTIL:
            os.kill(os.getpid(), signal.SIGKILL)
        return save(tx, incoming, watch=watch, fetched_at=fetched_at)

    mentions.save = die_or_save


def silent_gaps() -> None:
    """Forget to write down what the platform did not give."""
    coverage.note_gap = lambda *_, **__: False
