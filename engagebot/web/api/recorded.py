"""A customer's record as JSON: what the page shows, and what `customers export` hands out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from engagebot.pipeline.people.knowing import Known
from engagebot.store.persons.talks import Said
from engagebot.web.api.case_shapes import TicketJson, ticket_json
from engagebot.web.api.shapes import CaseJson, CustomerJson, EventJson, MentionJson, Shape, mention_json


class NoteJson(Shape):
    """`kind` is one of note, cares_about, avoid, likes_channel, dislikes_channel and not_linked."""

    id: int
    customer_id: int
    kind: str
    text: str
    basis: str | None
    noted_by: str
    noted_at: datetime
    ended_by: str | None
    ended_at: datetime | None


class TagJson(Shape):
    customer_id: int
    tag: str
    tagged_by: str
    tagged_at: datetime


class LinkJson(Shape):
    """`basis` is said_it_themselves, opted_in or public_link."""

    id: int
    customer_id: int
    other_id: int
    basis: str
    reason: str
    linked_by: str
    linked_at: datetime
    ended_by: str | None
    ended_at: datetime | None


class SaidJson(BaseModel):
    """One thing that was said: `direction` is in or out, `kind` mention, reply or contact (elsewhere)."""

    at: datetime
    customer_id: int
    direction: str
    kind: str
    channel: str
    text: str
    by: str | None
    url: str | None
    sentiment: str | None
    minutes: int | None
    mention_id: int | None
    draft_id: int | None
    case_id: int | None


class FeltJson(Shape):
    at: datetime
    mention_id: int
    sentiment: str


class CourseJson(CaseJson):
    """A case, and how its customer felt before it and after our answer.

    `recovery` is recovered, better, same, worse or no_answer.
    """

    before: str | None
    after: str | None
    recovery: str | None
    is_still_unhappy: bool
    tickets: list[TicketJson]


class LastTalkJson(Shape):
    """The last case that ended; `words` say it in a line."""

    case_id: int
    topic: str
    at: datetime
    who: str | None
    outcome: str | None
    words: str


class RecordJson(CustomerJson):
    """All that is known of a person; give `next_cursor` back as `cursor` for what was said before.

    They are a customer `since` a year, a month or a day (2019, 2019-04 or 2019-04-01). `contacts` are the
    posts of this account; `contacts_elsewhere` and `minutes` of their time were logged in cases of them all.
    """

    contacts_elsewhere: int
    minutes: int

    since: str | None
    accounts: list[CustomerJson]
    links: list[LinkJson]
    tags: list[TagJson]
    notes: list[NoteJson]
    cases: list[CourseJson]
    last: LastTalkJson | None
    feelings: list[FeltJson]
    said: list[SaidJson]
    next_cursor: str | None
    history: list[EventJson]


class CustomerDetailJson(RecordJson):
    """The record, with the mentions among what was said."""

    mentions: list[MentionJson]


def record_json(known: Known, zone: ZoneInfo, said: Iterable[Said] | None = None) -> RecordJson:
    """A customer's record; `said` takes the place of the page that was read."""
    told = known.said.items if said is None else said
    return RecordJson(
        **CustomerJson.model_validate(known.customer).model_dump(),
        contacts_elsewhere=known.contacts.logged,
        minutes=known.contacts.minutes,
        since=known.tenure.since if known.tenure is not None else None,
        accounts=[CustomerJson.model_validate(each) for each in known.accounts],
        links=[LinkJson.model_validate(each) for each in known.links],
        tags=[TagJson.model_validate(each) for each in known.tags],
        notes=[NoteJson.model_validate(each) for each in known.notes],
        cases=list(_courses(known)),
        last=_last(known, zone),
        feelings=[FeltJson.model_validate(each) for each in known.felt],
        said=[said_json(each) for each in told],
        next_cursor=known.said.cursor if said is None else None,
        history=[EventJson.model_validate(each) for each in known.history],
    )


def detail_json(known: Known, zone: ZoneInfo) -> CustomerDetailJson:
    """A customer's record with its mentions as the API shows them elsewhere."""
    heard = [mention_json(each.mention) for each in known.said.items if each.mention is not None]
    return CustomerDetailJson(**record_json(known, zone).model_dump(), mentions=heard)


def said_json(said: Said) -> SaidJson:
    """One thing that was said."""
    mention, reply, elsewhere = said.mention, said.reply, said.elsewhere
    about = mention.mention if mention is not None else None
    handle = about.author.handle if about is not None and about.author is not None else None
    return SaidJson(
        at=said.at,
        customer_id=said.customer_id,
        direction="in" if said.is_inbound else "out",
        kind=said.kind,
        channel=said.channel,
        text=said.text,
        by=(
            reply.approved_by
            if reply is not None
            else elsewhere.noted_by
            if elsewhere is not None
            else handle
        ),
        url=about.url if about is not None else reply.url if reply is not None else None,
        sentiment=mention.judgement.sentiment.value if mention is not None and mention.judgement else None,
        minutes=elsewhere.minutes if elsewhere is not None else None,
        mention_id=mention.id if mention is not None else reply.mention_id if reply is not None else None,
        draft_id=reply.id if reply is not None else None,
        case_id=elsewhere.case_id if elsewhere is not None else None,
    )


def _courses(known: Known) -> Iterable[CourseJson]:
    for case in known.cases:
        course = known.courses[case.id]
        yield CourseJson(
            **CaseJson.model_validate(case).model_dump(),
            before=course.before.value if course.before else None,
            after=course.after.value if course.after else None,
            recovery=course.recovery.value if course.recovery else None,
            is_still_unhappy=course.is_still_unhappy,
            tickets=[ticket_json(each) for each in known.tickets.get(case.id, ())],
        )


def _last(known: Known, zone: ZoneInfo) -> LastTalkJson | None:
    last = known.last
    if last is None:
        return None
    return LastTalkJson(
        case_id=last.case_id,
        topic=last.topic,
        at=last.at,
        who=last.who,
        outcome=last.outcome,
        words=last.words(zone),
    )
