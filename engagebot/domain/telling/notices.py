"""What people are told about a case: one message that holds all it takes to act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.casework.asked_before import asked_before, asked_words
from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import Mention, platform_name
from engagebot.domain.outbox import Severity
from engagebot.domain.telling.cards import contact_words, leaving_words, severity_words

SCHEMA = "engagebot.case.v1"
QUOTE_CHARS = 280
TITLE_CHARS = 120
_FEELINGS = {
    Sentiment.VERY_NEGATIVE: "very unhappy",
    Sentiment.NEGATIVE: "unhappy",
    Sentiment.NEUTRAL: "neutral",
    Sentiment.POSITIVE: "happy",
    Sentiment.VERY_POSITIVE: "very happy",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNews:
    """A case that was opened, or joined by a further contact, at the moment `at`.

    `rivals` are those that its customer named, where they `may_leave`.
    """

    case_id: int
    severity: Severity
    team: str
    contacts: int
    why: str
    mention: Mention
    sentiment: str
    is_new: bool
    at: datetime
    due_at: datetime | None
    url: str | None
    may_leave: bool = False
    rivals: tuple[str, ...] = ()


def title_of(mention: Mention, limit: int = TITLE_CHARS) -> str:
    """The customer's own first words, on one line."""
    return _shortened(mention.line, limit)


def is_titled_by(title: str, mention: Mention) -> bool:
    """Whether a title was made of a mention, by `title_of` or as it was before a sign stood in it."""
    return title in {title_of(mention), _shortened(" ".join(mention.words.split()), TITLE_CHARS)}


def where_words(mention: Mention) -> str:
    """The platform and its corner: `Reddit acme`."""
    return f"{platform_name(mention.ref.source)} {mention.community or ''}".strip()


def case_payload(news: CaseNews, zone: ZoneInfo) -> dict[str, Any]:
    """Build a notice's parts: `title` and `text` for people, `data` for machines, `url` to the case."""
    author = f"@{news.mention.author.handle}" if news.mention.author else "someone whose account is gone"
    contact = contact_words(news.contacts)
    due = f"reply due {due_words(news.due_at, news.at, zone)}" if news.due_at else "no clock"
    asked = asked_before(news.mention.words)
    if asked is not None:
        contact += f", {asked_words(asked)}"
    leaves = f", {leaving_words(news.rivals)}" if news.may_leave else ""
    until = f", due {clock_words(news.due_at, news.at, zone)}" if news.due_at else ""
    severity = severity_words(news.severity)
    title = f"{severity} {contact}{leaves}: {author}{until}"
    lines = [
        f"{severity} {news.sentiment.replace('_', ' ')}{leaves} · {where_words(news.mention)} · {due}",
        f"{author} · {contact} · team {news.team}",
        f"> {title_of(news.mention, QUOTE_CHARS)}",
        f"Why you: {news.why}",
    ]
    if news.mention.url:
        lines.append(f"Post: {news.mention.url}")
    return {"title": title, "text": "\n".join(lines), "url": news.url, "data": _data(news)}


def _data(news: CaseNews) -> Mapping[str, Any]:
    mention = news.mention
    return {
        "schema": SCHEMA,
        "type": "case.opened" if news.is_new else "case.contact",
        "case": {
            "id": news.case_id,
            "severity": news.severity.value,
            "team": news.team,
            "contacts": news.contacts,
            "may_leave": news.may_leave,
            "rivals": list(news.rivals),
            "why": news.why,
            "first_reply_due_at": news.due_at.isoformat() if news.due_at else None,
        },
        "mention": {
            "source": mention.ref.source,
            "native_id": mention.ref.native_id,
            "url": mention.url,
            "author": mention.author.handle if mention.author else None,
            "text": mention.words[:QUOTE_CHARS],
            "posted_at": mention.posted_at.isoformat(),
            "sentiment": news.sentiment,
        },
    }


def _shortened(words: str, limit: int) -> str:
    return (words or "(no text)") if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def feeling_words(sentiment: Sentiment | None) -> str:
    """How somebody feels, in words."""
    return _FEELINGS.get(sentiment, "feeling not known") if sentiment else "feeling not known"


def due_words(due_at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A due time in the team's zone, and how far away it is: `Tue 14:32 CET (in 27 min)`."""
    local = due_at.astimezone(zone)
    clock = f"{_DAYS[local.weekday()]} {local:%H:%M} {local.tzname()}"
    minutes = round((due_at - now).total_seconds() / 60)
    return (
        f"{clock} ({span_words(abs(minutes))} late)" if minutes < 0 else f"{clock} (in {span_words(minutes)})"
    )


def clock_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment in the team's zone, short: `14:32 CET`, with the day before it where that is not today."""
    local = at.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    return f"{'' if is_today else f'{_DAYS[local.weekday()]} '}{local:%H:%M} {local.tzname()}"


def past_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment of the past in the team's zone: the time alone today, with the day before it else."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    time = f"{local:%H:%M}"
    if local.date() == today:
        return time
    return f"{_DAYS[local.weekday()]} {local.day} {local:%b}, {time}"


def span_words(minutes: int) -> str:
    """Minutes as people say them: `27 min`, `3 h 05`, `2 days`."""
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d}"
    return f"{minutes // (24 * 60)} days"
