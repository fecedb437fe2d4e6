"""Attention: whom time lets down, and when it is said. Spans after which people are reminded of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

OLD = timedelta(days=14)
"""A case that is open for longer is stale, whatever is done to it."""
NO_STEP = timedelta(days=7)
"""A case to which nothing was done for longer is stale, however young."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """A site's spans: `None` turns a reminder off.

    An offer that nobody accepts goes back `handover_returns_after`. Whoever looks after a case is reminded
    `remind_every` so often while nothing happens in it, and the team is called again `unack_after` so long.
    A customer who heard nothing from us for `silent_after` is brought up once.
    """

    handover_returns_after: timedelta = timedelta(minutes=30)
    remind_every: timedelta | None = timedelta(hours=24)
    unack_after: timedelta | None = None
    silent_after: timedelta | None = timedelta(hours=48)


USUAL = Attention()
