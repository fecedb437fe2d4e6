"""Tickets: a case's problem in another system, and what may be written down of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from engagebot.domain.heard.removal import unquoted, without_author
from engagebot.domain.mention import Author
from engagebot.domain.text.addresses import read_address
from engagebot.errors import WrongUsage

SYSTEM_CHARS: Final = 64
KEY_CHARS: Final = 100
STATUS_CHARS: Final = 100
_SYSTEM: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTicket:
    """A ticket of a case, as the other system last told of it; `closed_at` is when it was closed there.

    `changed_at` is when that system last said something new.
    """

    id: int
    case_id: int
    system: str
    key: str
    url: str | None
    status: str | None
    closed_at: datetime | None
    linked_by: str
    linked_at: datetime
    changed_at: datetime

    @property
    def is_closed(self) -> bool:
        """Whether it is closed over there."""
        return self.closed_at is not None

    @property
    def name(self) -> str:
        """The system and the key, which together are one ticket: `jira X-12`."""
        return f"{self.system} {self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket about to be linked, as `read_ticket` lets it pass."""

    system: str
    key: str
    url: str | None = None
    status: str | None = None

    @property
    def name(self) -> str:
        """As of a `CaseTicket`."""
        return f"{self.system} {self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNews:
    """What another system says of a ticket; `None` where it says nothing of that."""

    status: str | None = None
    is_closed: bool | None = None


def read_ticket(*, system: str, key: str, url: str | None = None, status: str | None = None) -> NewTicket:
    """A ticket out of what a form, a request or a receiver's answer says.

    Raises:
        WrongUsage: a part is none that could be kept and shown.
    """
    return NewTicket(
        system=system_of(system), key=key_of(key), url=url_of(url or ""), status=status_of(status or "")
    )


def system_of(text: str) -> str:
    """The name of a ticket system; capital letters do not count.

    Raises:
        WrongUsage: it is no name.
    """
    name = text.strip().lower()
    if not _SYSTEM.fullmatch(name):
        raise WrongUsage(
            f"{text[:60]!r} is no name of a ticket system; write letters, digits, “.”, “_” and “-”, "
            f"at most {SYSTEM_CHARS}",
            field="system",
        )
    return name


def key_of(text: str) -> str:
    """The other system's own key of a ticket.

    Raises:
        WrongUsage: it is empty, too long, or holds signs that cannot be seen.
    """
    key = text.strip()
    if len(key) > KEY_CHARS or not key.isprintable() or not any(sign.isalnum() for sign in key):
        raise WrongUsage(
            f"{text[:60]!r} is no key of a ticket; write it as the other system does, such as X-12, "
            f"on one line and with at most {KEY_CHARS} signs",
            field="key",
        )
    return key


def url_of(text: str) -> str | None:
    """Where people find a ticket; `None` where that is not said.

    Raises:
        WrongUsage: it is no plain web address.
    """
    return read_address(text, of="a ticket")


def status_of(text: str) -> str | None:
    """What the other system calls the state of a ticket, on one line; `None` where that is not said.

    Raises:
        WrongUsage: it is too long, or holds signs that cannot be seen.
    """
    status = " ".join(text.split())
    if len(status) > STATUS_CHARS or not status.isprintable():
        raise WrongUsage(
            f"{status[:60]!r} is no status; write a word or a few, with at most {STATUS_CHARS} signs, "
            "all of which can be seen"
        )
    return status or None


def without_words(text: str, said: str, author: Author | None) -> str:
    """What another system says, without the name of whoever wrote `said` and without quotes of it."""
    return without_author(unquoted(text, said), author)


def holds_words(url: str, said: str, author: Author | None) -> bool:
    """Whether an address repeats what somebody said, or names them: many systems put the title into it."""
    parts = urlsplit(url)
    told = unquote_plus(f"{parts.path} {parts.query} {parts.fragment}")
    return without_words(told, said, author) != told
