"""Selling to somebody who asked for help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.reading import Reply, marked, on_hits

_LINK: Final = re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)
_SHOP: Final = re.compile(
    r"//(?:www\.)?(?:shop|store|buy|checkout|deals)\."
    r"|/(?:shop|store|buy|cart|basket|checkout|products?|pricing|prices|plans|sale|deals|offers?|upgrade)"
    r"(?:[/?#.,]|$)"
    r"|[?&](?:utm_campaign|coupon|promo|discount|ref|aff)=",
    re.IGNORECASE,
)
_PRICE: Final = re.compile(
    r"[$£€]\s?\d{1,6}(?:[.,]\d{1,3})*|\b\d{1,6}(?:[.,]\d{2})?\s?(?:[€$£]|euros?\b|dollars?\b|pounds?\b|usd\b|eur\b|gbp\b)",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"\b(?P<what>\w{0,20}\s?)\b(?:[Cc]ode|CODE)\s{0,2}:?\s{0,2}[\"“']?(?P<code>[A-Z][A-Z0-9-]{3,20})\b"
)
# Money that goes back, or that was asked for by mistake, is no price.
_BACK: Final = re.compile(
    r"\b(?:refund\w*|charg\w+|credit\w*|fees?|bill\w*|paid|pay(?:ing|ment)?s?|owe\w*|invoice\w*|deposit\w*|return\w*"
    r"|reimburs\w+|deduct\w+|taken|back|twice|deducted|debit\w*)\b",
    re.IGNORECASE,
)
_OTHER_CODES: Final = frozenset(
    {
        "error",
        "fault",
        "status",
        "tracking",
        "zip",
        "post",
        "postal",
        "area",
        "country",
        "booking",
        "order",
        "door",
        "source",
        "product",
        "qr",
        "bar",
    }
)


def selling(reply: Reply) -> Iterator[Flag]:
    """Shop links, prices and codes for somebody with a problem; codes in public for anybody."""
    yield from _codes(reply)
    about = reply.about
    if not about.wants_help or (reply.mention.has("asking") and not about.is_unhappy):
        return
    where = " (X counts it as a breach, too)" if about.source == "x" else ""
    advice = f"They asked for help, so do not sell{where}; answer their question and leave this out."
    yield from on_hits(reply, Check.SELLING, reply.hits("selling"), advice, is_risky=True)
    for match in _LINK.finditer(reply.text):
        if _SHOP.search(match[0]):
            yield marked(reply, Check.SELLING, match.span(), advice, is_risky=True)
    for span in _prices(reply):
        yield marked(reply, Check.SELLING, span, advice, is_risky=True)


def _prices(reply: Reply) -> Iterator[tuple[int, int]]:
    """Prices that the mention does not name, and that are not money on its way back."""
    known = {match[0].replace(" ", "") for match in _PRICE.finditer(reply.about.mention_text)}
    is_back: dict[int, bool] = {}
    for match in _PRICE.finditer(reply.text):
        if match[0].replace(" ", "") in known or not reply.sentences:
            continue
        number = reply.sentence_at(match.start())
        if number not in is_back:
            is_back[number] = _BACK.search(reply.text, *reply.sentences[number]) is not None
        if not is_back[number]:
            yield match.span()


def _codes(reply: Reply) -> Iterator[Flag]:
    if not (reply.about.is_public or reply.about.wants_help):
        return
    advice = "Codes and vouchers are not for public replies; thank them here and send it privately."
    for match in _CODE.finditer(reply.text):
        if match["what"].strip().lower() not in _OTHER_CODES:
            yield marked(reply, Check.SELLING, (match.end("what"), match.end()), advice, is_risky=True)
