"""What people are told about a case because time has passed: warnings, calls, offers, reminders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.casework.clocks import BREACH, Clock, ClockKind
from engagebot.domain.mention import Mention
from engagebot.domain.records import CaseRecord
from engagebot.domain.telling.notices import QUOTE_CHARS, SCHEMA, due_words, span_words, title_of

CLOCK_WORDS: Mapping[ClockKind, str] = {
    ClockKind.FIRST_REPLY: "first reply",
    ClockKind.NEXT_REPLY: "next reply",
    ClockKind.RESOLUTION: "resolution",
    ClockKind.FOLLOW_UP: "follow-up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedNotice:
    """One message: `name` tells it from all others of the case, so that it goes out once.

    `type` is for machines, `head` and `lines` are for people, `people` whom it concerns by name.
    """

    name: str
    type: str
    head: str
    lines: tuple[str, ...]
    people: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def payload(self, case: CaseRecord, url: str, *, said: Mention | None) -> dict[str, Any]:
        """The notice's parts: `title` and `text` for people, `data` for machines, `url` to the case.

        What was `said` is quoted as in all notices, so that it can be taken out with the post itself.
        """
        quote = (f"> {title_of(said, QUOTE_CHARS)}",) if said is not None else ()
        owner = case.assignee or "nobody has it yet"
        lines = (*self.lines, *quote, f"Team {case.team} · {owner}")
        return {
            "title": f"[{case.severity.value.capitalize()}] case {case.id}: {self.head}",
            "text": "\n".join(lines),
            "url": url,
            "data": {
                "schema": SCHEMA,
                "type": self.type,
                "case": {
                    "id": case.id,
                    "state": case.state.value,
                    "severity": case.severity.value,
                    "team": case.team,
                    "assignee": case.assignee,
                    "contacts": case.contacts,
                },
                "people": list(self.people),
                **self.data,
            },
        }


def clock_warning(clock: Clock, share: float, *, now: datetime, zone: ZoneInfo) -> TimedNotice:
    """A share of a promise has gone by, or all of it."""
    words, due = CLOCK_WORDS[clock.kind], clock.due_at or now
    is_broken = share >= BREACH
    head = f"{words} is late" if is_broken else f"{share:.0%} of the time for the {words} has gone by"
    verb = "was due" if is_broken else "is due"
    return TimedNotice(
        name=f"{clock.kind}-{_stamp(clock.began_at)}-{share:.0%}",
        type="case.breached" if is_broken else "case.warning",
        head=head,
        lines=(f"The {words} {verb} {due_words(due, now, zone)} by promise “{clock.promise}”.",),
        data={
            "clock": {
                "kind": clock.kind.value,
                "promise": clock.promise,
                "share": share,
                "began_at": clock.began_at.isoformat(),
                "due_at": due.isoformat(),
            }
        },
    )


def ladder_call(
    *, began_at: datetime, number: int, ladder: str, following: Sequence[str], now: datetime
) -> TimedNotice:
    """Nobody has said yet that they look after the case."""
    waited = span_words(max(0, round((now - began_at).total_seconds() / 60)))
    lines = [f"Nobody has said for {waited} that they look after it."]
    if following:
        lines.append(f"If nobody answers: {following[0]}")
    return TimedNotice(
        name=f"ladder-{_stamp(began_at)}-{number}",
        type="case.unanswered",
        head="still unanswered",
        lines=tuple(lines),
        data={"ladder": {"name": ladder, "step": number}},
    )


def offered(case: CaseRecord, *, returns_at: datetime, now: datetime, zone: ZoneInfo) -> TimedNotice:
    """Somebody offers a case to another person."""
    return TimedNotice(
        name=f"offered-{_stamp(case.handed_at or now)}",
        type="case.offered",
        head=f"{case.handed_by} offers it to {case.handed_to}",
        lines=(
            f"{case.handed_to}, please accept or decline. Until then {case.assignee} has it, and "
            f"the offer ends {due_words(returns_at, now, zone)}.",
        ),
        people=tuple(name for name in (case.handed_to,) if name),
    )


def given(*, by: str, to: str | None, team: str | None, at: datetime) -> TimedNotice:
    """Somebody gave a case to a person, or to another team, who need not accept it."""
    return TimedNotice(
        name=f"given-{_stamp(at)}",
        type="case.given",
        head=f"{by} gives it to {to or f'team {team}'}",
        lines=(f"{to or f'Team {team}'}, it is yours now.",),
        people=(to,) if to else (),
    )


def taken_over(case: CaseRecord, *, former: str, at: datetime) -> TimedNotice:
    """Somebody took a case that another person had, who might go on answering."""
    return TimedNotice(
        name=f"taken-{_stamp(at)}",
        type="case.taken_over",
        head=f"{case.assignee} has taken it over from {former}",
        lines=(f"{former}, there is nothing more to do for you, unless {case.assignee} asks.",),
        people=(former,),
    )


def declined(case: CaseRecord, *, by: str, offered_by: str | None, at: datetime) -> TimedNotice:
    """Whom a case was offered to does not take it: its owner has it as before."""
    return TimedNotice(
        name=f"declined-{_stamp(at)}",
        type="case.declined",
        head=f"{by} declines it",
        lines=(f"{case.assignee} has the case as before.",),
        people=tuple(dict.fromkeys(name for name in (case.assignee, offered_by) if name)),
    )


def offer_returned(case: CaseRecord, *, now: datetime) -> TimedNotice:
    """Nobody accepted in time: the case is with its owner again."""
    people = (case.handed_to, case.assignee, case.handed_by)
    return TimedNotice(
        name=f"returned-{_stamp(case.handed_at or now)}",
        type="case.offer_returned",
        head=f"{case.handed_to} did not accept it",
        lines=(f"The offer has ended, and {case.assignee} has the case as before.",),
        people=tuple(dict.fromkeys(name for name in people if name)),
    )


def reminder(case: CaseRecord, *, number: int, since: datetime, now: datetime) -> TimedNotice:
    """Acknowledged is not solved: nothing has happened since."""
    waited = span_words(max(0, round((now - since).total_seconds() / 60)))
    who = case.assignee or case.acknowledged_by or "nobody"
    return TimedNotice(
        name=f"reminder-{_stamp(since)}-{number}",
        type="case.reminder",
        head=f"nothing has happened for {waited}",
        lines=(f"{who} looks after it. Acknowledged is not solved: a note, a word or a snooze will do.",),
        people=tuple(name for name in (case.assignee,) if name),
    )


def called_again(case: CaseRecord, *, since: datetime, now: datetime) -> TimedNotice:
    """Whoever looked after it did nothing for so long that the team is called again."""
    waited = span_words(max(0, round((now - since).total_seconds() / 60)))
    who = case.assignee or case.acknowledged_by or "somebody"
    return TimedNotice(
        name=f"unanswered-again-{_stamp(since)}",
        type="case.unacknowledged",
        head="nobody looks after it any more",
        lines=(f"{who} acknowledged it and did nothing for {waited}, so it is the team's again.",),
        people=tuple(name for name in (case.assignee,) if name),
    )


def silence(case: CaseRecord, *, since: datetime, now: datetime) -> TimedNotice:
    """The customer has heard nothing from us for long."""
    waited = span_words(max(0, round((now - since).total_seconds() / 60)))
    said = "heard from us" if case.spoken_at else "been answered"
    return TimedNotice(
        name=f"silence-{_stamp(since)}",
        type="case.silent",
        head=f"no word of ours for {waited}",
        lines=(
            f"The customer has not {said} for {waited}. Tell them where it stands, or snooze it to a date.",
        ),
        people=tuple(name for name in (case.assignee,) if name),
    )


def _stamp(at: datetime) -> str:
    return f"{int(at.timestamp() * 1000)}"
