"""X's JSON into our values, in both dialects of its field names.

The names changed from `…tweet…` to `…post…` in the OpenAPI document of 2026; which of them a server speaks is
not announced, so posts are brought to the old names first. Ids stay strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef

Json = Mapping[str, Any]

EPOCH_MS = 1_288_834_974_657
OLD_NAMES = {
    "referenced_posts": "referenced_tweets",
    "edit_history_post_ids": "edit_history_tweet_ids",
    "note_post": "note_tweet",
}
POST_FIELDS = (
    "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,public_metrics,lang,entities,"
    "reply_settings,edit_controls,note_tweet,possibly_sensitive,display_text_range"
)
USER_FIELDS = "username,name,verified,public_metrics,created_at,profile_image_url"

_NOT_A_LANGUAGE = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst"})
_POST_LINK = re.compile(r"(?:twitter|x)\.com/(\w+)/status/(\d+)")


def id_at(at: datetime) -> int:
    """Return the smallest id X can have given at a time; ids carry their millisecond in the upper bits."""
    return max(0, (int(at.timestamp() * 1000) - EPOCH_MS) << 22)


def time_of(native_id: str | int) -> datetime:
    """Return when X gave an id."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(native_id) >> 22) + EPOCH_MS)


def moment(stamp: str) -> datetime:
    """Read a time stamp; one without a zone is UTC."""
    read = datetime.fromisoformat(stamp)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def posts_of(listed: list[Any]) -> list[Json]:
    """Return the posts with a usable id, under the old names."""
    posts = [post for post in listed if isinstance(post, Mapping) and str(post.get("id", "")).isdigit()]
    return [{OLD_NAMES.get(str(name), str(name)): value for name, value in post.items()} for post in posts]


def authors_of(body: Json) -> dict[str, Author]:
    """Return the users of a look-up by id, without those in a shape of their own."""
    listed = body.get("data")
    found = {}
    for user in listed if isinstance(listed, list) else []:
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            found[str(user["id"])] = _author(user)
    return found


def version_ids(post: Json) -> list[str]:
    """Return the ids of all versions of a post, first to last."""
    history = post.get("edit_history_tweet_ids") or []
    return sorted({str(each) for each in (*history, post["id"])}, key=int)


def referenced(post: Json, kind: str) -> set[str]:
    """Return the ids of the posts this one has replied_to, quoted or retweeted."""
    return {str(each["id"]) for each in post.get("referenced_tweets") or [] if each.get("type") == kind}


def to_mention(post: Json, authors: Mapping[str, Author], handle: str | None) -> Mention:
    """Turn one post into a mention, known by the first id of its edit history.

    `handle` is our own account, for telling whether the author means us.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: X sent the post in another shape.
    """
    versions = version_ids(post)
    parent = next(iter(referenced(post, "replied_to")), None)
    named, summoned, addressed = (None, None, None) if handle is None else _means_us(post, handle.lower())
    metrics = post.get("public_metrics") or {}
    author_id, lang = post.get("author_id"), post.get("lang")
    known = authors.get(str(author_id))
    text = str((post.get("note_tweet") or {}).get("text") or post["text"])
    return Mention(
        ref=MentionRef("x", versions[0]),
        kind=Kind.REPLY if parent else Kind.OTHER if referenced(post, "retweeted") else Kind.POST,
        # X escapes these three and nothing else.
        text=text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
        # A later version carries the time of its edit; the first id knows when the post was written.
        posted_at=moment(post["created_at"]) if len(versions) == 1 else time_of(versions[0]),
        author=(known or unnamed(str(author_id))) if author_id else None,
        url=f"https://x.com/{known.handle if known else 'i'}/status/{versions[-1]}",
        lang=None if lang in _NOT_A_LANGUAGE else lang,
        parent_native_id=parent,
        conversation_id=post.get("conversation_id"),
        addressed_to_us=addressed,
        engagement=Engagement(likes=metrics.get("like_count"), replies=metrics.get("reply_count")),
        platform={
            "version_ids": versions,
            "edited_at": time_of(versions[-1]).isoformat() if len(versions) > 1 else None,
            "editable_until": (post.get("edit_controls") or {}).get("editable_until"),
            "possibly_sensitive": post.get("possibly_sensitive"),
            "reply_settings": post.get("reply_settings"),
            "named": named,
            "summoned": summoned,
        },
    )


def _means_us(post: Json, handle: str) -> tuple[bool, bool, bool]:
    """Say whether the author typed our name, summoned us by X's rule, and speaks to us at all."""
    names = [each for each in _entities(post, "mentions") if str(each.get("username", "")).lower() == handle]
    # X puts the names of a thread in front of a reply; only a name the author typed is a summons.
    typed_from = (post.get("display_text_range") or [0])[0]
    named = any(each.get("start", 0) >= typed_from for each in names)
    # The link to a quoted post names its author; reading the quoted post itself would cost.
    links = [_POST_LINK.search(str(each.get("expanded_url", ""))) for each in _entities(post, "urls")]
    quoted = {link[2] for link in links if link and link[1].lower() == handle} & referenced(post, "quoted")
    answered = post.get("in_reply_to_user_id")
    is_answer = any(each.get("id") == answered for each in names if answered)
    return named, named or bool(quoted), named or bool(quoted) or is_answer


def _entities(post: Json, name: str) -> list[Json]:
    parts = (post, post.get("note_tweet") or {})
    return [each for part in parts for each in (part.get("entities") or {}).get(name) or []]


def unnamed(native_id: str) -> Author:
    """Return an author who was not asked for, or withheld: X's address by number leads there all the same."""
    return Author(handle=native_id, native_id=native_id, url=f"https://x.com/i/user/{native_id}")


def _author(user: Json) -> Author:
    created = user.get("created_at")
    return Author(
        handle=user["username"],
        native_id=str(user["id"]),
        name=user.get("name"),
        url=f"https://x.com/{user['username']}",
        followers=(user.get("public_metrics") or {}).get("followers_count"),
        created_at=moment(created) if created else None,
        is_verified=user.get("verified"),
        avatar_url=user.get("profile_image_url"),
    )
