"""`engagebot pause` and `resume`: the switch for everything that leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engagebot.cli.command import command
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.place import ALIVE, RUNNING
from engagebot.cli.terminal import Terminal, iso, shorten, table, when
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.leaving import Waiting
from engagebot.store import site
from engagebot.store.engine import Tx
from engagebot.store.listening import watches
from engagebot.store.replying import drafts, pacing
from engagebot.web.figures.sending import WaitingJson

_MOST_LISTED = 100


@command("pause")
def pause(terminal: Terminal) -> None:
    """Stop everything that leaves, at once, and say what waits; listening and deciding go on."""
    with shown_site(terminal) as app, app.store.write() as tx:
        act = acting(app)
        has_changed = site.pause(tx, by=act.by.name, at=act.at)
        paused_by = site.paused_by(tx)
        waiting = pacing.waiting(tx, act.at)
    said = "paused: nothing leaves" if has_changed else f"paused already, by {paused_by}"
    document = {"paused": True, "paused_by": paused_by, "changed": has_changed, **_waiting(waiting)}
    terminal.show(document, f"{said}; {waiting.words}")


@command("resume")
def resume(terminal: Terminal) -> None:
    """Let things leave again, and list what leaves now."""
    with shown_site(terminal) as app, app.store.write() as tx:
        act = acting(app)
        has_changed = site.resume(tx, by=act.by.name, at=act.at)
        resting = watches.paused_connectors(tx, act.at)
        due = drafts.due_to_send(tx, act.at, without=resting, limit=_MOST_LISTED)
        waiting = pacing.waiting(tx, act.at)
        is_live = _runs_live(tx, act.at)
    said = "resumed: things leave again" if has_changed else "nothing was paused"
    document = {"paused": False, "paused_by": None, "changed": has_changed, **_waiting(waiting)}
    document["leaving"] = [
        {"id": each.id, "mention_id": each.mention_id, "source": each.source, "due_at": iso(each.due_at)}
        for each in due
    ]
    terminal.show(document, lambda: f"{said}; {waiting.words}{_listed(due, is_live=is_live)}")


def _runs_live(tx: Tx, now: datetime) -> bool:
    """Whether a process is alive that sends."""
    beaten_at = site.beaten_at(tx)
    is_alive = beaten_at is not None and beaten_at > now - ALIVE
    return is_alive and bool((site.get(tx, RUNNING) or {}).get("is_live"))


def _waiting(waiting: Waiting) -> dict[str, Any]:
    return {"waiting": WaitingJson.model_validate(waiting).model_dump()}


def _listed(due: Sequence[DraftRecord], *, is_live: bool) -> str:
    if not due:
        return ""
    rows = [
        (each.id, each.source, each.approved_by, when(each.due_at), shorten(each.text, 60)) for each in due
    ]
    heading = "leaves now:" if is_live else "would leave now, but no process runs live:"
    return f"\n\n{heading}\n{table(('id', 'source', 'approved by', 'since', 'reply'), rows, empty='')}"
