"""A button that somebody pressed in a chat, as plain values that can wait until we know who it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from engagebot.domain.casework.remedies import Ending
from engagebot.domain.telling.cards import Deed

MOST_WAITING = 20
"""What somebody pressed before these is not kept while nobody knows who they are."""


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

    @property
    def what(self) -> tuple[int, Deed]:
        """What it asks for: to press it twice asks for no more."""
        return self.case_id, self.deed

    def as_json(self) -> dict[str, Any]:
        """Everything that outlasts a moment, as plain values."""
        return asdict(replace(self, trigger=None))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Press:
        """The press that `as_json` told."""
        said = stored.get("ending")
        ending = Ending.from_json(said) if said else None
        return cls(**{**stored, "deed": Deed(stored["deed"]), "ending": ending})


def gathered(earlier: Iterable[Press], press: Press) -> list[Press]:
    """What waits for one person, in the order in which each deed on each case was first pressed.

    Of the same deed the latest press counts, with what was chosen then.
    """
    waiting = {each.what: each for each in earlier} | {press.what: press}
    return list(waiting.values())[-MOST_WAITING:]
