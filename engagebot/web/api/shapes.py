"""The JSON that programs read: the objects of the public API, made from the store's records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from engagebot.domain.actions import RuleTrace
from engagebot.domain.records import (
    CaseRecord,
    DecisionRecord,
    DraftRecord,
    MentionRecord,
    QueueItem,
    Slice,
)
from engagebot.store.heard.decisions import planned_json

T = TypeVar("T")
R = TypeVar("R")


class Shape(BaseModel):
    """A JSON object that is read off a record's attributes."""

    model_config = ConfigDict(from_attributes=True)


class Listing(BaseModel, Generic[T]):
    """One page of a list; give `next_cursor` back as `cursor` for the next one, until it is null.

    A search looks through so much at a time: `looked_until` says how far back.
    """

    items: list[T]
    next_cursor: str | None
    looked_until: datetime | None = None


class RouteJson(Shape):
    """`rule` is a short code for what decided the route: docs/replies.md lists them."""

    route: str
    reason: str
    rule: str | None


class AuthorJson(Shape):
    handle: str
    name: str | None
    url: str | None
    followers: int | None
    is_verified: bool | None


class EngagementJson(Shape):
    likes: int | None
    replies: int | None
    score: int | None


class MentionJson(BaseModel):
    id: int
    source: str
    native_id: str
    url: str | None
    kind: str
    author: AuthorJson | None
    title: str | None
    text: str
    lang: str | None
    community: str | None
    posted_at: datetime
    fetched_at: datetime
    addressed_to_us: bool | None
    parent_native_id: str | None
    conversation_id: str | None
    engagement: EngagementJson
    compound: float | None
    sentiment: str | None
    unhappiness: float | None
    praise: float | None
    intents: list[str]
    reason: str | None
    tags: list[str]
    reply_route: RouteJson
    state: str
    outcome: str | None
    watch: str | None
    customer_id: int | None
    is_history: bool
    copy_of: int | None
    redacted_at: datetime | None


class DraftJson(Shape):
    id: int
    mention_id: int
    rule_id: str
    source: str
    text: str
    version: int
    state: str
    reply_route: RouteJson
    missing: list[str]
    created_at: datetime
    updated_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    due_at: datetime | None
    assignee: str | None
    snoozed_until: datetime | None
    url: str | None
    posted_at: datetime | None
    last_error: str | None
    first_reader: str | None
    woke_because: str | None
    purpose: str | None
    follow_up_at: datetime | None


class QueueItemJson(DraftJson):
    mention: MentionJson


class CaseJson(Shape):
    id: int
    customer_id: int | None
    state: str
    severity: str
    team: str
    assignee: str | None
    contacts: int
    sources: int
    echoes: int
    title: str
    why: str
    rule_id: str | None
    mention_ids: list[int]
    opened_at: datetime
    updated_at: datetime
    first_symptom_at: datetime
    first_reply_due_at: datetime | None
    first_reply_at: datetime | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    outcome: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    handed_to: str | None
    handed_by: str | None
    handed_at: datetime | None
    spoken_at: datetime | None
    ladder_due_at: datetime | None
    minutes: int
    problem: str | None
    titled_by: str | None
    desired_outcome: str | None
    cause: str | None
    remedy: str | None
    was_reached: str | None
    stayed: str | None
    looked_fixed_at: datetime | None
    waits_since: datetime | None


class EventJson(Shape):
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class CustomerJson(Shape):
    id: int
    source: str
    handle: str
    name: str | None
    url: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    contacts: int
    open_case_id: int | None
    is_vip: bool | None
    is_opted_out: bool | None
    opted_out_at: datetime | None
    mark: str | None
    forgotten_at: datetime | None


class ConditionJson(Shape):
    condition: str
    expected: Any
    actual: Any
    result: bool | None
    spans: list[tuple[int, int]]


class RuleJson(BaseModel):
    id: str
    matched: bool
    conditions: list[ConditionJson]
    error: str | None
    note: str | None


class DecisionJson(BaseModel):
    mention_id: int
    rule_set: str
    decided_at: datetime
    outcome: str
    matched: list[str]
    shadow: list[str]
    failed: list[str]
    planned: list[dict[str, Any]]
    actions: list[dict[str, Any]]
    notes: list[str]
    rules: list[RuleJson] | None
    problem: str | None


def listing(page: Slice[R], shape: Callable[[R], T]) -> Listing[T]:
    """A page of records as JSON."""
    items = [shape(item) for item in page.items]
    return Listing(items=items, next_cursor=page.cursor, looked_until=page.looked_until)


def mention_json(record: MentionRecord) -> MentionJson:
    """A mention with what was made of it."""
    mention, judgement = record.mention, record.judgement
    return MentionJson(
        id=record.id,
        source=mention.ref.source,
        native_id=mention.ref.native_id,
        url=mention.url,
        kind=mention.kind.value,
        author=AuthorJson.model_validate(mention.author) if mention.author else None,
        title=mention.title,
        text=mention.text,
        lang=(judgement.language if judgement else None) or mention.lang,
        community=mention.community,
        posted_at=mention.posted_at,
        fetched_at=record.fetched_at,
        addressed_to_us=mention.addressed_to_us,
        parent_native_id=mention.parent_native_id,
        conversation_id=mention.conversation_id,
        engagement=EngagementJson.model_validate(mention.engagement),
        compound=judgement.compound if judgement else None,
        sentiment=judgement.sentiment.value if judgement else None,
        unhappiness=judgement.unhappiness if judgement else None,
        praise=judgement.praise if judgement else None,
        intents=[intent.value for intent in judgement.intents] if judgement else [],
        reason=judgement.reason if judgement else None,
        tags=list(record.tags),
        reply_route=RouteJson.model_validate(record.reply_route),
        state=record.state.value,
        outcome=record.outcome.value if record.outcome else None,
        watch=record.watch,
        customer_id=record.customer_id,
        is_history=record.is_history,
        copy_of=record.copy_of,
        redacted_at=record.redacted_at,
    )


def draft_json(draft: DraftRecord) -> DraftJson:
    """A reply on its way."""
    return DraftJson.model_validate(draft)


def queue_item_json(item: QueueItem) -> QueueItemJson:
    """A draft beside its mention."""
    return QueueItemJson(**draft_json(item.draft).model_dump(), mention=mention_json(item.mention))


def case_json(case: CaseRecord) -> CaseJson:
    """A case."""
    return CaseJson.model_validate(case)


def decision_json(
    decision: DecisionRecord, traces: Sequence[RuleTrace] | None, *, problem: str | None = None
) -> DecisionJson:
    """A decision; `rules` is null, and `problem` says why, where the trace cannot be computed any more."""
    return DecisionJson(
        mention_id=decision.mention_id,
        rule_set=decision.rule_set,
        decided_at=decision.decided_at,
        outcome=decision.outcome.value,
        matched=list(decision.matched),
        shadow=list(decision.shadow),
        failed=list(decision.failed),
        planned=[planned_json(planned) for planned in decision.planned],
        actions=[planned_json(planned) for planned in decision.planned if planned.silenced is None],
        notes=list(decision.notes),
        rules=None if traces is None else [rule_json(trace) for trace in traces],
        problem=problem,
    )


def rule_json(trace: RuleTrace) -> RuleJson:
    """What one rule said of one mention."""
    conditions = [ConditionJson.model_validate(check) for check in trace.checks]
    return RuleJson(
        id=trace.rule_id, matched=trace.matched, conditions=conditions, error=trace.error, note=trace.note
    )
