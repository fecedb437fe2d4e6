"""One draft, ready to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engagebot.bootstrap import App
from engagebot.domain.desk.preferences import Preferences
from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import QueueItem
from engagebot.domain.replying.advice import Flag
from engagebot.domain.replying.risks import Risk
from engagebot.domain.roles import Person
from engagebot.pipeline import review
from engagebot.pipeline.review import Matter, Terms
from engagebot.store.desk import preferences, writings
from engagebot.store.engine import Tx
from engagebot.store.replying import variants
from engagebot.web.desk.context import Context, read_context
from engagebot.web.desk.reading import Reading, read_reply
from engagebot.web.desk.reasons import Explanation, Said, explain, said

LEVELS: Sequence[Sentiment] = (
    Sentiment.VERY_NEGATIVE,
    Sentiment.NEGATIVE,
    Sentiment.NEUTRAL,
    Sentiment.POSITIVE,
    Sentiment.VERY_POSITIVE,
)
_OPEN = (DraftState.PROPOSED, DraftState.HELD)


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a draft, to choose by its number."""

    number: int
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A saved reply as it would be put in here; `missing` has to be written by hand."""

    name: str
    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A draft and everything beside it; `text` is what stands in the field, the person's own words first."""

    context: Context
    explanation: Explanation | None
    said: Said
    text: str
    is_kept: bool
    writing: writings.Writing | None
    variants: tuple[Wording, ...]
    reading: Reading
    risks: tuple[Risk, ...]
    saved: tuple[SavedReply, ...]
    compose_url: str | None
    happier: Sentiment | None
    unhappier: Sentiment | None
    approve_words: str


def read_desk(app: App, tx: Tx, item: QueueItem, me: Person, *, text: str | None = None) -> Desk:
    """Read one draft for the person who looks at it; `text` is what they wrote a moment ago."""
    draft, mention = item.draft, item.mention
    likes = preferences.read(tx, me.name)
    context = read_context(tx, item, app.settings.timezone)
    explanation = explain(app, mention, context.decision) if context.decision else None
    kept = writings.of(tx, draft.id, me.name) if draft.state in _OPEN else None
    if text is None:
        text = kept.text if kept else signed(draft.text, likes) if draft.state in _OPEN else draft.text
    reading = read_reply(app, tx, item, text)
    feeling = mention.judgement.sentiment if mention.judgement else None
    matter = Matter(draft, mention, context.decision)
    risks = review.risks_of(tx, matter, text, _knowing(app, reading.flags)) if draft.state in _OPEN else ()
    is_by_hand = draft.reply_route.route is Route.BY_HAND
    return Desk(
        context=context,
        explanation=explanation,
        said=said(mention.mention, explanation.spans if explanation else ()),
        text=text,
        is_kept=kept is not None and kept.text == text,
        writing=kept,
        variants=_wordings(tx, item),
        reading=reading,
        risks=risks,
        saved=_saved(app, item) if draft.state in _OPEN else (),
        compose_url=app.compose_url(mention.mention, draft.text) if is_by_hand else None,
        happier=_beside(feeling, 1),
        unhappier=_beside(feeling, -1),
        approve_words=_approve_words(is_by_hand, risks),
    )


def signed(text: str, likes: Preferences) -> str:
    """A text with the person's sign-off at its end, which stands on the screen like every other word."""
    if not likes.sign_off or text.rstrip().endswith(likes.sign_off):
        return text
    return f"{text.rstrip()} {likes.sign_off}"


def _beside(feeling: Sentiment | None, step: int) -> Sentiment | None:
    if feeling is None:
        return None
    if feeling not in LEVELS:
        return Sentiment.POSITIVE if step > 0 else Sentiment.NEGATIVE
    at = LEVELS.index(feeling) + step
    return LEVELS[at] if 0 <= at < len(LEVELS) else None


def _approve_words(is_by_hand: bool, risks: Sequence[Risk]) -> str:
    if is_by_hand:
        return "Approve, then post it by hand"
    return "Approve with this reason" if risks else "Approve"


def _wordings(tx: Tx, item: QueueItem) -> tuple[Wording, ...]:
    others = variants.of(tx, item.draft.id)
    if not others:
        return ()
    return (Wording(1, item.draft.text, True), *(Wording(each.number, each.text, False) for each in others))


def _saved(app: App, item: QueueItem) -> tuple[SavedReply, ...]:
    filled = [(reply.name, app.fill_reply(reply, item.mention.mention)) for reply in app.saved_replies()]
    return tuple(SavedReply(name, drafted.text, drafted.missing) for name, drafted in filled)


def _knowing(app: App, flags: tuple[Flag, ...]) -> Terms:
    """The site's terms, with what the guards have said of this text already."""
    terms = app.terms
    if terms.caution is None:
        return terms
    return replace(terms, caution=replace(terms.caution, flags=lambda _tx, _matter, _text: flags))
