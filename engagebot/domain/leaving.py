"""How much may leave, and when: what a site keeps to whatever the platforms would take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The site's own bounds on replies; an approval is good for `approval_lasts`."""

    approval_lasts: timedelta = timedelta(hours=24)
