"""What a customer said to us elsewhere, and what all of it has cost them so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engagebot.domain.records import CaseRecord
from engagebot.domain.telling.notices import span_words

MOST_MINUTES = 24 * 60
OLDEST = timedelta(days=366)


class Channel(StrEnum):
    """Where it was said. `post` stands for posts that were heard: their minutes count, but no new contact."""

    PHONE = "phone"
    CHAT = "chat"
    SHOP = "shop"
    EMAIL = "email"
    DIRECT_MESSAGE = "direct_message"
    POST = "post"

    def answers(self, *, is_inbound: bool) -> bool:
        """Whether who makes contact here speaks with somebody, where nobody says so.

        Where somebody picks up, or stands behind a counter; and wherever we went to them.
        """
        return self is not Channel.POST and (not is_inbound or self in _SOMEBODY_IS_THERE)


_SOMEBODY_IS_THERE = frozenset({Channel.PHONE, Channel.CHAT, Channel.SHOP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One call, chat or visit. `minutes` are the customer's; `is_inbound` where they came to us.

    `is_answered` where somebody of ours spoke with them: a word of ours, as a reply is.

    `noted_by` wrote it down at `noted_at`, which may be long after `at`.
    """

    id: int
    case_id: int
    channel: Channel
    is_inbound: bool
    is_answered: bool
    at: datetime
    minutes: int | None
    text: str
    noted_by: str
    noted_at: datetime

    @property
    def counts(self) -> bool:
        """Whether it is a contact: our own calls are none, and posts are counted where they are heard."""
        return self.is_inbound and self.channel is not Channel.POST


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What a problem has cost its customer: contacts, minutes where they were noted, days since it began."""

    contacts: int
    minutes: int
    days: int

    @property
    def words(self) -> str:
        """`4 contacts · 3 h 05 of their time · 23 days`."""
        parts = [_counted(self.contacts, "contact")]
        if self.minutes:
            parts.append(f"{span_words(self.minutes)} of their time")
        if self.days:
            parts.append(_counted(self.days, "day"))
        return " · ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How often a person has come to us: in posts that were heard, and elsewhere, as people logged it.

    `minutes` are theirs, as far as they were noted.
    """

    posts: int
    logged: int = 0
    minutes: int = 0

    @property
    def contacts(self) -> int:
        """All of it together, as cases count."""
        return self.posts + self.logged

    @property
    def words(self) -> str:
        """`4 contacts, 3 h 05 of their time (1 post, 3 logged)`; `5 posts` where nothing else is known."""
        time = f", {span_words(self.minutes)} of their time" if self.minutes else ""
        if not self.logged:
            return f"{_counted(self.posts, 'post')}{time}"
        parts = f"{_counted(self.posts, 'post')}, {self.logged:,} logged"
        return f"{_counted(self.contacts, 'contact')}{time} ({parts})"


def effort_of(case: CaseRecord, now: datetime) -> Effort:
    """What a case has cost its customer, from the first symptom to its end or to now."""
    until = case.resolved_at or now
    days = max(0, (until - case.first_symptom_at).days)
    return Effort(contacts=case.contacts, minutes=case.minutes, days=days)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
