"""What stands around a draft: the thread before and after, our own answers, and the person in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engagebot.domain.drafting import WRITTEN_BY_HAND
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.persons.customers import CustomerNote, Mark, NoteKind, Way
from engagebot.domain.persons.recovery import LastTalk
from engagebot.domain.records import (
    CaseRecord,
    CustomerRecord,
    DecisionRecord,
    DraftRecord,
    Event,
    MentionRecord,
    QueueItem,
)
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import decisions, mentions
from engagebot.store.heard.mentions import MentionFilter
from engagebot.store.persons import contacts, continuity, customers, people
from engagebot.store.replying import drafts
from engagebot.web.wording import FEELINGS, counted, ordinal

LATEST_OF_CUSTOMER = 5
_LINES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to know about a person; `tone` is the style sheet's."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What people noted about somebody, how often they came `elsewhere`, and how the last talk went."""

    zone: ZoneInfo
    notes: Sequence[CustomerNote]
    last: LastTalk | None
    elsewhere: int


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
    last: LastTalk | None

    @property
    def writer(self) -> str | None:
        """The person who proposed the reply; `None` where a rule did."""
        begun = next((event for event in self.history if event.action == "draft.proposed"), None)
        is_by_hand = self.item.draft.rule_id == WRITTEN_BY_HAND
        return begun.actor if begun is not None and is_by_hand else None

    @property
    def notes(self) -> tuple[Event, ...]:
        """What people wrote for each other."""
        return tuple(event for event in self.history if event.action == "draft.note")


def read_context(tx: Tx, item: QueueItem, zone: ZoneInfo) -> Context:
    """Read what stands around a draft."""
    mention = item.mention
    customer = customers.get(tx, mention.customer_id) if mention.customer_id else None
    accounts = people.accounts_of(tx, customer.id) if customer else ()
    known = [case for each in accounts for case in cases.of_customer(tx, each)]
    only = MentionFilter(customer_id=mention.customer_id)
    latest = mentions.page(tx, limit=LATEST_OF_CUSTOMER, only=only).items if customer else ()
    others = tuple(other for other in latest if other.id != mention.id)
    thread = sorted(mentions.conversation(tx, mention), key=lambda each: (each.mention.posted_at, each.id))
    place = (mention.mention.posted_at, mention.id)
    open_cases = tuple(case for case in known if case.state in CASE_OPEN)
    noted = contacts.of_customers(tx, accounts) if known else {}
    told = Told(
        zone=zone,
        notes=people.notes(tx, accounts, standing=True),
        last=continuity.last_among(tx, known),
        elsewhere=sum(each.contacts for each in noted.values()),
    )
    in_thread = [mention.id, *(other.id for other in thread)]
    return Context(
        item=item,
        decision=decisions.latest(tx, mention.id),
        customer=customer,
        case=open_cases[0] if open_cases else _case_of(tx, mention.id, known),
        open_cases=open_cases,
        latest=others,
        before=tuple(each for each in thread if (each.mention.posted_at, each.id) < place),
        after=tuple(each for each in thread if (each.mention.posted_at, each.id) > place),
        answers=tuple(drafts.answers(tx, in_thread)),
        history=tuple(audit.of(tx, f"draft:{item.draft.id}")),
        snapshot=tuple(_snapshot(item, customer, known, others, told))[:_LINES] if customer else (),
        last=told.last,
    )


def _case_of(tx: Tx, mention_id: int, known: Sequence[CaseRecord]) -> CaseRecord | None:
    """The case that a mention belongs to: one of its author's, or one of somebody who says the same."""
    theirs = (case for case in known if mention_id in case.mention_ids)
    return next(theirs, None) or cases.of_mention(tx, mention_id)


def _snapshot(
    item: QueueItem,
    customer: CustomerRecord,
    known: Sequence[CaseRecord],
    latest: Sequence[MentionRecord],
    told: Told,
) -> Iterator[Line]:
    judged = item.mention.judgement
    if customer.is_opted_out:
        yield Line("Has asked not to be written to. Do not write.", "bad")
    if customer.mark is not None:
        yield Line(_WHOSE[customer.mark], "warn")
    if customer.is_vip:
        yield Line("VIP: a person answers, nothing canned.", "warn")
    yield from _wishes(told)
    count = customer.contacts + told.elsewhere
    if count <= 1:
        yield Line("New: speaks of us for the first time.")
    else:
        yield Line(f"{ordinal(count)} contact, since {_day(customer.first_seen_at, told.zone)}.")
    yield from _continuity(known, told)
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


_WHOSE = {
    Mark.STAFF: "One of our own people: no reply is needed.",
    Mark.PRESS: "Press: whoever speaks with journalists answers.",
}


def _wishes(told: Told) -> Iterator[Line]:
    """What they do not want comes first, with their own words; the reply on this desk is a public one."""
    by_kind = {kind: [note for note in told.notes if note.kind is kind] for kind in NoteKind}
    for note in by_kind[NoteKind.DISLIKES_CHANNEL]:
        way = Way(note.text)
        quote = f": {_short(note.basis, 160)}" if note.basis else ""
        told_by = f"{note.noted_by}, {_day(note.noted_at, told.zone)}"
        tone = "bad" if way is Way.PUBLIC_REPLY else "warn"
        yield Line(f"Does not want {way.words}{quote} ({told_by}).", tone)
    for note in by_kind[NoteKind.AVOID]:
        yield Line(f"Avoid: {_short(note.text)}.", "warn")
    for note in by_kind[NoteKind.CARES_ABOUT]:
        yield Line(f"Cares about: {_short(note.text)}.")
    for note in by_kind[NoteKind.LIKES_CHANNEL]:
        yield Line(f"Likes {Way(note.text).words}.")


def _continuity(known: Sequence[CaseRecord], told: Told) -> Iterator[Line]:
    for case in [case for case in known if case.state in CASE_OPEN][:1]:
        who = case.assignee or f"team {case.team}"
        yield Line(f"Open case {case.id}: {_short(case.title)}, with {who}.", "warn")
    if told.last is not None:
        yield Line(f"{told.last.words(told.zone)}.")


def _short(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _day(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y}"
