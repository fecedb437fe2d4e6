"""What stands around a draft: the thread before and after, our own answers, and the person in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import (
    CaseRecord,
    CustomerRecord,
    DecisionRecord,
    DraftRecord,
    Event,
    MentionRecord,
    QueueItem,
)
from engagebot.store import audit, cases, customers, decisions, drafts, mentions
from engagebot.store.engine import Tx
from engagebot.store.mentions import MentionFilter
from engagebot.web.wording import FEELINGS, counted, ordinal

LATEST_OF_CUSTOMER = 5
_LINES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to know about a person; `tone` is the style sheet's."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is stored around a draft; `before` and `after` are the rest of its thread, oldest first."""

    item: QueueItem
    decision: DecisionRecord | None
    customer: CustomerRecord | None
    case: CaseRecord | None
    open_cases: tuple[CaseRecord, ...]
    latest: tuple[MentionRecord, ...]
    before: tuple[MentionRecord, ...]
    after: tuple[MentionRecord, ...]
    answers: tuple[DraftRecord, ...]
    history: tuple[Event, ...]
    snapshot: tuple[Line, ...]

    @property
    def notes(self) -> tuple[Event, ...]:
        """What people wrote for each other."""
        return tuple(event for event in self.history if event.action == "draft.note")


def read_context(tx: Tx, item: QueueItem, zone: ZoneInfo) -> Context:
    """Read what stands around a draft."""
    mention = item.mention
    customer = customers.get(tx, mention.customer_id) if mention.customer_id else None
    known = cases.of_customer(tx, customer.id) if customer else []
    only = MentionFilter(customer_id=mention.customer_id)
    latest = mentions.page(tx, limit=LATEST_OF_CUSTOMER, only=only).items if customer else ()
    others = tuple(other for other in latest if other.id != mention.id)
    thread = sorted(mentions.conversation(tx, mention), key=lambda each: (each.mention.posted_at, each.id))
    place = (mention.mention.posted_at, mention.id)
    open_cases = tuple(case for case in known if case.state in CASE_OPEN)
    in_thread = [mention.id, *(other.id for other in thread)]
    return Context(
        item=item,
        decision=decisions.latest(tx, mention.id),
        customer=customer,
        case=open_cases[0] if open_cases else cases.of_mention(tx, mention.id),
        open_cases=open_cases,
        latest=others,
        before=tuple(each for each in thread if (each.mention.posted_at, each.id) < place),
        after=tuple(each for each in thread if (each.mention.posted_at, each.id) > place),
        answers=tuple(drafts.answers(tx, in_thread)),
        history=tuple(audit.of(tx, f"draft:{item.draft.id}")),
        snapshot=tuple(_snapshot(item, customer, known, others, zone))[:_LINES] if customer else (),
    )


def _snapshot(
    item: QueueItem,
    customer: CustomerRecord,
    known: Sequence[CaseRecord],
    latest: Sequence[MentionRecord],
    zone: ZoneInfo,
) -> Iterator[Line]:
    judged = item.mention.judgement
    if customer.is_opted_out:
        yield Line("Has asked not to be written to. Do not write.", "bad")
    if customer.is_vip:
        yield Line("VIP: a person answers, nothing canned.", "warn")
    if customer.contacts <= 1:
        yield Line("New: speaks of us for the first time.")
    else:
        yield Line(f"{ordinal(customer.contacts)} contact, since {_day(customer.first_seen_at, zone)}.")
    yield from _continuity(known, zone)
    if latest:
        felt = [each.judgement for each in latest if each.judgement is not None]
        if felt:
            names = [FEELINGS[each.sentiment].text for each in felt[:3]]
            yield Line(f"Before this: {', then '.join(names)} (newest first).")
    if judged is not None and judged.asks_for_human:
        yield Line("Asks for a person: say who you are.", "warn")
    if judged is not None and judged.is_tender:
        yield Line("Tender topic: no cheer, no emoji, nothing canned.", "bad")
    author = item.mention.mention.author
    if author is not None and author.followers is not None and author.followers >= 1000:
        yield Line(f"{counted(author.followers, 'follower')} may read along.")


def _continuity(known: Sequence[CaseRecord], zone: ZoneInfo) -> Iterator[Line]:
    ended = [case for case in known if case.state not in CASE_OPEN and case.resolved_at is not None]
    for case in [case for case in known if case.state in CASE_OPEN][:1]:
        who = case.assignee or f"team {case.team}"
        yield Line(f"Open case {case.id}: {_short(case.title)}, with {who}.", "warn")
    if ended:
        last = max(ended, key=lambda case: case.resolved_at or case.updated_at)
        parts = [_short(last.title), _day(last.resolved_at or last.updated_at, zone), last.assignee]
        said = ", ".join(part for part in parts if part)
        yield Line(f"Last: {said}{f', ended: {_short(last.outcome)}' if last.outcome else ''}.")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y}"
