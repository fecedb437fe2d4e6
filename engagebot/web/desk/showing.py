"""A stranger's words on a page: unmodified, with links that say where they lead, and nothing hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engagebot.domain.text.emoji import PICTURES
from engagebot.domain.text.links import Link, find_links
from engagebot.web.desk.reasons import Piece

MOST_LINKS = 100
SHOWN_AT_MOST = 1_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A joiner belongs where it joins pictures or letters, and a flag is written with tags.
_UNSEEN = re.compile(
    "[\u00ad\u115f\u1160\u180e\u200b\u2060-\u2064\u3164\ufeff\uffa0\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    f"|(?<![\u0600-\u0dff{PICTURES}\U0001f3fb-\U0001f3ff\ufe0f])[\u200c\u200d]"
    "|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0000-\U000e007f]"
)
_ANY = re.compile(f"{_TURNS.pattern}|{_UNSEEN.pattern}")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a text, in pieces; `href` is where it leads, `host` the true host if letters deceive."""

    pieces: tuple[Piece, ...]
    href: str | None = None
    host: str | None = None


def runs(pieces: Sequence[Piece]) -> list[Run]:
    """Find the links in a text that is cut into pieces already."""
    text = "".join(piece.text for piece in pieces)
    shown: list[Run] = []
    position = 0
    for link in find_links(text)[:MOST_LINKS]:
        host = real_host(text[link.host_from : link.host_to])
        if host is None:
            continue
        if position < link.start:
            shown.append(Run(tuple(_between(pieces, position, link.start))))
        seen = text[link.host_from : link.host_to].lower()
        address = _address(text, link, host)
        linked = tuple(_between(pieces, link.start, link.end))
        shown.append(Run(linked, address, None if host == seen else host))
        position = link.end
    if position < len(text):
        shown.append(Run(tuple(_between(pieces, position, len(text)))))
    return shown


def real_host(host: str) -> str | None:
    """A host as the network knows it, so that letters of other scripts cannot pass for Latin ones."""
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def hidden(text: str) -> str | None:
    """Say what a text holds that nobody sees, or `None`."""
    said = []
    if _TURNS.search(text):
        said.append("signs that turn the direction of writing")
    if _UNSEEN.search(text):
        said.append("signs that cannot be seen")
    return " and ".join(said) or None


def laid_open(text: str) -> str:
    """A text with the names of its hidden signs in their places."""
    return _ANY.sub(lambda sign: f"⟨U+{ord(sign[0]):04X}⟩", text[:SHOWN_AT_MOST])


def language_tag(lang: str | None) -> str:
    """A language for an attribute `lang`; `und` for none, and for what is no language."""
    return lang if lang and _LANGUAGE.fullmatch(lang) else "und"


def _address(text: str, link: Link, host: str) -> str:
    scheme = text[link.start : link.host_from].lower() or "https://"
    return f"{scheme}{host}{text[link.host_to : link.end]}"


def _between(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    at = 0
    for piece in pieces:
        part = piece.text[max(0, start - at) : max(0, end - at)]
        if part:
            yield Piece(part, piece.is_marked)
        at += len(piece.text)
