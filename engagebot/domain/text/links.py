"""Where links stand in a text, as a platform that shortens them would find them.

With `http(s)://` a host may be written in any script; without it a host is Latin, and its ending makes it one
("fixed.Sorry" is none). Its twin for the browser is web/static/js/links.js.
Source: docs.x.com, counting characters, and the published cases of twitter-text 3, read August 2026.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engagebot.domain.text.endings import LATIN, OTHER

LONGEST_LABEL = 63
LONGEST_LINK = 4_096
LONGEST_SHORT_NAME = 40
LONGEST_ENDING = max(map(len, OTHER))

_ACCENTS = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f"
_ACCENTS += "\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
_LETTERS = f"A-Za-z0-9{_ACCENTS}"
_SPACES = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NO_SIGNS = "\ufeff\ufffe\uffff"
_BARRED = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069" + _NO_SIGNS
_NOT_IN_HOSTS = rf"!#%&'()*+,/:;<=>?@\[\\\]^{{|}}~${_SPACES}{_BARRED}"
# A scheme, or a Latin name with a dot in it, that does not go on from a word, an address or another link.
_START = re.compile(
    rf"(?<![A-Za-z0-9@\uff20$#\uff03{_NO_SIGNS}])(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?://)"
    rf"|(?<![{_LETTERS}@\uff20$#\uff03_./{_NO_SIGNS}-])(?=[{_LETTERS}][{_LETTERS}-]*\.)"
)
_ANY_HOST = re.compile(rf"[^{_NOT_IN_HOSTS}]+")
_LATIN_HOST = re.compile(rf"[{_LETTERS}-]+(?:\.[{_LETTERS}-]+)*(?:\.[^.{_NOT_IN_HOSTS}]+)?")
_LATIN_ENDING = re.compile(r"[Xx][Nn]--[0-9A-Za-z-]+|[A-Za-z]+(?![0-9A-Za-z@+-])")
_GOES_ON = re.compile(r"[0-9A-Za-z@+-]")
_PORT = re.compile(r":[0-9]+")
_IN_PATH = rf"{_LETTERS}\u0400-\u04ff!*';:=+,.$/%#\[\]\-\u2013_~@|&"
_PATH = re.compile(rf"/(?:[{_IN_PATH}]|\([{_IN_PATH}]*(?:\([{_IN_PATH}]+\)[{_IN_PATH}]*)?\))*")
_LOOSE_AT_THE_END = "!*';:,.$%[]\u2013~@|&"
_QUERY = re.compile(r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9_&=#/-]")
_SHORT_NAME = re.compile(r"/([A-Za-z0-9]+)")
SHORTENER = "t.co"


class Link(NamedTuple):
    """Where a link stands in a text, and where in it its host."""

    start: int
    end: int
    host_from: int
    host_to: int


def find_links(text: str) -> list[Link]:
    """Find the links of a text in their order; they never overlap."""
    found, position = [], 0
    while start := _START.search(text, position):
        link = _read(text, start)
        if link and _is_possible(text, link):
            found.append(link)
        position = max(link.end if link else start.end(), start.start() + 1)
    return found


def _read(text: str, start: re.Match[str]) -> Link | None:
    has_scheme, begin = bool(start["scheme"]), start.end()
    run = (_ANY_HOST if has_scheme else _LATIN_HOST).match(text, begin)
    end = _host_end(text, begin, run.end()) if run else None
    if end is None:
        return None
    short = has_scheme and text[begin:end].lower() == SHORTENER and _SHORT_NAME.match(text, end)
    stop = _query_end(text, short.end()) if short else _tail_end(text, end, has_scheme=has_scheme)
    return Link(start.start(), stop, begin, end)


def _host_end(text: str, begin: int, end: int) -> int | None:
    """Find the last place where the name could end: all before it are labels, and it is an ending."""
    found, at, before = None, begin, ""
    for number, label in enumerate(text[begin:end].split(".")):
        if number and "_" not in before:
            found = _ending_at(text, at) or found
        if not label or label[0] in "-_" or label[-1] in "-_":
            break
        at, before = at + len(label) + 1, label
    return found


def _ending_at(text: str, at: int) -> int | None:
    latin = _LATIN_ENDING.match(text, at)
    if latin and (latin[0].lower() in LATIN or latin[0][2:4] == "--"):
        return latin.end()
    for stop in range(min(at + LONGEST_ENDING, len(text)), at, -1):
        if text[at:stop].lower() in OTHER and not _GOES_ON.match(text, stop):
            return stop
    return None


def _tail_end(text: str, end: int, *, has_scheme: bool) -> int:
    port = _PORT.match(text, end)
    path = _PATH.match(text, port.end() if port else end)
    if path is None:
        return _query_end(text, port.end() if port else end) if has_scheme else end
    kept = path[0].rstrip(_LOOSE_AT_THE_END)
    stop = path.start() + len(kept)
    return _query_end(text, stop) if stop == path.end() else stop


def _query_end(text: str, at: int) -> int:
    query = _QUERY.match(text, at)
    return query.end() if query else at


def _is_possible(text: str, link: Link) -> bool:
    host = text[link.host_from : link.host_to]
    if host.lower() == SHORTENER and (short := _SHORT_NAME.match(text, link.host_to)):
        return len(short[1]) <= LONGEST_SHORT_NAME
    return link.end - link.start <= LONGEST_LINK and all(map(_fits_a_name, host.split(".")))


def _fits_a_name(label: str) -> bool:
    if len(label) > LONGEST_LABEL or label.isascii():
        return len(label) <= LONGEST_LABEL
    return len(b"xn--" + label.encode("punycode")) <= LONGEST_LABEL
