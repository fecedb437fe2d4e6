"""How a reply sounds to the person it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.content import matter_of
from engagebot.guards.reading import Reply, marked, on_hits, on_whole

_ONE: Final = r"[\U0001F1E6-\U0001F1FF\U0001F300-\U0001FAFF\u2600-\u27BF\u2B50\u2B55\u203C\u2049]"
EMOJI: Final = re.compile(
    rf"{_ONE}[\ufe0f\U0001F3FB-\U0001F3FF]{{0,2}}(?:\u200d{_ONE}[\ufe0f\U0001F3FB-\U0001F3FF]{{0,2}}){{0,6}}"
)
_FACE: Final = re.compile(r"(?<!\w)[:;=8xX][-']?[)DpP](?!\w)|<3")
_GRINS: Final = frozenset("😂🤣😅😆😉😜😝😏😹🙃🤪😛🤭😁")
_SMILE: Final = re.compile(r"[😀😃😄🙂😊😺😎🥳🤗😇☺]|(?<!\w)[:;=8xX][-']?[)DpP](?!\w)")
_LOUD: Final = re.compile(r"!")
_CAPITALS: Final = re.compile(
    r"\b[A-Z]{2,30}(?:['’][A-Z]{1,5})?(?:[ ,]{1,2}[A-Z]{1,30}(?:['’][A-Z]{1,5})?\b){1,20}"
)
_LOUD_WORD: Final = re.compile(
    r"\b(?:NOT|NEVER|ALWAYS|TOLD|MUST|PLEASE|READ|STOP|AGAIN|YOU|YOUR|ONLY|ALREADY|NOTHING|NOBODY|EVERY|WRONG|NO)\b"
)
_STORM: Final = 4
_IN_A_ROW: Final = 3
_SHOUTED_LETTERS: Final = 7


def condescension(reply: Reply) -> Iterator[Flag]:
    """Words that talk down."""
    advice = "This can sound as if it were their mistake not to know; leave it out, or say the step itself."
    yield from on_hits(reply, Check.CONDESCENSION, reply.hits("condescension"), advice)


def blame(reply: Reply) -> Iterator[Flag]:
    """Words that put the blame on them."""
    advice = "This says it is their own fault; say what happened and what you do now instead."
    yield from on_hits(reply, Check.BLAME, reply.hits("blame"), advice)


def heated(reply: Reply) -> Iterator[Flag]:
    """Shouting, insults and sarcasm of ours."""
    insult = "Take a breath before this leaves, and say it in a calm voice or pass it on to somebody else."
    yield from on_hits(reply, Check.HEATED, reply.hits("heated"), insult, is_risky=True)
    irony = "Sarcasm reads as scorn to whoever is on the other side; say plainly what you mean."
    yield from on_hits(reply, Check.HEATED, reply.hits("sarcasm"), irony, is_risky=True)
    yield from _shouting(reply)


def _shouting(reply: Reply) -> Iterator[Flag]:
    advice = "Capitals read as shouting; write it in small letters."
    ours = {word.upper() for name in reply.about.ours for word in name.split()}
    behind = 0
    for match in _CAPITALS.finditer(reply.text):
        words = [word for word in re.findall(r"[A-Z]+", match[0]) if word not in ours]
        if len(words) > 1 and sum(map(len, words)) >= _SHOUTED_LETTERS:
            behind = match.end()
            yield marked(reply, Check.HEATED, match.span(), advice, is_risky=True)
    for match in _LOUD_WORD.finditer(reply.text):
        if match.start() >= behind and match[0] not in ours:
            yield marked(reply, Check.HEATED, match.span(), advice, is_risky=True)


def humour(reply: Reply) -> Iterator[Flag]:
    """Jokes, flirt and laughter, for everybody or for whoever is not happy."""
    advice = (
        "This may be taken quite otherwise than it is meant; let a second person read it, or leave it out."
    )
    yield from on_hits(reply, Check.HUMOUR, reply.hits("humour"), advice, is_risky=True)
    yield from _emoji_storm(reply)
    yield from _laughter(reply)
    cries = [match.span() for match in _LOUD.finditer(reply.text)]
    if reply.about.is_unhappy and len(cries) > 1 and not reply.about.feels_cheated:
        calm = "Exclamation marks sound cheerful or annoyed to an unhappy person; a full stop is calmer."
        yield from (marked(reply, Check.HUMOUR, span, calm) for span in cries)


def _laughter(reply: Reply) -> Iterator[Flag]:
    if reply.about.is_happy:
        return
    advice = "Nobody laughs along while something is wrong; answer in earnest."
    # A question or small talk may have a light answer, so there it is only marked.
    is_risky = reply.about.is_unhappy or reply.about.judgement is None
    yield from on_hits(reply, Check.HUMOUR, reply.hits("laughing"), advice, is_risky=is_risky)
    for match in EMOJI.finditer(reply.text):
        if match[0][0] in _GRINS:
            yield marked(reply, Check.HUMOUR, match.span(), advice, is_risky=is_risky)
    if reply.about.is_unhappy:
        calm = "A smiling face sits badly beside their trouble; words alone are kinder."
        smiles = [match.span() for match in _SMILE.finditer(reply.text)]
        yield from (marked(reply, Check.HUMOUR, span, calm) for span in smiles)


def _emoji_storm(reply: Reply) -> Iterator[Flag]:
    spans = [match.span() for match in EMOJI.finditer(reply.text)]
    close = [not reply.text[one[1] : two[0]].strip() for one, two in pairwise(spans)]
    in_a_row = any(all(close[at : at + _IN_A_ROW - 1]) for at in range(len(spans) - _IN_A_ROW + 1))
    if len(spans) >= _STORM or in_a_row:
        advice = "So many emoji drown what you say; one is plenty."
        yield marked(reply, Check.HUMOUR, (spans[0][0], spans[-1][1]), advice, is_risky=True)


def empathy(reply: Reply) -> Iterator[Flag]:
    """A reply to an unhappy person names what they feel or what went wrong."""
    if not reply.about.is_unhappy or reply.has("feelings"):
        return
    ours = {word.lower() for name in reply.about.ours for word in name.split()}
    matter = matter_of(token for token in reply.mention.tokens if token.form not in ours)
    if matter.isdisjoint(matter_of(reply.tokens)):
        advice = "Name what went wrong or how it feels for them, so that they see you have read it."
        yield on_whole(Check.EMPATHY, advice)


def apology(reply: Reply) -> Iterator[Flag]:
    """A reply says sorry where the cause is ours."""
    if reply.about.is_unhappy and reply.about.cause_is_ours and not reply.has("apologies", "waits"):
        yield on_whole(Check.APOLOGY, "What went wrong seems to be ours; say that you are sorry for it.")


def tender(reply: Reply) -> Iterator[Flag]:
    """Nothing cheerful on illness, death or harm."""
    if not reply.about.is_tender:
        return
    cheer = "This is too cheerful beside what they are going through; say it more quietly."
    yield from on_hits(
        reply, Check.TENDER, reply.hits("cheerful", "laughing", "vouchers"), cheer, is_risky=True
    )
    for pattern in (EMOJI, _FACE):
        for match in pattern.finditer(reply.text):
            advice = "No emoji on a topic like this; words alone are kinder."
            yield marked(reply, Check.TENDER, match.span(), advice, is_risky=True)
    for match in _LOUD.finditer(reply.text):
        advice = "An exclamation mark sounds cheerful here; a full stop is kinder."
        yield marked(reply, Check.TENDER, match.span(), advice, is_risky=True)


def cheated(reply: Reply) -> Iterator[Flag]:
    """Who feels cheated hears the facts first: no gifts, no exclamation marks."""
    if not reply.about.feels_cheated:
        return
    gift = (
        "They feel cheated, and a gift first sounds like a way out; say first what happened to their money."
    )
    first_two = reply.sentences[1].end if len(reply.sentences) > 1 else len(reply.text)
    early = (hit for hit in reply.hits("vouchers") if hit.start < first_two)
    yield from on_hits(reply, Check.CHEATED, early, gift, is_risky=True)
    for match in _LOUD.finditer(reply.text):
        advice = "They feel cheated; an exclamation mark sounds as if that were nothing."
        yield marked(reply, Check.CHEATED, match.span(), advice, is_risky=True)


def opinion(reply: Reply) -> Iterator[Flag]:
    """Politics, religion and identity."""
    advice = (
        "This touches politics, religion or identity; say only what we do, and let a second person read it."
    )
    yield from on_hits(reply, Check.OPINION, reply.hits("opinion"), advice, is_risky=True)


def brand(reply: Reply) -> Iterator[Flag]:
    """Words that our brand does not use."""
    for hit in reply.hits("avoid"):
        words = reply.text[hit.start : hit.end]
        advice = hit.entry.advice or "say it in another way"
        full = f"We do not say “{words}” (config/guards/avoid.txt): {advice}"
        yield marked(reply, Check.BRAND, (hit.start, hit.end), full, is_risky=True)
