"""The two clocks: the machine's own, and one that stands still."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime


def seconds_passing() -> float:
    """Seconds since the machine was started; nobody can set them, and sleep counts."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(boot)


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present, as aware UTC."""
        return datetime.now(UTC)  # noqa: TID251 (the one place that reads the machine's clock)


@dataclass(frozen=True, slots=True)
class FrozenClock:
    """A clock that stands still, for tests and rehearsals."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.at
