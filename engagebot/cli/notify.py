"""`engagebot notify`: try the channels that reach people."""

from __future__ import annotations

import secrets

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import person, real_site
from engagebot.cli.terminal import Terminal, table
from engagebot.errors import OutsideFailed, WrongUsage
from engagebot.ports import Notice
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
    now = app.clock.now()
    notice = Notice(
        id=f"test-{secrets.token_hex(8)}",
        kind="test",
        title="TEST: engagebot reaches you here",
        text=f"{person()} tried this channel. Nothing has happened and nothing is to be done.",
        url=app.settings.base_url,
        sent_at=now,
        payload={"schema": "engagebot.test.v1", "type": "test", "sent_at": now.isoformat()},
    )
    try:
        app.sink(channel).deliver(notice)
    except (OutsideFailed, WrongUsage) as error:
        return channel, " ".join(str(error).split())
    return channel, None
