"""The X connector: listens through the mentions timeline and recent search, answers where X lets us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.x.client import XClient
from connectors.x.cursor import SEARCH_REACH, Position, told
from connectors.x.faults import words_of
from connectors.x.length import LONGEST, weighted_length
from connectors.x.mapping import (
    POST_FIELDS,
    USER_FIELDS,
    Json,
    posts_of,
    referenced,
    time_of,
    to_mention,
    users_of,
    version_ids,
)
from connectors.x.options import XOptions, read_options
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.errors import OutcomeUnknown, RateLimited, Refused, Unavailable, WatchInvalid
from engagebot.ports import Clock, Cursor, Identity, Limits, Lookup, Page, Posted, Watch

PAGE_SIZE = 100
OWN_PAGES_AT_MOST = 32
KEYS = {"mentions": {"page_size"}, "search": {"query", "page_size"}}
GONE = ("resource-not-found", "not-authorized-for-resource")
READS_ONLY = "engagebot has a key that only reads; a reply needs the four keys of the X account"
SUMMONED = "the author mentions our account or quotes our post"
NOT_SUMMONED = f"since February 2026 X takes a reply by the API only where {SUMMONED}"


def open_connector(options: Mapping[str, Any], clock: Clock) -> XConnector:
    """Open the X connector.

    Raises:
        ValueError: an option is missing or wrong; the message names it, never its value.
    """
    return XConnector(read_options(options), clock)


class XConnector:
    """X API v2 through tweepy. It keeps our own account's id once it has asked for it, and nothing else."""

    name = "x"
    # Source: docs.x.com, recent search and counting characters, read August 2026.
    limits = Limits(reply_chars=LONGEST, page_size=PAGE_SIZE, lookback=timedelta(days=7))
    # Source: docs.x.com, post lookup, read August 2026.
    lookup_limit = 100

    def __init__(self, options: XOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._client = XClient(options, clock)
        self._can_write = options.has_user_keys
        self._reads_as_user = options.bearer_token is None
        self._own: tuple[str, str] | None = None

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

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read one page of the watch with one request (the very first may ask for our account's id too).

        A burst over several pages is read newest page first; `has_more` stays true until it is complete.
        `reads` counts posts not read before and their authors: what is asked for again on the same UTC day is
        free; our own mentions, read with our own keys, are `owned_posts`. Source: docs.x.com, pricing, August
        2026.

        Raises:
            WatchInvalid: X refuses the query, or the watch is not one of X's.
        """
        now = self._clock.now()
        position = Position.parse(cursor) if cursor else Position(start_at=now - watch.lookback)
        ask, reach, size = self._listing(watch)
        question = position.question(now, reach)
        position = question.position
        body = self._client.ask(lambda x: ask(x, max_results=size, **question.bounds, **self._fields()))
        posts, users = _posts(body, may_lack="meta" in body), users_of(body)
        ids = [int(post["id"]) for post in posts]
        more = bool((body.get("meta") or {}).get("next_token"))
        step = position.after(ids, question, announces_more=more, is_timeline=reach is None)
        gaps = (*question.gaps, *step.gaps)
        mentions, unread = self._mentions(posts, users)
        new = [post for post in posts if int(post["id"]) > int(position.since_id or 0)]
        authors = {str(post.get("author_id")) for post in new} & users.keys()
        return Page(
            mentions=mentions,
            cursor=step.position.dump(),
            has_more=step.has_more,
            reads={self._unit(watch): len({post["id"] for post in new}), "users": len(authors)},
            note="; ".join([*map(told, gaps), *filter(None, [unread])]) or None,
            gaps=gaps,
            heard_from=step.heard_from,
            heard_until=step.heard_until,
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read the latest version of a post; `None` when X says it is deleted, protected or withheld."""
        body, posts = self._read_one(ref.native_id)
        if posts and (latest := version_ids(posts[0])[-1]) != posts[0]["id"]:
            body, posts = self._read_one(latest)
        mentions, unread = self._mentions(posts, users_of(body))
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
                found[asked[own]] = replace(mention, ref=asked[own])
        return Lookup(found=found, gone=frozenset(asked[own] for own in gone), reads={"posts": reads})

    def reply(self, to: Mention, text: str) -> Posted:
        """Answer the latest version of a post with exactly one POST.

        Raises:
            Refused: X does not take it; `by_hand` where a person still may.
            TargetGone: the post is deleted or hidden.
            OutcomeUnknown: X may have it: a time-out, a 5xx, or an equal reply is there already.
        """
        if not self._can_write:
            raise Refused(READS_ONLY, by_hand=True)
        target = _versions(to)[-1]
        body = self._client.ask(
            lambda x: x.create_tweet(text=text, in_reply_to_tweet_id=target), is_write=True
        )
        made = body.get("data")
        if not isinstance(made, Mapping) or "id" not in made:
            raise OutcomeUnknown(f"X took the request without naming a post: {words_of(body) or 'no words'}")
        return self._posted(str(made["id"]), self._clock.now())

    def own_reply(self, to: Mention) -> Posted | None:
        """Find our answer to a post among our own posts since then."""
        versions = _versions(to)
        account_id, _ = self._account()
        asked: dict[str, Any] = {"since_id": versions[0], "max_results": PAGE_SIZE}
        asked |= {"user_auth": self._can_write, "tweet_fields": "referenced_tweets"}
        for _ in range(OWN_PAGES_AT_MOST):
            body = self._client.ask(lambda x: x.get_users_tweets(account_id, **asked))
            posts = _posts(body, may_lack="meta" in body)
            for post in posts:
                if referenced(post, "replied_to") & set(versions):
                    return self._posted(str(post["id"]), time_of(version_ids(post)[0]))
            if not posts or not (body.get("meta") or {}).get("next_token"):
                return None
            asked["until_id"] = str(min(int(post["id"]) for post in posts))
        raise Unavailable("our own posts since then are more than X shows; look for the reply by hand")

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Say whether X will take a reply, by its rule of February 2026 and the author's reply settings."""
        facts = mention.platform
        settings = facts.get("reply_settings") or "everyone"
        if not self._can_write:
            return ReplyRoute(route=Route.BY_HAND, reason=READS_ONLY, rule="no-account")
        if settings != "everyone" and not (settings == "mentionedUsers" and facts.get("named")):
            limited = f"the author limits who may reply ({settings})"
            return ReplyRoute(route=Route.BY_HAND, reason=limited, rule="x-reply-settings")
        if self._options.unsolicited_replies:
            anyone = "X lets this account reply to anyone by the API"
            return ReplyRoute(route=Route.API, reason=anyone, rule="x-unsolicited")
        if facts.get("summoned"):
            return ReplyRoute(route=Route.API, reason=SUMMONED, rule="x-summoned")
        return ReplyRoute(route=Route.BY_HAND, reason=NOT_SUMMONED, rule="x-not-summoned")

    def compose_url(self, mention: Mention, text: str) -> str:
        """Build X's Web Intent link. Source: docs.x.com, Web Intents, read August 2026."""
        return f"https://x.com/intent/tweet?in_reply_to={_versions(mention)[-1]}&text={quote(text, safe='')}"

    def length(self, text: str) -> int:
        """Count in X's weighted units."""
        return weighted_length(text)

    def _ask_usage(self) -> None:
        # Needs the bearer token and costs nothing, unlike any search.
        self._client.ask(lambda x: x.request("GET", "/2/usage/tweets").json())

    def _listing(self, watch: Watch) -> tuple[Callable[..., Any], timedelta | None, int]:
        """Return what to call, how far back it reaches, and the size of its pages."""
        query, size = _checked(watch)
        if watch.kind == "search":
            # An application may ask more often than a user, so its token is preferred.
            as_user = self._reads_as_user
            search = lambda x, **asked: x.search_recent_tweets(query, user_auth=as_user, **asked)  # noqa: E731
            return search, SEARCH_REACH, max(size, 10)
        account_id, _ = self._account()
        # As the account itself: X counts that as an owned read, the cheapest there is.
        as_user = self._can_write
        return (
            (lambda x, **asked: x.get_users_mentions(account_id, user_auth=as_user, **asked)),
            None,
            max(size, 5),
        )

    def _unit(self, watch: Watch) -> str:
        return "owned_posts" if watch.kind == "mentions" and self._can_write else "posts"

    def _fields(self) -> dict[str, str]:
        authors = {"expansions": "author_id", "user_fields": USER_FIELDS} if self._options.authors else {}
        return {"tweet_fields": POST_FIELDS, **authors}

    def _read_one(self, native_id: str) -> tuple[Json, list[Json]]:
        body = self._client.ask(
            lambda x: x.get_tweets([native_id], user_auth=self._reads_as_user, **self._fields())
        )
        return body, _posts(body, may_lack=native_id in _gone(body))

    def _read_many(self, native_ids: Sequence[str]) -> tuple[dict[str, Json], set[str]]:
        body = self._client.ask(
            lambda x: x.get_tweets(native_ids, user_auth=self._reads_as_user, tweet_fields=POST_FIELDS)
        )
        gone = _gone(body) & set(native_ids)
        posts = {str(post["id"]): post for post in _posts(body, may_lack=bool(gone))}
        return {own: posts[own] for own in native_ids if own in posts}, gone - posts.keys()

    def _mentions(self, posts: list[Json], users: Mapping[str, Json]) -> tuple[list[Mention], str | None]:
        handle = self._options.handle or (self._account()[1] if self._can_write else None)
        if posts and handle and not self._options.authors:
            # Without names in the answer our own posts are known by our account's id alone.
            own_id, own_handle = self._account()
            users = {own_id: {"username": own_handle}, **users}
        found: dict[str, Mention] = {}
        unread = 0
        for post in sorted(posts, key=lambda post: int(post["id"])):
            try:
                mention = to_mention(post, users, handle)
            except (KeyError, TypeError, ValueError, AttributeError):
                unread += 1
            else:
                found[mention.ref.native_id] = mention
        oldest_first = sorted(found.values(), key=lambda each: (each.posted_at, int(each.ref.native_id)))
        return oldest_first, f"{unread} posts of X could not be understood" if unread else None

    def _posted(self, native_id: str, posted_at: datetime) -> Posted:
        handle = self._options.handle or (self._own[1] if self._own else "i")
        return Posted(
            native_id=native_id, url=f"https://x.com/{handle}/status/{native_id}", posted_at=posted_at
        )

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


def _checked(watch: Watch) -> tuple[str, int]:
    allowed = KEYS.get(watch.kind)
    if allowed is None:
        raise WatchInvalid(
            f"watch {watch.name!r}: X has no kind {watch.kind!r}; allowed are {', '.join(KEYS)}"
        )
    query, size = watch.options.get("query"), watch.options.get("page_size", PAGE_SIZE)
    wrong = [
        f"unknown key {key!r}; allowed are {', '.join(sorted(allowed))}"
        for key in watch.options.keys() - allowed
    ]
    if "query" in allowed and not (isinstance(query, str) and query.strip()):
        wrong.append("query is missing: the words to search for")
    if not isinstance(size, int):
        wrong.append(f"page_size is a number up to {PAGE_SIZE}")
    if wrong:
        raise WatchInvalid(f"watch {watch.name!r}: {'; '.join(sorted(wrong))}")
    return str(query), min(size, PAGE_SIZE if watch.page_limit is None else watch.page_limit, PAGE_SIZE)


def _versions(mention: Mention) -> list[str]:
    return list(mention.platform.get("version_ids") or [mention.ref.native_id])


def _gone(body: Json) -> set[str]:
    """Return the ids that X names as deleted, protected or withheld; other errors say nothing of a post."""
    errors = [each for each in body.get("errors") or [] if isinstance(each, Mapping)]
    told = [each for each in errors if str(each.get("type")).endswith(GONE)]
    return {str(each.get("resource_id") or each.get("value")) for each in told}


def _posts(body: Json, *, may_lack: bool) -> list[Json]:
    """Return the posts; X leaves the list out where it is empty."""
    listed = body.get("data")
    if listed is None and may_lack:
        return []
    if isinstance(listed, list):
        return posts_of(listed)
    said = f"X answered without posts: {words_of(body) or 'no words'}"
    raise (WatchInvalid if "resource-not-found" in str(body.get("errors")) else Unavailable)(said)
