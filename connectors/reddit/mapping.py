"""Reddit's JSON turned into mentions; nothing here asks Reddit anything."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef

SOURCE = "reddit"
SITE = "https://www.reddit.com"
FULLNAME = re.compile(r"t[13]_[0-9a-z]+")
HIDDEN = ("[deleted]", "[removed]", "[ removed by reddit ]", "[deleted by user]")


def is_gone(data: Mapping[str, Any]) -> bool:
    """Whether the author or a moderator took the words away: nothing to hear, and nothing to keep."""
    texts = (str(data.get(key) or "").strip().lower() for key in ("body", "selftext", "title"))
    return bool(data.get("removed_by_category")) or any(text in HIDDEN for text in texts)


def to_mention(data: Mapping[str, Any], handles: Collection[str], *, is_for_us: bool | None) -> Mention:
    """Turn a submission or a comment into a mention.

    `is_for_us` is what the place it was found in tells; a `u/name` of ours in the words, or our own
    submission right above a comment, makes it true in any case.

    Raises:
        KeyError, TypeError, ValueError: it is neither.
    """
    native_id = data["name"]
    if not FULLNAME.fullmatch(native_id):
        raise ValueError(native_id)
    is_post = native_id.startswith("t3_")
    title = str(data["title"]) if is_post else None
    text = str(data.get("selftext") or "") if is_post else str(data["body"])
    name = str(data.get("author") or HIDDEN[0])
    has_author = name not in HIDDEN
    # Comments in the inbox have no permalink and no link_id, but the path of a page with their context.
    path = str(data.get("permalink") or data.get("context") or "").partition("?")[0]
    thread = re.search(r"/comments/([0-9a-z]+)", path)
    link_id = native_id if is_post else data.get("link_id") or (f"t3_{thread[1]}" if thread else None)
    is_below_ours = data.get("parent_id") == link_id and str(data.get("link_author")).lower() in handles
    return Mention(
        ref=MentionRef(SOURCE, native_id),
        kind=Kind.POST if is_post else Kind.COMMENT,
        text=text,
        title=title,
        posted_at=datetime.fromtimestamp(data["created_utc"], UTC),
        author=Author(handle=name, native_id=data.get("author_fullname"), url=f"{SITE}/user/{name}")
        if has_author
        else None,
        url=f"{SITE}{path}" if path.startswith("/") else None,
        parent_native_id=None if is_post else data.get("parent_id"),
        conversation_id=link_id,
        community=data.get("subreddit"),
        addressed_to_us=is_below_ours or names_us(f"{title or ''}\n{text}", handles) or is_for_us,
        engagement=Engagement(
            score=None if data.get("score_hidden") else data.get("score"),
            replies=data.get("num_comments") if is_post else None,
        ),
        platform={
            "locked": data.get("locked"),
            "archived": data.get("archived"),
            "removed": bool(data.get("removed") or data.get("banned_by")),
            "crosspost_of": data.get("crosspost_parent"),
            "quarantined": bool(data.get("quarantine")),
            "edited": bool(data.get("edited")),
            "edited_at": _time_of_edit(data.get("edited")),
            "author_deleted": not has_author,
        },
    )


def _time_of_edit(edited: Any) -> str | None:
    # False where nobody edited it, true for edits before Reddit kept their time.
    is_time = isinstance(edited, int | float) and not isinstance(edited, bool)
    return datetime.fromtimestamp(edited, UTC).isoformat() if is_time else None


def names_us(text: str, handles: Collection[str]) -> bool:
    """Whether `u/name` of one of our accounts is in the text, as a word of its own and in any case."""
    names = "|".join(map(re.escape, handles))
    return bool(names) and bool(re.search(rf"(?<![\w/])/?u/(?:{names})(?![\w-])", text, re.IGNORECASE))
