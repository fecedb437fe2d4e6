"""The last look before a reply leaves: may it still go the way that was approved?"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engagebot.domain.mention import Mention, ReplyRoute, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.routes import Manners, final_route
from engagebot.ports import Connector, RoutesReplies
from engagebot.store import drafts, mentions
from engagebot.store.drafts import Move
from engagebot.store.engine import Tx
from engagebot.store.standing import standings
from engagebot.store.texts import route_words

log = logging.getLogger(__name__)

# What somebody asked for ends a reply; what a platform or a policy forbids waits for a person to see it.
_ENDS = frozenset({"opted-out", "muted-author", "muted-community", "author-gone"})


@dataclass(frozen=True, slots=True)
class Sight:
    """A mention as the platform shows it just now, and what the platform takes there."""

    mention: Mention
    platform: ReplyRoute


def sight(connector: Connector, heard: Mention, shown: Mention, draft: DraftRecord) -> Sight:
    """Hold what the platform shows beside what was heard.

    What it does not tell again stays as it was heard. A connector that knows nothing of routes leaves the
    word that was approved.
    """
    if shown.addressed_to_us is None:
        shown = replace(shown, addressed_to_us=heard.addressed_to_us)
    if isinstance(connector, RoutesReplies):
        return Sight(shown, connector.reply_route(shown))
    return Sight(shown, draft.reply_route)


def still_may_leave(tx: Tx, draft: DraftRecord, seen: Sight, manners: Manners, at: datetime) -> bool:
    """Ask again how the reply can leave; where the answer changed, void the approval and keep the text.

    To be asked in the transaction that claims the draft: an opt-out or a mute noted before it holds the
    reply, one that comes later finds it on its way.
    """
    (standing,) = standings(tx, [seen.mention], manners, without=[draft.id])
    route = final_route(seen.platform, standing)
    if route.route is Route.API:
        return True
    to, action = DraftState.HELD, "route_changed"
    if route.route is Route.BY_HAND:
        to, action = DraftState.BY_HAND, "handed_over"
    elif route.rule in _ENDS:
        to, action = DraftState.WITHDRAWN, "withdrawn"
    why = f"not sent: {route.reason}"
    values = {**by_route(route), "last_error": why, **drafts.UNAPPROVED}
    detail = {"error": why, "route": route.route.value, "rule": route.rule}
    move = Move(to=to, at=at, actor="engagebot", action=action, values=values, detail=detail)
    drafts.change(tx, draft, move)
    mentions.set_route(tx, draft.mention_id, route)
    log.warning("draft %d is not sent: %s", draft.id, route.reason)
    return False


def by_route(route: ReplyRoute) -> Mapping[str, Any]:
    """The columns of a draft that tell its route."""
    return {"reply_route": route.route.value, "reply_reason": route_words(route)}
