"""Who may come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A person or a service account; `password_hash` is `None` for service accounts."""

    id: int
    name: str
    role: Role
    created_at: datetime
    is_service: bool = False
    is_disabled: bool = False
    password_hash: str | None = None
