"""`engagebot demo`: the program at work on made-up posts."""

from __future__ import annotations

import click

from engagebot.cli import lock
from engagebot.cli.command import command
from engagebot.cli.opening import demo_site
from engagebot.cli.place import Place
from engagebot.cli.run import DEMO, go
from engagebot.cli.terminal import Terminal
from engagebot.scaffold import copy_site

DATABASE = "demo.db"
PLAYGROUND = "engagebot-demo"


@command("demo")
@click.option("--reset", is_flag=True, help="Forget what happened in the demo and begin again.")
@click.option("--host", default="127.0.0.1", help="Where the web app listens (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, help="Its port (default 8000; 0: any).")
def demo(terminal: Terminal, reset: bool, host: str, port: int) -> None:
    """Run the demo site: made-up posts about a made-up brand, no keys, and nothing that can send.

    Its posts pass through this site's own rules: edit one, and see what becomes of them. Where there is no
    site, one to play with is made in the folder engagebot-demo.
    """
    if not (terminal.site / "config").is_dir():
        terminal.site /= PLAYGROUND
        copy_site(terminal.site)
        terminal.announce(f"There is no site here; this one is to play with: {terminal.site}")
    if reset:
        _reset(terminal)
    with demo_site(terminal) as app:
        terminal.announce(DEMO)
        go(terminal, app, Place(host=host, port=port), once=False)


def _reset(terminal: Terminal) -> None:
    var = terminal.site / "var"
    with lock.hold(var / "demo.lock"):
        for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (var / name).unlink(missing_ok=True)
