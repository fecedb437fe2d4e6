"""`engagebot notify`: the channels that reach people, and what did not reach them."""

from __future__ import annotations

from collections.abc import Sequence

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site, shown_site
from engagebot.cli.terminal import Terminal, shorten, table, when
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.errors import OutsideFailed, WrongUsage
from engagebot.pipeline import dead_letters
from engagebot.pipeline.trying import try_channel
from engagebot.store.telling import deliveries
from engagebot.web.api.deliveries import delivery_json
from engagebot.yamlfile import did_you_mean


@group("notify")
def notify() -> None:
    """Try the channels that reach people; list what did not arrive and send it again."""


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
    problem = try_channel(sink, acting(app), url=app.settings.base_url)
    if problem is None:
        with app.store.write() as tx:
            dead_letters.channel_works(tx, channel, acting(app))
    return channel, problem


@add(notify, "list")
@click.option(
    "--state", type=click.Choice([state.value for state in DeliveryState]), help="Only in this state."
)
@click.option("--channel", metavar="NAME", help="Only to this channel.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, help="At most so many (default 100).")
def list_(terminal: Terminal, state: str | None, channel: str | None, limit: int) -> None:
    """List notices on their way to channels, the newest first."""
    wanted = DeliveryState(state) if state else None
    with shown_site(terminal) as app, app.store.read() as tx:
        found = deliveries.page(tx, state=wanted, channel=channel, limit=limit)
    document = [delivery_json(each).model_dump(mode="json") for each in found.items]
    terminal.show(document, lambda: terminal.blacked_out(_lines(found.items)))
    if found.cursor is not None:
        terminal.say(f"there are more than {limit}; --limit shows them")


@add(notify, "replay")
@click.argument("delivery_ids", metavar="[ID]...", type=int, nargs=-1)
@click.option("--all", "wants_all", is_flag=True, help="All dead letters, 1,000 at a time.")
def replay(terminal: Terminal, delivery_ids: tuple[int, ...], wants_all: bool) -> None:
    """Send dead letters again, each under the id it always had."""
    if bool(delivery_ids) is wants_all:
        raise WrongUsage("name dead letters or say --all; `engagebot notify list --state dead` lists them")
    with real_site(terminal) as app, app.store.write() as tx:
        who = acting(app)
        found = (
            dead_letters.replay_all(tx, who)
            if wants_all
            else [dead_letters.replay(tx, delivery_id, who) for delivery_id in dict.fromkeys(delivery_ids)]
        )
    document = [delivery_json(each).model_dump(mode="json") for each in found]
    terminal.show(document, f"{len(found)} in line again; `engagebot run` sends them")


@add(notify, "ack")
def ack(terminal: Terminal) -> None:
    """Say that you look after what reached nobody: the warning goes, the notices are still tried."""
    with real_site(terminal) as app, app.store.write() as tx:
        count = dead_letters.acknowledge(tx, acting(app))
    terminal.show({"known": count}, f"{count} notices that reached nobody are known now")


def _lines(found: Sequence[DeliveryRecord]) -> str:
    rows = [
        (
            each.id,
            each.state,
            each.channel,
            each.attempts,
            when(each.created_at),
            shorten(each.payload["title"], 50),
            shorten(each.last_error or "", 60),
        )
        for each in found
    ]
    headings = ("id", "state", "channel", "tries", "since", "notice", "why")
    return table(headings, rows, empty="no notice")
