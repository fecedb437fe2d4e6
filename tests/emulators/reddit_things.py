"""Comments, submissions and communities of the emulated Reddit, and how they look in JSON."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime

FIRST_NUMBER = int("k2x000", 36)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass
class Community:
    """`state`: public, private, banned or quarantined. `refuses`: a reply error code, or "403"."""

    name: str
    number: int
    state: str = "public"
    refuses: str = ""
    over_18: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "id": base36(self.number),
            "name": f"t5_{base36(self.number)}",
            "display_name": self.name,
            "display_name_prefixed": f"r/{self.name}",
            "title": self.name.title(),
            "url": f"/r/{self.name}/",
            "public_description": f"A made-up place about {self.name}.",
            "description": "",
            "subscribers": 1234,
            "over18": self.over_18,
            "quarantine": self.state == "quarantined",
            "subreddit_type": "private" if self.state == "private" else "public",
            "user_is_banned": self.refuses == "403",
            "user_is_subscriber": False,
            "created_utc": 1_500_000_000.0,
            "lang": "en",
        }


@dataclass
class Person:
    name: str
    number: int
    created_at: datetime
    deleted: bool = False
    blocks_us: bool = False
    karma: int = 500

    @property
    def fullname(self) -> str:
        return f"t2_{base36(self.number)}"

    def to_json(self) -> dict[str, object]:
        return {
            "id": base36(self.number),
            "name": self.name,
            "created_utc": self.created_at.timestamp(),
            "link_karma": self.karma,
            "comment_karma": self.karma,
            "total_karma": 2 * self.karma,
            "is_employee": False,
            "is_mod": False,
            "has_verified_email": True,
            "verified": True,
            "icon_img": "https://img.example.com/icon.png",
        }


@dataclass
class Thing:
    """A comment (kind t1) or a submission (kind t3). `state`: live, deleted (by its author) or removed."""

    kind: str
    number: int
    author: Person
    community: Community
    created_at: datetime
    text: str
    title: str = ""
    parent: Thing | None = None
    state: str = "live"
    locked: bool = False
    archived: bool = False
    edited_at: datetime | None = None
    score: int = 1
    visible_at: datetime | None = None
    hidden_reads: int = 0
    children: list[Thing] = field(default_factory=list)

    @property
    def id(self) -> str:
        return base36(self.number)

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.id}"

    @property
    def submission(self) -> Thing:
        return self if self.parent is None else self.parent.submission

    @property
    def order(self) -> tuple[float, int]:
        return self.created_at.timestamp(), self.number

    @property
    def permalink(self) -> str:
        link = self.submission
        slug = "_".join(re.findall(r"\w+", link.title.lower()))[:50] or "untitled"
        base = f"/r/{self.community.name}/comments/{link.id}/{slug}/"
        return base if self.kind == "t3" else f"{base}{self.id}/"

    def addresses(self, username: str) -> bool:
        """Say whether the text names u/username."""
        return re.search(rf"(?<![\w/])/?u/{re.escape(username)}\b", self.text, re.IGNORECASE) is not None

    def hidden(self, now: datetime) -> bool:
        """Say whether listings still miss the thing, and count this read."""
        if self.hidden_reads > 0:
            self.hidden_reads -= 1
            return True
        return self.visible_at is not None and now < self.visible_at

    def shown(self) -> tuple[str, str, str]:
        """Return author, title and text as everybody sees them."""
        if self.state == "deleted":
            return "[deleted]", "[deleted by user]", "[deleted]"
        if self.state == "removed":
            return "[deleted]", self.title, "[removed]"
        return "[deleted]" if self.author.deleted else self.author.name, self.title, self.text

    def to_json(self, *, raw: bool) -> dict[str, object]:
        """Return the thing's data; without `raw` the text's &, < and > are escaped, Reddit's default."""
        author, title, text = self.shown()
        if not raw:
            title, text = html.escape(title, quote=False), html.escape(text, quote=False)
        data: dict[str, object] = {
            "id": self.id,
            "name": self.name,
            "author": author,
            "subreddit": self.community.name,
            "subreddit_id": f"t5_{base36(self.community.number)}",
            "subreddit_name_prefixed": f"r/{self.community.name}",
            "subreddit_type": "public",
            "permalink": self.permalink,
            "created": self.created_at.timestamp(),
            "created_utc": self.created_at.timestamp(),
            "edited": self.edited_at.timestamp() if self.edited_at else False,
            "score": self.score,
            "ups": self.score,
            "locked": self.locked,
            "archived": self.archived,
            "stickied": False,
            "distinguished": None,
            "saved": False,
            "likes": None,
            "gilded": 0,
            "over_18": self.community.over_18,
        }
        if author != "[deleted]":
            data["author_fullname"] = self.author.fullname
        return {**data, **(self._comment(text) if self.kind == "t1" else self._submission(title, text))}

    def _comment(self, text: str) -> dict[str, object]:
        link = self.submission
        return {
            "body": text,
            "body_html": f'<div class="md"><p>{text}</p></div>',
            "parent_id": (self.parent or self).name,
            "link_id": link.name,
            "link_title": link.title,
            "link_author": link.shown()[0],
            "link_permalink": f"https://www.reddit.com{link.permalink}",
            "is_submitter": self.author.name == link.author.name,
            "score_hidden": False,
            "controversiality": 0,
            "replies": "",
        }

    def _submission(self, title: str, text: str) -> dict[str, object]:
        removal = {"deleted": "deleted", "removed": "moderator"}
        return {
            "title": title,
            "selftext": text,
            "selftext_html": f'<div class="md"><p>{text}</p></div>',
            "is_self": True,
            "url": f"https://www.reddit.com{self.permalink}",
            "domain": f"self.{self.community.name}",
            "num_comments": len(self.everything_below()),
            "upvote_ratio": 0.9,
            "removed_by_category": removal.get(self.state),
            "link_flair_text": None,
            "spoiler": False,
        }

    def everything_below(self) -> list[Thing]:
        return [thing for child in self.children for thing in (child, *child.everything_below())]


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"


def wrapped(kind: str, data: dict[str, object]) -> dict[str, object]:
    return {"kind": kind, "data": data}


def listing(children: list[dict[str, object]], *, after: str | None, before: str | None) -> dict[str, object]:
    """Return a Listing in Reddit's envelope."""
    data: dict[str, object] = {
        "after": after,
        "before": before,
        "dist": len(children),
        "modhash": None,
        "geo_filter": "",
        "children": children,
    }
    return wrapped("Listing", data)
