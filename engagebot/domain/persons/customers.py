"""What people keep about a customer beside what the customer said: notes, wishes, marks and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from engagebot.errors import WrongUsage

LONGEST_NOTE = 2_000
LONGEST_BASIS = 500
LONGEST_TAG = 40
_TAG = re.compile(r"[\w][\w.-]*")


class NoteKind(StrEnum):
    """What a note is about; all but the first come from what the person told us, and say how."""

    NOTE = "note"
    CARES_ABOUT = "cares_about"
    AVOID = "avoid"
    LIKES_CHANNEL = "likes_channel"
    DISLIKES_CHANNEL = "dislikes_channel"
    NOT_LINKED = "not_linked"

    @property
    def is_wish(self) -> bool:
        """Whether it is a wish of theirs, which holds however old it is."""
        return self in {NoteKind.LIKES_CHANNEL, NoteKind.DISLIKES_CHANNEL, NoteKind.NOT_LINKED}

    @property
    def is_about_channel(self) -> bool:
        """Whether its text names a channel."""
        return self in {NoteKind.LIKES_CHANNEL, NoteKind.DISLIKES_CHANNEL}


class Way(StrEnum):
    """The ways to speak with somebody, as they like or dislike them."""

    PUBLIC_REPLY = "public_reply"
    DIRECT_MESSAGE = "direct_message"
    EMAIL = "email"
    PHONE = "phone"
    CHAT = "chat"
    SHOP = "shop"

    @property
    def words(self) -> str:
        """As a person says it."""
        return {"email": "e-mail", "phone": "phone calls", "shop": "a visit to a shop"}.get(
            self.value, self.value.replace("_", " ")
        )


class Mark(StrEnum):
    """Whose account it is, where that matters: our own people get no drafts, the press no small talk."""

    STAFF = "staff"
    PRESS = "press"


class Basis(StrEnum):
    """How we know that two accounts are one person's; a guess is none."""

    SAID_IT_THEMSELVES = "said_it_themselves"
    OPTED_IN = "opted_in"
    PUBLIC_LINK = "public_link"

    @property
    def words(self) -> str:
        """As a person says it."""
        return {
            Basis.SAID_IT_THEMSELVES: "they said so themselves",
            Basis.OPTED_IN: "they opted in to it",
            Basis.PUBLIC_LINK: "one profile links to the other in public",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNote:
    """A note about to be written; `basis` says how we know."""

    kind: NoteKind
    text: str
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerNote:
    """A note as it was written; `basis` says how we know. What was edited ended, and another one stands."""

    id: int
    customer_id: int
    kind: NoteKind
    text: str
    basis: str | None
    noted_by: str
    noted_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None

    @property
    def is_standing(self) -> bool:
        """Whether it holds."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerTag:
    """A word that people sort customers by."""

    customer_id: int
    tag: str
    tagged_by: str
    tagged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLink:
    """Two accounts of one person; one that was undone has ended."""

    id: int
    customer_id: int
    other_id: int
    basis: Basis
    reason: str
    linked_by: str
    linked_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None

    @property
    def is_standing(self) -> bool:
        """Whether it holds."""
        return self.ended_at is None

    def beside(self, customer_id: int) -> int:
        """The account at the other end."""
        return self.other_id if customer_id == self.customer_id else self.customer_id


_NAMED: Final = {
    Way.DIRECT_MESSAGE: re.compile(r"\b(?:DMs?|PMs?|direct message|private message|inbox)\b", re.IGNORECASE),
    Way.EMAIL: re.compile(r"\be-?mails?\b", re.IGNORECASE),
    Way.PHONE: re.compile(
        r"\b(?:phone|call (?:us|you|me)|give (?:us|you) a call|hot ?line)\b", re.IGNORECASE
    ),
    Way.CHAT: re.compile(r"\b(?:live )?chat\b", re.IGNORECASE),
    Way.SHOP: re.compile(
        r"\b(?:visit|come (?:to|by)|pop into) (?:us|our|the) ?(?:shop|store|branch)?\b", re.IGNORECASE
    ),
}


def way_named(way: Way, text: str) -> str | None:
    """The words with which a reply sends somebody to a channel; a public reply is one by itself."""
    if way is Way.PUBLIC_REPLY:
        return ""
    found = _NAMED[way].search(text)
    return found[0] if found else None


def tag_of(words: str) -> str:
    """Bring the ways to write a tag to one: `#Long Distance` is `long-distance`.

    Raises:
        WrongUsage: it cannot be a tag.
    """
    tag = "-".join(words.strip().lstrip("#").casefold().split())
    if not _TAG.fullmatch(tag) or len(tag) > LONGEST_TAG:
        raise WrongUsage(
            f"{words.strip()[:60]!r} is not a tag; write up to {LONGEST_TAG} letters, digits, dashes and dots"
        )
    return tag


def way_of(words: str) -> Way:
    """The way that a word names.

    Raises:
        WrongUsage: it names none.
    """
    name = words.strip().casefold().replace("-", "_").replace(" ", "_")
    try:
        return Way({"e_mail": "email", "dm": "direct_message", "dms": "direct_message"}.get(name, name))
    except ValueError:
        raise WrongUsage(f"{words.strip()[:60]!r} is not one of {', '.join(Way)}") from None
