"""A button that somebody pressed in a chat, as plain values that can wait until we know who it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from engagebot.domain.cards import Deed
from engagebot.domain.remedies import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who pressed what about which case, and where a private answer goes.

    `person` is the chat's own id of them, `name` what it calls them; neither is an account here. `choice`
    comes with deeds of several forms. `place` is where it was pressed; `answer_url` ends after a while.
    `trigger` opens one form for its person within seconds; `ending` is what such a form said.
    """

    chat: str
    person: str
    name: str
    deed: Deed
    case_id: int
    place: str
    choice: str | None = None
    answer_url: str | None = None
    trigger: str | None = None
    ending: Ending | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything that outlasts a moment, as plain values."""
        return asdict(replace(self, trigger=None))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Press:
        """The press that `as_json` told."""
        said = stored.get("ending")
        ending = Ending.from_json(said) if said else None
        return cls(**{**stored, "deed": Deed(stored["deed"]), "ending": ending})
