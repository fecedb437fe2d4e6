"""The X connector: listens through the mentions timeline and recent search, answers where X lets us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.x.client import XClient
from connectors.x.cursor import SEARCH_REACH, Position
from connectors.x.faults import words_of
from connectors.x.length import LONGEST, weighted_length
from connectors.x.mapping import (
    POST_FIELDS,
    SOURCE,
    USER_FIELDS,
    replied_to_ids,
    time_of,
    to_mention,
    users_of,
    version_ids,
)
from connectors.x.options import MentionsWatch, SearchWatch, XOptions, read_options, validated
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.errors import OutcomeUnknown, Refused, Unavailable, WatchInvalid
from engagebot.ports import Clock, Cursor, Identity, Limits, Page, Posted, Watch

PAGE_SIZE = 100
OWN_PAGES_AT_MOST = 32
KINDS: dict[str, type[MentionsWatch]] = {"mentions": MentionsWatch, "search": SearchWatch}
GONE = ("resource-not-found", "not-authorized-for-resource")
READS_ONLY = "engagebot has a key that only reads; a reply needs the four keys of the X account"
NOT_SUMMONED = (
    "the author has not summoned us: since February 2026 X takes a reply by the API only where the author "
    "mentions our account or quotes our post"
)


def open_connector(options: Mapping[str, Any], clock: Clock) -> XConnector:
    """Open the X connector.

    Raises:
        ValueError: an option is missing or wrong; the message names it, never its value.
    """
    return XConnector(read_options(options), clock)


class XConnector:
    """X API v2 through tweepy. Safe to use from several threads.

    It keeps our own account's id in memory once it has asked for it, and nothing else.
    """

    def __init__(self, options: XOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._client = XClient(options, clock)
        self._own: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The entry point's name."""
        return SOURCE

    @property
    def limits(self) -> Limits:
        """Facts about X. Source: docs.x.com, recent search and counting characters, read August 2026."""
        return Limits(reply_chars=LONGEST, page_size=PAGE_SIZE, lookback=timedelta(days=7))

    def verify(self) -> Identity:
        """Ask X whose keys these are; with a bearer token alone, whether it may read.

        Raises:
            AuthFailed: the keys do not work.
            WatchInvalid: X knows no account of our name.
        """
        if self._options.has_user_keys:
            return Identity(handle=self._ask_account()[1], can_reply=True)
        if self._options.handle:
            self._ask_account()
        else:
            # Costs nothing, unlike any search.
            self._client.read(lambda x: x.request("GET", "/2/usage/tweets").json())
        return Identity(handle=None, can_reply=False)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read one page of the watch with one request (the very first may ask for our account's id too).

        A burst over several pages is read newest page first; `has_more` stays true until it is complete.
        `reads` counts posts not read before and their authors: what is asked for again on the same UTC day is
        free. Source: docs.x.com, pricing, read August 2026.

        Raises:
            WatchInvalid: X refuses the query, or the watch is not one of X's.
        """
        now = self._clock.now()
        position = Position.parse(cursor) if cursor else Position(start_at=now - watch.lookback)
        ask, reach, least = self._listing(watch)
        bounds, position, gap = position.bounds(now, reach)
        size = min(max(watch_options(watch).page_size, least), PAGE_SIZE)
        body = self._client.read(lambda x: ask(x, max_results=size, **bounds, **self._fields))
        posts = _posts(body, is_list_optional="meta" in body)
        announces_more = bool((body.get("meta") or {}).get("next_token"))
        after, has_more, missing = position.after(
            [str(post["id"]) for post in posts], now, announces_more=announces_more
        )
        mentions, unread = self._mentions(posts, users_of(body))
        return Page(
            mentions=mentions,
            cursor=after.dump(),
            has_more=has_more,
            reads=self._reads(posts, users_of(body), newer_than=int(position.since_id or 0)),
            note="; ".join(filter(None, (gap, missing, unread))) or None,
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read the latest version of a post; `None` when X says it is deleted, protected or withheld."""
        body, posts = self._read_id(ref.native_id)
        if posts and (latest := version_ids(posts[0])[-1]) != posts[0]["id"]:
            body, posts = self._read_id(latest)
        mentions, _ = self._mentions(posts, users_of(body))
        if posts and not mentions:
            raise Unavailable("X shows the post in a shape that could not be understood")
        return mentions[0] if mentions else None

    def reply(self, to: Mention, text: str) -> Posted:
        """Answer the latest version of a post with exactly one POST.

        Raises:
            Refused: X does not take it; `by_hand` where a person still may.
            TargetGone: the post is deleted or hidden.
            OutcomeUnknown: X may have it: a time-out, a 5xx, or an equal reply is there already.
        """
        if not self._options.has_user_keys:
            raise Refused(READS_ONLY, by_hand=True)
        target = _versions(to)[-1]
        body = self._client.write(lambda x: x.create_tweet(text=text, in_reply_to_tweet_id=target))
        made = body.get("data")
        if not isinstance(made, Mapping) or "id" not in made:
            raise OutcomeUnknown(f"X took the request without naming a post: {words_of(body) or 'no words'}")
        return self._posted(str(made["id"]), self._clock.now())

    def own_reply(self, to: Mention) -> Posted | None:
        """Find our answer to a post among our own posts since then."""
        versions = _versions(to)
        account_id, _ = self._account()
        asked: dict[str, Any] = {"since_id": versions[0], "max_results": PAGE_SIZE}
        for _ in range(OWN_PAGES_AT_MOST):
            body = self._client.read(
                lambda x: x.get_users_tweets(
                    account_id,
                    user_auth=self._options.has_user_keys,
                    tweet_fields=["created_at", "referenced_tweets"],
                    **asked,
                )
            )
            posts = _posts(body, is_list_optional="meta" in body)
            for post in posts:
                if replied_to_ids(post) & set(versions):
                    return self._posted(str(post["id"]), time_of(version_ids(post)[0]))
            if not posts or not body["meta"].get("next_token"):
                return None
            asked["until_id"] = min((str(post["id"]) for post in posts), key=int)
        raise Unavailable("our own posts since then are more than X shows; look for the reply by hand")

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Say whether X will take a reply, by its rule of February 2026 and the author's reply settings."""
        facts = mention.platform
        settings = facts.get("reply_settings") or "everyone"
        if not self._options.has_user_keys:
            return ReplyRoute(route=Route.BY_HAND, reason=READS_ONLY)
        if settings != "everyone" and not (settings == "mentionedUsers" and facts.get("named")):
            return ReplyRoute(route=Route.BY_HAND, reason=f"the author limits who may reply ({settings})")
        if self._options.unsolicited_replies:
            return ReplyRoute(route=Route.API, reason="this X account may reply to anyone by the API")
        if facts.get("summoned"):
            return ReplyRoute(route=Route.API, reason="the author mentions our account or quotes our post")
        return ReplyRoute(route=Route.BY_HAND, reason=NOT_SUMMONED)

    def compose_url(self, mention: Mention, text: str) -> str:
        """Build X's Web Intent link. Source: docs.x.com, Web Intents, read August 2026."""
        return f"https://x.com/intent/tweet?in_reply_to={_versions(mention)[-1]}&text={quote(text, safe='')}"

    def length(self, text: str) -> int:
        """Count in X's weighted units."""
        return weighted_length(text)

    def _listing(self, watch: Watch) -> tuple[Callable[..., Any], timedelta | None, int]:
        """Return what to call, how far it looks back, and its smallest page."""
        as_user = self._options.has_user_keys
        wanted = watch_options(watch)
        if isinstance(wanted, SearchWatch):
            # An application may ask more often than a user, so its token is preferred.
            return (
                lambda x, **asked: x.search_recent_tweets(
                    wanted.query, user_auth=not self._options.bearer_token, **asked
                ),
                SEARCH_REACH,
                10,
            )
        account_id, _ = self._account()
        # As the account itself: X counts that as an owned read, the cheapest there is.
        return lambda x, **asked: x.get_users_mentions(account_id, user_auth=as_user, **asked), None, 5

    @property
    def _fields(self) -> dict[str, list[str]]:
        authors = {"expansions": ["author_id"], "user_fields": USER_FIELDS} if self._options.authors else {}
        return {"tweet_fields": POST_FIELDS, **authors}

    def _read_id(self, native_id: str) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
        as_user = not self._options.bearer_token
        body = self._client.read(lambda x: x.get_tweets([native_id], user_auth=as_user, **self._fields))
        return body, _posts(body, is_list_optional=_is_gone(body, native_id))

    def _mentions(
        self, posts: list[Mapping[str, Any]], users: Mapping[str, Mapping[str, Any]]
    ) -> tuple[list[Mention], str | None]:
        handle = self._options.handle or (self._account()[1] if self._options.has_user_keys else None)
        found: dict[str, Mention] = {}
        unread = 0
        for post in sorted(posts, key=lambda post: int(post["id"])):
            try:
                mention = to_mention(post, users, handle)
            except (KeyError, TypeError, ValueError, AttributeError):
                unread += 1
                continue
            found[mention.ref.native_id] = mention
        oldest_first = sorted(found.values(), key=lambda each: (each.posted_at, int(each.ref.native_id)))
        return oldest_first, f"{unread} posts of X could not be understood" if unread else None

    @staticmethod
    def _reads(
        posts: list[Mapping[str, Any]], users: Mapping[str, Mapping[str, Any]], *, newer_than: int
    ) -> dict[str, int]:
        new = [post for post in posts if int(post["id"]) > newer_than]
        authors = {str(post.get("author_id")) for post in new} & users.keys()
        return {"posts": len({post["id"] for post in new}), "users": len(authors)}

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
        if self._options.has_user_keys:
            body = self._client.read(lambda x: x.get_me())
        elif handle:
            body = self._client.read(lambda x: x.get_user(username=handle))
        else:
            raise WatchInvalid("our own account is not known: set brand.handles.x, or the four user keys")
        account = body.get("data")
        if isinstance(account, Mapping) and "id" in account and "username" in account:
            return str(account["id"]), str(account["username"])
        if "not-found" in str(body.get("errors")):
            raise WatchInvalid(f"X knows no account @{handle}; check brand.handles.x")
        raise Unavailable(f"X does not show our account: {words_of(body) or 'no words'}")


def watch_options(watch: Watch) -> MentionsWatch:
    """Check the keys of a watch.

    Raises:
        WatchInvalid: with everything that is wrong.
    """
    model = KINDS.get(watch.kind)
    if model is None:
        raise WatchInvalid(
            f"watch {watch.name!r}: X has no kind {watch.kind!r}; allowed are {', '.join(KINDS)}"
        )
    try:
        return validated(model, watch.options)
    except ValueError as wrong:
        raise WatchInvalid(f"watch {watch.name!r}: {wrong}") from None


def _versions(mention: Mention) -> list[str]:
    return list(mention.platform.get("version_ids") or [mention.ref.native_id])


def _posts(body: Mapping[str, Any], *, is_list_optional: bool) -> list[Mapping[str, Any]]:
    """Return the posts that have a usable id; X leaves the list out where it is empty."""
    listed = body.get("data")
    if listed is None and is_list_optional:
        return []
    if not isinstance(listed, list):
        said = words_of(body) or "no words"
        is_final = "resource-not-found" in str(body.get("errors"))
        raise (WatchInvalid if is_final else Unavailable)(f"X answered without posts: {said}")
    return [post for post in listed if isinstance(post, Mapping) and str(post.get("id", "")).isdigit()]


def _is_gone(body: Mapping[str, Any], native_id: str) -> bool:
    errors = [each for each in body.get("errors") or [] if isinstance(each, Mapping)]
    about = [each for each in errors if native_id in (each.get("resource_id"), each.get("value"))]
    return any(str(each.get("type", "")).endswith(GONE) for each in about)
