"""Whether somebody may be answered in public as things stand, and who said that they may not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.bootstrap import App
from engagebot.domain.mention import ReplyRoute, Route
from engagebot.domain.records import MentionRecord
from engagebot.domain.replying.routes import final_route
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.heard.standing import standings
from engagebot.store.persons import customers, people

_BY_THEMSELVES = "said"


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody asked not to be written to: who noted it, when, and whether it was said in a post."""

    by: str
    at: datetime
    is_in_a_post: bool


def route_of(tx: Tx, app: App, heard: MentionRecord) -> ReplyRoute:
    """How a reply may leave now: the platform's word held against ours, as a reply that is begun is asked."""
    if heard.redacted_at is not None:
        return heard.reply_route
    (standing,) = standings(tx, [heard.mention], app.settings.manners)
    return final_route(heard.reply_route, standing)


def opted_out(tx: Tx, heard: MentionRecord, route: ReplyRoute) -> Asked | None:
    """Who noted that they asked not to be written to, where that is why nothing may leave."""
    if route.rule != "opted-out" or heard.customer_id is None:
        return None
    # It may be another account of theirs that it was noted of.
    for customer_id in people.accounts_of(tx, heard.customer_id):
        if not customers.get(tx, customer_id).is_opted_out:
            continue
        for event in reversed(audit.of(tx, f"customer:{customer_id}")):
            if event.action == "customer.opted_out":
                return Asked(event.actor, event.at, _BY_THEMSELVES in event.detail)
    return None


def barred(tx: Tx, app: App, heard: MentionRecord | None) -> tuple[str, Asked | None] | None:
    """Why a mention may not be answered in public; `None` where it may be, or where there is none."""
    if heard is None:
        return None
    route = route_of(tx, app, heard)
    return (route.reason, opted_out(tx, heard, route)) if route.route is Route.BLOCKED else None
