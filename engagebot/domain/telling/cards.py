"""What stands for a case in a channel whose messages can be changed: one card, in the order people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from engagebot.domain.outbox import CaseState, Severity

CUT = "… full text in engagebot"
HIDDEN = "(hidden; read it in engagebot)"


class Deed(StrEnum):
    """What a person can do to a case by a button."""

    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    UNACKNOWLEDGE = "unacknowledge"
    REOPEN = "reopen"


DEED_WORDS: Mapping[Deed, str] = {
    Deed.ACKNOWLEDGE: "Acknowledge",
    Deed.TAKE: "Assign to me",
    Deed.SNOOZE: "Snooze",
    Deed.RESOLVE: "Resolve",
    Deed.UNACKNOWLEDGE: "Un-acknowledge",
    Deed.REOPEN: "Reopen",
}

_OPEN = (Deed.ACKNOWLEDGE, Deed.TAKE, Deed.SNOOZE, Deed.RESOLVE)
_ENDED = (Deed.REOPEN,)
DEEDS: Mapping[CaseState, tuple[Deed, ...]] = {
    CaseState.NEW: _OPEN,
    CaseState.REOPENED: _OPEN,
    CaseState.ACKNOWLEDGED: (Deed.UNACKNOWLEDGE, Deed.TAKE, Deed.SNOOZE, Deed.RESOLVE),
    CaseState.WAITING: _OPEN,
    CaseState.SNOOZED: (Deed.ACKNOWLEDGE, Deed.TAKE, Deed.RESOLVE),
    CaseState.RESOLVED: _ENDED,
    CaseState.CLOSED: _ENDED,
}
"""The buttons of a case by its state, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCard:
    """A case as it is at the moment `at`, for one message.

    `feeling` and `why` are words, `where` is the platform and its corner. `who` and `quote` may be hidden.
    `since` tells who brought the case into its state, and when; `due` is when
    `due_what` is due, in the team's zone. `leaves` says that they may leave, and for whom; `asked`, how
    often they say that they have asked.
    """

    case_id: int
    state: CaseState
    severity: Severity
    feeling: str
    who: str
    where: str
    quote: str
    contacts: int
    why: str
    team: str
    at: datetime
    url: str
    holder: str | None = None
    since: str | None = None
    leaves: str | None = None
    asked: str | None = None
    due_at: datetime | None = None
    due: str | None = None
    due_what: str = "reply"
    post_url: str | None = None
    deeds: tuple[Deed, ...] = ()

    @property
    def title(self) -> str:
        """The news in one line: "[High] 3rd contact, new: @maple_fan_demo, due Tue 14:27 CEST"."""
        news = f"{self.came}, {self.state.value}"
        due = f", due {self.due.partition(' (')[0]}" if self.due else ""
        return f"{severity_words(self.severity)} {news}: {self.who}{due}"

    @property
    def came(self) -> str:
        """How often they came, and what weighs beside it: "1st contact, says they asked twice, may leave"."""
        return ", ".join(filter(None, (contact_words(self.contacts), self.asked, self.leaves)))

    @property
    def reply_url(self) -> str:
        """The case's page, opened where this person writes a reply."""
        return asking_for("reply", self.url)


def asking_for(deed: str, url: str) -> str:
    """The address of a case's page at which that can be done at once."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, f"do={deed}")))
    return urlunsplit(parts._replace(query=query))


def severity_words(severity: Severity) -> str:
    """How a severity stands before all news of a case: `[High]`."""
    return f"[{severity.value.capitalize()}]"


def leaving_words(rivals: Sequence[str]) -> str:
    """`may leave for Shaw`, where they name whom they would go to."""
    return f"may leave for {' or '.join(rivals)}" if rivals else "may leave"


def contact_words(count: int) -> str:
    """Which contact this is: `1st contact`, `2nd contact`, `11th contact`."""
    ending = "th" if count % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending} contact"


def why_words(lasting: str, newest: str | None) -> str:
    """Why a team has a case, and why it was last told of it, where that is another reason."""
    return lasting if newest in {None, lasting} else f"{lasting}; now: {newest}"


def cut(text: str, limit: int) -> str:
    """A text no longer than this; where it was longer, its end says where the rest is."""
    return text if len(text) <= limit else text[: limit - len(CUT)].rstrip() + CUT
