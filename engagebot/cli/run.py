"""`engagebot run`: everything in one process, or one round of it."""

from __future__ import annotations

from dataclasses import asdict

import click

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.cli import lock
from engagebot.cli.command import command
from engagebot.cli.opening import demo_site, is_fresh, real_site
from engagebot.cli.place import Place
from engagebot.cli.terminal import Terminal, table
from engagebot.errors import WrongUsage
from engagebot.store import site

DRY_RUN = "DRY RUN: reads, scores, decides and drafts; sends nothing."
LIVE = "LIVE: approved replies leave."
DEMO = "DEMO: made-up posts, a database of its own, nothing that can send."


@command("run")
@click.option("--once", is_flag=True, help="One round: poll, decide, deliver what is due, print a summary.")
@click.option("--live", is_flag=True, help='Let approved replies leave; needs sending: "on" as well.')
@click.option(
    "--role",
    type=click.Choice(["all", "web", "scheduler", "worker"]),
    default="all",
    help="What this process does (other than all: PostgreSQL only).",
)
@click.option("--host", default="127.0.0.1", help="Where the web app listens (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="Its port (default 8000; 0: any).")
def run(terminal: Terminal, once: bool, live: bool, role: str, host: str, port: int) -> None:
    """Listen, decide, draft and serve the web app.

    Nothing is sent without --live and sending: "on" in the settings. A site without any watch, mention or
    account runs as the demo.
    """
    place = Place(host=host, port=port, role=role)
    if not live and role == "all" and is_fresh(terminal):
        with demo_site(terminal) as app:
            terminal.announce(f"{DEMO} A watch in config/engagebot.yaml, or an import, makes it a real site.")
            go(terminal, app, place, once=once)
        return
    with real_site(terminal, wants_live=live, is_long=True) as app:
        if role != "all" and app.store.is_sqlite:
            raise WrongUsage(
                f"--role {role} shares the site among processes, which needs PostgreSQL; "
                "set ENGAGEBOT_DATABASE_URL, or run without --role"
            )
        terminal.announce(_mode(app))
        go(terminal, app, place, once=once)


def _mode(app: App) -> str:
    if app.is_live:
        return LIVE
    if app.may_notify:
        return 'DRY RUN for replies, which need sending: "on" as well; notices do reach people.'
    return f'{DRY_RUN} --live and sending: "on" change that.'


def go(terminal: Terminal, app: App, place: Place, *, once: bool) -> None:
    """Run this site once, or until somebody stops it."""
    with app.store.read() as tx:
        paused_by = site.paused_by(tx)
    if paused_by is not None:
        terminal.announce(f"PAUSED by {paused_by}: nothing leaves until `engagebot resume`.")
    if once:
        is_alone = app.store.is_sqlite and not lock.is_held(lock.path_of(app))
        summary = scheduler.run_once(app, is_alone=is_alone)
        terminal.show(asdict(summary), lambda: _summary(summary))
    else:
        # Only a long run needs the web app, which takes a while to import.
        from engagebot.cli.serving import serve

        serve(terminal, app, place)


def _summary(summary: scheduler.Summary) -> str:
    polled = table(
        ("watch", "fetched", "added", "pages", "error"),
        [(watch.name, watch.fetched, watch.added, watch.pages, watch.error) for watch in summary.watches],
        empty="no watch is configured",
    )
    return (
        f"{polled}\n\ndecided {summary.decided}, drafted {summary.drafted}, "
        f"escalated {summary.escalated}, delivered {summary.delivered}"
    )
