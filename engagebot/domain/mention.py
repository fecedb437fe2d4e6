"""What was said, where and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from unicodedata import normalize

# What ends a title by itself in the scripts that people write in, and what may stand behind it.
_ENDS = tuple(".!?:;,。،؟؛।")
_CLOSING = "\"'”’»)]」"


class Kind(StrEnum):
    """What sort of thing was said, independent of the platform's own word for it."""

    POST = "post"
    COMMENT = "comment"
    REPLY = "reply"
    REVIEW = "review"
    OTHER = "other"


class Route(StrEnum):
    """How a reply to a mention can leave."""

    API = "api"
    BY_HAND = "by_hand"
    BLOCKED = "blocked"


class MentionState(StrEnum):
    """Where a mention stands: stored only, or decided."""

    NEW = "new"
    DECIDED = "decided"


# What is made for every mention is a named tuple, here and elsewhere: a frozen dataclass takes two to four
# times as long to make.
class MentionRef(NamedTuple):
    """The platform's identity of a mention: `source` (x, reddit, yelp …) and the platform's own id."""

    source: str
    native_id: str


class Author(NamedTuple):
    """A platform account as the platform showed it; `None` means the platform did not say."""

    handle: str
    native_id: str | None = None
    name: str | None = None
    url: str | None = None
    followers: int | None = None
    created_at: datetime | None = None
    is_verified: bool | None = None
    avatar_url: str | None = None


class Engagement(NamedTuple):
    """Reactions counted by the platform; `None` means not known, never zero."""

    likes: int | None = None
    replies: int | None = None
    score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRoute:
    """How a reply may leave, and the reason in words for the person who would write it.

    `rule` is a short code for what decided it, such as `x-not-summoned` or `opted-out` (docs/replies.md).
    """

    route: Route
    reason: str
    rule: str | None = None


class Mention(NamedTuple):
    """One post or comment as a connector or an import delivers it.

    `text` is the author's full text, unmodified (a title, where there is one, stands apart in `title`).
    `author` is `None` when the account is deleted. `addressed_to_us` is `None` where nobody can tell.
    `platform` holds the connector's own facts as plain JSON values; only that connector reads them.
    """

    ref: MentionRef
    kind: Kind
    text: str
    posted_at: datetime
    author: Author | None = None
    url: str | None = None
    title: str | None = None
    lang: str | None = None
    parent_native_id: str | None = None
    conversation_id: str | None = None
    community: str | None = None
    addressed_to_us: bool | None = None
    engagement: Engagement = Engagement()
    platform: Mapping[str, Any] = MappingProxyType({})

    @property
    def words(self) -> str:
        """Everything the author wrote: title and text."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def line(self) -> str:
        """The same on one line, where a sign tells the title from the text; may be empty."""
        title, text = (" ".join(each.split()) for each in (self.title or "", self.text))
        if not (title and text):
            return title or text
        ends = normalize("NFKC", title).rstrip(_CLOSING).endswith(_ENDS)
        return f"{title}{' ' if ends else ': '}{text}"


def platform_name(source: str) -> str:
    """A platform's name as people write it."""
    return source.upper() if len(source) <= 3 else source[:1].upper() + source[1:]
