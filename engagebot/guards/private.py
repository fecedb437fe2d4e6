"""What is nobody else's business in a reply that everybody can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.reading import Reply, marked

_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_PHONE: Final = re.compile(r"(?<![\w.,#/-])\+?\(?\d(?:[ ().\-/]{0,2}\d){6,18}(?![\w/])")
_DATE: Final = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}(?: \d{1,2}[:.]\d\d)?|\d{4} ?[-/] ?\d{4}"
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_NUMBER_OF: Final = re.compile(
    r"\b(?:order|booking|reservation|reference|ref|invoice|account|customer|case|ticket|tracking|parcel|policy"
    r"|contract|membership|confirmation|card|passport)\b\.?"
    r"(?: (?:number|no\.?|nr\.?|id|code))?(?: is| was)?\s{0,2}[:#]?\s{0,2}#?"
    r"(?P<code>(?=[A-Z0-9-]{0,20}\d)[A-Z0-9][A-Z0-9-]{3,23})\b",
    re.IGNORECASE,
)
_HASH: Final = re.compile(r"(?<!\w)#[A-Z]{0,4}-?\d{5,20}\b")
_STREET: Final = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[A-Z][\w'’-]{1,30} ){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Way|Place|Square|Close|Terrace|Boulevard|Blvd|Row|Crescent)\b"
    r"|\b[A-ZÄÖÜ][\wäöüß-]{1,30}(?:straße|strasse|str\.|weg|platz|gasse|allee) \d{1,4}\w?\b"
)
_OURS: Final = re.compile(
    r"\bour (?:new |main |local |free )?(?:shop|store|branch|office|number|line|phone|address|e-?mail|hotline"
    r"|help ?line|help ?desk|team|desk|support|warehouse|caf[eé])\b"
    r"|\b(?:call|ring|phone|e-?mail|reach|contact|visit|find|text|write to|mail) us\b",
    re.IGNORECASE,
)
_OUR_ROLES: Final = frozenset(
    {
        "support",
        "help",
        "care",
        "hello",
        "contact",
        "info",
        "service",
        "team",
        "press",
        "privacy",
        "sales",
        "customerservice",
        "feedback",
    }
)
_NEAR: Final = 60
_FEWEST_DIGITS: Final = 7


def private(reply: Reply) -> Iterator[Flag]:
    """Phone numbers, addresses and order numbers of a customer, where the reply is public."""
    if not reply.about.is_public:
        return
    taken: list[tuple[int, int]] = []
    for what, pattern in _PATTERNS:
        for match in pattern.finditer(reply.text):
            span = match.span("code") if "code" in pattern.groupindex else match.span()
            if not _is_private(reply, what, match[0], span[0]) or any(
                start < span[1] and span[0] < end for start, end in taken[-_LOOK_BACK:]
            ):
                continue
            taken.append(span)
            advice = f"Everybody can read this {what}; ask for it or give it by direct message only."
            yield marked(reply, Check.PRIVATE, span, advice, is_risky=True)


_PATTERNS: Final = (
    ("e-mail address", _EMAIL),
    ("bank account", _IBAN),
    ("order number", _NUMBER_OF),
    ("order number", _HASH),
    ("address", _STREET),
    ("phone number", _PHONE),
)
_LOOK_BACK: Final = 200


def _is_private(reply: Reply, what: str, words: str, start: int) -> bool:
    plain = _plain(words)
    if any(plain == contact for contact in reply.contacts):
        return False
    if what == "e-mail address":
        name, _, host = words.lower().partition("@")
        if name in _OUR_ROLES or any(host.endswith(one.lower()) for one in reply.about.ours if "." in one):
            return False
    if what == "phone number" and (_DATE.fullmatch(words) or sum(map(str.isdigit, words)) < _FEWEST_DIGITS):
        return False
    if what in ("order number", "bank account"):
        return True
    return _OURS.search(reply.text, max(0, start - _NEAR), start) is None


def _plain(words: str) -> str:
    return "".join(words.lower().split()).replace("-", "").replace("(", "").replace(")", "")


def plain_contact(words: str) -> str:
    """How an entry of `contacts.txt` is compared."""
    return _plain(words)
