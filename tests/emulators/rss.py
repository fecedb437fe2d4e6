"""An emulated site with a feed (RSS 2.0 or Atom) at /feed, a second one at /other, and a page for each entry.

with FeedEmulator(clock=clock.now) as site:
    link = site.publish("Acme again", "<p>It is &amp; stays broken</p>")
    site.shows = 20  # how many entries the feed shows
    site.redirects = ["/feed2", "file:///etc/hostname"]
    site.body = b"anything instead of the feed"
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.emulators.server import Emulator
from tests.emulators.wire import Clock, Request, Response, real_time


@dataclass
class Entry:
    number: int
    title: str
    html: str
    author: str
    at: datetime | None
    feed: str
    guid: str | None


class FeedEmulator(Emulator):
    def __init__(self, *, clock: Clock = real_time) -> None:
        super().__init__(clock=clock)
        self.entries: list[Entry] = []
        self.shows = 1_000
        self.dialect = "rss"
        self.body: bytes | None = None
        self.redirects: list[str] = []
        self.has_validators = True
        self.is_packed = False
        self.cut_at: int | None = None
        self.gone: set[int] = set()
        self._count = 0

    def publish(
        self,
        title: str,
        html: str = "",
        *,
        author: str = "Maple (made up)",
        at: datetime | None = None,
        has_time: bool = True,
        feed: str = "/feed",
        guid: str | None = None,
    ) -> str:
        """Add an entry and return its link, which is also its id unless `guid` says another."""
        with self.mutex:
            self._count += 1
            entry = Entry(
                self._count, title, html, author, (at or self.now()) if has_time else None, feed, guid
            )
            self.entries.append(entry)
            return self.link(entry)

    def link(self, entry: Entry) -> str:
        return f"{self.url}/entry/{entry.number}"

    def withdraw(self, link: str) -> None:
        with self.mutex:
            number = int(link.rpartition("/")[2])
            self.gone.add(number)
            self.entries = [entry for entry in self.entries if entry.number != number]

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/entry/"):
            return Response.of(
                404 if int(request.path.rpartition("/")[2]) in self.gone else 200, "<p>entry</p>"
            )
        if self.redirects:
            return Response.of(302, "", {"location": self.redirects.pop(0)})
        body = self.body if self.body is not None else self._feed(request.path)
        if self.cut_at is not None:
            body = body[: self.cut_at]
        kind = {"content-type": f"application/{self.dialect}+xml; charset=utf-8"}
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.has_validators:
            kind |= {"etag": etag, "last-modified": format_datetime(self.now(), usegmt=True)}
            if request.headers.get("if-none-match") == etag:
                return Response(304, b"", {"etag": etag})
        if self.is_packed:
            return Response(200, gzip.compress(body), {**kind, "content-encoding": "gzip"})
        return Response(200, body, kind)

    def rate_headers(self, reset_in_s: float) -> dict[str, str]:
        return {"retry-after": str(int(reset_in_s))}

    def _feed(self, path: str) -> bytes:
        shown = [entry for entry in self.entries if entry.feed == path][-self.shows :]
        parts = [
            self._rss(entry) if self.dialect == "rss" else self._atom(entry) for entry in reversed(shown)
        ]
        if self.dialect == "rss":
            head = "<title>Made-up news</title><link>https://example.com</link><language>en-GB</language>"
            whole = f'<rss version="2.0"><channel>{head}{"".join(parts)}</channel></rss>'
        else:
            head = "<title>Made-up news</title>"
            whole = f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{"".join(parts)}</feed>'
        return f'<?xml version="1.0" encoding="utf-8"?>{whole}'.encode()

    def _rss(self, entry: Entry) -> str:
        at = f"<pubDate>{format_datetime(entry.at)}</pubDate>" if entry.at else ""
        guid = f'<guid isPermaLink="false">{escape(entry.guid or self.link(entry))}</guid>'
        author = f"<author>{escape(entry.author)}</author>" if entry.author else ""
        text = f"<title>{escape(entry.title)}</title><description>{escape(entry.html)}</description>"
        return f"<item>{guid}<link>{self.link(entry)}</link>{author}{text}{at}</item>"

    def _atom(self, entry: Entry) -> str:
        at = f"<updated>{entry.at.isoformat()}</updated>" if entry.at else ""
        author = f"<author><name>{escape(entry.author)}</name></author>" if entry.author else ""
        text = f'<title>{escape(entry.title)}</title><content type="html">{escape(entry.html)}</content>'
        link = f'<id>{self.link(entry)}</id><link href="/entry/{entry.number}"/>'
        return f"<entry>{link}{author}{text}{at}</entry>"
