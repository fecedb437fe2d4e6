"""One message for each case and channel: posted with its first news, changed in place from then on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from engagebot.domain.casework import case_marks
from engagebot.domain.casework.case_marks import MarkKind
from engagebot.domain.outbox import CASE_OPEN, CaseState
from engagebot.domain.records import CaseRecord, DeliveryRecord, Event, MentionRecord
from engagebot.domain.telling import cards
from engagebot.domain.telling.cards import CaseCard
from engagebot.domain.telling.detours import CASE, CASE_STATE
from engagebot.domain.telling.notices import QUOTE_CHARS, due_words, feeling_words, past_words, where_words
from engagebot.domain.telling.timed_notices import CLOCK_WORDS
from engagebot.errors import DeliveryFailed
from engagebot.ports import Clock, KeepsMessages, Notice
from engagebot.store import audit
from engagebot.store.casework import cases, clocks, messages
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import mentions
from engagebot.store.persons import chatters
from engagebot.store.telling import deliveries

_OPENED, _CONTACT = "case.opened", "case.contact"
# What goes into the thread alone; the rest is shown to the channel as well.
_QUIET = frozenset({_OPENED, _CONTACT, messages.BELOW})
# The key of a reference that says under which id whose words stand below the message.
_BELOW = "below"
# The states that somebody brings a case into, and how that is said.
_DONE = {
    CaseState.ACKNOWLEDGED: "acknowledged",
    CaseState.WAITING: "waits for the customer",
    CaseState.SNOOZED: "snoozed",
    CaseState.RESOLVED: "resolved",
    CaseState.CLOSED: "closed",
    CaseState.REOPENED: "reopened",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How cases are shown: `base_url` leads to the pages, `is_masked` keeps names and quotes to them."""

    base_url: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Keeper:
    """What it takes to keep the messages of cases."""

    store: Store
    clock: Clock
    showing: Showing


def put(keeper: Keeper, sink: KeepsMessages, delivery: DeliveryRecord, notice: Notice) -> None:
    """Bring the message of a delivery's case up to date, and put what is new below it.

    The reference is kept before anything is put below: a second try then changes the message that stands.

    Raises:
        DeliveryFailed: the channel did not take it, or another worker posts the first message now.
    """
    case_id, channel = delivery.case_id or 0, delivery.channel
    now = keeper.clock.now()
    with keeper.store.write() as tx:
        reference = messages.begin(tx, case_id, channel, now)
        card = card_of(tx, keeper.showing, case_id, now)
        detail = _detail(tx, keeper.showing, delivery, notice)
        people = _people(tx, channel, notice)
    if reference is None:
        raise DeliveryFailed("the first message about this case is on its way already")
    try:
        stands = sink.put(replace(notice, card=card), reference or None)
    except Exception:
        if not reference:
            with keeper.store.write() as tx:
                messages.give_up(tx, case_id, channel)
        raise
    below = dict(reference.get(_BELOW, {}))
    kept = {**stands, _BELOW: below}
    with keeper.store.write() as tx:
        messages.keep(tx, case_id, channel, kept, now)
        gone = _gone(tx, below)
    for mention_id, said in gone.items():
        # Words that their author took back leave the thread as well.
        told = replace(notice, title=f"Case {case_id}", text=said)
        sink.add(told, kept, instead_of=below.pop(mention_id))
    if detail is not None:
        kind = notice.payload.get("type")
        told = replace(notice, text=detail, people=people)
        own = sink.add(told, kept, is_loud=kind not in _QUIET)
        if delivery.mention_id is not None:
            below[str(delivery.mention_id)] = own
    if gone or detail is not None:
        with keeper.store.write() as tx:
            messages.keep(tx, case_id, channel, {**stands, _BELOW: below}, now)


def _people(tx: Tx, channel: str, notice: Notice) -> tuple[str, ...]:
    # Looked up as it leaves: who is no longer that account must not be rung. The names are no customer's.
    return chatters.ids_of(tx, channel.partition(":")[0], notice.payload.get("people") or ())


def _gone(tx: Tx, below: Mapping[str, str]) -> dict[str, str]:
    """The mentions whose words stand below a message and are not kept any more, and what is said of them."""
    heard = mentions.get_many(tx, [int(mention_id) for mention_id in below])
    return {str(each.id): each.removal.case_title for each in heard.values() if each.removal is not None}


def card_of(tx: Tx, showing: Showing, case_id: int, now: datetime) -> CaseCard:
    """A case as it is now, with the words of its newest contact."""
    case = cases.get(tx, case_id)
    said = mentions.get_many(tx, case.mention_ids)
    heard = _newest(said.values(), case)
    who, quote = _words(heard, case, is_masked=showing.is_masked)
    mention = heard.mention if heard else None
    judged = heard.judgement.sentiment if heard and heard.judgement else None
    due_at, due_what = _due(tx, case)
    past = audit.of(tx, f"case:{case.id}")
    marked = {mark.kind: mark.words for mark in case_marks.marks_of(case, list(said.values()))}
    return CaseCard(
        case_id=case.id,
        state=case.state,
        severity=case.severity,
        feeling=feeling_words(judged),
        who=who,
        where=where_words(mention) if mention else "elsewhere",
        quote=quote,
        contacts=case.contacts,
        # What a rule saw are the customer's words.
        why=cards.HIDDEN
        if showing.is_masked
        else cards.why_words(case.why, _newest_why(tx, case, said, past)),
        team=case.team,
        at=now,
        url=f"{showing.base_url}/cases/{case.id}",
        holder=case.assignee,
        since=_since(past, case, now, showing),
        due_at=due_at,
        due=due_words(due_at, now, showing.zone) if due_at else None,
        due_what=due_what,
        post_url=mention.url if mention else None,
        # A rival is no person, and its name is ours to tell: masked sites tell it as well.
        leaves=marked.get(MarkKind.MAY_LEAVE),
        asked=marked.get(MarkKind.ASKED_BEFORE),
        deeds=cards.DEEDS[case.state],
    )


def _due(tx: Tx, case: CaseRecord) -> tuple[datetime | None, str]:
    """What is due next, by the clocks that run, or by what was promised at the beginning."""
    if case.state not in CASE_OPEN:
        return None, ""
    found = [each for each in clocks.running(tx, [case.id]).get(case.id, []) if each.due_at is not None]
    if found:
        first = min(found, key=lambda each: each.due_at or case.opened_at)
        return first.due_at, CLOCK_WORDS[first.kind]
    return (case.first_reply_due_at if case.first_reply_at is None else None), "reply"


def _newest(heard: Collection[MentionRecord], case: CaseRecord) -> MentionRecord | None:
    own = [each for each in heard if each.customer_id == case.customer_id] or list(heard)
    return max(own, key=lambda each: (each.mention.posted_at, each.id), default=None)


def _newest_why(
    tx: Tx, case: CaseRecord, said: Mapping[int, MentionRecord], past: Sequence[Event]
) -> str | None:
    """Why the team was last told that somebody wrote, unless the case itself took a newer reason since.

    The notices hold it: unlike the audit they forget what their customer takes back.
    """
    raised = max((event.at for event in past if event.action == "case.severity_raised"), default=None)
    for told in reversed(deliveries.of_case(tx, case.id, kinds=[CASE])):
        data = told.payload.get("data") or {}
        heard = said.get(told.mention_id or 0)
        if data.get("type") not in {_OPENED, _CONTACT} or heard is None or heard.removal is not None:
            continue
        is_newer = raised is None or told.created_at >= raised
        why = data["case"].get("why")
        return str(why) if why and is_newer else None
    return None


def _words(heard: MentionRecord | None, case: CaseRecord, *, is_masked: bool) -> tuple[str, str]:
    """Who it is and what they said, as far as both may be shown and are still known."""
    author = heard.mention.author if heard else None
    if is_masked:
        return f"the customer of case {case.id}", cards.HIDDEN
    who = f"@{author.handle}" if author else "someone whose account is gone"
    if heard is None:
        return who, cards.cut(case.title, QUOTE_CHARS)
    if heard.removal is not None:
        return who, heard.removal.case_title
    return who, cards.cut(heard.mention.line or "(no text)", QUOTE_CHARS)


def _since(past: list[Event], case: CaseRecord, now: datetime, showing: Showing) -> str | None:
    """Who brought the case into its state and when: "acknowledged by agent_demo at 14:02"."""
    done = _DONE.get(case.state)
    moves = [event for event in past if event.detail.get("to") == case.state.value]
    if done is None or not moves:
        return None
    last = moves[-1]
    # What people type may hold a name.
    outcome = f": {case.outcome}" if case.outcome and not showing.is_masked else ""
    if last.action == "case.looked_fixed":
        outcome = ": they say that it is not fixed"
    until = ""
    if case.state is CaseState.SNOOZED and case.snoozed_until is not None:
        # Without "in 27 min", which would stand there when it is long untrue.
        until = f", until {due_words(case.snoozed_until, now, showing.zone).partition(' (')[0]}"
    return f"{done}, by {last.actor} at {past_words(last.at, now, showing.zone)}{outcome}{until}"


def _detail(tx: Tx, showing: Showing, delivery: DeliveryRecord, notice: Notice) -> str | None:
    """What goes below the message; `None` where the message itself says it all."""
    kind = notice.payload.get("type")
    if kind == messages.BELOW:
        return str(notice.payload["masked"]) if showing.is_masked else notice.text
    if delivery.kind == CASE_STATE:
        return None
    if kind not in {_OPENED, _CONTACT}:
        return notice.text
    heard = mentions.get_many(tx, [delivery.mention_id] if delivery.mention_id else [])
    said = next((each.mention for each in heard.values() if each.removal is None), None)
    is_told = kind == _OPENED and (said is None or len(said.line) <= QUOTE_CHARS)
    if is_told or (showing.is_masked and kind == _OPENED):
        return None
    return cards.HIDDEN if showing.is_masked or said is None or not said.words else said.words
