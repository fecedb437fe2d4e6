"""Where a long run listens, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engagebot.store import site

RUNNING = site.RUNNING
# The scheduler leaves a sign of life every ten seconds.
ALIVE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the web app listens, and what this process does."""

    host: str
    port: int
    role: str = "all"

    @property
    def has_web(self) -> bool:
        """Whether this process serves pages."""
        return self.role in {"all", "web"}

    @property
    def polls(self) -> bool:
        """Whether it listens to the platforms."""
        return self.role in {"all", "scheduler"}

    @property
    def works(self) -> bool:
        """Whether it decides and delivers."""
        return self.role in {"all", "worker"}
