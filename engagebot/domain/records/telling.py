"""A notification on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagebot.domain.outbox import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A notification on its way to a channel; `notice_id` is the same over all attempts."""

    id: int
    notice_id: str
    channel: str
    kind: str
    case_id: int | None
    state: DeliveryState
    payload: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    attempts: int
    delivered_at: datetime | None = None
    last_error: str | None = None
    mention_id: int | None = None
