"""A feed's entries into our values."""

from __future__ import annotations

import calendar
import hashlib
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from connectors.rss.fetch import Fetched
from engagebot.domain.mention import Author, Kind, Mention, MentionRef
from engagebot.errors import Unavailable

SOURCE = "rss"
_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol"}
_HIDDEN = {"script", "style", "template"}
_END = re.compile(rb"</(rss|feed|[\w.-]*:?RDF)\s*>\s*(<!--.*?-->\s*)*\Z", re.DOTALL | re.IGNORECASE)
_WORLDWIDE = re.compile(r"[a-z][a-z0-9+.-]*://|urn:|tag:", re.IGNORECASE)


def read_feed(fetched: Fetched, now: datetime) -> tuple[list[Mention], str | None]:
    """Read a feed's entries, oldest first, each once, and what a person should know about it.

    Raises:
        Unavailable: it is not a feed.
    """
    headers = {"content-type": fetched.headers.get("content-type", ""), "content-location": fetched.url}
    # Never the bytes themselves: feedparser would take short ones for the name of a file and open it.
    given = io.BytesIO(fetched.body)
    try:
        parsed = feedparser.parse(
            given, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as problem:  # strangers write feeds, and the parser's own slips are not told
        raise Unavailable(f"{fetched.url} could not be read ({type(problem).__name__})") from None
    if not parsed.get("version"):
        raise Unavailable(f"{fetched.url} is not a feed")
    entries, note = list(parsed.entries), None
    if parsed.bozo and not _END.search(fetched.body):
        # Its last entry may be cut off in the middle; it comes whole the next time.
        entries, note = entries[:-1], f"{fetched.url} breaks off in the middle"
    found: dict[str, Mention] = {}
    for entry in entries:
        mention = to_mention(entry, parsed.feed, fetched.url, now)
        found.setdefault(mention.ref.native_id, mention)
    return sorted(found.values(), key=lambda each: each.posted_at), note


def to_mention(entry: Mapping[str, Any], feed: Mapping[str, Any], feed_url: str, now: datetime) -> Mention:
    """Turn an entry into a mention; one without a time of its own was written now."""
    host = urlsplit(feed_url).netloc
    link = urljoin(feed_url, str(entry.get("link") or ""))
    link = link if urlsplit(link).scheme in ("http", "https") and entry.get("link") else ""
    contents = [str(part.get("value") or "") for part in entry.get("content") or []]
    html = next(filter(None, [*contents, str(entry.get("summary") or "")]), "")
    title = plain(str(entry.get("title") or ""))
    written = entry.get("published_parsed") or entry.get("updated_parsed")
    posted_at = min(_moment(written) or now, now)
    by = plain(str(entry.get("author") or ""))
    return Mention(
        ref=MentionRef(SOURCE, _native_id(entry, link, host, f"{title}\n{html}")),
        kind=Kind.POST,
        text=plain(html) or title,
        title=title if plain(html) and title else None,
        posted_at=posted_at,
        # The same name on another site is another person; a feed that names nobody speaks for itself.
        author=Author(
            handle=f"{by}@{host}" if by else host, name=by or plain(str(feed.get("title") or "")) or None
        ),
        url=link or None,
        lang=str(feed.get("language") or "").partition("-")[0].lower() or None,
        community=host,
        platform={"feed": feed_url},
    )


def plain(html: str) -> str:
    """Turn HTML into the text that people see."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden = tag
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = None
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden is None:
            self.parts.append(data)


def _native_id(entry: Mapping[str, Any], link: str, host: str, words: str) -> str:
    given = str(entry.get("id") or link).strip()
    if not given or len(given) > 500:
        given = hashlib.sha256((given or words).encode(errors="replace")).hexdigest()[:32]
    # A plain number is unique in its feed alone.
    return given if _WORLDWIDE.match(given) else f"{host}:{given}"


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None
