"""`engagebot cases`: customers' problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean, fields, said, shorten, table, when
from engagebot.domain.casework.holding import waiting_since
from engagebot.domain.casework.remedies import Cause, Reached, Stayed
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord, Event
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.pipeline import casework
from engagebot.store import audit
from engagebot.store.casework import cases as stored
from engagebot.store.engine import Tx
from engagebot.web.api.case_shapes import case_detail_json
from engagebot.web.api.cases import known_team
from engagebot.web.api.shapes import case_json
from engagebot.web.case_reading import CaseView, ending, read_case
from engagebot.web.desk.handover import assignee, refuse_sensitive, utc

_STATES = [state.value for state in CaseState]
_ID = click.argument("case_id", metavar="ID", type=int)


@group("cases")
def cases() -> None:
    """Customers' problems.

    What is done here is done by you: the audit shows your user name.
    """


@add(cases, "list")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these states.")
@click.option("--all", "wants_all", is_flag=True, help="Ended ones too.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, help="At most so many (default 100).")
def list_(terminal: Terminal, states: tuple[str, ...], wants_all: bool, limit: int) -> None:
    """List open cases, those opened last first."""
    wanted = None if wants_all else [CaseState(state) for state in states] or CASE_OPEN
    with shown_site(terminal) as app, app.store.read() as tx:
        page = stored.page(tx, states=wanted, limit=limit)
    document = [case_json(case).model_dump(mode="json") for case in page.items]
    terminal.show(document, lambda: _lines(page.items))
    if page.cursor is not None:
        terminal.say(f"there are more than {limit}; --limit shows them")


def _lines(found: Sequence[CaseRecord]) -> str:
    rows = [
        (
            case.id,
            case.severity,
            case.state,
            case.team,
            case.assignee,
            case.contacts,
            when(case.first_reply_due_at),
            shorten(case.title, 60),
        )
        for case in found
    ]
    headings = ("id", "severity", "state", "team", "assignee", "contacts", "reply due", "title")
    return table(headings, rows, empty="no case is open")


@add(cases, "show")
@_ID
def show(terminal: Terminal, case_id: int) -> None:
    """Show a case, its mentions and its history."""
    with shown_site(terminal) as app, app.store.read() as tx:
        view = read_case(tx, case_id, app.clock.now())
        history = audit.of(tx, f"case:{case_id}")
    document = case_detail_json(view, history).model_dump(mode="json")
    terminal.show(document, lambda: _shown(view, history))


def _shown(view: CaseView, history: Sequence[Event]) -> str:
    case = view.case
    facts = {
        "case": f"{case.id}, {case.state}, {case.severity}",
        "title": case.title,
        "why": case.why,
        "team": case.team,
        "assignee": case.assignee,
        "effort": view.effort.words,
        "marks": ", ".join(mark.words for mark in view.marks),
        "they want": case.desired_outcome,
        "tickets": "; ".join(f"{each.name} {each.status or ''}".strip() for each in view.tickets),
        "might help": "; ".join(each.words for each in view.suggestions),
        "opened": when(case.opened_at),
        "reply due": when(case.first_reply_due_at),
        "replied": when(case.first_reply_at),
        "waiting since": when(waiting_since(case)),
        "follow-up due": when(view.follow_up.due_at) if view.follow_up else None,
        "snoozed until": when(case.snoozed_until),
        "outcome": case.outcome,
    }
    lines = [fields(facts), ""]
    for record in view.heard:
        mention = record.mention
        author = f"@{mention.author.handle}" if mention.author else "(no name)"
        lines += [f"{when(mention.posted_at)}  {clean(author)}  {clean(mention.url or '')}"]
        lines += [said(record), ""]
    for contact in view.elsewhere:
        who = contact.channel.replace("_", " ") + (f", {contact.minutes} min" if contact.minutes else "")
        lines += [f"{when(contact.at)}  {who}  {clean(contact.text)}", ""]
    lines += [f"{event.at:%Y-%m-%d %H:%M}  {clean(event.actor)}  {event.action}" for event in history]
    return "\n".join(lines)


@add(cases, "ack")
@_ID
def ack(terminal: Terminal, case_id: int) -> None:
    """Say that you look after it."""
    change(terminal, casework.acknowledge, case_id)


@add(cases, "assign")
@_ID
@click.option("--to", metavar="NAME", help="The person who takes it.")
@click.option("--team", metavar="NAME", help="The team that takes it.")
def assign(terminal: Terminal, case_id: int, to: str | None, team: str | None) -> None:
    """Give a case to a person or a team."""

    def check(app: App, tx: Tx, act: Act) -> None:
        assignee(app, tx, to, act.by)
        known_team(app.settings.teams, team)

    def give(tx: Tx, number: int, act: Act) -> CaseRecord:
        return casework.assign(tx, number, act, to=to, team=team)

    change(terminal, give, case_id, check=check)


@add(cases, "resolve")
@_ID
@click.option("--outcome", metavar="TEXT", help="How it ended, in a word or two.")
@click.option("--remedy", metavar="TEXT", help="What fixed it; offered again for cases like it.")
@click.option("--cause", type=click.Choice([each.value for each in Cause]), help="Whose doing it was.")
@click.option("--reached", type=click.Choice([each.value for each in Reached]), help="Whether they got it.")
@click.option(
    "--stayed", type=click.Choice([each.value for each in Stayed]), help="Where they spoke of leaving."
)
def resolve(
    terminal: Terminal,
    case_id: int,
    outcome: str | None,
    remedy: str | None,
    cause: str | None,
    reached: str | None,
    stayed: str | None,
) -> None:
    """End a case. All that is asked may be left out."""
    end = ending(outcome=outcome, remedy=remedy, cause=cause, was_reached=reached, stayed=stayed)
    change(terminal, lambda tx, number, act: casework.resolve(tx, number, act, ending=end), case_id)


@add(cases, "reopen")
@_ID
def reopen(terminal: Terminal, case_id: int) -> None:
    """Open an ended case again."""
    change(terminal, casework.reopen, case_id)


@add(cases, "snooze")
@_ID
@click.option("--hours", type=click.FloatRange(0.1, 24 * 90), required=True, help="For how many hours.")
def snooze(terminal: Terminal, case_id: int, hours: float) -> None:
    """Let a case rest."""

    def rest(tx: Tx, number: int, act: Act) -> CaseRecord:
        return casework.snooze(tx, number, act, until=act.at + timedelta(hours=hours))

    change(terminal, rest, case_id)


@add(cases, "note")
@_ID
@click.argument("text")
def note(terminal: Terminal, case_id: int, text: str) -> None:
    """Write an internal note in the case's history."""

    def write(tx: Tx, number: int, act: Act) -> CaseRecord:
        casework.note(tx, number, act, text=text)
        return stored.get(tx, number)

    change(terminal, write, case_id, check=lambda app, _tx, _act: refuse_sensitive(app, text))


def change(
    terminal: Terminal,
    do: Callable[[Tx, int, Act], CaseRecord],
    case_id: int,
    *,
    check: Callable[[App, Tx, Act], None] = lambda *_: None,
) -> None:
    """Do one thing to a case, once `check` lets it pass, and say how it stands."""
    with shown_site(terminal) as app, app.store.write() as tx:
        act = acting(app)
        check(app, tx, act)
        case = do(tx, case_id, act)
    document: dict[str, Any] = case_json(case).model_dump(mode="json")
    who = f", {case.assignee} looks after it" if case.assignee else ""
    terminal.show(document, f"case {case.id} is {case.state}, team {case.team}{who}")


def moment(written: str, zone: ZoneInfo) -> datetime:
    """A time as somebody types it; one without a zone is the site's.

    Raises:
        WrongUsage: it is none.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise WrongUsage(f"{written[:40]!r} is not a time; write it as 2026-08-03T09:30") from None
    return utc(found if found.tzinfo else found.replace(tzinfo=zone))
