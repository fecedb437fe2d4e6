"""Fetching what a stranger's server gives, with an end to everything: time, size and redirects."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.rss.options import Options
from engagebot.errors import Unavailable, WatchInvalid

LARGEST = 5 * 1024 * 1024
REDIRECTS = 3
# Each piece of an answer has the whole time-out; all together have this many.
TIME_OUTS = 3
MOVED = (301, 302, 303, 307, 308)
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its status, where it came from in the end, its headers and its body."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """Asks by GET and follows few redirects, to http and https alone."""

    def __init__(self, options: Options) -> None:
        self._timeout_s = options.timeout_s
        self._http = httpx.Client(
            timeout=options.timeout_s,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"user-agent": options.user_agent, "accept-encoding": "gzip"},
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Fetch an address.

        Raises:
            Unavailable: no answer, a failure of the server, too much, too slow or too many redirects.
            WatchInvalid: the server says that there is nothing any more.
        """
        ends_at = time.monotonic() + TIME_OUTS * self._timeout_s
        asked = url
        for _ in range(REDIRECTS + 1):
            fetched = self._once(url, headers or {}, ends_at)
            if fetched.status not in MOVED:
                return fetched
            url = urljoin(url, fetched.headers.get("location", ""))
            if urlsplit(url).scheme not in ("http", "https"):
                raise Unavailable(f"{asked} leads to something that is no web address")
        raise Unavailable(f"{asked} was moved more than {REDIRECTS} times")

    def _once(self, url: str, headers: Mapping[str, str], ends_at: float) -> Fetched:
        try:
            with self._http.stream("GET", url, headers=dict(headers)) as response:
                body = bytearray()
                for piece in _unpacked(response):
                    body += piece
                    if len(body) > LARGEST:
                        raise Unavailable(f"{url} gives more than {LARGEST // 1024 // 1024} MB")
                    if time.monotonic() > ends_at:
                        raise Unavailable(f"{url} takes too long")
                return Fetched(response.status_code, url, response.headers, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error, UnicodeError) as problem:
            raise Unavailable(f"{url} could not be read ({type(problem).__name__})") from None


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    """Unpack piece by piece, never more than one byte over the limit: a small answer can hide a huge one."""
    if response.headers.get("content-encoding", "identity").lower() in ("", "identity"):
        yield from response.iter_raw()
        return
    unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
    for piece in response.iter_raw():
        yield unpacker.decompress(piece, LARGEST + 1)
    if not unpacker.eof:
        raise zlib.error("the end is missing")


def checked(fetched: Fetched) -> Fetched:
    """Refuse answers that are no success; 304, not changed since, is one.

    Raises:
        Unavailable, WatchInvalid: what the status means.
    """
    if fetched.status == 410:
        raise WatchInvalid(f"{fetched.url} is gone for good (410)")
    if fetched.status not in (200, 203, 226, 304):
        raise Unavailable(f"{fetched.url} answered {fetched.status}")
    return fetched
