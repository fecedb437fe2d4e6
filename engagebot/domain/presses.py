"""A button that somebody pressed in a chat, as plain values that can wait until we know who it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engagebot.domain.cards import Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who pressed what about which case, and where a private answer goes.

    `person` is the chat's own id of them, `name` what it calls them; neither is an account here. `choice`
    comes with deeds of several forms. `place` is where it was pressed; `answer_url` ends after a while.
    """

    chat: str
    person: str
    name: str
    deed: Deed
    case_id: int
    place: str
    choice: str | None = None
    answer_url: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Press:
        """The press that `as_json` told."""
        return cls(**{**stored, "deed": Deed(stored["deed"])})
