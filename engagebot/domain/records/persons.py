"""An account that has spoken of us, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.persons.customers import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A platform account that has spoken of us. `contacts` counts all its stored mentions.

    `mark` says whose account it is, where that matters; `forgotten_at` when everything of it was forgotten.
    """

    id: int
    source: str
    handle: str
    name: str | None
    url: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    contacts: int
    open_case_id: int | None = None
    is_vip: bool | None = None
    is_opted_out: bool | None = None
    opted_out_at: datetime | None = None
    mark: Mark | None = None
    forgotten_at: datetime | None = None
