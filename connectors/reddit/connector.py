"""Reddit through PRAW: submissions by search, comments and the inbox by listings, replies as comments."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import praw
import requests
from praw.endpoints import API_PATH

from connectors.reddit.faults import Doing, as_error, refusal
from connectors.reddit.listing import ENDS_AFTER, PAGE_SIZE, Position, listing_of, watch_faults
from connectors.reddit.mapping import FULLNAME, SITE, SOURCE, is_gone, to_mention
from connectors.reddit.options import Options, read_options
from connectors.reddit.requestor import BadAnswer, Traffic, open_reddit
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.domain.text.measures import Measure
from engagebot.errors import AuthFailed, OutcomeUnknown, Refused, Unavailable, WatchInvalid
from engagebot.ports import (
    Clock,
    Connector,
    Cursor,
    Gap,
    Identity,
    Limits,
    Lookup,
    Page,
    Posted,
    Watch,
    WatchFault,
)

BLOCKS = {
    "removed": ("removed", "a moderator removed it"),
    "author_deleted": ("author-gone", "the author's account is deleted"),
    "locked": ("locked", "the thread is locked"),
    "archived": ("archived", "the thread is archived"),
}


def open_connector(options: Mapping[str, Any], clock: Clock) -> Connector:
    """Open Reddit with the settings of ENGAGEBOT_REDDIT_…; nothing is sent yet.

    Raises:
        ValueError: what is wrong with the settings.
    """
    return RedditConnector(read_options(options), clock)


class RedditConnector:
    """One Reddit account, or a client without one that only reads.

    All calls go through one lock: PRAW is not thread-safe, and a client has one rate window and one token, of
    which a session for each thread would take several. PRAW is asked for plain JSON (`Reddit.request`): its
    models fetch missing attributes on their own, and its listings do not say where they stand.
    """

    name = SOURCE
    # A search reaches back for years and other listings 1,000 items; a month is what they share in practice.
    limits = Limits(reply_chars=10_000, page_size=PAGE_SIZE, lookback=timedelta(days=30))
    lookup_limit = PAGE_SIZE
    measure = Measure.CHARACTERS

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._traffic = Traffic(clock, options.timeout_s, requests.Session())
        self._lock = threading.RLock()
        self._reddit: praw.Reddit | None = None
        self._account = None if options.has_account else options.handle

    @property
    def clock_skew(self) -> timedelta | None:
        """How far our clock was ahead of the platform's at its last answer."""
        return self._traffic.skew

    def verify(self) -> Identity:
        """Ask who we are; without an account ask for anything, to see that the client id is good."""
        with self._lock:
            if not self._options.has_account:
                self._ask("read", API_PATH["info"], params={"id": "t3_1"})
                return Identity(handle=None, can_reply=False)
            me = self._ask("read", API_PATH["me"])
            scopes = self._session().auth.scopes()
        if not isinstance(me, dict) or not isinstance(me.get("name"), str):
            raise AuthFailed("Reddit does not say whose token this is")
        self._account = me["name"]
        can_reply = not me.get("is_suspended") and bool({"*", "submit"} & set(scopes))
        return Identity(handle=self._account, can_reply=can_reply)

    def watch_faults(self, watch: Watch) -> Sequence[WatchFault]:
        """Say what is surely wrong with a watch."""
        return watch_faults(watch)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read one page of at most 100 items; `Position` says what the cursor keeps between pulls."""
        listing = listing_of(watch)
        if listing.is_inbox and not self._options.has_account:
            raise WatchInvalid("mentions come from an account's inbox, and no account is configured")
        position = Position.read(cursor) if cursor else None
        notes = ["the stored position could not be read: started anew"] if cursor and not position else []
        position = position or Position((self._clock.now() - watch.lookback).timestamp() + listing.overlap_s)
        floor = position.watermark - listing.overlap_s
        params = {**listing.params, "limit": str(PAGE_SIZE)}
        if position.after:
            params |= {"after": position.after, "count": str(position.seen)}
        with self._lock:
            before = self._traffic.sent
            items, after = _listed(self._ask("listen", listing.path, params=params))
            reads = {"requests": self._traffic.sent - before}
        times: list[float] = []
        heard: list[Mention] = []
        shown: list[Mention] = []
        for data in items:
            mention = self._mention(data, is_for_us=listing.is_inbox)
            if mention is None:
                notes.append(f"an item could not be read ({str(data.get('name'))[:20]})")
                continue
            times.append(mention.posted_at.timestamp())
            if not is_gone(data) and listing.hears(mention.words):
                (heard if times[-1] >= floor else shown).append(mention)
        now = self._clock.now().timestamp()
        onward, has_gap = position.step(listing, times, after, now=now)
        gaps: list[Gap] = []
        oldest = position.oldest_with(times) or now
        if has_gap and (holes := position.holes(oldest, listing.overlap_s)):
            since = datetime.fromtimestamp(floor, UTC).isoformat(timespec="seconds")
            seen = position.seen + len(times)
            ended = f"the listing ended after {seen} items"
            notes.append(f"gap: {ended} and did not reach back to {since}")
            gaps += [Gap(_moment(lower), _moment(upper), ended) for lower, upper in holes]
        heard_until = (position.began or now) - listing.overlap_s
        heard_from = min(oldest if onward.is_walking or has_gap else floor, heard_until)
        return Page(
            mentions=sorted(heard, key=lambda mention: mention.posted_at),
            cursor=onward.cursor,
            has_more=onward.is_walking,
            reads=reads,
            note="; ".join(notes) or None,
            shown=shown,
            gaps=gaps,
            heard_from=_moment(heard_from),
            heard_until=_moment(heard_until),
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read one as it is now; `None` when it was deleted, removed or is hidden from us."""
        native_id = _checked(ref)
        data = self._info([native_id]).get(native_id)
        if data is None or is_gone(data):
            return None
        mention = self._told(data)
        if mention is None:
            raise Unavailable(f"Reddit describes {native_id} in a way that cannot be read")
        return mention

    def lookup_many(self, refs: Sequence[MentionRef]) -> Lookup:
        """Read up to 100 as they are now with one request; ids that Reddit leaves out are asked for again."""
        asked = {ref.native_id: ref for ref in refs if FULLNAME.fullmatch(ref.native_id)}
        if not asked:
            return Lookup(found={})
        with self._lock:
            before = self._traffic.sent
            things = self._info(asked)
            # Unknown ids are missing without a word, and so they are in an answer that was cut short.
            if missing := asked.keys() - things.keys():
                things |= self._info(missing)
            reads = {"requests": self._traffic.sent - before}
        gone = frozenset(
            ref for native_id, ref in asked.items() if native_id not in things or is_gone(things[native_id])
        )
        told = {ref: self._told(things[ref.native_id]) for ref in asked.values() if ref not in gone}
        found = {ref: mention for ref, mention in told.items() if mention is not None}
        return Lookup(found=found, gone=gone, reads=reads)

    def reply(self, to: Mention, text: str) -> Posted:
        """Send one comment with one POST.

        Raises:
            OutcomeUnknown: no answer, a 5xx or an answer without sense: the comment may be there.
            Refused: for good, by Reddit or for want of an account (`by_hand`).
        """
        native_id = _checked(to.ref)
        if not self._options.has_account:
            raise Refused("no Reddit account is configured; a person can post this", by_hand=True)
        answer = self._ask("write", API_PATH["comment"], data={"text": text, "thing_id": native_id})
        try:
            if answer["json"].get("errors"):
                raise refusal(answer["json"]["errors"], answer["json"].get("ratelimit"), self._clock.now())
            things = (answer["json"].get("data") or {}).get("things")
            # In a quarantined subreddit Reddit takes the comment and shows nothing of it.
            return self._posted(things[0]["data"] if things else {})
        except (LookupError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown("Reddit's answer to the reply makes no sense; it may be there") from None

    def own_reply(self, to: Mention) -> Posted | None:
        """Look for our comment under a mention, from the newest back to the time of the mention."""
        native_id, since = _checked(to.ref), to.posted_at.timestamp()
        if self._account is None and self._options.has_account:
            self.verify()
        if self._account is None:
            raise AuthFailed("no Reddit account is configured, so nobody can tell what it wrote")
        params, seen = {"sort": "new", "limit": str(PAGE_SIZE)}, 0
        while seen < ENDS_AFTER:
            items, after = _listed(self._ask("read", f"user/{self._account}/comments/", params=params))
            for data in items:
                if data.get("parent_id") == native_id:
                    return self._posted(data)
            if not after or not items or (items[-1].get("created_utc") or 0) < since:
                return None
            params["after"] = after
            seen += len(items)
        raise Unavailable("Reddit shows only our newest 1,000 comments; the reply may be an older one")

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Blocked where the thread is closed or the author gone, by hand without an account, else by API."""
        for fact, (rule, reason) in BLOCKS.items():
            if mention.platform.get(fact):
                return ReplyRoute(route=Route.BLOCKED, reason=reason, rule=rule)
        if not FULLNAME.fullmatch(mention.ref.native_id):
            unknown = "it was imported without Reddit's own id"
            return ReplyRoute(route=Route.BY_HAND, reason=unknown, rule="no-native-id")
        if not self._options.has_account:
            nobody = "no Reddit account is configured"
            return ReplyRoute(route=Route.BY_HAND, reason=nobody, rule="no-account")
        return ReplyRoute(route=Route.API, reason="Reddit takes replies from our account", rule="reddit-open")

    def compose_url(self, mention: Mention, text: str) -> str:
        """Return the mention's own page: Reddit has no composer that a link could fill with `text`."""
        if mention.url:
            return mention.url
        short = mention.ref.native_id.partition("_")[2]
        is_comment = mention.ref.native_id.startswith("t1_") and mention.conversation_id
        thread = str(mention.conversation_id).removeprefix("t3_")
        return f"{SITE}/comments/{thread}/_/{short}" if is_comment else f"{SITE}/comments/{short}"

    def length(self, text: str) -> int:
        """Count characters, as Reddit does."""
        return len(text)

    def _info(self, native_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        params = {"id": ",".join(sorted(native_ids))}
        items, _ = _listed(self._ask("read", API_PATH["info"], params=params))
        return {str(data.get("name")): data for data in items}

    def _told(self, data: Mapping[str, Any]) -> Mention | None:
        # Whose comment it answers is not told here, so nobody can tell whether it answers us.
        return self._mention(data, is_for_us=None if "parent_id" in data else False)

    def _mention(self, data: Mapping[str, Any], *, is_for_us: bool | None) -> Mention | None:
        try:
            return to_mention(data, self._options.handles, is_for_us=is_for_us)
        except (LookupError, TypeError, ValueError, OverflowError):
            return None

    def _posted(self, data: Mapping[str, Any]) -> Posted:
        created = data.get("created_utc")
        # The thread's title is part of its links; a kept link would keep it when its author deletes it.
        path = re.sub(r"(/comments/\w+)/[^/]+/", r"\1/_/", data.get("permalink") or "")
        return Posted(
            native_id=data.get("name"),
            url=f"{SITE}{path}" if path else None,
            posted_at=datetime.fromtimestamp(created, UTC) if created else self._clock.now(),
        )

    def _session(self) -> praw.Reddit:
        if self._reddit is None:
            self._reddit = open_reddit(self._options, self._traffic)
        return self._reddit

    def _ask(self, doing: Doing, path: str, **payload: Any) -> Any:
        """Send one request; a read is sent again with a fresh token where the old one is refused."""
        method = "POST" if doing == "write" else "GET"
        with self._lock:
            has_old_token = self._reddit is not None
            self._traffic.has_written = False
            try:
                return self._session().request(method=method, path=path, **payload)
            except Exception as error:  # prawcore's exceptions may fail while they are built
                failure = as_error(error, doing, self._traffic)
                is_refused = isinstance(error, BadAnswer) and error.status == 401
            if is_refused:
                self._reddit = None
            if is_refused and has_old_token and doing == "write":
                failure = Unavailable("the access token had run out; nothing was sent")
            elif is_refused and has_old_token:
                return self._ask(doing, path, **payload)
        # Raised out here, so that no exception that knows the request's headers hangs on to ours.
        raise failure


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _checked(ref: MentionRef) -> str:
    if not FULLNAME.fullmatch(ref.native_id):
        raise Refused(f"{ref.native_id!r} is not one of Reddit's ids (t1_… or t3_…)", by_hand=True)
    return ref.native_id


def _listed(answer: Any) -> tuple[list[dict[str, Any]], str | None]:
    try:
        data = answer["data"]
        things = [child["data"] for child in data["children"] if child["kind"] in ("t1", "t3")]
        return [thing for thing in things if isinstance(thing, dict)], data.get("after")
    except (LookupError, TypeError, AttributeError):
        raise Unavailable("Reddit's answer is not a listing") from None
