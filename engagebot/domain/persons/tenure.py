"""Since when somebody is a customer of ours: a year, a month or a day, as precisely as people know it."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final, NamedTuple

from engagebot.errors import WrongUsage

OLDEST: Final = 1900
_SHAPE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


class Tenure(NamedTuple):
    """Since when, who said so and when they did; `since` is 2019, 2019-04 or 2019-04-01."""

    since: str
    noted_by: str
    noted_at: datetime

    @property
    def words(self) -> str:
        """The same as people say it: `1 April 2019`."""
        year, *rest = self.since.split("-")
        month = f"{_MONTHS[int(rest[0]) - 1]} " if rest else ""
        day = f"{int(rest[1])} " if len(rest) > 1 else ""
        return f"{day}{month}{year}"


def since_of(words: str, today: date) -> str:
    """Read since when somebody is a customer.

    Raises:
        WrongUsage: it is no year, month or day of the past.
    """
    said = words.strip()
    match = _SHAPE.fullmatch(said)
    try:
        if match is None:
            raise ValueError(said)
        year, month, day = (int(part or 1) for part in match.groups())
        begin = date(year, month, day)
        if year < OLDEST:
            raise ValueError(said)
    except ValueError:
        raise WrongUsage(
            f"since: {said[:40]!r} is no date; write a year, a month or a day: 2019, 2019-04 or 2019-04-01"
        ) from None
    if begin > today:
        raise WrongUsage(f"since: {said} is still to come; write when they became a customer")
    return said
