"""Bluesky's records into our values, and our reply into a record."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from engagebot.domain.mention import Author, Engagement, Kind, Mention, MentionRef

Json = Mapping[str, Any]

SOURCE = "bluesky"
SITE = "https://bsky.app"
POST = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{1,512})")
MENTION, LINK = "app.bsky.richtext.facet#mention", "app.bsky.richtext.facet#link"

_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_KEY = re.compile(f"[234567a-j][{_SORTABLE}]{{12}}")
_FIRST_POSTS = datetime(2023, 1, 1, tzinfo=UTC)
_URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}’”']")


class Us(NamedTuple):
    """Our account, as far as we know it."""

    handle: str | None
    did: str | None


def to_mention(uri: str, view: Json, profile: Json | None, us: Us, seen_at: datetime) -> Mention:
    """Turn a post into a mention; `view` holds `cid` and `record`, and counts where the server gave them.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the post has another shape.
    """
    address = POST.fullmatch(uri)
    if address is None:
        raise ValueError(f"{uri!r} is not the address of a post")
    did, key = address.groups()
    record, reply = view["record"], view["record"].get("reply") or {}
    text, langs = str(record["text"]), record.get("langs") or []
    profile = profile or {}
    handle = did if profile.get("handle") in (None, "", "handle.invalid") else str(profile["handle"])
    if us.handle and did == us.did:
        handle = us.handle
    parent, root = reply.get("parent") or {}, reply.get("root") or {}
    named = _names_us(text, record, us)
    about_us = us.did is not None and f"at://{us.did}/" in f"{parent.get('uri')} {record.get('embed')}"
    viewer, author_viewer = view.get("viewer") or {}, profile.get("viewer") or {}
    seen_at = min(seen_at, _when(record.get("createdAt")) or seen_at)
    return Mention(
        ref=MentionRef(SOURCE, uri),
        kind=Kind.REPLY if parent else Kind.POST,
        text=text,
        posted_at=seen_at,
        author=Author(
            handle=handle,
            native_id=did,
            name=profile.get("displayName") or None,
            url=f"{SITE}/profile/{handle}",
            followers=profile.get("followersCount"),
            created_at=_when(profile.get("createdAt")),
            avatar_url=profile.get("avatar") or None,
        ),
        url=f"{SITE}/profile/{handle}/post/{key}",
        lang=str(langs[0]) if langs else None,
        parent_native_id=parent.get("uri"),
        conversation_id=root.get("uri") or uri,
        addressed_to_us=(named or about_us) if us.handle else None,
        engagement=Engagement(likes=view.get("likeCount"), replies=view.get("replyCount")),
        platform={
            "cid": view["cid"],
            "root": {"uri": root["uri"], "cid": root["cid"]} if root else None,
            "named": named,
            "closed": bool(viewer.get("replyDisabled") or author_viewer.get("blockedBy")),
        },
    )


def moment(stamp: str) -> datetime:
    """Read a time stamp; one without a zone is UTC."""
    read = datetime.fromisoformat(stamp)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def reply_key(uri: str) -> str:
    """Derive the key of our reply from what it answers, so that a second one would need the same key.

    It has the form that the network wants (microseconds and ten bits more) and the target's own time.
    """
    number = int.from_bytes(hashlib.sha256(uri.encode()).digest()[:8])
    key = uri.rpartition("/")[2]
    if _KEY.fullmatch(key):
        read = 0
        for char in key:
            read = read << 5 | _SORTABLE.index(char)
        micros = (read >> 10 >> 20 << 20) + (number >> 10) % 2**20
    else:
        micros = int(_FIRST_POSTS.timestamp()) * 10**6 + (number >> 10) % 2**44
    value = micros << 10 | number % 2**10
    return "".join(_SORTABLE[value >> shift & 31] for shift in range(60, -1, -5))


def reply_record(to: Mention, text: str, now: datetime) -> dict[str, Any]:
    """Build the record of our reply, in which links and the author's name lead somewhere."""
    target = {"uri": to.ref.native_id, "cid": to.platform["cid"]}
    return {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "reply": {"root": to.platform.get("root") or target, "parent": target},
        "facets": facets(text, to.author),
    }


def facets(text: str, author: Author | None) -> list[dict[str, Any]]:
    """Mark links and the author's name; places are counted in bytes of UTF-8."""
    marks = [(match.span(), {"$type": LINK, "uri": match[0]}) for match in _URL.finditer(text)]
    if author and author.native_id:
        name = rf"(?<![\w@./-])@{re.escape(author.handle)}(?![\w-]|\.\w)"
        tag = {"$type": MENTION, "did": author.native_id}
        marks += [(match.span(), tag) for match in re.finditer(name, text, re.IGNORECASE)]
    found = []
    for (start, end), feature in sorted(marks, key=lambda mark: mark[0]):
        place = {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
        found.append({"index": place, "features": [feature]})
    return found


def _when(stamp: object) -> datetime | None:
    # The author's program writes it: it may be nonsense.
    try:
        return moment(str(stamp))
    except (ValueError, OverflowError):
        return None


def _names_us(text: str, record: Json, us: Us) -> bool:
    data = text.encode()
    try:
        for facet in record.get("facets") or []:
            place = facet["index"]
            shown = data[place["byteStart"] : place["byteEnd"]].decode(errors="replace").lower()
            for feature in facet["features"]:
                is_us = feature.get("did") == us.did if us.did else shown == f"@{us.handle}"
                if feature.get("$type") == MENTION and is_us:
                    return True
    except (KeyError, TypeError, AttributeError):
        return False
    return False
