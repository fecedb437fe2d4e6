"""The Hacker News connector: listens through Algolia's search; people answer by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.hackernews.mapping import SITE, SOURCE, from_item, from_search
from connectors.hackernews.options import LARGEST_PAGE, Options, read_options, read_watch
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.errors import RateLimited, Refused, Unavailable, WatchInvalid
from engagebot.ports import Clock, Cursor, Gap, Identity, Limits, Lookup, Page, Posted, Watch

# The search learns of an item some minutes after it was written.
OVERLAP_S = 900
# Source: github.com/algolia/hn-search, issue 230, read August 2026: no query shows more than this.
DEEPEST = 1_000
BUSY_FOR = timedelta(minutes=15)
NUMBER = re.compile(r"[0-9]{1,12}")
READ_ONLY = "Hacker News takes no posts from programs; a person posts the reply"


def open_connector(options: Mapping[str, Any], clock: Clock) -> HackerNewsConnector:
    """Open the Hacker News connector; nothing is sent yet.

    Raises:
        ValueError: an option is wrong.
    """
    return HackerNewsConnector(read_options(options), clock)


@dataclass(frozen=True, slots=True)
class Position:
    """Everything up to the second `since` was read; the others describe a burst that is half read.

    `top` is the newest second seen. The search lists newest first: down to `until` is read, and of that
    second itself `page` pages.
    """

    since: int
    top: int
    until: int | None = None
    page: int = 0

    @classmethod
    def parse(cls, cursor: Cursor) -> Position:
        """Read a cursor back, or refuse it."""
        try:
            since, top, until, page = json.loads(cursor)
            return cls(int(since), int(top), None if until is None else int(until), int(page))
        except (ValueError, TypeError):
            raise WatchInvalid("the stored position of this watch is not one of ours; forget it") from None

    @property
    def cursor(self) -> Cursor:
        """Write it for the store."""
        return Cursor(json.dumps([self.since, self.top, self.until, self.page]))

    def after(self, seconds: Sequence[int], *, is_full: bool, size: int) -> tuple[Position, Gap | None]:
        """Return the position after a page whose items were written at `seconds`, and what cannot be read."""
        top = max([self.top, *seconds])
        if not is_full:
            return Position(top, top), None
        if self.until is None or min(seconds) < self.until:
            return replace(self, top=top, until=min(seconds), page=0), None
        if (self.page + 2) * size <= DEEPEST:
            return replace(self, top=top, page=self.page + 1), None
        second = datetime.fromtimestamp(self.until, UTC)
        why = f"more than {DEEPEST} items came in one second, and the search shows no more"
        return replace(self, top=top, until=self.until - 1, page=0), Gap(second, second, why)


class HackerNewsConnector:
    """Reads without a key, and writes nothing."""

    name = SOURCE
    # The search knows everything since 2007; how long a comment may be is not told, this fits by far.
    limits = Limits(reply_chars=5_000, page_size=LARGEST_PAGE, lookback=timedelta(days=365))

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._skew: timedelta | None = None
        self._http = httpx.Client(
            timeout=options.timeout_s,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"user-agent": "engagebot"},
        )

    @property
    def clock_skew(self) -> timedelta | None:
        """How far our clock was ahead at the last answer of the search or the site."""
        return self._skew

    def verify(self) -> Identity:
        """See whether the search answers; there is no account to speak of."""
        self._search({"hitsPerPage": 1})
        return Identity(handle=None, can_reply=False)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read one page of the search with one request; a burst is read newest page first.

        Raises:
            WatchInvalid: the watch is not one of Hacker News's, or the search refuses it.
        """
        wanted = read_watch(watch)
        since = int((self._clock.now() - watch.lookback).timestamp()) + OVERLAP_S
        position = Position.parse(cursor) if cursor else Position(since, since)
        size = min(wanted.page_size, watch.page_limit or wanted.page_size)
        bounds = [f"created_at_i>={position.since - OVERLAP_S}"]
        if position.until is not None:
            bounds.append(f"created_at_i<={position.until}")
        body = self._search(
            {
                "query": wanted.query,
                "tags": f"({','.join(wanted.tags)})",
                "numericFilters": ",".join(bounds),
                "hitsPerPage": size,
                "page": position.page,
                # Without these, the search also brings what is spelled alike.
                "typoTolerance": "false",
                "advancedSyntax": "true",
            }
        )
        mentions, unread = _mentions(body["hits"])
        seconds = [int(mention.posted_at.timestamp()) for mention in mentions]
        shown = body.get("hitsPerPage")
        size = shown if isinstance(shown, int) and 0 < shown < size else size
        is_full = bool(seconds) and len(body["hits"]) >= size
        after, gap = position.after(seconds, is_full=is_full, size=size)
        return Page(
            mentions=[mention for mention in mentions if wanted.hears(mention.words)],
            cursor=after.cursor,
            has_more=is_full,
            reads={"requests": 1},
            gaps=[gap] if gap else [],
            note=f"{unread} items could not be understood" if unread else None,
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read an item from the site itself; `None` when it is deleted, or hidden as dead."""
        item = self._ask(f"{self._options.items_url}/v0/item/{_checked(ref)}.json", {})
        if item is None or (isinstance(item, dict) and (item.get("deleted") or item.get("dead"))):
            return None
        try:
            return from_item(item)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unavailable("Hacker News's answer is not an item") from None

    @property
    def lookup_limit(self) -> int:
        """How many items one question may name: the site's own interface knows no lists."""
        return 1

    def lookup_many(self, refs: Sequence[MentionRef]) -> Lookup:
        """Read items as they are now."""
        found = {ref: self.lookup(ref) for ref in refs if NUMBER.fullmatch(ref.native_id)}
        return Lookup(
            found={ref: mention for ref, mention in found.items() if mention},
            gone=frozenset(ref for ref, mention in found.items() if mention is None),
            reads={"requests": len(found)},
        )

    def reply(self, to: Mention, text: str) -> Posted:
        """Refuse: there is no interface for it."""
        raise Refused(READ_ONLY, by_hand=True)

    def own_reply(self, to: Mention) -> Posted | None:
        """Find the answer that a person posted with our account, named by `brand.handles.hackernews`."""
        if not self._options.handle:
            raise Unavailable(
                "brand.handles.hackernews is not set, so nobody can tell which replies are ours"
            )
        native_id = _checked(to.ref)
        since = f"created_at_i>={int(to.posted_at.timestamp())}"
        tags = f"comment,author_{self._options.handle}"
        body = self._search({"tags": tags, "numericFilters": since, "hitsPerPage": LARGEST_PAGE})
        for mention in _mentions(body["hits"])[0]:
            if mention.parent_native_id == native_id:
                return Posted(native_id=mention.ref.native_id, url=mention.url, posted_at=mention.posted_at)
        return None

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Always by hand."""
        return ReplyRoute(route=Route.BY_HAND, reason=READ_ONLY, rule="read-only")

    def compose_url(self, mention: Mention, text: str) -> str:
        """Return the item's page, which has the form to answer; no link can fill it."""
        return f"{SITE}/item?id={mention.ref.native_id}"

    def _search(self, params: Mapping[str, Any]) -> dict[str, Any]:
        body = self._ask(f"{self._options.base_url}/api/v1/search_by_date", params)
        if not isinstance(body, dict) or not isinstance(body.get("hits"), list):
            raise Unavailable("the search of Hacker News gave no list")
        return body

    def _ask(self, url: str, params: Mapping[str, Any]) -> Any:
        try:
            response = self._http.get(url, params=dict(params))
        except httpx.HTTPError as problem:
            raise Unavailable(f"Hacker News could not be read ({type(problem).__name__})") from None
        self._skew = _skew(response.headers.get("date", ""), self._clock.now()) or self._skew
        status = response.status_code
        if status == 429:
            raise RateLimited(
                "Hacker News's search has had too many requests", retry_at=self._retry_at(response)
            )
        if status == 400:
            raise WatchInvalid(f"the search of Hacker News refuses the query: {response.text[:200]}")
        if not response.is_success:
            raise Unavailable(f"Hacker News answered {status}")
        try:
            return response.json()
        except ValueError:
            raise Unavailable("Hacker News's answer could not be read") from None

    def _retry_at(self, response: httpx.Response) -> datetime:
        wait = response.headers.get("retry-after", "")
        return self._clock.now() + (
            timedelta(seconds=int(wait)) if re.fullmatch(r"\d{1,6}", wait) else BUSY_FOR
        )


def _skew(date: str, now: datetime) -> timedelta | None:
    try:
        # HTTP knows no other zone.
        return now - parsedate_to_datetime(date).replace(tzinfo=UTC)
    except (ValueError, TypeError):
        return None


def _mentions(hits: Sequence[Any]) -> tuple[list[Mention], int]:
    found: dict[str, Mention] = {}
    unread = 0
    for hit in hits:
        try:
            mention = from_search(hit)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            unread += 1
        else:
            found[mention.ref.native_id] = mention
    return sorted(found.values(), key=lambda each: (each.posted_at, int(each.ref.native_id))), unread


def _checked(ref: MentionRef) -> str:
    if not NUMBER.fullmatch(ref.native_id):
        raise Refused(f"{ref.native_id!r} is not the number of an item on Hacker News", by_hand=True)
    return ref.native_id
