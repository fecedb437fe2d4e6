"""The words of a customer's record: kinds of notes, whose an account is, how a case went."""

from __future__ import annotations

from engagebot.domain.customers import Mark, NoteKind, Way
from engagebot.domain.recovery import Course, Recovery
from engagebot.pipeline.people.listing import Show
from engagebot.store.talks import Said
from engagebot.web.case_words import noted_by as noted_by
from engagebot.web.wording import Word

NOTE_KINDS = {
    NoteKind.NOTE: "note",
    NoteKind.CARES_ABOUT: "cares about",
    NoteKind.AVOID: "avoid",
    NoteKind.LIKES_CHANNEL: "likes",
    NoteKind.DISLIKES_CHANNEL: "does not want",
    NoteKind.NOT_LINKED: "no links",
}
WRITTEN = (NoteKind.NOTE, NoteKind.CARES_ABOUT, NoteKind.AVOID)
WAYS = {way: way.words for way in Way}
MARKS = {
    Mark.STAFF: Word("one of our own people: no drafts", "⌂", "plain"),
    Mark.PRESS: Word("press", "¶", "warn"),
}
MARKS_SHORT = {Mark.STAFF: Word("staff", "⌂", "plain"), Mark.PRESS: Word("press", "¶", "warn")}
VIP_SHORT = Word("VIP", "★", "warn")
SHOWN = {
    Show.ALL: "All",
    Show.AT_RISK: "At risk",
    Show.VIP: "VIP",
    Show.PRESS: "Press",
    Show.STAFF: "Our own people",
}
VIP = Word("VIP: a person answers", "★", "warn")
RECOVERIES = {
    Recovery.RECOVERED: Word("recovered", "▲", "good"),
    Recovery.BETTER: Word("better", "↗", "good"),
    Recovery.SAME: Word("the same", "→", "plain"),
    Recovery.WORSE: Word("worse", "↘", "bad"),
    Recovery.NO_ANSWER: Word("no word since we answered", "…", "plain"),
}
STILL_UNHAPPY = Word("closed, still unhappy", "▼", "bad")
_ELSEWHERE = {"email": "e-mail", "direct_message": "direct message", "post": "posts"}


def course(of: Course) -> Word | None:
    """How a case went, in a word; `None` where nobody can tell yet."""
    if of.is_still_unhappy:
        return STILL_UNHAPPY
    return RECOVERIES[of.recovery] if of.recovery is not None else None


def note_text(kind: NoteKind, text: str) -> str:
    """A note's own words; a channel by its name."""
    return Way(text).words if kind.is_about_channel else text


def said_by(said: Said) -> str:
    """Who said something, and where."""
    if said.elsewhere is not None:
        where = _ELSEWHERE.get(said.channel, said.channel.replace("_", " "))
        minutes = f", {said.elsewhere.minutes} min" if said.elsewhere.minutes else ""
        return f"{'They' if said.is_inbound else 'We'}, {where}{minutes}"
    if said.reply is not None:
        return f"We, {said.reply.approved_by or 'by hand'}"
    return "They"
