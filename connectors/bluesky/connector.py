"""The Bluesky connector: listens through Jetstream, answers through our own server where we were tagged."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.bluesky import jetstream
from connectors.bluesky.jetstream import COLLECTION, LOOKBACK, Hearing
from connectors.bluesky.mapping import POST, SITE, SOURCE, Us, moment, reply_key, reply_record, to_mention
from connectors.bluesky.notifications import OVERLAP, Position
from connectors.bluesky.options import BlueskyOptions, Keywords, read_options, read_watch
from connectors.bluesky.words import Words
from connectors.bluesky.xrpc import Json, Xrpc
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.domain.text import measures
from engagebot.domain.text.measures import Measure
from engagebot.errors import ConnectorError, OutcomeUnknown, Refused, Unavailable, WatchInvalid
from engagebot.ports import Clock, Cursor, Identity, Limits, Lookup, Page, Posted, Watch

LONGEST, LONGEST_BYTES = 300, 3_000
PAGE_SIZE = 100
AT_ONCE = 25
PROFILES_KEPT = 5_000
REASONS = ["mention", "reply", "quote"]
NO_ACCOUNT = "no Bluesky account is configured"
TAGGED = "the author tagged our account"
CLOSED = "the author does not let our account reply"
NOT_TAGGED = "Bluesky lets programs answer only where the author tagged the account"


def open_connector(options: Mapping[str, Any], clock: Clock) -> BlueskyConnector:
    """Open the Bluesky connector; nothing is sent yet.

    Raises:
        ValueError: an option is wrong; the message names it, never its value.
    """
    return BlueskyConnector(read_options(options), clock)


class BlueskyConnector:
    """One account, or none and listening alone. It keeps the login and the names of authors, nothing else."""

    name = SOURCE
    # Source: the lexicon of app.bsky.feed.post and Jetstream's README, read August 2026.
    limits = Limits(reply_chars=LONGEST, page_size=PAGE_SIZE, lookback=LOOKBACK)
    measure = Measure.GRAPHEMES
    avatar_hosts = ("cdn.bsky.app",)

    def __init__(self, options: BlueskyOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._xrpc = Xrpc(options, clock)
        self._profiles: OrderedDict[str, Json] = OrderedDict()
        self._has_account = bool(options.app_password)

    @property
    def clock_skew(self) -> timedelta | None:
        """How far our clock is ahead of the servers we ask; the stream is none of them."""
        return self._xrpc.skew

    def verify(self) -> Identity:
        """Log in and say as whom; without an account, see whether Jetstream lets us listen."""
        if self._has_account:
            session = self._xrpc.session()
            return Identity(handle=session.handle, can_reply=session.is_active)
        try:
            jetstream.open_socket(self._options).close()
        except jetstream.SOCKET_ERRORS as problem:
            raise jetstream.as_error(problem, self._clock.now()) from None
        return Identity(handle=None, can_reply=False)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read the network's posts, or our notifications, from where `cursor` stands.

        Raises:
            WatchInvalid: the watch or its stored position is not one of Bluesky's.
        """
        wanted = read_watch(watch)
        return self._listen(watch, wanted, cursor) if wanted else self._read_notifications(watch, cursor)

    @property
    def lookup_limit(self) -> int:
        """How many posts one question may name."""
        return AT_ONCE

    def lookup_many(self, refs: Sequence[MentionRef]) -> Lookup:
        """Read posts as they are now; gone is what Bluesky leaves out of its answer."""
        known = {ref.native_id: ref for ref in refs if POST.fullmatch(ref.native_id)}
        if not known:
            return Lookup(found={})
        asked = {"uris": list(known)}
        # Asked as ourselves, the server also says whether the author lets us answer.
        answer = self._xrpc.read("app.bsky.feed.getPosts", asked, as_us=self._has_account)
        try:
            posts = {str(post["uri"]): post for post in (answer or {})["posts"]}
        except (KeyError, TypeError):
            raise Unavailable("Bluesky's answer is not a list of posts") from None
        mentions, _ = self._mentions([(uri, post, post.get("author")) for uri, post in posts.items()])
        return Lookup(
            found={mention.ref: mention for mention in mentions},
            reads={"requests": 1},
            gone=frozenset(ref for uri, ref in known.items() if uri not in posts),
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read a post as it is now; `None` when it or its author is deleted, taken down or hidden from us."""
        _checked(ref)
        looked = self.lookup_many([ref])
        if ref not in looked.found and ref not in looked.gone:
            raise Unavailable("Bluesky describes the post in a way that cannot be understood")
        return looked.found.get(ref)

    def reply(self, to: Mention, text: str) -> Posted:
        """Answer a post with exactly one POST, under a key that can be taken only once.

        Raises:
            OutcomeUnknown: the reply may be there, from this call or from an earlier one.
            Refused: it is too long, or Bluesky does not take it; `by_hand` where a person still may.
        """
        uri = _checked(to.ref)
        if not self._has_account or not to.platform.get("cid"):
            raise Refused(NO_ACCOUNT if not self._has_account else "it was imported", by_hand=True)
        if self.length(text) > LONGEST or len(text.encode()) > LONGEST_BYTES:
            raise Refused(f"the reply is longer than {LONGEST} signs or {LONGEST_BYTES} bytes")
        now, key, did = self._clock.now(), reply_key(uri), self._xrpc.session().did
        body = {"repo": did, "collection": COLLECTION, "rkey": key, "record": reply_record(to, text, now)}
        made = self._xrpc.write("com.atproto.repo.createRecord", body)
        if made.get("uri") != f"at://{did}/{COLLECTION}/{key}":
            raise OutcomeUnknown("Bluesky's answer to the reply makes no sense; it may be there")
        return self._posted(did, key, now)

    def own_reply(self, to: Mention) -> Posted | None:
        """Look under the one key that our reply to this post can have."""
        uri = _checked(to.ref)
        did, key = self._xrpc.session().did, reply_key(uri)
        asked = {"repo": did, "collection": COLLECTION, "rkey": key}
        found = self._xrpc.read("com.atproto.repo.getRecord", asked, as_us=True, absent="RecordNotFound")
        if found is None:
            return None
        try:
            value = found["value"]
            answers, at = value["reply"]["parent"]["uri"], moment(value["createdAt"])
        except (KeyError, TypeError, ValueError):
            raise Unavailable("a record of ours could not be read") from None
        return self._posted(did, key, at) if answers == uri else None

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Say whether a program may answer, by Bluesky's rule for bots and by what the author allows."""
        if mention.platform.get("closed"):
            return ReplyRoute(route=Route.BLOCKED, reason=CLOSED, rule="bluesky-closed")
        if not self._has_account:
            return ReplyRoute(route=Route.BY_HAND, reason=NO_ACCOUNT, rule="no-account")
        if not (mention.platform.get("named") and mention.platform.get("cid")):
            return ReplyRoute(route=Route.BY_HAND, reason=NOT_TAGGED, rule="bluesky-not-tagged")
        return ReplyRoute(route=Route.API, reason=TAGGED, rule="bluesky-tagged")

    def compose_url(self, mention: Mention, text: str) -> str:
        """Build the link that opens the composer. Source: docs.bsky.app, action intent links.

        It cannot name the post to answer: the person opens that from the mention.
        """
        return f"{SITE}/intent/compose?text={quote(text, safe='')}"

    def length(self, text: str) -> int:
        """Count graphemes."""
        return measures.length(self.measure, text)

    def _listen(self, watch: Watch, wanted: Keywords, cursor: Cursor | None) -> Page:
        now = self._clock.now()
        if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 18):
            raise WatchInvalid("the stored position of this watch is not one of Jetstream's; forget it")
        since_us = int(cursor) if cursor else jetstream.time_us(now - min(watch.lookback, LOOKBACK))
        hearing = Hearing(since_us=since_us, now_us=jetstream.time_us(now), words=Words(wanted.match))
        jetstream.listen(self._options, hearing, max_posts=wanted.max_posts, max_seconds=wanted.max_seconds)
        nameless = self._read_profiles(str(event["did"]) for event in hearing.posts.values())
        mentions, unread = self._mentions(
            [(uri, event["commit"], self._profiles.get(event["did"])) for uri, event in hearing.posts.items()]
        )
        notes = [nameless, unread]
        if hearing.is_stalled:
            notes.append(f"Jetstream fell silent at {jetstream.moment(hearing.last_us):%Y-%m-%d %H:%M} UTC")
        if hearing.unread:
            notes.append(f"{hearing.unread} events of Jetstream could not be read")
        return Page(
            mentions=mentions,
            cursor=hearing.cursor,
            has_more=hearing.is_behind,
            reads={"connections": 1},
            gone=[MentionRef(SOURCE, uri) for uri in hearing.gone],
            gone_authors=list(hearing.left),
            gaps=hearing.gaps if cursor else [],
            heard_from=jetstream.moment(hearing.since_us),
            heard_until=min(jetstream.moment(int(hearing.cursor)), now),
            note="; ".join(filter(None, notes)) or None,
        )

    def _read_notifications(self, watch: Watch, cursor: Cursor | None) -> Page:
        if not self._has_account:
            raise WatchInvalid("mentions come from an account's notifications, and no account is configured")
        since = self._clock.now() - watch.lookback
        position = Position.parse(cursor) if cursor else Position(since, since)
        asked: dict[str, Any] = {"limit": PAGE_SIZE, "reasons": REASONS}
        if position.mark:
            asked["cursor"] = position.mark
        answer = self._xrpc.read("app.bsky.notification.listNotifications", asked, as_us=True) or {}
        try:
            listed = [(moment(each["indexedAt"]), each) for each in answer["notifications"]]
            mark = answer.get("cursor")
        except (KeyError, TypeError, ValueError):
            raise Unavailable("Bluesky's answer is not a list of notifications") from None
        after = position.after([at for at, _ in listed], str(mark) if mark else None)
        new = [each for at, each in listed if at >= position.until_at - OVERLAP]
        mentions, unread = self._mentions([(str(each.get("uri")), each, each.get("author")) for each in new])
        has_more, reads = after.mark is not None, {"requests": 1}
        return Page(mentions=mentions, cursor=after.cursor, has_more=has_more, reads=reads, note=unread)

    def _mentions(self, posts: Iterable[tuple[str, Json, Json | None]]) -> tuple[list[Mention], str | None]:
        us, now = Us(handle=self._options.handle, did=self._xrpc.own_did), self._clock.now()
        found: dict[str, Mention] = {}
        unread = 0
        for uri, view, profile in posts:
            try:
                found[uri] = to_mention(uri, view, profile, us, now)
            except (KeyError, TypeError, ValueError, AttributeError):
                unread += 1
        oldest_first = sorted(found.values(), key=lambda each: (each.posted_at, each.ref.native_id))
        return oldest_first, f"{unread} posts of Bluesky could not be understood" if unread else None

    def _read_profiles(self, dids: Iterable[str]) -> str | None:
        """Read the authors not known yet; without them posts have addresses of accounts instead of names."""
        new = [did for did in dict.fromkeys(dids) if did not in self._profiles]
        failed = 0
        for start in range(0, len(new), AT_ONCE):
            asked = {"actors": new[start : start + AT_ONCE]}
            try:
                answer = self._xrpc.read("app.bsky.actor.getProfiles", asked, as_us=False) or {}
                self._profiles.update({str(profile["did"]): profile for profile in answer["profiles"]})
            except (ConnectorError, KeyError, TypeError):
                failed += len(asked["actors"])
        while len(self._profiles) > PROFILES_KEPT:
            self._profiles.popitem(last=False)
        return f"the names of {failed} authors could not be read" if failed else None

    def _posted(self, did: str, key: str, at: datetime) -> Posted:
        url = f"{SITE}/profile/{self._options.handle}/post/{key}"
        return Posted(native_id=f"at://{did}/{COLLECTION}/{key}", url=url, posted_at=at)


def _checked(ref: MentionRef) -> str:
    if not POST.fullmatch(ref.native_id):
        raise Refused(f"{ref.native_id!r} is not the address of a post on Bluesky", by_hand=True)
    return ref.native_id
