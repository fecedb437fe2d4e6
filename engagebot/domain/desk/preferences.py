"""How one person likes to work: keys, the time to undo, how pages look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

LONGEST_UNDO = timedelta(minutes=20)
"""Ten times the longest window that is offered at first, for people who need more time (WCAG 2.2.1)."""
SIGN_OFF_CHARS = 12


class Theme(StrEnum):
    """Colours of the pages; `system` follows the device."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Density(StrEnum):
    """How much room lists take."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a person has chosen; what nobody chose is the site's.

    `keys` maps an action of the key table to the key this person wants for it. `undo_after` is the time an
    approval of theirs can be taken back, `None` for the site's; with `confirms_sending` it waits until they
    say so. `sign_off` stands at the end of their replies (`^AM`). `breaks` asks for a pause now and then.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    has_letter_keys: bool = True
    undo_after: timedelta | None = None
    confirms_sending: bool = False
    sign_off: str = ""
    theme: Theme = Theme.SYSTEM
    density: Density = Density.COMFORTABLE
    breaks: bool = True
