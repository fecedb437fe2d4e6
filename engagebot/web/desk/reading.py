"""A reply read before it leaves: does it fit, may it go, what does it cost, what should be said better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engagebot.bootstrap import App
from engagebot.domain.listening.costs import ReplyCost
from engagebot.domain.persons.customers import NoteKind, Way, way_named
from engagebot.domain.records import QueueItem
from engagebot.domain.replying.advice import Flag
from engagebot.pipeline import review
from engagebot.store.engine import Tx
from engagebot.store.persons import people
from engagebot.web.desk.counting import Count, count
from engagebot.web.figures.costing import cost_of_reply

_LONGEST_PREVIEW = 20_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the reply: `plain`, marked by advice (`flag`), or beyond the limit (`over`)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Words of a reply that send somebody where they do not want to go, and how we know that."""

    words: str
    way: Way
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What there is to say about a text as the reply to a mention; `problem` keeps it from leaving."""

    measure: Count | None
    problem: str | None
    cost: ReplyCost | None
    flags: tuple[Flag, ...]
    preview: tuple[Piece, ...]
    unwanted: tuple[Unwanted, ...] = ()


def read_reply(app: App, tx: Tx, item: QueueItem, text: str) -> Reading:
    """Read a text as the reply of a draft."""
    draft, mention = item.draft, item.mention
    measure = count(app, draft.source, text)
    flags = app.advice_on(tx, draft, text, mention=mention)
    return Reading(
        measure=measure,
        problem=review.wording_problem(draft, text, app.text_problem),
        cost=cost_of_reply(app, mention.mention, draft.reply_route, text),
        flags=tuple(flags),
        preview=pieces(text, flags, measure.cut if measure else None),
        unwanted=tuple(_unwanted(tx, mention.customer_id, text)),
    )


def _unwanted(tx: Tx, customer_id: int | None, text: str) -> Iterator[Unwanted]:
    accounts = people.accounts_of(tx, customer_id) if customer_id is not None else ()
    for note in people.notes(tx, accounts, standing=True) if accounts else ():
        if note.kind is NoteKind.DISLIKES_CHANNEL:
            words = way_named(Way(note.text), text)
            if words is not None:
                yield Unwanted(words, Way(note.text), note.basis or "")


def pieces(text: str, flags: Sequence[Flag], cut: int | None) -> tuple[Piece, ...]:
    """Cut a text so that what advice marks, and what goes over the limit from `cut` on, can be shown."""
    if len(text) > _LONGEST_PREVIEW:
        return (Piece(f"{text[:_LONGEST_PREVIEW]} …"),)
    end = len(text) if cut is None else cut
    found: list[Piece] = []
    position = 0
    for flag in sorted((flag for flag in flags if not flag.is_whole), key=lambda flag: flag.start):
        start, stop = max(flag.start, position), min(flag.end, end)
        if start >= stop:
            continue
        found += [Piece(text[position:start]), Piece(text[start:stop], "flag")]
        position = stop
    found += [Piece(text[position:end]), Piece(text[end:], "over")]
    return tuple(piece for piece in found if piece.text)
