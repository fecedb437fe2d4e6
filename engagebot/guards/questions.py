"""Whether the questions of a mention find an answer in the reply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.content import matter_of
from engagebot.guards.dates import TIME
from engagebot.guards.reading import Reply, Span, Text, on_whole, quoted

MOST_QUESTIONS: Final = 10
_FEWEST_WORDS: Final = 2
_LINK: Final = re.compile(r"https?://|www\.")
_NUMBER: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|free|nothing|none)\b", re.IGNORECASE
)
_YES_NO: Final = re.compile(
    r"\b(?:yes|yep|yeah|no|nope|not|sure|certainly|of course|unfortunately|sadly|afraid|can|can['’]?t"
    r"|cannot|do|does|don['’]?t|doesn['’]?t|is|are|isn['’]?t|aren['’]?t|will|won['’]?t|happy to|glad to"
    r"|(?:we|i|you)['’]ll)\b",
    re.IGNORECASE,
)
_LATER: Final = re.compile(
    r"\b(?:(?:i|we)(?: will|['’]ll)|you(?: will|['’]ll) (?:hear|have|get)"
    r"|(?:i|we)(?: am|['’]m| are|['’]re) (?:asking|checking|looking|finding))\b",
    re.IGNORECASE,
)
_ASKS_WHEN: Final = frozenset({"when", "long", "soon"})
_ASKS_COUNT: Final = frozenset({"much", "many", "price", "cost", "costs"})
_ASKS_PLACE: Final = frozenset({"where"})
_ASKS_OPEN: Final = frozenset({"how", "why", "what", "which", "who", "whose", "where", "when"})
_PLACE: Final = re.compile(
    r"\b(?:in|near|behind|under|beside|opposite|next to|here|there|online|inside|outside)\b", re.IGNORECASE
)


def questions_of(text: Text) -> list[Span]:
    """The questions that want an answer, in their order; the first `MOST_QUESTIONS` of them."""
    rhetorical = text.by_sentence(hit.start for hit in text.hits("rhetorical"))
    found = [
        span
        for number, span in enumerate(text.sentences)
        if "?" in text.text[max(span.start, span.end - 4) : span.end] and number not in rhetorical
    ]
    return [span for span in found if len(text.words_in(span).split()) >= _FEWEST_WORDS][:MOST_QUESTIONS]


def unanswered(reply: Reply) -> Iterator[Flag]:
    """Each question of the mention is touched, or the reply says when the answer comes."""
    asked = questions_of(reply.mention)
    if not asked or _says_when(reply):
        return
    left = _left_open(reply, asked)
    if not left:
        return
    listed = " ".join(quoted(reply.mention.words_in(span)) for span in left)
    total = f"{len(asked)} question{'' if len(asked) == 1 else 's'}"
    advice = (
        f"{len(asked) - len(left)} of {total} answered. Still open: {listed} Answer, or say when you will."
    )
    yield on_whole(Check.QUESTIONS, advice, words=listed)


def _says_when(reply: Reply) -> bool:
    """Whether a sentence of the reply says that we come back with more, and when."""
    return any(
        _LATER.search(reply.text, span.start, span.end) and TIME.search(reply.text, span.start, span.end)
        for span in reply.sentences
    )


def _left_open(reply: Reply, asked: Sequence[Span]) -> list[Span]:
    said = matter_of(reply.tokens)
    mention = reply.mention
    left = []
    # One "yes" and one date answer one question each, so they are used up.
    answers = {
        "yes": sum(1 for span in reply.sentences if _YES_NO.search(reply.text, span.start, span.end)),
        "when": len(TIME.findall(reply.text)),
        "count": len(_NUMBER.findall(reply.text)),
        "place": len(_PLACE.findall(reply.text)),
        "link": len(_LINK.findall(reply.text)),
    }
    for span in asked:
        tokens = [token for token in mention.tokens if span.holds(token.start)]
        about = matter_of(tokens)
        if about & said:
            continue
        for kind in (*_kinds({token.form for token in tokens}), "link"):
            if answers[kind]:
                answers[kind] -= 1
                break
        else:
            left.append(span)
    return left


def _kinds(forms: set[str]) -> Iterator[str]:
    """What sort of words would answer a question."""
    if forms & _ASKS_WHEN:
        yield "when"
    if forms & _ASKS_COUNT:
        yield "count"
    if forms & _ASKS_PLACE:
        yield "place"
    if not forms & _ASKS_OPEN:
        yield "yes"
