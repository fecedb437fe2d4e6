"""Posts and users of the emulated X, and how they look in JSON in the old and the new dialect."""

from __future__ import annotations

import re
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH_MS = 1_288_834_974_657
SHORT = 280
_MENTION = re.compile(r"(?<![\w@])@(\w{1,15})")
_TAG = re.compile(r"(?<!\w)#(\w+)")
_CASHTAG = re.compile(r"(?<!\w)\$([A-Za-z]{1,6})\b")
_LINK = re.compile(r"https?://\S+")

NEW_NAMES = {
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
}
OLD_NAMES = {new: old for old, new in NEW_NAMES.items()}


@dataclass
class XUser:
    id: str
    username: str
    name: str
    created_at: datetime
    followers: int = 100
    verified: bool = False

    def to_json(self, wanted: Iterable[str]) -> dict[str, object]:
        full: dict[str, object] = {
            "created_at": stamp(self.created_at),
            "description": "",
            "profile_image_url": f"https://pbs.example.com/{self.id}.png",
            "protected": False,
            "public_metrics": {
                "followers_count": self.followers,
                "following_count": 50,
                "tweet_count": 900,
                "listed_count": 1,
            },
            "url": "",
            "verified": self.verified,
            "verified_type": "blue" if self.verified else "none",
        }
        extra = {name: full[name] for name in wanted if name in full}
        return {"id": self.id, "name": self.name, "username": self.username, **extra}


@dataclass
class XPost:
    """One version of one post; `typed_from` is where the author's words begin, after names X put in front."""

    id: str
    text: str
    author_id: str
    created_at: datetime
    lang: str = "en"
    reply_to: str | None = None
    reply_to_user: str | None = None
    quote_of: str | None = None
    retweet_of: str | None = None
    conversation_id: str = ""
    typed_from: int = 0
    reply_settings: str = "everyone"
    likes: int = 0
    reposts: int = 0
    state: str = "live"
    history: list[str] = field(default_factory=list)
    visible_at: datetime | None = None
    hidden_reads: int = 0

    @property
    def is_latest(self) -> bool:
        return self.history[-1] == self.id

    def references(self) -> list[str]:
        return [each for each in (self.reply_to, self.quote_of, self.retweet_of) if each]

    def mentions(self) -> list[tuple[int, int, str]]:
        """Return start, end and lower-case name of each @mention."""
        return [(each.start(), each.end(), each[1].lower()) for each in _MENTION.finditer(self.text)]

    def names(self, username: str) -> bool:
        return any(name == username.lower() for _, _, name in self.mentions())

    def names_explicitly(self, username: str) -> bool:
        """Say whether the author typed the @name, rather than X putting it in front of a reply."""
        return any(
            name == username.lower() and start >= self.typed_from for start, _, name in self.mentions()
        )

    def tags(self) -> list[str]:
        return [each[1].lower() for each in _TAG.finditer(self.text)]

    def cashtags(self) -> list[str]:
        return [each[1].lower() for each in _CASHTAG.finditer(self.text)]

    def links(self) -> list[str]:
        return _LINK.findall(self.text)

    def hidden(self, now: datetime) -> bool:
        """Say whether listings still miss the post, and count this read."""
        if self.hidden_reads > 0:
            self.hidden_reads -= 1
            return True
        return self.visible_at is not None and now < self.visible_at


class XWorld:
    """Everything the emulated X knows: users, posts and who wrote them."""

    def __init__(self) -> None:
        self.users: dict[str, XUser] = {}
        self.posts: dict[str, XPost] = {}
        self._order: list[int] = []
        self._by_name: dict[str, XUser] = {}
        self._answers: Counter[str] = Counter()
        self._quotes: Counter[str] = Counter()

    def user(self, username: str, born: datetime) -> XUser:
        """Return the user of that name, made up on first sight."""
        key = username.lstrip("@").lower()
        if key not in self._by_name:
            made = XUser(
                str(1001 + len(self.users)), username.lstrip("@"), username.lstrip("@").title(), born
            )
            self._by_name[key] = self.users[made.id] = made
        return self._by_name[key]

    def find_user(self, username: str) -> XUser | None:
        return self._by_name.get(username.lower())

    def new_id(self, at: datetime) -> str:
        """Return a free id whose upper bits say `at`."""
        number = id_at(at)
        while str(number) in self.posts:
            number += 1
        return str(number)

    def add(self, post: XPost) -> None:
        self.posts[post.id] = post
        insort(self._order, int(post.id))
        if len(post.history) == 1:
            self._answers[post.reply_to or ""] += 1
            self._quotes[post.quote_of or ""] += 1

    def newest_first(self) -> list[XPost]:
        """Return live posts in their latest version."""
        found = (self.posts[str(number)] for number in reversed(self._order))
        return [post for post in found if post.state == "live" and post.is_latest]

    def entities(self, post: XPost) -> dict[str, object]:
        found: dict[str, object] = {}
        mentions = [
            {"start": start, "end": end, "username": user.username, "id": user.id}
            for start, end, name in post.mentions()
            if (user := self._by_name.get(name)) is not None
        ]
        for name, items in (
            ("mentions", mentions),
            (
                "hashtags",
                [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _TAG.finditer(post.text)],
            ),
            (
                "cashtags",
                [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _CASHTAG.finditer(post.text)],
            ),
            ("urls", [_link_json(m) for m in _LINK.finditer(post.text)]),
        ):
            if items:
                found[name] = items
        return found

    def to_json(self, post: XPost, wanted: Sequence[str], *, new_dialect: bool = False) -> dict[str, object]:
        """Return the post with its default fields and the wanted ones; absent values are left out."""
        cut = len(post.text) > SHORT
        full: dict[str, object] = {
            "id": post.id,
            "text": post.text[: SHORT - 1] + "…" if cut else post.text,
            "edit_history_tweet_ids": list(post.history),
        }
        for name in wanted:
            value = self._field(post, OLD_NAMES.get(name, name))
            if value not in (None, [], {}):
                full[OLD_NAMES.get(name, name)] = value
        return _renamed(full) if new_dialect else full

    def _field(self, post: XPost, name: str) -> object:
        if name == "public_metrics":
            return self._metrics(post)
        if name == "referenced_tweets":
            kinds = (("replied_to", post.reply_to), ("quoted", post.quote_of), ("retweeted", post.retweet_of))
            return [{"type": kind, "id": target} for kind, target in kinds if target]
        if name == "note_tweet":
            return {"text": post.text} if len(post.text) > SHORT else None
        if name == "edit_controls":
            return {
                "edits_remaining": 6 - len(post.history),
                "is_edit_eligible": post.reply_to is None,
                "editable_until": stamp(post.created_at + timedelta(minutes=60)),
            }
        simple: dict[str, object] = {
            "author_id": post.author_id,
            "created_at": stamp(post.created_at),
            "conversation_id": post.conversation_id,
            "in_reply_to_user_id": post.reply_to_user,
            "lang": post.lang,
            "entities": self.entities(post),
            "reply_settings": post.reply_settings,
            "display_text_range": [post.typed_from, min(len(post.text), SHORT)],
            "possibly_sensitive": False,
        }
        return simple.get(name)

    def _metrics(self, post: XPost) -> dict[str, int]:
        return {
            "retweet_count": post.reposts,
            "reply_count": self._answers[post.id],
            "like_count": post.likes,
            "quote_count": self._quotes[post.id],
            "bookmark_count": 0,
            "impression_count": 90,
        }


def id_at(at: datetime) -> int:
    """Return the smallest id X would give at that time."""
    return (int(at.timestamp() * 1000) - EPOCH_MS) << 22


def time_of(post_id: int) -> datetime:
    return datetime.fromtimestamp(((post_id >> 22) + EPOCH_MS) / 1000, UTC)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _link_json(found: re.Match[str]) -> dict[str, object]:
    shown = found[0].partition("://")[2]
    return {
        "start": found.start(),
        "end": found.end(),
        "url": found[0],
        "expanded_url": found[0],
        "display_url": shown,
    }


def _renamed(full: dict[str, object]) -> dict[str, object]:
    renamed = {NEW_NAMES.get(name, name): value for name, value in full.items()}
    metrics = renamed.get("public_metrics")
    if isinstance(metrics, dict):
        renamed["public_metrics"] = {
            "repost_count" if name == "retweet_count" else name: value for name, value in metrics.items()
        }
    return renamed
