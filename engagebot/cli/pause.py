"""`engagebot pause` and `resume`: the switch for everything that leaves."""

from __future__ import annotations

from engagebot.cli.command import command
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal
from engagebot.store import site


@command("pause")
def pause(terminal: Terminal) -> None:
    """Stop everything that leaves, at once; listening and deciding go on."""
    _switch(terminal, is_pause=True)


@command("resume")
def resume(terminal: Terminal) -> None:
    """Let things leave again."""
    _switch(terminal, is_pause=False)


def _switch(terminal: Terminal, *, is_pause: bool) -> None:
    with shown_site(terminal) as app, app.store.write() as tx:
        act = acting(app)
        has_changed = (site.pause if is_pause else site.resume)(tx, by=act.by.name, at=act.at)
        paused_by = site.paused_by(tx)
    if is_pause:
        said = "paused: nothing leaves" if has_changed else f"paused already, by {paused_by}"
    else:
        said = "resumed: things leave again" if has_changed else "nothing was paused"
    terminal.show({"paused": paused_by is not None, "paused_by": paused_by, "changed": has_changed}, said)
