"""X's JSON into our values, in both dialects of its field names.

The names changed from `…tweet…` to `…post…` in the OpenAPI document of 2026; which of them a server speaks is
not announced, so each is looked for under both. Ids stay strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef

SOURCE = "x"
EPOCH_MS = 1_288_834_974_657
POST_FIELDS = [
    "author_id",
    "created_at",
    "conversation_id",
    "in_reply_to_user_id",
    "referenced_tweets",
    "public_metrics",
    "lang",
    "entities",
    "reply_settings",
    "note_tweet",
    "display_text_range",
]
USER_FIELDS = ["username", "name", "verified", "public_metrics", "created_at"]

_NOT_A_LANGUAGE = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst"})


def id_at(at: datetime) -> int:
    """Return the smallest id X can have given at a time; ids carry their millisecond in the upper bits."""
    return max(0, (int(at.timestamp() * 1000) - EPOCH_MS) << 22)


def time_of(native_id: str | int) -> datetime:
    """Return when X gave an id."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(native_id) >> 22) + EPOCH_MS)


def users_of(body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the included users by id."""
    users = (body.get("includes") or {}).get("users") or []
    return {str(user["id"]): user for user in users if isinstance(user, Mapping) and "id" in user}


def to_mention(
    post: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]], handle: str | None
) -> Mention:
    """Turn one post into a mention, known by the first id of its edit history.

    `handle` is our own account, for telling whether the author means us.

    Raises:
        KeyError: the post lacks `id` or `text`; ValueError and TypeError: a field is of another shape.
    """
    versions = version_ids(post)
    replied_to = next(_referenced(post, "replied_to"), None)
    ours = _Ours(post, handle)
    author = _author(post, users)
    shown_by = author.handle if author and not author.handle.isdigit() else "i"
    metrics = post.get("public_metrics") or {}
    lang = post.get("lang")
    return Mention(
        ref=MentionRef(SOURCE, versions[0]),
        kind=_kind(post, replied_to),
        text=_text(post),
        posted_at=_posted_at(post, versions),
        author=author,
        url=f"https://x.com/{shown_by}/status/{versions[-1]}",
        lang=None if lang in _NOT_A_LANGUAGE else lang,
        parent_native_id=replied_to,
        conversation_id=post.get("conversation_id"),
        addressed_to_us=ours.are_addressed,
        engagement=Engagement(likes=metrics.get("like_count"), replies=metrics.get("reply_count")),
        platform={
            "version_ids": versions,
            "reply_settings": post.get("reply_settings"),
            "named": ours.are_named,
            "summoned": ours.are_summoned,
        },
    )


def version_ids(post: Mapping[str, Any]) -> list[str]:
    """Return the ids of all versions of a post, first to last."""
    history = _either(post, "edit_history_tweet_ids", "edit_history_post_ids") or [post["id"]]
    return sorted({str(each) for each in (*history, post["id"])}, key=int)


def replied_to_ids(post: Mapping[str, Any]) -> set[str]:
    """Return what a post answers."""
    return set(_referenced(post, "replied_to"))


class _Ours:
    """Whether a post means us: typed @name, quoted post, or an answer to ours."""

    def __init__(self, post: Mapping[str, Any], handle: str | None) -> None:
        self._post, self._handle = post, handle and handle.lower()
        self._named = [
            entry
            for entry in _entities(post, "mentions")
            if str(entry.get("username", "")).lower() == self._handle
        ]

    @property
    def are_named(self) -> bool | None:
        if self._handle is None:
            return None
        # X puts the names of a thread in front of a reply; only names the author typed count as a summons.
        typed_from = (self._post.get("display_text_range") or [0])[0]
        return any(entry.get("start", 0) >= typed_from for entry in self._named)

    @property
    def are_summoned(self) -> bool | None:
        return None if self._handle is None else bool(self.are_named or self._are_quoted())

    @property
    def are_addressed(self) -> bool | None:
        if self._handle is None:
            return None
        answered = self._post.get("in_reply_to_user_id")
        is_answer = answered is not None and any(
            str(entry.get("id")) == str(answered) for entry in self._named
        )
        return bool(is_answer or self.are_summoned)

    def _are_quoted(self) -> bool:
        # The link to a quoted post names its author; the quoted post itself would cost another read.
        quoted = set(_referenced(self._post, "quoted"))
        for link in _entities(self._post, "urls"):
            found = re.search(r"(?:twitter|x)\.com/(\w+)/status/(\d+)", str(link.get("expanded_url", "")))
            if found and found[1].lower() == self._handle and found[2] in quoted:
                return True
        return False


def _either(values: Mapping[str, Any], old: str, new: str) -> Any:
    return values.get(old) if values.get(old) is not None else values.get(new)


def _referenced(post: Mapping[str, Any], kind: str) -> Iterator[str]:
    found = _either(post, "referenced_tweets", "referenced_posts") or []
    return iter([str(each["id"]) for each in found if each.get("type") == kind])


def _note(post: Mapping[str, Any]) -> Mapping[str, Any]:
    return _either(post, "note_tweet", "note_post") or {}


def _entities(post: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [entry for part in (post, _note(post)) for entry in ((part.get("entities") or {}).get(name) or [])]


def _text(post: Mapping[str, Any]) -> str:
    text: str = _note(post).get("text") or post["text"]
    # X escapes these three and nothing else.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _kind(post: Mapping[str, Any], replied_to: str | None) -> Kind:
    if replied_to is not None:
        return Kind.REPLY
    return Kind.OTHER if any(_referenced(post, "retweeted")) else Kind.POST


def _posted_at(post: Mapping[str, Any], versions: list[str]) -> datetime:
    stamp = post.get("created_at")
    # A later version carries the time of its edit; the first id knows when the post was written.
    return time_of(versions[0]) if stamp is None or len(versions) > 1 else moment(stamp)


def moment(stamp: str) -> datetime:
    """Read X's time stamps, which end in Z."""
    read = datetime.fromisoformat(stamp)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _author(post: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]]) -> Author | None:
    native_id = post.get("author_id")
    if native_id is None:
        return None
    user = users.get(str(native_id))
    if user is None:
        # Not asked for, or withheld: X's address by number leads to the account all the same.
        return Author(
            handle=str(native_id), native_id=str(native_id), url=f"https://x.com/i/user/{native_id}"
        )
    created = user.get("created_at")
    return Author(
        handle=user["username"],
        native_id=str(native_id),
        name=user.get("name"),
        url=f"https://x.com/{user['username']}",
        followers=(user.get("public_metrics") or {}).get("followers_count"),
        created_at=moment(created) if created else None,
        is_verified=user.get("verified"),
    )
