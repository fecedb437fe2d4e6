"""`engagebot mutes`: authors and communities that engagebot does not speak to."""

from __future__ import annotations

from collections.abc import Callable

import click

from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean, table, when
from engagebot.domain.replying.routes import Mute
from engagebot.domain.roles import Act
from engagebot.pipeline import silencing
from engagebot.pipeline.silencing import Whom
from engagebot.store.engine import Tx
from engagebot.store.listening import mutes as kept


@group("mutes")
def mutes() -> None:
    """Authors and communities that engagebot does not speak to.

    What they say is heard and decided all the same, and unhappy people among them reach a team.
    """


@add(mutes, "list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, help="At most so many (default 100).")
def list_(terminal: Terminal, limit: int) -> None:
    """List what is muted, the latest first."""
    with shown_site(terminal) as app, app.store.read() as tx:
        found = kept.page(tx, limit=limit).items
    document = [
        {"id": mute.id, "source": mute.source, mute.kind.value: mute.key, "muted_by": mute.muted_by,
         "muted_at": mute.muted_at.isoformat()}
        for mute in found
    ]  # fmt: skip
    terminal.show(
        document, lambda: table(_HEADINGS, [_row(mute) for mute in found], empty="nothing is muted")
    )


_HEADINGS = ("source", "kind", "name", "muted by", "muted")


def _row(mute: Mute) -> tuple[object, ...]:
    return mute.source, mute.kind, clean(mute.key), clean(mute.muted_by), when(mute.muted_at)


@add(mutes, "add")
@click.argument("source")
@click.option("--author", help="The account's name there.")
@click.option("--community", help="The community's name there.")
def add_(terminal: Terminal, source: str, author: str | None, community: str | None) -> None:
    """Stop speaking to an author or in a community of SOURCE; waiting drafts are withdrawn."""
    whom = Whom.of(source, author=author, community=community)
    _do(terminal, whom, silencing.mute, is_muted=True)


@add(mutes, "remove")
@click.argument("source")
@click.option("--author", help="The account's name there.")
@click.option("--community", help="The community's name there.")
def remove(terminal: Terminal, source: str, author: str | None, community: str | None) -> None:
    """Take a mute back; what was withdrawn stays withdrawn."""
    whom = Whom.of(source, author=author, community=community)
    _do(terminal, whom, silencing.unmute, is_muted=False)


def _do(terminal: Terminal, whom: Whom, deed: Callable[[Tx, Whom, Act], bool], *, is_muted: bool) -> None:
    with shown_site(terminal) as app, app.store.write() as tx:
        has_changed = deed(tx, whom, acting(app))
    document = {"source": whom.source, whom.kind.value: whom.key, "muted": is_muted, "changed": has_changed}
    now = "muted" if is_muted else "not muted"
    name = clean(f"{whom.kind.value} {whom.key} of {whom.source}")
    terminal.show(document, f"{name}: {now}{'' if has_changed else ' already'}")
