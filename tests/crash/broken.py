"""Faults put into the product on purpose, in the driver's process only; the harness has to find each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engagebot import scheduler
from engagebot.domain.outbox import DraftState
from engagebot.pipeline import pull
from engagebot.pipeline.deliver import DeliverContext
from engagebot.pipeline.triage import Tally
from engagebot.pipeline.triage.starts import Starter
from engagebot.store.heard.mentions import Incoming
from engagebot.store.heard.receiving import receive
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move


def cursor_first() -> None:
    """Commit the cursor before the mentions, each in a transaction of its own."""

    def save(context: Any, watch: Any, connector: Any, lease: Any, heard: Any) -> int:
        page, now = heard.page, context.clock.now()
        incoming = [
            Incoming(mention=mention, reply_route=pull.route_of(connector, mention))
            for mention in page.mentions
        ]
        with context.store.write() as tx:
            watches.advance(tx, lease, cursor=page.cursor, at=now, next_poll_at=now, note=None)
        with context.store.write() as tx:
            return receive(tx, incoming, context.manners, watch=watch.name, fetched_at=now)

    pull._save = save


def blind_resend() -> None:
    """Send again whatever was cut off, without looking whether it is there."""

    def recover(context: DeliverContext) -> int:
        with context.store.write() as tx:
            cut_off = drafts.in_state(tx, DraftState.SENDING)
            for draft in cut_off:
                now = context.clock.now()
                values = {"due_at": now}
                move = Move(to=DraftState.APPROVED, at=now, actor="broken", action="resent", values=values)
                drafts.change(tx, draft, move)
        return len(cut_off)

    scheduler.recover_replies = recover  # type: ignore[attr-defined]


def decision_first() -> None:
    """Commit decisions first, and what they start afterwards."""
    real_triage, real_start = scheduler.triage, Starter.start  # type: ignore[attr-defined]
    later: list[tuple[Starter, tuple[Any, ...]]] = []

    def start(self: Starter, *decided: Any) -> list[str]:
        later.append((self, decided))
        return []

    def triage(context: Any, *args: Any, **kwargs: Any) -> Tally:
        tally: Tally = real_triage(context, *args, **kwargs)
        with context.store.write() as tx:
            for starter, decided in later:
                starter.tx = tx
                real_start(starter, *decided)
        later.clear()
        return tally

    Starter.start = start  # type: ignore[method-assign,assignment]
    scheduler.triage = triage  # type: ignore[attr-defined]


VARIANTS: dict[str, Callable[[], None]] = {
    "cursor-first": cursor_first,
    "blind-resend": blind_resend,
    "decision-first": decision_first,
}
