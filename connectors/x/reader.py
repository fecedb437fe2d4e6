"""What X lets us read: the mentions timeline, recent search, single posts and who wrote them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from connectors.x.authors import KnownAuthors
from connectors.x.client import XClient
from connectors.x.cursor import SEARCH_REACH, Position, told
from connectors.x.faults import Answered, words_of
from connectors.x.mapping import (
    POST_FIELDS,
    USER_FIELDS,
    Json,
    authors_of,
    posts_of,
    to_mention,
    unnamed,
    version_ids,
)
from connectors.x.options import XOptions
from connectors.x.watch import asked_by, faults_of
from engagebot.domain.mention import Author, Mention, MentionRef
from engagebot.errors import ConnectorError, RateLimited, Unavailable, WatchInvalid
from engagebot.ports import Clock, Cursor, Identity, Lookup, Page, Watch, WatchFault

GONE = ("resource-not-found", "not-authorized-for-resource")
AUTHORS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Writers:
    """Who wrote some posts, as far as X says; `paid` profiles cost something, `note` says what went wrong."""

    authors: Mapping[str, Author]
    paid: int = 0
    note: str | None = None


class XReader:
    """Reads X. It keeps our own account's id and, for a while, profiles, because both cost; nothing else."""

    # Source: docs.x.com, post lookup, read August 2026.
    lookup_limit = 100

    def __init__(self, options: XOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._client = XClient(options, clock)
        self._can_write = options.has_user_keys
        self._reads_as_user = options.bearer_token is None
        self._own: tuple[str, str] | None = None
        self._known = KnownAuthors(clock, timedelta(hours=options.authors_max_age_h))
        self._profiles_at = clock.now()

    @property
    def clock_skew(self) -> timedelta | None:
        """How far our clock was ahead of the platform's at its last answer."""
        return self._client.skew

    def verify(self) -> Identity:
        """Ask X whose keys these are, and whether the bearer token may read.

        Raises:
            AuthFailed: the keys do not work.
            WatchInvalid: X knows no account of our name.
        """
        if self._can_write or self._options.handle:
            _, handle = self._ask_account()
            if self._can_write and self._options.bearer_token:
                with suppress(Unavailable, RateLimited):
                    self._ask_usage()
            return Identity(handle=handle if self._can_write else None, can_reply=self._can_write)
        self._ask_usage()
        return Identity(handle=None, can_reply=False)

    def watch_faults(self, watch: Watch) -> Sequence[WatchFault]:
        """Say what is surely wrong with a watch, its query above all."""
        return list(faults_of(watch, self._options.query_chars))

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read one page of the watch with one request, and with one more those of its authors we do not know.

        A burst over several pages is read newest page first; `has_more` stays true until it is complete.
        `reads` counts posts not read before and profiles asked for: what is asked for again on the same UTC
        day is free; our own mentions, read with our own keys, are `owned_posts`. Source: docs.x.com, pricing,
        August 2026. The very first pull may ask for our account's id as well.

        Raises:
            WatchInvalid: the watch is wrong, which is told without asking X, or X refuses its query.
        """
        now = self._clock.now()
        position = Position.parse(cursor) if cursor else Position(start_at=now - watch.lookback)
        ask, reach, size = self._listing(watch)
        question = position.question(now, reach)
        position = question.position
        asked = {**question.bounds, "max_results": size, "tweet_fields": POST_FIELDS}
        body = self._client.ask(lambda x: ask(x, **asked))
        posts = posts_in(body, may_lack="meta" in body)
        ids = [int(post["id"]) for post in posts]
        more = bool((body.get("meta") or {}).get("next_token"))
        step = position.after(ids, question, announces_more=more, is_timeline=reach is None)
        gaps = (*question.gaps, *step.gaps)
        writers = self._writers(posts)
        mentions, unread = self._mentions(posts, writers.authors)
        new = {post["id"] for post in posts if int(post["id"]) > int(position.since_id or 0)}
        return Page(
            mentions=mentions,
            cursor=step.position.dump(),
            has_more=step.has_more,
            reads={self._unit(watch): len(new), "users": writers.paid},
            note="; ".join([*map(told, gaps), *filter(None, [unread, writers.note])]) or None,
            gaps=gaps,
            heard_from=step.heard_from,
            heard_until=step.heard_until,
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read the latest version of a post; `None` when X says it is deleted, protected or withheld."""
        posts = self._read_one(ref.native_id)
        if posts and (latest := version_ids(posts[0])[-1]) != posts[0]["id"]:
            posts = self._read_one(latest)
        mentions, unread = self._mentions(posts, self._writers(posts).authors)
        if unread:
            raise Unavailable(unread)
        return mentions[0] if mentions else None

    def lookup_many(self, refs: Sequence[MentionRef]) -> Lookup:
        """Read the latest versions of posts with one request, and one more where some were edited.

        Authors are not asked for: they would cost twice the post.
        """
        asked = {ref.native_id: ref for ref in refs if ref.native_id.isdigit()}
        if not asked:
            return Lookup(found={})
        posts, gone = self._read_many(list(asked))
        reads = len(posts)
        latest = {own: last for own, post in posts.items() if (last := version_ids(post)[-1]) != own}
        if latest:
            newer, _ = self._read_many(list(latest.values()))
            reads += len(newer)
            # Where the latest version did not come, nothing is known: an old one would bring back old words.
            shown = {own: newer.get(last) for own, last in latest.items()}
            posts = {own: post for own in posts if (post := shown.get(own, posts[own])) is not None}
        found: dict[MentionRef, Mention] = {}
        for own, post in posts.items():
            for mention in self._mentions([post], {})[0]:
                found[asked[own]] = mention._replace(ref=asked[own])
        return Lookup(found=found, gone=frozenset(asked[own] for own in gone), reads={"posts": reads})

    def _ask_usage(self) -> None:
        # Needs the bearer token and costs nothing, unlike any search.
        self._client.ask(lambda x: x.request("GET", "/2/usage/tweets").json())

    def _listing(self, watch: Watch) -> tuple[Callable[..., Any], timedelta | None, int]:
        """Return what to call, how far back it reaches, and the size of its pages."""
        query, size = asked_by(watch, self._options.query_chars)
        if watch.kind == "search":
            # An application may ask more often than a user, so its token is preferred.
            as_user = self._reads_as_user
            search = lambda x, **asked: x.search_recent_tweets(query, user_auth=as_user, **asked)  # noqa: E731
            return search, SEARCH_REACH, max(size, 10)
        account_id, _ = self._account()
        # As the account itself: X counts that as an owned read, the cheapest there is.
        as_user = self._can_write
        timeline = lambda x, **asked: x.get_users_mentions(account_id, user_auth=as_user, **asked)  # noqa: E731
        return timeline, None, max(size, 5)

    def _unit(self, watch: Watch) -> str:
        return "owned_posts" if watch.kind == "mentions" and self._can_write else "posts"

    def _writers(self, posts: Sequence[Json]) -> Writers:
        ids = list(dict.fromkeys(str(post["author_id"]) for post in posts if post.get("author_id")))
        read = self._profiles(ids) if self._options.authors else Writers({})
        if (self._options.handle or self._can_write) and ids and not read.authors.keys() >= set(ids):
            # Without its name among the answers our own account is known by its id alone.
            own_id, handle = self._account()
            ours = unnamed(own_id)._replace(handle=handle, url=f"https://x.com/{handle}")
            read = replace(read, authors={own_id: ours, **read.authors})
        return read

    def _profiles(self, ids: Sequence[str]) -> Writers:
        """Ask for the profiles we do not have; as an expansion X would charge for those we have as well."""
        known = self._known.of(ids)
        asked = [each for each in ids if each not in known][:AUTHORS_AT_ONCE]
        paid, note = 0, None
        if asked and self._clock.now() < self._profiles_at:
            note = f"authors not read: {len(asked)} (X wants a pause until {self._profiles_at:%H:%M} UTC)"
        elif asked:
            try:
                body = self._client.ask(
                    lambda x: x.get_users(ids=asked, user_fields=USER_FIELDS, user_auth=self._reads_as_user)
                )
            except ConnectorError as error:
                # The posts are paid for and go on without names. A refusal is free; a lost answer may not be.
                paid = 0 if isinstance(error.__cause__, Answered) else len(asked)
                note = f"authors not read: {len(asked)} ({error})"
                if isinstance(error, RateLimited):
                    self._profiles_at = error.retry_at
            else:
                found = authors_of(body)
                paid = len(body.get("data") or ())
                self._known.keep({**dict.fromkeys(_gone(body) & set(asked)), **found})
                known |= found
        return Writers({each: author for each, author in known.items() if author}, paid, note)

    def _read_one(self, native_id: str) -> list[Json]:
        body = self._look([native_id])
        return posts_in(body, may_lack=native_id in _gone(body))

    def _look(self, native_ids: Sequence[str]) -> Json:
        as_user = self._reads_as_user
        return self._client.ask(
            lambda x: x.get_tweets(native_ids, user_auth=as_user, tweet_fields=POST_FIELDS)
        )

    def _read_many(self, native_ids: Sequence[str]) -> tuple[dict[str, Json], set[str]]:
        body = self._look(native_ids)
        gone = _gone(body) & set(native_ids)
        posts = {str(post["id"]): post for post in posts_in(body, may_lack=bool(gone))}
        return {own: posts[own] for own in native_ids if own in posts}, gone - posts.keys()

    def _mentions(
        self, posts: Sequence[Json], authors: Mapping[str, Author]
    ) -> tuple[list[Mention], str | None]:
        handle = self._options.handle or (self._account()[1] if self._can_write else None)
        found: dict[str, Mention] = {}
        unread = 0
        for post in sorted(posts, key=lambda post: int(post["id"])):
            try:
                mention = to_mention(post, authors, handle)
            except (KeyError, TypeError, ValueError, AttributeError):
                unread += 1
            else:
                found[mention.ref.native_id] = mention
        oldest_first = sorted(found.values(), key=lambda each: (each.posted_at, int(each.ref.native_id)))
        return oldest_first, f"{unread} posts of X could not be understood" if unread else None

    def _account(self) -> tuple[str, str]:
        if self._own is None:
            self._own = self._ask_account()
        return self._own

    def _ask_account(self) -> tuple[str, str]:
        handle = self._options.handle
        if not self._can_write and not handle:
            raise WatchInvalid("our own account is not known: set brand.handles.x, or the four user keys")
        body = self._client.ask(lambda x: x.get_me() if self._can_write else x.get_user(username=handle))
        account = body.get("data")
        if isinstance(account, Mapping) and "id" in account and "username" in account:
            return str(account["id"]), str(account["username"])
        if "not-found" in str(body.get("errors")):
            raise WatchInvalid(f"X knows no account @{handle}; check brand.handles.x")
        raise Unavailable(f"X does not show our account: {words_of(body) or 'no words'}")


def _gone(body: Json) -> set[str]:
    """Return the ids that X names as deleted, protected or withheld; other errors say nothing of a post."""
    errors = [each for each in body.get("errors") or [] if isinstance(each, Mapping)]
    told = [each for each in errors if str(each.get("type")).endswith(GONE)]
    return {str(each.get("resource_id") or each.get("value")) for each in told}


def posts_in(body: Json, *, may_lack: bool) -> list[Json]:
    """Return the posts; X leaves the list out where it is empty."""
    listed = body.get("data")
    if listed is None and may_lack:
        return []
    if isinstance(listed, list):
        return posts_of(listed)
    said = f"X answered without posts: {words_of(body) or 'no words'}"
    raise (WatchInvalid if "resource-not-found" in str(body.get("errors")) else Unavailable)(said)
