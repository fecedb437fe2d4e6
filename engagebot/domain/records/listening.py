"""Watches and connectors as they run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRecord:
    """A watch as it runs: where it stands, when it is due and how it fares."""

    id: int
    name: str
    connector: str
    cursor: str | None
    next_poll_at: datetime
    started_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    error_kind: str | None = None
    note: str | None = None
    is_stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRecord:
    """How a connector fares over all its watches; `is_healthy` is `None` before the first poll."""

    name: str
    is_healthy: bool | None
    last_poll_at: datetime | None
    reads_today: int
    paused_until: datetime | None = None
    problem: str | None = None
    cost_today: float | None = None
