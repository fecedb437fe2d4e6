"""`engagebot cases`, further: moves between states, hand-overs, clocks, ladders, and cases grown old."""

from __future__ import annotations

import click

from engagebot.bootstrap import App
from engagebot.cli.case_tickets import cases
from engagebot.cli.cases import change, moment
from engagebot.cli.command import add
from engagebot.cli.opening import shown_site
from engagebot.cli.terminal import Terminal, shorten, table, when
from engagebot.domain.casework import ladders
from engagebot.domain.outbox import Severity
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.domain.telling.notices import span_words
from engagebot.domain.telling.timed_notices import CLOCK_WORDS
from engagebot.errors import WrongUsage
from engagebot.pipeline import casework
from engagebot.pipeline.minding import if_nobody_answers
from engagebot.store.casework import cases as stored
from engagebot.store.casework import clocks, idle
from engagebot.store.casework.clocks import ClockRecord
from engagebot.store.engine import Tx
from engagebot.web.api.cases import known_team
from engagebot.web.api.shapes import case_json
from engagebot.web.desk.handover import refuse_sensitive

__all__ = ["cases"]
_ID = click.argument("case_id", metavar="ID", type=int)
_SEVERITIES = [severity.value for severity in Severity]


@add(cases, "unack")
@_ID
def unack(terminal: Terminal, case_id: int) -> None:
    """Take back that somebody looks after it."""
    change(terminal, casework.unacknowledge, case_id)


@add(cases, "wait")
@_ID
def wait(terminal: Terminal, case_id: int) -> None:
    """Let a case wait for its customer."""
    change(terminal, casework.wait, case_id)


@add(cases, "close")
@_ID
def close(terminal: Terminal, case_id: int) -> None:
    """Put a resolved case away for good."""
    change(terminal, casework.close, case_id)


@add(cases, "close-follow-up")
@_ID
@click.argument("reason")
def close_follow_up(terminal: Terminal, case_id: int, reason: str) -> None:
    """Say why nobody has to answer any more, although a holding reply said so."""

    def end(tx: Tx, number: int, act: Act) -> CaseRecord:
        return casework.close_follow_up(tx, number, act, reason=reason)

    change(terminal, end, case_id, check=lambda app, _tx, _act: refuse_sensitive(app, reason))


@add(cases, "accept")
@_ID
def accept(terminal: Terminal, case_id: int) -> None:
    """Take over a case that is offered to you."""
    change(terminal, casework.accept, case_id)


@add(cases, "decline")
@_ID
def decline(terminal: Terminal, case_id: int) -> None:
    """Refuse a case that is offered to you, or take your offer back."""
    change(terminal, casework.decline, case_id)


@add(cases, "stale")
@click.option("--silent", "is_silent", is_flag=True, help="Those whose customers hear nothing from us.")
def stale(terminal: Terminal, is_silent: bool) -> None:
    """List cases that are open for more than 14 days, or had no step for 7."""
    with shown_site(terminal) as app, app.store.read() as tx:
        now, after = app.clock.now(), app.settings.attention.silent_after
        silent = idle.silent(tx, now, after=after) if is_silent and after else []
        found = silent if is_silent else idle.stale(tx, now)
    rows = [
        (case.id, case.severity, case.state, case.team, case.assignee, when(case.updated_at),
         shorten(case.title, 60))
        for case in found
    ]  # fmt: skip
    headings = ("id", "severity", "state", "team", "assignee", "last step", "title")
    document = [case_json(case).model_dump(mode="json") for case in found]
    terminal.show(document, lambda: table(headings, rows, empty="there is none"))


@add(cases, "clocks")
@_ID
def show_clocks(terminal: Terminal, case_id: int) -> None:
    """Show what is promised for a case, and by when."""
    with shown_site(terminal) as app, app.store.read() as tx:
        stored.get(tx, case_id)
        found = clocks.of_case(tx, case_id)
    rows = [
        (CLOCK_WORDS[each.kind], each.policy, when(each.began_at), _due(each), when(each.ended_at))
        for each in found
    ]
    document = [
        {
            "kind": each.kind.value,
            "promise": each.policy,
            "began_at": each.began_at.isoformat(),
            "due_at": each.due_at.isoformat() if each.due_at else None,
            "paused_at": each.paused_at.isoformat() if each.paused_at else None,
            "ended_at": each.ended_at.isoformat() if each.ended_at else None,
        }
        for each in found
    ]
    headings = ("clock", "promise", "began", "due", "ended")
    terminal.show(document, lambda: table(headings, rows, empty="nothing is promised for it"))


def _due(clock: ClockRecord) -> str | None:
    if clock.due_at is not None or clock.left is None:
        return when(clock.due_at)
    return f"rests, {span_words(round(clock.left.total_seconds() / 60))} left"


@add(cases, "ladder")
@click.argument("case_id", metavar="[ID]", type=int, required=False)
@click.option("--team", metavar="NAME", help="A case of this team, in place of a case there is.")
@click.option("--at", "at", metavar="TIME", help="If it became unanswered then: 2026-08-09T03:00.")
@click.option("--severity", type=click.Choice(_SEVERITIES), default="medium", help="How hard it presses.")
def ladder(terminal: Terminal, case_id: int | None, team: str | None, at: str | None, severity: str) -> None:
    """Show who is told, and when, if nobody answers."""
    if (case_id is None) == (team is None):
        raise WrongUsage("name a case, or a team: engagebot cases ladder 12, or --team support")
    with shown_site(terminal) as app:
        lines = _of_case(app, case_id) if case_id is not None else _of_team(app, team, at, Severity(severity))
    terminal.show(
        lines, lambda: "\n".join(lines) or "nobody is told: it is answered, or its team has no ladder"
    )


def _of_case(app: App, case_id: int) -> list[str]:
    with app.store.read() as tx:
        return if_nobody_answers(tx, app.settings, case_id, now=app.clock.now())


def _of_team(app: App, team: str | None, at: str | None, severity: Severity) -> list[str]:
    settings = app.settings
    chosen = settings.ladder_of(known_team(settings.teams, team) or "")
    since = moment(at, settings.timezone) if at else app.clock.now()
    if chosen is None:
        return []
    return ladders.preview(chosen, since=since, severity=severity, zone=settings.timezone)
