"""The words and signs that people read: one plain word and one sign per value, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.actions import (
    Action,
    Assign,
    DraftReply,
    Escalate,
    Ignore,
    Notify,
    Outcome,
    Tag,
    Webhook,
)
from engagebot.domain.casework.snoozes import snooze_end
from engagebot.domain.heard.verdicts import REASONS
from engagebot.domain.judgement import Cue, Judgement, Sentiment
from engagebot.domain.mention import Route
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState, Severity
from engagebot.domain.records import ConnectorRecord
from engagebot.domain.rules import RuleStatus
from engagebot.domain.telling.notices import span_words
from engagebot.errors import WrongUsage
from engagebot.web.done import DONE


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a sign that repeats it for the eye, and a tone that the style sheet colours."""

    text: str
    sign: str
    tone: str


FEELINGS = {
    Sentiment.VERY_NEGATIVE: Word("very unhappy", "▼▼", "bad"),
    Sentiment.NEGATIVE: Word("unhappy", "▼", "bad"),
    Sentiment.NEUTRAL: Word("neutral", "●", "plain"),
    Sentiment.POSITIVE: Word("happy", "▲", "good"),
    Sentiment.VERY_POSITIVE: Word("very happy", "▲▲", "good"),
    Sentiment.UNKNOWN: Word("not known", "?", "plain"),
}
TENDER = Word("tender topic: people only", "!", "bad")
ASKS_FOR_HUMAN = Word("asks for a person", "!", "warn")
OTHER_MEANING = Word("another thing of our name", "≠", "plain")
NOT_JUDGED = Word("not read yet", "…", "plain")
NOT_DRAFTED = Word("no reply drafted", "–", "plain")
OUTCOMES = {
    Outcome.ESCALATED: Word("given to people", "!", "bad"),
    Outcome.DRAFTED: Word("reply drafted", "✎", "good"),
    Outcome.IGNORED: Word("left alone", "–", "plain"),
    Outcome.ROUTED: Word("marked", "→", "plain"),
    Outcome.UNTOUCHED: Word("nothing to do", "·", "plain"),
}
ROUTES = {
    Route.API: Word("Can send", "✓", "good"),
    Route.BY_HAND: Word("By hand only", "↗", "warn"),
    Route.BLOCKED: Word("Not allowed", "✕", "bad"),
}
DRAFT_STATES = {
    DraftState.PROPOSED: Word("to review", "✎", "plain"),
    DraftState.APPROVED: Word("leaving soon", "◔", "good"),
    DraftState.SENDING: Word("being sent", "→", "good"),
    DraftState.SENT: Word("sent", "✓", "good"),
    DraftState.FAILED: Word("refused by the platform", "✕", "bad"),
    DraftState.UNKNOWN: Word("checking whether it arrived", "?", "warn"),
    DraftState.NEEDS_PERSON: Word("please check", "!", "bad"),
    DraftState.HELD: Word("held back", "‖", "warn"),
    DraftState.BY_HAND: Word("waiting for you to post it", "↗", "warn"),
    DraftState.POSTED_BY_HAND: Word("posted by hand", "✓", "good"),
    DraftState.REJECTED: Word("rejected", "✕", "plain"),
    DraftState.EXPIRED: Word("too old", "–", "plain"),
    DraftState.WITHDRAWN: Word("withdrawn", "–", "plain"),
}
HOLDING = Word("holding reply", "◷", "plain")
CASE_STATES = {
    CaseState.NEW: Word("new", "!", "bad"),
    CaseState.ACKNOWLEDGED: Word("being looked after", "●", "good"),
    CaseState.WAITING: Word("waiting for them", "…", "plain"),
    CaseState.SNOOZED: Word("snoozed", "z", "plain"),
    CaseState.RESOLVED: Word("resolved", "✓", "good"),
    CaseState.CLOSED: Word("closed", "✓", "plain"),
    CaseState.REOPENED: Word("reopened", "!", "bad"),
}
SEVERITIES = {
    Severity.LOW: Word("low", "·", "plain"),
    Severity.MEDIUM: Word("medium", "!", "warn"),
    Severity.HIGH: Word("high", "!!", "bad"),
    Severity.URGENT: Word("urgent", "!!!", "bad"),
}
DEAF = Word("deaf", "▲", "bad")
MODES = {
    "DEMO": Word("made-up posts; nothing can leave", "◇", "plain"),
    "DRY RUN": Word("reads, scores and drafts; no reply leaves", "○", "plain"),
    "LIVE": Word("approved replies leave", "●", "good"),
    "PAUSED": Word("nothing leaves", "‖", "bad"),
}
REJECT_REASONS = tuple(reason.words for reason in REASONS)
SORTS = {
    "due": "most pressing first",
    "waiting": "longest waiting first",
    "feeling": "unhappiest first",
    "reach": "widest reach first",
    "newest": "newest first",
}
SNOOZES = {"1h": "1 hour", "tonight": "tonight 18:00", "tomorrow": "tomorrow 9:00", "monday": "Monday 9:00"}


def findings(judgement: Judgement) -> list[Word]:
    """What a judgement found beside the feeling and the wishes, as chips."""
    found = [
        (judgement.is_tender, TENDER),
        (judgement.asks_for_human, ASKS_FOR_HUMAN),
        (judgement.reason, Word(f"because of: {(judgement.reason or '').replace('_', ' ')}", "▼", "bad")),
        (judgement.rivals, Word(f"names {', '.join(judgement.rivals or ())}", "↔", "plain")),
        (judgement.is_other_meaning, OTHER_MEANING),
    ]
    return [word for is_so, word in found if is_so]


def chance(figure: float) -> str:
    """A probability as people say it; nothing is ever quite sure."""
    if figure > 0.99:
        return "more than 99 %"
    return "less than 1 %" if figure < 0.01 else f"{figure * 100:.0f} %"


def scored(judgement: Judgement) -> str:
    """The figures behind a feeling, and who says so."""
    chances = [
        f"{name} {chance(figure)}, "
        for name, figure in (("unhappy", judgement.unhappiness), ("praise", judgement.praise))
        if figure is not None
    ]
    return f"{''.join(chances)}VADER {judgement.compound:+.2f}, by {judgement.version}"


def push(cue: Cue) -> str:
    """How strongly a cue pushed, and where to."""
    return f"{cue.weight:+.2f} {'towards' if cue.weight > 0 else 'away from'} unhappy"


def done_words(code: str, mode: str) -> str | None:
    """What a page says after a form was carried out, or `None`."""
    if code == "approved" and mode != "LIVE":
        return f"Approved. Nothing leaves while this site is {mode}; you can take it back."
    return DONE.get(code)


def snooze_until(choice: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that a choice of `SNOOZES` means, or a time of the team's own clock (`2026-08-03T09:30`).

    Raises:
        WrongUsage: it is none of them.
    """
    return snooze_end(choice, now, zone) or _own_time(choice, zone)


def _own_time(choice: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(choice).replace(tzinfo=zone)
    except ValueError:
        raise WrongUsage(
            f"{choice[:40]!r} is not a time to snooze until; choose {', '.join(SNOOZES)}, or give a time"
        ) from None


def away(at: datetime, now: datetime) -> str:
    """How far a moment is from now: `5 min ago`, `in 2 days`, `just now`."""
    minutes = round((at - now).total_seconds() / 60)
    if minutes == 0:
        return "just now" if at <= now else "now"
    return f"in {_since(minutes)}" if minutes > 0 else f"{_since(-minutes)} ago"


def _since(minutes: int) -> str:
    # Nobody needs the minutes of yesterday or tomorrow.
    is_rough = minutes % 60 == 0 or minutes >= 180
    return f"{minutes // 60} h" if is_rough and 60 <= minutes < 48 * 60 else span_words(minutes)


def counted(number: int, noun: str, many: str | None = None) -> str:
    """A number with its noun: `1 contact`, `3 contacts`, `2 people`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {many or f'{noun}s'}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def action_words(action: Action) -> str:
    """What an action does, as a person would say it."""
    match action:
        case Escalate():
            to = f" ({action.assignee})" if action.assignee else ""
            return f"give it to team {action.team}{to} as a case, severity {action.severity}"
        case DraftReply():
            return f"draft a reply from template {action.template}"
        case Tag():
            return f"tag it {', '.join(action.tags)}"
        case Assign():
            return f"suggest {action.to}"
        case Notify():
            return f"tell {action.channel}"
        case Webhook():
            return f"call the webhook {action.name}"
        case Ignore():
            return f"leave it alone: {action.reason}"


def connector_light(record: ConnectorRecord) -> Word:
    """How a connector fares, in a word."""
    if record.is_healthy is None:
        return Word("not read yet", "◐", "plain")
    if record.is_healthy:
        return Word("listening", "●", "good")
    return Word("needs attention", "▲", "bad")


def is_far(at: datetime, now: datetime) -> bool:
    """Whether a moment is so far off that it stands for "never"."""
    return at > now + timedelta(days=366)


def span(length: timedelta) -> str:
    """A span as people say it: `30 s`, `5 min`, `24 h 00`."""
    seconds = round(length.total_seconds())
    if seconds and seconds % 3600 == 0 and seconds < 48 * 3600:
        return counted(seconds // 3600, "hour")
    return f"{seconds} s" if seconds < 60 else span_words(seconds // 60)


DELIVERIES = {
    DeliveryState.PENDING: "waits to go out",
    DeliveryState.SENDING: "is going out",
    DeliveryState.DELIVERED: "told",
    DeliveryState.DEAD: "could not be told",
}
RULE_STATUSES = {
    RuleStatus.LIVE: Word("live", "●", "good"),
    RuleStatus.SHADOW: Word("shadow: asked, does nothing", "◐", "plain"),
    RuleStatus.DRAFT: Word("draft: not asked", "○", "plain"),
}
HOLDS = {
    "quarantined": Word("quarantined: drafts are held", "!", "bad"),
    "paused": Word("paused itself: drafts are held", "‖", "bad"),
}
_DEEDS = {
    "rules.published": "put rules live",
    "rules.restored": "brought earlier rules back",
    "rule.paused": "paused a rule that rushed",
    "rule.quarantined": "quarantined a rule that failed",
    "rule.resumed": "let a rule draft again",
    "draft.proposed": "proposed a reply",
    "draft.approved": "approved the reply",
    "draft.edited": "changed the reply",
    "draft.undone": "took it back",
    "draft.posted_by_hand": "posted it by hand",
    "draft.found": "found the reply in place",
    "draft.not_found": "did not find the reply",
    "draft.note": "wrote a note",
    "draft.taken_over": "took the reply over",
    "case.opened": "opened the case",
    "case.contact": "heard from them",
    "case.note": "wrote a note",
    "case.contact_logged": "wrote a contact down",
    "case.looked_fixed": "heard that it is not fixed, and opened the case again",
    "case.quoted": "headed the case with their words",
    "case.ending_said": "said how it ended",
    "case.outcome_wanted": "noted what they want",
    "case.outcome_unwanted": "took back what they want",
    "case.parted": "took a mention out of the case",
    "case.joined": "joined it to another case",
    "case.severity_raised": "raised the severity",
    "case.unacknowledged": "took back that somebody looks after it",
    "case.waits": "let it wait for the customer",
    "case.woke": "brought it back",
    "case.handed_over": "offered it to somebody",
    "case.accepted": "took it over",
    "case.declined": "declined it",
    "case.taken_back": "took the offer back",
    "case.handover_returned": "gave it back: nobody accepted",
    "case.first_reply": "answered them for the first time",
    "case.reply": "answered them",
    "case.warned": "warned of a promise",
    "case.warnings_passed_over": "had no time for earlier warnings",
    "case.called": "called people: nobody had answered",
    "case.reminded": "reminded whoever looks after it",
    "case.prompted": "said that they hear nothing from us",
    "case.ticket_linked": "linked a ticket",
    "case.ticket_unlinked": "took a ticket off the case",
    "case.ticket_wanted": "asked for a ticket",
    "case.ticket_changed": "moved its ticket over there",
    "case.ticket_closed": "closed its ticket over there",
    "case.ticket_opened": "opened its ticket over there again",
    "case.holding_proposed": "proposed a holding reply",
    "case.suggested": "proposed a public reply",
    "case.link_made": "made a link to go on elsewhere",
    "case.link_used": "wrote down by a link what was said elsewhere",
    "case.link_revoked": "took a link back",
    "case.followed_up": "closed the follow-up",
    "customer.opted_out": "noted that they asked not to be written to",
    "customer.opted_in": "noted that they may be written to again",
    "customer.noted": "wrote a note",
    "customer.note_changed": "changed a note",
    "customer.note_ended": "ended a note",
    "customer.tagged": "put a tag on",
    "customer.untagged": "took a tag off",
    "customer.made_vip": "made them a VIP",
    "customer.made_no_vip": "took the VIP mark off",
    "customer.since_noted": "noted since when they are a customer",
    "customer.since_removed": "took back since when they are a customer",
    "customer.marked": "said whose account it is",
    "customer.linked": "linked an account",
    "customer.unlinked": "undid a link",
    "customer.forgotten": "forgot them",
    "customer.exported": "exported the record",
    "author.muted": "muted the author",
    "author.unmuted": "unmuted the author",
    "community.muted": "muted the community",
    "community.unmuted": "unmuted the community",
    "draft.post_edited": "sent it back: the post was edited",
    "draft.waits": "let it wait",
    "draft.checked": "answered a seeded check; nothing was sent",
    "breaker.opened": "stopped sending there after failures",
    "breaker.closed": "sends there again",
    "draft.route_changed": "was held: it may not leave as approved",
    "mention.corrected": "corrected what the machine read",
    "site.paused": "paused all sending",
    "site.resumed": "resumed sending",
    "site.backed_up": "made a backup",
    "site.restored": "went back to a backup",
    "account.first": "made the first account",
    "account.refused": "was refused: name and password do not belong together",
    "account.signed_in": "signed in",
    "account.signed_out": "signed out",
    "account.signed_out_elsewhere": "signed out everywhere else",
    "account.joined": "chose a password by a link",
    "account.password_changed": "changed the password",
    "user.added": "made an account",
    "user.disabled": "closed an account",
    "user.enabled": "opened an account again",
    "user.reset": "reset a password",
    "user.role_changed": "gave another role",
    "token.created": "made a token",
    "token.revoked": "revoked a token",
    "channel.tested": "sent a test through a channel",
    "channel.shut": "gave a channel up that is gone",
    "channel.opened": "used a channel again",
    "delivery.replayed": "let a dead letter be sent again",
    "delivery.known": "looks after what reached nobody",
}
_UNTOLD = {"text_hash", "version", "from", "to", "scorer"}
_NAMES = {"assignee", "to_person", "from_person"}


def deed(action: str) -> str:
    """An audited action as a person would say it."""
    return _DEEDS.get(action) or action.partition(".")[2].replace("_", " ") or action


def details(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An event's details for people: (label, value), without what only machines need."""
    return [
        (name.replace("_", " "), str(value) if name in _NAMES else _plain(value))
        for name, value in detail.items()
        if name not in _UNTOLD and value not in (None, "", [], {})
    ]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items() if key not in _UNTOLD)
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value) or "nothing"
    return str(value).replace("_", " ") if isinstance(value, str) and value.isidentifier() else str(value)


def subject_path(subject: str) -> str | None:
    """The page of what an audited line is about."""
    kind, _, number = subject.partition(":")
    paths = {"draft": "/queue?item=", "case": "/cases/", "mention": "/mentions/", "customer": "/customers/"}
    return f"{paths[kind]}{number}" if kind in paths and number.isdigit() else None


def sentence(said: str) -> str:
    """What is said, with a capital at its beginning and an end where it has none."""
    return f"{said[:1].upper()}{said[1:]}{'' if said[-1:] in '.!?…' else '.'}"
