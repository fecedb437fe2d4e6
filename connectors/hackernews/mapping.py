"""Hacker News's items into our values, from the search and from the site's own interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef

SOURCE = "hackernews"
SITE = "https://news.ycombinator.com"

_SHORTENED = "..."


def from_search(hit: Mapping[str, Any]) -> Mention:
    """Turn a hit of the search into a mention.

    Raises:
        KeyError, TypeError, ValueError: the search sent it in another shape.
    """
    is_comment = hit.get("comment_text") is not None
    item = {
        "id": hit["objectID"],
        "by": hit.get("author"),
        "time": hit["created_at_i"],
        "text": hit.get("comment_text") or hit.get("story_text"),
        "url": hit.get("url"),
        "title": None if is_comment else hit.get("title"),
        "parent": hit.get("parent_id") if is_comment else None,
        "score": hit.get("points"),
        "descendants": hit.get("num_comments"),
    }
    return from_item(item, story=hit.get("story_id") if is_comment else None)


def from_item(item: Mapping[str, Any], *, story: int | None = None) -> Mention:
    """Turn an item of the site's own interface into a mention; a comment's story is not told there.

    Raises:
        KeyError, TypeError, ValueError: the site sent it in another shape.
    """
    native_id, parent, author, link = (
        str(int(item["id"])),
        item.get("parent"),
        item.get("by"),
        item.get("url"),
    )
    thread = story if parent else native_id
    return Mention(
        ref=MentionRef(SOURCE, native_id),
        kind=Kind.COMMENT if parent else Kind.POST,
        # Who only shares a link has written nothing but its title.
        text=plain(item.get("text") or "") or link or "",
        title=item.get("title"),
        posted_at=datetime.fromtimestamp(int(item["time"]), UTC),
        author=Author(handle=author, native_id=author, url=f"{SITE}/user?id={author}") if author else None,
        url=f"{SITE}/item?id={native_id}",
        parent_native_id=str(parent) if parent else None,
        conversation_id=str(thread) if thread else None,
        engagement=Engagement(score=item.get("score"), replies=item.get("descendants")),
        platform={"link": link},
    )


def plain(html: str) -> str:
    """Turn the site's HTML into the text that people see, with links in full."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "pre"):
            self.parts.append("\n\n")
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "a":
            self._link = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        # The site shortens the text of long links.
        is_short = (
            self._link and data.endswith(_SHORTENED) and self._link.startswith(data[: -len(_SHORTENED)])
        )
        self.parts.append(self._link if is_short and self._link else data)
