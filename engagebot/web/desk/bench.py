"""What a reviewer sees beside a draft: the mention, its author, its thread, and why it is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engagebot.bootstrap import App
from engagebot.domain.costs import ReplyCost
from engagebot.domain.mention import Route
from engagebot.domain.records import (
    CaseRecord,
    CustomerRecord,
    DecisionRecord,
    Event,
    MentionRecord,
    QueueItem,
    Slice,
)
from engagebot.store import audit, cases, customers, decisions, drafts, mentions
from engagebot.store.engine import Tx
from engagebot.store.mentions import MentionFilter
from engagebot.web.desk import lanes
from engagebot.web.desk.counting import Count, count
from engagebot.web.desk.reasons import Explanation, Said, explain, said
from engagebot.web.figures.costing import cost_of_reply

PER_PAGE = 50
LATEST_OF_CUSTOMER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which part of the queue a page shows; `item` is the selected draft, `undo` the one just acted on."""

    lane: lanes.Name = lanes.Name.REVIEW
    item: int | None = None
    cursor: str | None = None
    undo: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is stored around a draft."""

    item: QueueItem
    decision: DecisionRecord | None
    customer: CustomerRecord | None
    case: CaseRecord | None
    latest: tuple[MentionRecord, ...]
    thread: tuple[MentionRecord, ...]
    history: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One draft, ready to be shown."""

    context: Context
    explanation: Explanation | None
    said: Said
    count: Count | None
    cost: ReplyCost | None
    compose_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The whole queue page: its lanes, the list of one lane, and the selected draft."""

    where: Where
    counts: Mapping[lanes.Name, int]
    listed: Slice[QueueItem]
    desk: Desk | None

    @property
    def following(self) -> int | None:
        """The item at the same place once the selected one is gone: the next one, at the end the previous."""
        return self._beside(1) or self._beside(-1)

    @property
    def next(self) -> int | None:
        """The item after the selected one."""
        return self._beside(1)

    @property
    def previous(self) -> int | None:
        """The item before the selected one."""
        return self._beside(-1)

    def _beside(self, step: int) -> int | None:
        ids = [item.draft.id for item in self.listed.items]
        if self.desk is None or self.desk.context.item.draft.id not in ids:
            return ids[0] if ids and step > 0 else None
        position = ids.index(self.desk.context.item.draft.id) + step
        return ids[position] if 0 <= position < len(ids) else None


def bench(app: App, where: Where) -> Bench:
    """Read everything for a queue page.

    Raises:
        NotFound: the selected draft does not exist.
    """
    now = app.clock.now()
    with app.store.read() as tx:
        listed = lanes.read(tx, where.lane, now, limit=PER_PAGE, cursor=where.cursor)
        counts = lanes.counts(tx, now)
        chosen = _chosen(tx, where, listed)
        context = _context(tx, chosen) if chosen else None
    desk = _desk(app, context) if context else None
    return Bench(where=where, counts=counts, listed=listed, desk=desk)


def _chosen(tx: Tx, where: Where, listed: Slice[QueueItem]) -> QueueItem | None:
    if where.item is None:
        return listed.items[0] if listed.items else None
    for item in listed.items:
        if item.draft.id == where.item:
            return item
    draft = drafts.get(tx, where.item)
    return QueueItem(draft=draft, mention=mentions.get(tx, draft.mention_id))


def _context(tx: Tx, item: QueueItem) -> Context:
    mention = item.mention
    customer = customers.get(tx, mention.customer_id) if mention.customer_id else None
    only = MentionFilter(customer_id=mention.customer_id)
    latest = mentions.page(tx, limit=LATEST_OF_CUSTOMER, only=only).items if customer else ()
    open_case_id = customer.open_case_id if customer else None
    return Context(
        item=item,
        decision=decisions.latest(tx, mention.id),
        customer=customer,
        case=cases.get(tx, open_case_id) if open_case_id else cases.of_mention(tx, mention.id),
        latest=tuple(other for other in latest if other.id != mention.id),
        thread=tuple(mentions.conversation(tx, mention)),
        history=tuple(audit.of(tx, f"draft:{item.draft.id}")),
    )


def _desk(app: App, context: Context) -> Desk:
    draft, mention = context.item.draft, context.item.mention
    explanation = explain(app, mention, context.decision) if context.decision else None
    is_by_hand = draft.reply_route.route is Route.BY_HAND
    return Desk(
        context=context,
        explanation=explanation,
        said=said(mention.mention, explanation.spans if explanation else ()),
        count=count(app, draft.source, draft.text),
        cost=cost_of_reply(app, mention.mention, draft.reply_route, draft.text),
        compose_url=app.compose_url(mention.mention, draft.text) if is_by_hand else None,
    )
