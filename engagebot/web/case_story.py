"""What happened in a case, line by line, as one would tell it: who did what, to whom, until when, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.casework.remedies import Cause, Reached, Stayed
from engagebot.domain.casework.timeline import Entry, Kind
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.replying.snoozing import TIME_IS_OVER, WE_ANSWERED, WROTE_AGAIN
from engagebot.web.case_words import CAUSES, CLOCKS, REACHED, STAYED, channel
from engagebot.web.wording import deed, details


class Piece(NamedTuple):
    """A part of a line: plain words, words that somebody else chose, a link, or a moment."""

    text: str = ""
    href: str | None = None
    at: datetime | None = None
    is_theirs: bool = False


Detail = Mapping[str, Any]
Said = list[Piece | str | None]


def told(entry: Entry, home: str = "") -> list[Piece]:
    """A line of the story. `home` is the channel that plain `slack` stands for."""
    if entry.kind is Kind.NEWS:
        said = _news(entry, home)
    elif (tell := _SAID.get(entry.action or "")) is not None:
        said = tell(entry.detail, entry)
    else:
        rest = ", ".join(f"{label} {value}" for label, value in details(entry.detail))
        said = [deed(entry.action or ""), ": " if rest else None, theirs(rest)]
    return pieces(said)


def pieces(said: Said) -> list[Piece]:
    """A line without what there is nothing to say of."""
    return [Piece(each) if isinstance(each, str) else each for each in said if each]


def theirs(words: object) -> Piece | None:
    """Words that somebody else chose, where there are some."""
    return Piece(str(words), is_theirs=True) if words not in (None, "") else None


def _moment(iso: object) -> Piece | None:
    return Piece(at=datetime.fromisoformat(str(iso))) if iso else None


def _post(detail: Detail, words: str = "their post") -> Piece | str:
    number = detail.get("mention")
    return Piece(words, href=f"/mentions/{number}") if number else words


def _draft(number: object, words: str) -> Piece:
    return Piece(words, href=f"/queue?item={number}")


def _plain(words: str) -> Callable[[Detail, Entry], Said]:
    return lambda detail, entry: [words]


def _because(words: str, key: str = "reason") -> Callable[[Detail, Entry], Said]:
    return lambda detail, entry: [words, ": " if detail.get(key) else None, theirs(detail.get(key))]


def _opened(detail: Detail, entry: Entry) -> Said:
    why = detail.get("why")
    return [
        f"opened the case: severity {detail.get('severity')}, team ", theirs(detail.get("team")),
        "; why: " if why else None, theirs(why),
    ]  # fmt: skip


def _ended(words: str) -> Callable[[Detail, Entry], Said]:
    def tell(detail: Detail, entry: Entry) -> Said:
        cause, reached, stayed = (detail.get(name) for name in ("cause", "was_reached", "stayed"))
        outcome, remedy = detail.get("outcome"), detail.get("remedy")
        return [
            words, ": " if outcome else None, theirs(outcome),
            "; what fixed it: " if remedy else None, theirs(remedy),
            f"; whose doing it was: {CAUSES[Cause(cause)]}" if cause else None,
            f"; whether they got what they wanted: {REACHED[Reached(reached)]}" if reached else None,
            f"; they had spoken of leaving: {STAYED[Stayed(stayed)]}" if stayed else None,
        ]  # fmt: skip

    return tell


def _joined(detail: Detail, entry: Entry) -> Said:
    number = str(detail.get("outcome", "")).rpartition(" ")[2]
    other = Piece(f"case {number}", href=f"/cases/{number}") if number.isdigit() else "another case"
    return ["resolved it: all of it is in ", other, " now"]


def _given(detail: Detail, entry: Entry) -> Said:
    to, before, team = detail.get("assignee"), detail.get("from_person"), detail.get("team")
    said: Said = ["took it over from " if before else "took it" if to == entry.by else "gave it to "]
    if before:
        said.append(theirs(before))
    elif to != entry.by:
        said.append(theirs(to))
    if team and not to:
        return ["gave it to team ", theirs(team)]
    return [*said, ", team " if team else None, theirs(team), _awake(detail)]


def _awake(detail: Detail) -> str | None:
    return "; it is snoozed no more" if detail.get("to") == "acknowledged" else None


def _offered(detail: Detail, entry: Entry) -> Said:
    team = detail.get("team")
    return ["offered it to ", theirs(detail.get("to_person")), ", team " if team else None, theirs(team)]


def _accepted(detail: Detail, entry: Entry) -> Said:
    before = detail.get("from_person")
    return ["took it over" + (" from " if before else ""), theirs(before)]


def _stays(words: str) -> Callable[[Detail, Entry], Said]:
    return lambda detail, entry: [
        words, "; it stays with " if detail.get("assignee") else None, theirs(detail.get("assignee")),
    ]  # fmt: skip


def _returned(detail: Detail, entry: Entry) -> Said:
    said = [theirs(detail.get("from_person")), " did not accept it in time"]
    return [*said, "; it stays with ", theirs(detail.get("assignee"))]


def _unacknowledged(detail: Detail, entry: Entry) -> Said:
    if not detail.get("because"):
        return ["took back that they look after it; the team is called again"]
    return [
        "called the team again: ",
        theirs(detail.get("assignee") or "somebody"),
        " had it and did nothing",
    ]


def _snoozed(detail: Detail, entry: Entry) -> Said:
    until, before = _moment(detail.get("until")), _moment(detail.get("before"))
    if before:
        return ["snoozed it until ", until, " instead of ", before]
    return ["snoozed it", " until " if until else None, until]


_WHY_BACK: Final = {
    WROTE_AGAIN: "they wrote again",
    TIME_IS_OVER: "the time was over",
    WE_ANSWERED: "we answered them",
}


def _woke(detail: Detail, entry: Entry) -> Said:
    because = str(detail.get("because", ""))
    return ["brought it back: ", _WHY_BACK.get(because, because)]


def _raised(detail: Detail, entry: Entry) -> Said:
    before, team = detail.get("from"), detail.get("team")
    return [
        "raised the severity", f" from {before}" if before else None, f" to {detail.get('severity')}",
        ", and gave it to team " if team else None, theirs(team),
        *([" (before: team ", theirs(detail.get("from_team")), ")"] if team else ()),
    ]  # fmt: skip


def _looked_fixed(detail: Detail, entry: Entry) -> Said:
    since = _moment(detail.get("resolved_at"))
    return [
        "opened the case again: ", _post(detail), " says that it is not fixed",
        "; it had been resolved since " if since else None, since,
    ]  # fmt: skip


def _clock(detail: Detail) -> str:
    return CLOCKS[ClockKind(detail["clock"])]


def _warned(detail: Detail, entry: Entry) -> Said:
    share = detail.get("share")
    is_late = share == "100%"
    by = f" (promise {detail.get('promise')})"
    if is_late:
        return [f"warned: the {_clock(detail)} is late{by}"]
    return [f"warned: {share} of the time for the {_clock(detail)} has gone by{by}"]


def _passed_over(detail: Detail, entry: Entry) -> Said:
    shares = " and ".join(str(each) for each in detail.get("shares", ()))
    return [f"did not warn at {shares} of the time for the {_clock(detail)}: that had gone by already"]


def _called(detail: Detail, entry: Entry) -> Said:
    whom = ", ".join(channel_words(str(each)) for each in detail.get("channels", ()))
    said = f"called people, since nobody looks after it: step {detail.get('step')} of the ladder "
    return [said, theirs(detail.get("ladder")), ", which tells " if whom else None, theirs(whom)]


def _since(words: str) -> Callable[[Detail, Entry], Said]:
    return lambda detail, entry: [words, " since ", _moment(detail.get("since"))]


def _ticket(words: str) -> Callable[[Detail, Entry], Said]:
    def tell(detail: Detail, entry: Entry) -> Said:
        status = detail.get("status")
        return [words, " ", theirs(detail.get("ticket")), ": " if status else None, theirs(status)]

    return tell


def _link_made(detail: Detail, entry: Entry) -> Said:
    how = channel(str(detail.get("channel"))).text
    until = _moment(detail.get("until"))
    against = ", though they do not want that" if detail.get("against_wish") else None
    return [f"made a link to go on by {how}", against, ", good until " if until else None, until]


def _link_used(detail: Detail, entry: Entry) -> Said:
    return [f"wrote down by that link what was said by {channel(str(detail.get('channel'))).text}"]


def _suggested(detail: Detail, entry: Entry) -> Said:
    return ["proposed ", _draft(detail.get("draft"), "a public reply"), " to ", _post(detail)]


def _holding(detail: Detail, entry: Entry) -> Said:
    since = _moment(detail.get("since"))
    return [
        "proposed ",
        _draft(detail.get("draft"), "a holding reply"),
        "; they wait since " if since else None,
        since,
    ]


def _reply(words: str) -> Callable[[Detail, Entry], Said]:
    def tell(detail: Detail, entry: Entry) -> Said:
        why = detail.get("reason") or detail.get("error")
        return [words, " ", _draft(entry.draft_id, "the reply"), ": " if why else None, theirs(why)]

    return tell


def _in_other_words(words: str) -> Callable[[Detail, Entry], Said]:
    def tell(detail: Detail, entry: Entry) -> Said:
        why = detail.get("reason")
        said: Said = [f"{words} ", _draft(entry.draft_id, "the reply"), ", in other words than were proposed"]
        return [*said, "; why all the same: " if why else None, theirs(why)]

    return tell


_SAID: Final[Mapping[str, Callable[[Detail, Entry], Said]]] = {
    "case.opened": _opened,
    "case.looked_fixed": _looked_fixed,
    "case.quoted": lambda detail, entry: ["headed the case with words of ", _post(detail)],
    "case.outcome_wanted": _plain("noted what they want"),
    "case.outcome_unwanted": _plain("took back what they want"),
    "case.parted": lambda detail, entry: ["took ", _post(detail, "a post"), " out of the case"],
    "case.retitled": _plain("took words that are gone out of the title"),
    "case.acknowledged": _plain("said that they look after it"),
    "case.unacknowledged": _unacknowledged,
    "case.assigned": _given,
    "case.handed_over": _offered,
    "case.accepted": _accepted,
    "case.declined": _stays("declined it"),
    "case.taken_back": _stays("took the offer back"),
    "case.handover_returned": _returned,
    "case.snoozed": _snoozed,
    "case.waits": _plain("let it wait for the customer"),
    "case.woke": _woke,
    "case.resolved": _ended("resolved it"),
    "case.ending_said": _ended("said how it ended"),
    "case.joined": _joined,
    "case.closed": _plain("closed it for good"),
    "case.reopened": _plain("opened it again"),
    "case.severity_raised": _raised,
    "case.warned": _warned,
    "case.warnings_passed_over": _passed_over,
    "case.called": _called,
    "case.reminded": _since("reminded whoever looks after it: nothing has happened"),
    "case.prompted": _since("told the team that they have had no word of ours"),
    "case.ticket_linked": _ticket("linked ticket"),
    "case.ticket_unlinked": lambda detail, entry: [
        "took ticket ",
        theirs(detail.get("ticket")),
        " off the case",
    ],
    "case.ticket_changed": _ticket("moved its ticket over there,"),
    "case.ticket_closed": _ticket("closed its ticket over there,"),
    "case.ticket_opened": _ticket("opened its ticket over there again,"),
    "case.ticket_wanted": lambda detail, entry: ["asked ", theirs(detail.get("system")), " for a ticket"],
    "case.holding_proposed": _holding,
    "case.suggested": _suggested,
    "case.link_made": _link_made,
    "case.link_used": _link_used,
    "case.link_revoked": _plain("took back a link to go on elsewhere"),
    "case.followed_up": _because("closed the follow-up without an answer"),
    "draft.edited": _reply("changed the words of"),
    "draft.first_read": _in_other_words("was the first to read"),
    "draft.approved": _in_other_words("approved"),
    "draft.rejected": _reply("turned down"),
    "draft.withdrawn": _reply("withdrew"),
    "draft.expired": _reply("let go, as too old,"),
    "draft.failed": _reply("was refused by the platform with"),
}

_TOLD: Final = {
    DeliveryState.PENDING.value: "is to be told",
    DeliveryState.SENDING.value: "is being told",
    DeliveryState.DELIVERED.value: "was told",
    DeliveryState.DEAD.value: "could not be told",
}
_NEWS: Final = {
    "case.opened": "a new case",
    "case.contact": "they said something again",
    "case.warning": "a promise runs out",
    "case.breached": "a promise is broken",
    "case.unanswered": "nobody looks after it yet",
    "case.unacknowledged": "nobody looks after it any more",
    "case.offered": "it is offered",
    "case.given": "it is given to them",
    "case.taken_over": "a colleague has taken it over",
    "case.declined": "the offer is declined",
    "case.offer_returned": "the offer has ended",
    "case.reminder": "nothing has happened for long",
    "case.silent": "they have had no word of ours for long",
    "case.ticket_wanted": "a ticket is wanted",
    "case.ticket_closed": "its ticket was closed over there",
    "case.resolved": "it is resolved",
    "case.reopened": "it is open again",
}


def channel_words(name: str, home: str = "") -> str:
    """A channel of notices, or the person behind it: `Slack #care`, `kim@example.com by e-mail`."""
    kind, _, to = name.partition(":")
    if kind == "slack":
        return f"Slack {to or home}".rstrip()
    if kind == "email":
        return f"{to} by e-mail"
    if kind in {"webhook", "apprise"}:
        return f"the {kind} {to}".rstrip() if kind == "webhook" else f"{to} by Apprise"
    return "the console of this site" if kind == "console" else name


def _news(entry: Entry, home: str) -> Said:
    what = _NEWS.get(str(entry.detail.get("news")))
    people, error = entry.detail.get("people") or (), entry.detail.get("error")
    return [
        theirs(channel_words(entry.text, home)), f" {_TOLD.get(entry.action or '', entry.action)}",
        f": {what}" if what else None, *([" (for ", theirs(", ".join(people)), ")"] if people else ()),
        "; what went wrong: " if error else None, theirs(error),
    ]  # fmt: skip
