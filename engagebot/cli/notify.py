"""`engagebot notify`: try the channels that reach people."""

from __future__ import annotations

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site
from engagebot.cli.terminal import Terminal, table
from engagebot.errors import OutsideFailed, WrongUsage
from engagebot.pipeline.trying import try_channel
from engagebot.yamlfile import did_you_mean


@group("notify")
def notify() -> None:
    """Try the channels that reach people."""


@add(notify, "test")
@click.option("--channel", metavar="NAME", help="Only this one, such as email:ADDRESS.")
def test(terminal: Terminal, channel: str | None) -> None:
    """Send a message that is marked as a test through every channel."""
    with real_site(terminal) as app:
        channels = app.settings.channels
        if channel is not None and channel not in channels:
            near = did_you_mean(channel, channels)
            raise WrongUsage(f'there is no channel "{channel}"; there are: {", ".join(channels)}{near}')
        results = [_try(app, name) for name in ([channel] if channel else channels)]
    rows = [(name, "delivered" if problem is None else f"failed: {problem}") for name, problem in results]
    if any(problem for _, problem in results):
        terminal.fail(OutsideFailed.exit_code)
    terminal.show(
        [{"channel": name, "ok": problem is None, "problem": problem} for name, problem in results],
        terminal.blacked_out(table(("channel", "result"), rows, empty="there is no channel")),
    )


def _try(app: App, channel: str) -> tuple[str, str | None]:
    try:
        sink = app.sink(channel)
    except WrongUsage as error:
        return channel, " ".join(str(error).split())
    return channel, try_channel(sink, acting(app), url=app.settings.base_url)
