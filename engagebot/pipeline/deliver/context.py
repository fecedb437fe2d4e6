"""What delivering needs, and the words that its steps share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engagebot.domain.listening.costs import Prices
from engagebot.domain.mention import ReplyRoute
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.leaving import Leaving
from engagebot.domain.replying.routes import Manners
from engagebot.errors import EngagebotError
from engagebot.ports import Clock, Connector
from engagebot.store.engine import Store, Tx
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move
from engagebot.store.texts import route_words

ACTOR = "engagebot"


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Seconds that pass whatever the machine's clock is set to; `ended` keeps when requests of ours ended.

    The clock says when something happened; how long ago that was, it says only while nobody corrects it.
    """

    seconds: Callable[[], float]
    ended: dict[int, float] = field(default_factory=dict)

    def note_end(self, draft_id: int) -> None:
        """Remember that the last moment at which this reply could have left is now."""
        self.ended[draft_id] = self.seconds()

    def since_end(self, draft_id: int) -> float | None:
        """The seconds since then; `None` where another process knew."""
        ended = self.ended.get(draft_id)
        return None if ended is None else self.seconds() - ended


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverContext:
    """What delivering needs; `connector` opens a connector by source and may raise `EngagebotError`.

    `prices` tell which kinds of replies a platform charges differently for, `manners` whom the site
    does not speak to, `leaving` how much may leave and when.
    """

    store: Store
    clock: Clock
    stopwatch: Stopwatch
    owner: str
    connector: Callable[[str], Connector]
    prices: Prices = field(default_factory=Prices)
    manners: Manners = field(default_factory=Manners)
    leaving: Leaving = field(default_factory=Leaving)


def record(
    tx: Tx,
    context: DeliverContext,
    draft: DraftRecord,
    to: DraftState,
    action: str,
    values: Mapping[str, Any],
) -> DraftRecord:
    """Move a draft in the name of the program; its error stands in the audit as well."""
    detail = {"error": values["last_error"]} if values.get("last_error") else {}
    move = Move(to=to, at=context.clock.now(), actor=ACTOR, action=action, values=values, detail=detail)
    return drafts.change(tx, draft, move)


def by_route(route: ReplyRoute) -> Mapping[str, Any]:
    """The columns of a draft that tell its route."""
    return {"reply_route": route.route.value, "reply_reason": route_words(route)}


def in_words(error: Exception) -> str:
    """An error as people read it."""
    return str(error) if isinstance(error, EngagebotError) else f"{type(error).__name__}: {error}"
