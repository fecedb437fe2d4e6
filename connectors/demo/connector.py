"""A platform that is only told: stories come in as if they were posted, and replies stay in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connectors.demo.stories import Person, Story, load_stories
from engagebot.domain.mention import (
    Author,
    Engagement,
    Kind,
    Mention,
    MentionRef,
    ReplyRoute,
    Route,
)
from engagebot.domain.text import measures
from engagebot.domain.text.measures import Measure
from engagebot.errors import Refused, TargetGone, WatchInvalid
from engagebot.ports import Clock, Connector, Cursor, Identity, Limits, Page, Posted, Watch

NAME = "demo"
HANDLE = "acme"
OPTIONS = frozenset({"handle"})
WATCH_KIND = "stories"
LIMITS = Limits(reply_chars=280, page_size=40, lookback=timedelta(days=21))
SITE = "https://example.com/demo"


class DemoConnector:
    """Implements `engagebot.ports.Connector`, and the ports RoutesReplies, ComposesByHand and MeasuresText.

    The start of the demo is the moment the connector was opened; the cursor carries it on, so that a site
    that is started again goes on where it was. It is also part of each id, so that an id alone tells the time
    of its post.
    """

    name = NAME
    limits = LIMITS
    measure = Measure.GRAPHEMES

    def __init__(self, stories: Sequence[Story], clock: Clock, *, handle: str = HANDLE) -> None:
        self._stories = stories
        self._clock = clock
        self._handle = handle
        self._start = clock.now().replace(microsecond=0)
        self._replies: dict[str, Posted] = {}

    def verify(self) -> Identity:
        """Name our made-up account; there is nobody to ask."""
        return Identity(handle=self._handle, can_reply=True)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Tell the past stories page by page, then each new one when its moment has come.

        The first pull reaches back three weeks whatever the watch's look-back: what is older than that is
        history to the program, and gives the customers a past.

        Raises:
            WatchInvalid: the watch is of another kind, or its cursor is not one of ours.
        """
        if watch.kind != WATCH_KIND or watch.options:
            raise WatchInvalid(
                f"the watch {watch.name} must have kind: {WATCH_KIND} and no options; the demo has no others"
            )
        start, position = self._read(watch, cursor)
        told = self._stories[position : position + LIMITS.page_size]
        now = self._clock.now()
        due = [story for story in told if start + story.at <= now]
        position += len(due)
        has_more = len(due) == LIMITS.page_size
        return Page(
            mentions=[self._mention(story, start) for story in due if not _is_gone(story, start, now)],
            cursor=Cursor(json.dumps({"start": start.isoformat(), "position": position})),
            has_more=has_more,
            heard_from=start - LIMITS.lookback,
            heard_until=start + due[-1].at if has_more else now,
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read one story as it is now; `None` when the story says that it has been deleted."""
        found = self._find(ref.native_id)
        if found is None:
            return None
        story, start = found
        now = self._clock.now()
        if start + story.at > now or _is_gone(story, start, now):
            return None
        return self._mention(story, start)

    def reply(self, to: Mention, text: str) -> Posted:
        """Keep the reply in memory: the demo sends nothing to anybody.

        Raises:
            Refused: the story does not take a reply through the interface.
            TargetGone: the story says that its post has been deleted.
        """
        route = self.reply_route(to)
        if route.route is not Route.API:
            raise Refused(route.reason, by_hand=route.route is Route.BY_HAND)
        if self.lookup(to.ref) is None:
            raise TargetGone("the post has been deleted")
        if self.length(text) > LIMITS.reply_chars:
            raise Refused(f"the reply is longer than {LIMITS.reply_chars} characters")
        native_id = f"reply-to-{to.ref.native_id}"
        posted = Posted(native_id=native_id, url=f"{SITE}/{native_id}", posted_at=self._clock.now())
        return self._replies.setdefault(to.ref.native_id, posted)

    def own_reply(self, to: Mention) -> Posted | None:
        """Find the reply kept since this process began."""
        return self._replies.get(to.ref.native_id)

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Show all three badges: the reasons are those of the platforms that the accounts imitate."""
        if mention.platform.get("is_locked"):
            return ReplyRoute(
                route=Route.BLOCKED, reason="the moderators have locked this thread", rule="locked"
            )
        if mention.platform.get("looks_like") == "reddit":
            return ReplyRoute(route=Route.API, reason="open thread: anybody may answer", rule="reddit-open")
        if mention.addressed_to_us:
            return ReplyRoute(route=Route.API, reason="the author named our account", rule="x-summoned")
        return ReplyRoute(
            route=Route.BY_HAND,
            reason="the author did not name our account, so the platform takes no reply by its interface",
            rule="x-not-summoned",
        )

    def compose_url(self, mention: Mention, text: str) -> str:
        """Build the link that a real platform would open its composer with."""
        return f"{SITE}/compose?{urlencode({'in_reply_to': mention.ref.native_id, 'text': text})}"

    def length(self, text: str) -> int:
        """Count what people see as one sign."""
        return measures.length(self.measure, text)

    def _read(self, watch: Watch, cursor: Cursor | None) -> tuple[datetime, int]:
        if cursor is None:
            return self._start, 0
        try:
            values = json.loads(cursor)
            start, position = datetime.fromisoformat(values["start"]), int(values["position"])
            return start.astimezone(UTC), max(position, 0)
        except (ValueError, KeyError, TypeError):
            raise WatchInvalid(f"the watch {watch.name} stands at a place that no demo has written") from None

    def _find(self, native_id: str) -> tuple[Story, datetime] | None:
        slug, _, seconds = native_id.rpartition("-")
        if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
            return None
        start = datetime.fromtimestamp(int(seconds), UTC)
        return next(((story, start) for story in self._stories if story.slug == slug), None)

    def _mention(self, story: Story, start: datetime) -> Mention:
        is_reddit = story.by.looks_like == "reddit"
        kind = Kind.COMMENT if is_reddit else Kind.REPLY
        return Mention(
            ref=MentionRef(NAME, _native_id(story.slug, start)),
            kind=kind if story.answers else Kind.POST,
            text=story.text,
            posted_at=start + story.at,
            author=_author(story.by, start),
            url=f"{SITE}/{story.by.looks_like}/{story.by.handle}/{story.slug}",
            title=story.title,
            lang=story.lang,
            parent_native_id=_native_id(story.answers, start) if story.answers else None,
            conversation_id=_native_id(story.answers or story.slug, start),
            community=story.community,
            addressed_to_us=story.addressed_to_us,
            engagement=Engagement(likes=story.likes, replies=story.replies, score=story.score),
            platform={"looks_like": story.by.looks_like, "is_locked": story.is_locked},
        )


def open_connector(options: Mapping[str, Any], clock: Clock) -> Connector:
    """Open the demo with the shipped stories; the only option is `handle`, our made-up account.

    Raises:
        ValueError: an option it does not have, or a handle that is not text.
    """
    if unknown := sorted(set(options) - OPTIONS):
        raise ValueError(f"the demo connector has no option {', '.join(unknown)}; it has: handle")
    handle = options.get("handle") or HANDLE
    if not isinstance(handle, str):
        raise ValueError("the handle of the demo connector must be text")
    return DemoConnector(load_stories(), clock, handle=handle)


def _native_id(slug: str, start: datetime) -> str:
    return f"{slug}-{int(start.timestamp())}"


def _is_gone(story: Story, start: datetime, now: datetime) -> bool:
    return story.gone_at is not None and start + story.gone_at <= now


def _author(person: Person, start: datetime) -> Author:
    return Author(
        handle=person.handle,
        native_id=f"demo-{person.handle}",
        name=person.name,
        url=f"{SITE}/{person.looks_like}/{person.handle}",
        followers=person.followers,
        created_at=start - person.joined,
        is_verified=person.is_verified,
    )
