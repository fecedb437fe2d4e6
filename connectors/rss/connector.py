"""The connector of feeds: reads any RSS or Atom feed, politely; people answer by hand."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.rss.fetch import Fetched, Fetcher, checked
from connectors.rss.mapping import SOURCE, read_feed
from connectors.rss.options import Options, read_options, read_watch
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.errors import Refused, Unavailable, WatchInvalid
from engagebot.ports import Clock, Cursor, Gap, Identity, Limits, Page, Posted, Watch

SEEN_AT_MOST = 5_000
REMEMBERED = 20_000
READ_ONLY = "a feed takes no replies; a person answers on the page itself"


def open_connector(options: Mapping[str, Any], clock: Clock) -> RssConnector:
    """Open the connector of feeds; nothing is sent yet.

    Raises:
        ValueError: an option is wrong.
    """
    return RssConnector(read_options(options), clock)


@dataclass(slots=True)
class Known:
    """What a feed's last answer left behind: its marks, those of its entries, and its time in seconds."""

    etag: str = ""
    modified: str = ""
    seen: list[str] = field(default_factory=list)
    read_s: int | None = None


@dataclass(slots=True)
class Position:
    """Which feed of the watch comes next, how many failed in this round, and what is known of each."""

    turn: int = 0
    failed: int = 0
    feeds: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def parse(cls, cursor: Cursor | None) -> Position:
        """Read a cursor back, or refuse it."""
        try:
            given = json.loads(cursor) if cursor else {}
            feeds = {url: Known(**known) for url, known in given.get("feeds", {}).items()}
            return cls(int(given.get("turn", 0)), int(given.get("failed", 0)), feeds)
        except (ValueError, TypeError, AttributeError):
            raise WatchInvalid("the stored position of this watch is not one of ours; forget it") from None

    @property
    def cursor(self) -> Cursor:
        """Write it for the store."""
        return Cursor(json.dumps(asdict(self)))


class RssConnector:
    """Reads without a key. It remembers where it has seen an entry, to be able to look it up again."""

    name = SOURCE
    # A feed shows its newest entries, however old; what a page's own form takes is not known here.
    limits = Limits(reply_chars=5_000, page_size=SEEN_AT_MOST, lookback=timedelta(days=30))

    def __init__(self, options: Options, clock: Clock) -> None:
        self._clock = clock
        self._fetcher = Fetcher(options)
        self._places: OrderedDict[str, tuple[str, str | None]] = OrderedDict()

    def verify(self) -> Identity:
        """Say that we only read; which feeds, the watches know."""
        return Identity(handle=None, can_reply=False)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read one feed with one request; a watch with several reads them in turn.

        Where one of several fails, the others are read all the same and the failure is in the note.

        Raises:
            Unavailable: the only feed, or each of them, could not be read.
            WatchInvalid: the watch is not one of ours, or the server says that its feed is gone.
        """
        urls, now = read_watch(watch).all, self._clock.now()
        position = Position.parse(cursor)
        position.feeds = {url: position.feeds.get(url, Known()) for url in urls}
        turn = position.turn % len(urls)
        known = position.feeds[urls[turn]]
        mentions: Sequence[Mention] = ()
        gap = note = None
        try:
            mentions, gap, note = self._read(urls[turn], known, now, now - watch.lookback)
        except (Unavailable, WatchInvalid) as problem:
            position.failed += 1
            is_last_hope = turn == len(urls) - 1 and position.failed >= len(urls)
            if is_last_hope or len(urls) == 1:
                raise
            note = str(problem)
        has_more, failed = turn + 1 < len(urls), position.failed
        position.turn, position.failed = (turn + 1, failed) if has_more else (0, 0)
        unheard = now if failed else None
        return Page(
            mentions=[mention for mention in mentions if read_watch(watch).hears(mention.words)],
            cursor=position.cursor,
            has_more=has_more,
            reads={"requests": 1},
            note=note,
            gaps=[gap] if gap else [],
            heard_from=unheard,
            heard_until=unheard,
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Find an entry in its feed; `None` only when it is not there and its page is gone too.

        Raises:
            Unavailable: nobody can tell, as for entries that a feed has dropped because they are old.
        """
        feed_url, link = self._places.get(ref.native_id, (None, None))
        if feed_url is None:
            raise Unavailable("this entry was not read since the program started; its feed is not known")
        mentions, _ = read_feed(checked(self._fetcher.get(feed_url)), self._clock.now())
        for mention in mentions:
            if mention.ref == ref:
                return mention
        if link and self._fetcher.get(link).status in (404, 410):
            return None
        raise Unavailable(
            "its feed does not show this entry any more, and its page does not say that it is gone"
        )

    def reply(self, to: Mention, text: str) -> Posted:
        """Refuse: a feed is read-only."""
        raise Refused(READ_ONLY, by_hand=True)

    def own_reply(self, to: Mention) -> Posted | None:
        """Say that nobody can tell.

        Raises:
            Unavailable: always.
        """
        raise Unavailable("a feed does not show who answered; look at the page")

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Always by hand."""
        return ReplyRoute(route=Route.BY_HAND, reason=READ_ONLY, rule="read-only")

    def compose_url(self, mention: Mention, text: str) -> str:
        """Return the entry's own page, or its feed where it has none; no link can fill a form there."""
        return mention.url or str(mention.platform.get("feed") or "")

    def _read(
        self, url: str, known: Known, now: datetime, since: datetime
    ) -> tuple[list[Mention], Gap | None, str | None]:
        asked = {"if-none-match": known.etag, "if-modified-since": known.modified}
        fetched = checked(self._fetcher.get(url, {name: value for name, value in asked.items() if value}))
        if fetched.status == 304:
            known.read_s = int(now.timestamp())
            return [], None, None
        mentions, note = read_feed(fetched, now)
        self._remember(url, mentions)
        is_first, marks = known.read_s is None, [_mark(mention) for mention in mentions]
        new = [mention for mention, mark in zip(mentions, marks, strict=True) if mark not in set(known.seen)]
        gap = _gap(known, mentions, len(new))
        known.seen = list(dict.fromkeys([*marks, *known.seen]))[:SEEN_AT_MOST]
        # A feed that broke off is asked for again in full.
        known.etag, known.modified = ("", "") if note else _validators(fetched)
        known.read_s = int(now.timestamp())
        return [mention for mention in new if not is_first or mention.posted_at >= since], gap, note

    def _remember(self, url: str, mentions: Sequence[Mention]) -> None:
        for mention in mentions:
            self._places[mention.ref.native_id] = (url, mention.url)
            self._places.move_to_end(mention.ref.native_id)
        while len(self._places) > REMEMBERED:
            self._places.popitem(last=False)


def _mark(mention: Mention) -> str:
    return hashlib.sha256(mention.ref.native_id.encode(errors="replace")).hexdigest()[:12]


def _validators(fetched: Fetched) -> tuple[str, str]:
    given = fetched.headers.get("etag", ""), fetched.headers.get("last-modified", "")
    return given[0][:500], given[1][:100]


def _gap(known: Known, mentions: Sequence[Mention], new: int) -> Gap | None:
    """Name the time between two answers that share no entry: what was in between has scrolled away."""
    if known.read_s is None or not known.seen or not mentions or new < len(mentions):
        return None
    from_at, until_at = datetime.fromtimestamp(known.read_s, UTC), mentions[0].posted_at
    host = urlsplit(str(mentions[0].platform["feed"])).netloc
    why = f"{host} shows its newest {new} entries, and none of them was there the last time"
    return Gap(from_at, until_at, why) if from_at < until_at else None
