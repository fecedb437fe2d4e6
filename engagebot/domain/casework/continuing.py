"""Links by which a case goes on at another channel: to whom they are given, and how long they open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engagebot.domain.casework.contacts import Channel
from engagebot.domain.persons.customers import CustomerNote, NoteKind

LASTS: Final = timedelta(days=14)
NOTE_CHARS: Final = 500
CHANNELS: Final = (Channel.EMAIL, Channel.PHONE, Channel.CHAT, Channel.SHOP, Channel.DIRECT_MESSAGE)
"""Where a case can go on; a public reply is what it comes from."""


@dataclass(frozen=True, slots=True)
class NewContinuation:
    """A link about to be made; `is_sure` where it is meant against a wish of the customer."""

    channel: Channel
    note: str = ""
    is_sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A link to a case for whoever speaks with its customer at a channel; `note` is what they should know.

    It is used up by the first contact that is written down by it, at `used_at`.
    """

    id: int
    case_id: int
    channel: Channel
    note: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_by: str | None = None
    revoked_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Whether it leads anywhere."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at


def dislike_of(channel: Channel, notes: Iterable[CustomerNote]) -> CustomerNote | None:
    """The standing wish not to be spoken to there, the newest of several."""
    against = (
        note
        for note in notes
        if note.kind is NoteKind.DISLIKES_CHANNEL and note.is_standing and note.text == channel.value
    )
    return max(against, key=lambda note: note.noted_at, default=None)


def dislike_words(note: CustomerNote, zone: ZoneInfo) -> str:
    """Who noted what somebody does not want, when, and how they know."""
    at = note.noted_at.astimezone(zone)
    basis = f": “{note.basis}”" if note.basis else ""
    channel = note.text.replace("_", " ").replace("email", "e-mail")
    return f"they do not want {channel}{basis} ({note.noted_by}, {at.day} {at:%B %Y})"
