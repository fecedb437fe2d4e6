"""What happened in a case is told in words that need no guessing, for every kind of entry."""

from __future__ import annotations

import pytest

from engagebot.domain.casework.timeline import Entry, Kind
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.replying.snoozing import WE_ANSWERED
from engagebot.store.casework.timeline import _FATES, _READ, _SAID_ELSEWHERE
from engagebot.web import wording
from engagebot.web.case_story import _NEWS, _SAID, _TOLD, Piece, told
from tests.fakes import NOON

AT = NOON.isoformat()


def line(action: str, kind: Kind = Kind.DEED, text: str = "", by: str = "kim_demo", **detail: object) -> str:
    """A line as it reads, moments and links in brackets."""
    entry = Entry(
        kind=kind, id=1, at=NOON, channel="deed", by=by, text=text, action=action, detail=detail, draft_id=7
    )  # fmt: skip

    def shown(piece: Piece) -> str:
        if piece.at:
            return f"[{piece.at:%H:%M}]"
        return f"[{piece.text} {piece.href}]" if piece.href else piece.text

    return "".join(shown(piece) for piece in told(entry, home="#care"))


LINES = (
    (
        line("case.opened", severity="urgent", team="network", why="“dead” was said", mention=4),
        "opened the case: severity urgent, team network; why: “dead” was said",
    ),
    (line("case.snoozed", to="snoozed", until=AT), "snoozed it until [12:00]"),
    (
        line("case.snoozed", to="snoozed", until=AT, before="2026-08-03T10:00:00+00:00"),
        "snoozed it until [12:00] instead of [10:00]",
    ),
    (line("case.woke", to="new", because=WE_ANSWERED), "brought it back: we answered them"),
    (line("case.assigned", assignee="lee_demo"), "gave it to lee_demo"),
    (line("case.assigned", assignee="lee_demo", team="network"), "gave it to lee_demo, team network"),
    (line("case.assigned", team="network"), "gave it to team network"),
    (line("case.assigned", assignee="kim_demo"), "took it"),
    (
        line("case.assigned", assignee="kim_demo", from_person="lee_demo", to="acknowledged"),
        "took it over from lee_demo; it is snoozed no more",
    ),
    (line("case.handed_over", to_person="lee_demo"), "offered it to lee_demo"),
    (line("case.declined", assignee="lee_demo"), "declined it; it stays with lee_demo"),
    (
        line("case.handover_returned", from_person="sam_demo", assignee="lee_demo"),
        "sam_demo did not accept it in time; it stays with lee_demo",
    ),
    (
        line("case.unacknowledged", because="nothing happened", assignee="lee_demo"),
        "called the team again: lee_demo had it and did nothing",
    ),
    (
        line("case.resolved", to="resolved", outcome="fixed", remedy="new cable", stayed="left"),
        "resolved it: fixed; what fixed it: new cable; they had spoken of leaving: they left",
    ),
    (line("case.resolved", to="resolved", outcome=None), "resolved it"),
    (
        line("case.joined", to="resolved", outcome="joined to case 5"),
        "resolved it: all of it is in [case 5 /cases/5] now",
    ),
    (line("case.quoted", mention=4), "headed the case with words of [their post /mentions/4]"),
    (line("case.parted", mention=4), "took [a post /mentions/4] out of the case"),
    (
        line("case.suggested", draft=2, mention=1),
        "proposed [a public reply /queue?item=2] to [their post /mentions/1]",
    ),
    (
        line("case.looked_fixed", mention=4, resolved_at=AT, to="reopened"),
        "opened the case again: [their post /mentions/4] says that it is not fixed; "
        "it had been resolved since [12:00]",
    ),
    (
        line("case.severity_raised", severity="high", team="network", from_team="care"),
        "raised the severity to high, and gave it to team network (before: team care)",
    ),
    (
        line("case.warned", clock="first_reply", share="80%", promise="standard"),
        "warned: 80% of the time for the first reply has gone by (promise standard)",
    ),
    (
        line("case.warned", clock="resolution", share="100%", promise="standard"),
        "warned: the resolution is late (promise standard)",
    ),
    (
        line("case.warnings_passed_over", clock="next_reply", shares=["50%", "80%"]),
        "did not warn at 50% and 80% of the time for the next reply: that had gone by already",
    ),
    (
        line("case.called", step=2, ladder="day", channels=["slack:#night", "console"], notice="n"),
        "called people, since nobody looks after it: step 2 of the ladder day, which tells Slack #night, "
        "the console of this site",
    ),
    (
        line("case.reminded", since=AT, number=1),
        "reminded whoever looks after it: nothing has happened since [12:00]",
    ),
    (
        line("case.ticket_changed", ticket="jira X-12", status="Done"),
        "moved its ticket over there, jira X-12: Done",
    ),
    (
        line("case.link_made", channel="phone", until=AT, link=3, against_wish=True),
        "made a link to go on by phone, though they do not want that, good until [12:00]",
    ),
    (line("case.followed_up", reason="they rang"), "closed the follow-up without an answer: they rang"),
    (
        line("draft.rejected", reason="they are not happy", code="x"),
        "turned down [the reply /queue?item=7]: they are not happy",
    ),
    (line("draft.edited", text_hash="0"), "changed the words of [the reply /queue?item=7]"),
    (
        line("draft.approved", is_edited=True, reason="they asked for it"),
        "approved [the reply /queue?item=7], in other words than were proposed; "
        "why all the same: they asked for it",
    ),
    (line("case.something_new", size=3), "something new: size 3"),
    (line("delivered", Kind.NEWS, "slack", news="case.opened"), "Slack #care was told: a new case"),
    (
        line("pending", Kind.NEWS, "slack:#night", news="case.offered", people=["lee_demo"]),
        "Slack #night is to be told: it is offered (for lee_demo)",
    ),
    (
        line("dead", Kind.NEWS, "email:kim@example.com", error="no such box"),
        "kim@example.com by e-mail could not be told; what went wrong: no such box",
    ),
    (line("delivered", Kind.NEWS, "console"), "the console of this site was told"),
    (line("delivered", Kind.NEWS, "webhook:crm"), "the webhook crm was told"),
)  # fmt: skip


@pytest.mark.parametrize(("reads", "words"), LINES)
def test_a_line_reads_as_one_would_tell_it(reads: str, words: str) -> None:
    assert reads == words


def test_every_deed_has_a_line_of_its_own() -> None:
    known = {action for action in wording._DEEDS if action.startswith("case.")}
    elsewhere = {*_SAID_ELSEWHERE, "case.note"}
    assert known - elsewhere - set(_SAID) == set()
    assert {*_FATES, *_READ} <= set(_SAID)
    assert set(_TOLD) == {state.value for state in DeliveryState}
    assert all(action.startswith("case.") for action in _NEWS)
