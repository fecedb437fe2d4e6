"""Promises that nobody can be sure to hold: absolute words, and results with a date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engagebot.domain.replying.advice import Check, Flag
from engagebot.guards.dates import BOUND, POINT
from engagebot.guards.phrases import Hit
from engagebot.guards.reading import Reply, Span, marked, on_hits

_AHEAD: Final = frozenset({"will", "ll", "shall", "going", "comes", "arrives", "gets"})


def promises(reply: Reply) -> Iterator[Flag]:
    """Absolute words, and anything that people want to have by a date."""
    advice = "Nobody can be sure of this; say what you are doing and when they hear from you."
    yield from on_hits(reply, Check.PROMISE, reply.hits("promises"), advice, is_risky=True)
    yield from _dated(reply)


def _dated(reply: Reply) -> Iterator[Flag]:
    wanted: dict[int, Hit] = {}
    for hit in reply.hits("results"):
        wanted.setdefault(reply.sentence_at(hit.start), hit)
    ahead = reply.by_sentence(
        token.start for token in reply.tokens if token.form in _AHEAD or token.form.endswith("ll")
    )
    hedges: dict[int, list[Hit]] = {}
    for hit in reply.hits("hedges"):
        hedges.setdefault(reply.sentence_at(hit.start), []).append(hit)
    for number, hit in sorted(wanted.items()):
        sentence = reply.sentences[number]
        when = _when(reply.text, sentence, is_ahead=number in ahead)
        if when is None or reply.text[sentence.end - 1] == "?":
            continue
        # "May" is a month in a date.
        if any(not when.holds(hedge.start) for hedge in hedges.get(number, ())):
            continue
        words = reply.text[when.start : when.end]
        advice = (
            f"A result with a date (“{words}”) is a promise; give it only if somebody keeps it, "
            "or say when they hear from you."
        )
        span = min(hit.start, when.start), max(hit.end, when.end)
        yield marked(reply, Check.PROMISE, span, advice, is_risky=True)


def _when(text: str, sentence: Span, *, is_ahead: bool) -> Span | None:
    """The time by which something is to be there; a bare day counts only in a sentence about the future."""
    for pattern in (BOUND, POINT) if is_ahead else (BOUND,):
        found = pattern.search(text, sentence.start, sentence.end)
        if found:
            return Span(*found.span())
    return None
