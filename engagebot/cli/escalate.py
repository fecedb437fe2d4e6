"""`engagebot escalate`: whether an escalation would reach a team."""

from __future__ import annotations

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site
from engagebot.cli.terminal import Terminal, table
from engagebot.errors import OutsideFailed, WrongUsage
from engagebot.pipeline import dead_letters
from engagebot.pipeline.trying import try_escalation
from engagebot.yamlfile import did_you_mean


@group("escalate")
def escalate() -> None:
    """Try how escalations reach a team."""


@add(escalate, "test")
@click.option("--team", metavar="NAME", help="Only this team; all of them by default.")
def test(terminal: Terminal, team: str | None) -> None:
    """Send an escalation that is marked TEST to a team's channels, those it falls back to included."""
    with real_site(terminal) as app:
        teams = app.settings.teams
        if team is not None and team not in teams:
            near = did_you_mean(team, teams)
            raise WrongUsage(f'there is no team "{team}"; there are: {", ".join(teams)}{near}')
        results = [
            (name, channel, _try(app, name, channel))
            for name in ([team] if team else teams)
            for channel in dict.fromkeys([*teams[name].notify, *teams[name].fallback])
        ]
    if any(problem for _, _, problem in results):
        terminal.fail(OutsideFailed.exit_code)
    rows = [
        (name, channel, "delivered" if problem is None else f"failed: {problem}")
        for name, channel, problem in results
    ]
    terminal.show(
        [
            {"team": name, "channel": channel, "ok": problem is None, "problem": problem}
            for name, channel, problem in results
        ],
        terminal.blacked_out(table(("team", "channel", "result"), rows, empty="no team has a channel")),
    )


def _try(app: App, team: str, channel: str) -> str | None:
    who = acting(app)
    try:
        sink = app.sink(channel)
    except WrongUsage as error:
        return " ".join(str(error).split())
    problem = try_escalation(sink, who, url=app.settings.base_url, team=team)
    if problem is None:
        with app.store.write() as tx:
            dead_letters.channel_works(tx, channel, who)
    return problem
