"""Intake: mentions that people or programs bring, by file or push, checked row by row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef, ReplyRoute, Route
from engagebot.domain.replying.routes import NO_MANNERS, Manners
from engagebot.store.engine import Tx
from engagebot.store.heard.mentions import Incoming
from engagebot.store.heard.receiving import receive

FIELDS = (
    "id", "text", "author", "posted_at", "url", "title", "kind", "lang", "source", "author_name", "author_id",
    "author_url", "followers", "parent_id", "conversation_id", "community", "addressed_to_us", "likes",
    "replies", "score",
)  # fmt: skip
TEXT_CHARS = 100_000
_SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_BY_HAND = ReplyRoute(
    route=Route.BY_HAND,
    reason="it was brought in from outside; a person posts the reply where it stands",
    rule="brought-in",
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many of the mentions brought were new, and how many were stored already."""

    added: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowContext:
    """What a row leaves out: its `source`, the present, and our handles to tell whether it addresses us."""

    source: str | None
    now: datetime
    handles: Mapping[str, str]


def accept(
    tx: Tx, brought: Sequence[Mention], *, at: datetime, is_history: bool, manners: Manners = NO_MANNERS
) -> Accepted:
    """Store what is new; history starts no clock, no notification and no draft.

    What our own accounts wrote is not stored and counts as known.
    """
    incoming = [Incoming(mention=mention, reply_route=_BY_HAND, is_history=is_history) for mention in brought]
    added = receive(tx, incoming, manners, watch=None, fetched_at=at)
    return Accepted(added=added, known=len(brought) - added)


def read_row(values: Mapping[Any, Any], context: RowContext) -> Mention:
    """Read one row of an import or a push; unknown fields are kept out, empty ones count as not given.

    A row without an `id` gets one from its content, so that bringing it twice still stores it once.

    Raises:
        ValueError: the row cannot be used; the message says which field and why.
    """
    row = {key: _plain(value) for key, value in values.items() if key is not None}
    source = _source(row.get("source") or context.source)
    text = row.get("text")
    if not isinstance(text, str) or not text:
        raise ValueError("text: missing or empty")
    if len(text) > TEXT_CHARS:
        raise ValueError(f"text: {len(text)} characters; at most {TEXT_CHARS} are taken")
    posted_at = _time(row.get("posted_at"), context.now)
    handle = _word(row, "author")
    handle = handle.lstrip("@").removeprefix("u/") if handle else None
    return Mention(
        ref=MentionRef(source, _word(row, "id") or _content_id(source, handle, text, posted_at)),
        kind=_kind(row.get("kind")),
        text=text,
        posted_at=posted_at,
        author=_author(row, handle) if handle else None,
        url=_url(row, "url"),
        title=_word(row, "title"),
        lang=_word(row, "lang"),
        parent_native_id=_word(row, "parent_id"),
        conversation_id=_word(row, "conversation_id"),
        community=_word(row, "community"),
        addressed_to_us=_addressed(row.get("addressed_to_us"), text, context.handles.get(source)),
        engagement=Engagement(
            likes=_number(row, "likes"), replies=_number(row, "replies"), score=_number(row, "score")
        ),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    return None if value == "" else value


def _source(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("source: missing; give --source NAME or a source field")
    if not _SOURCE.fullmatch(value):
        raise ValueError(f"source: {value[:60]!r} is not a name of small letters, digits, - and _")
    return value


def _word(row: Mapping[str, Any], field: str) -> str | None:
    value = row.get(field)
    if value is None:
        return None
    if isinstance(value, bool | float | dict | list):
        raise ValueError(f"{field}: {value!r} is not a text")
    if len(str(value)) > 2000:
        raise ValueError(f"{field}: longer than 2000 characters")
    return str(value)


def _number(row: Mapping[str, Any], field: str) -> int | None:
    value = row.get(field)
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise ValueError(f"{field}: {str(value)[:60]!r} is not a whole number") from None


def _time(value: Any, now: datetime) -> datetime:
    if value is None:
        raise ValueError("posted_at: missing; write an ISO time such as 2026-08-01T14:00:00Z")
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit() and len(value) >= 9):
            at = datetime.fromtimestamp(float(value), tz=UTC)
        else:
            at = datetime.fromisoformat(str(value))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"posted_at: {str(value)[:60]!r} is not an ISO time such as 2026-08-01T14:00:00Z"
        ) from None
    if not 1990 <= at.year <= now.year + 1:
        raise ValueError(f"posted_at: {at.date()} is not a believable date for a post")
    return at


def _kind(value: Any) -> Kind:
    if value is None:
        return Kind.POST
    try:
        return Kind(value)
    except ValueError:
        raise ValueError(f"kind: {value!r} is not one of {', '.join(Kind)}") from None


def _url(row: Mapping[str, Any], field: str) -> str | None:
    value = _word(row, field)
    if value is not None and not re.match(r"https?://[^\s/]", value, re.IGNORECASE):
        raise ValueError(f"{field}: {value[:60]!r} is not an http(s) address")
    return value


def _author(row: Mapping[str, Any], handle: str) -> Author:
    return Author(
        handle=handle,
        native_id=_word(row, "author_id"),
        name=_word(row, "author_name"),
        url=_url(row, "author_url"),
        followers=_number(row, "followers"),
    )


def _addressed(value: Any, text: str, handle: str | None) -> bool | None:
    if value is not None:
        word = str(value).lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(f"addressed_to_us: {value!r} is not true or false")
        return word in _TRUE
    if handle is None:
        return None
    return re.search(rf"(?<!\w)(?:@|u/){re.escape(handle)}(?!\w)", text, re.IGNORECASE) is not None


def _content_id(source: str, handle: str | None, text: str, posted_at: datetime) -> str:
    content = "\x1f".join((source, handle or "", text, posted_at.isoformat()))
    return "h-" + hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:24]
