"""The X connector: listens through the mentions timeline and recent search, answers where X lets us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.x.faults import words_of
from connectors.x.mapping import referenced, time_of, version_ids
from connectors.x.options import read_options
from connectors.x.reader import XReader, posts_in
from connectors.x.watch import PAGE_SIZE
from engagebot.domain.mention import Mention, ReplyRoute, Route
from engagebot.domain.text import measures
from engagebot.domain.text.measures import Measure
from engagebot.errors import OutcomeUnknown, Refused, Unavailable
from engagebot.ports import Clock, Limits, Posted

LONGEST = 280
AVATARS = "pbs.twimg.com"
OWN_PAGES_AT_MOST = 32
READS_ONLY = "engagebot has a key that only reads; a reply needs the four keys of the X account"
SUMMONED = "the author mentions our account or quotes our post"
NOT_SUMMONED = f"since February 2026 X takes a reply by the API only where {SUMMONED}"


def open_connector(options: Mapping[str, Any], clock: Clock) -> XConnector:
    """Open the X connector.

    Raises:
        ValueError: an option is missing or wrong; the message names it, never its value.
    """
    return XConnector(read_options(options), clock)


class XConnector(XReader):
    """X API v2 through tweepy: what `XReader` reads is answered here."""

    name = "x"
    # Source: docs.x.com, recent search and counting characters, read August 2026.
    limits = Limits(reply_chars=LONGEST, page_size=PAGE_SIZE, lookback=timedelta(days=7))
    measure = Measure.WEIGHTED_REPLY

    @property
    def avatar_hosts(self) -> list[str]:
        """Where profile images are: X's own host for them, and the server that the settings name."""
        base = urlsplit(self._options.base_url or "")
        return [AVATARS, f"{base.scheme}://{base.netloc}"] if base.netloc else [AVATARS]

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
            posts = posts_in(body, may_lack="meta" in body)
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
        """Count in X's weighted units; X fills in the names in front of a reply, and they count nothing."""
        return measures.length(self.measure, text)

    def _posted(self, native_id: str, posted_at: datetime) -> Posted:
        handle = self._options.handle or (self._own[1] if self._own else "i")
        return Posted(
            native_id=native_id, url=f"https://x.com/{handle}/status/{native_id}", posted_at=posted_at
        )


def _versions(mention: Mention) -> list[str]:
    return list(mention.platform.get("version_ids") or [mention.ref.native_id])
