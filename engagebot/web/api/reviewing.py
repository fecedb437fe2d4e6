"""The JSON API's review desk: what people and programs do with drafts; a program obeys the same law."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, Strict

from engagebot.domain.heard.verdicts import REASONS
from engagebot.pipeline import review
from engagebot.pipeline.review import Item, Result
from engagebot.store.desk import presence
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, JsonBody, Moment
from engagebot.web.api.shapes import CaseJson, DraftJson
from engagebot.web.desk.handover import assignee, handover, refuse_sensitive, utc
from engagebot.web.entry.auth import NoteTaker, Reviewer
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1", tags=["queue"], route_class=ApiRoute)
Version = Annotated[int, Field(ge=0, le=2**31)]
Id = Annotated[int, Field(ge=1, le=2**62)]
Words = Annotated[str, Field(max_length=100_000)]
Short = Annotated[str, Field(max_length=2000)]
Search = Annotated[str, Query(max_length=200, description="Words in its title or text.")]
_CODES = ", ".join(reason.code.value for reason in REASONS)


class Approval(JsonBody):
    """The version that was read, and the text that leaves; without a text the draft's own leaves.

    What is risky is approved for a reason alone: without one the answer is 422, and `risks` names them.
    """

    version: int
    text: Words | None = None
    reason: Short | None = None


class Rejection(JsonBody):
    """Why, in any words or as a short code; `not_happy` and `sarcasm` also say that the author is unhappy."""

    reason: Short = Field(
        description=f"Your own words, or {_CODES}; a code may be followed by a colon and words."
    )
    version: int | None = None


class Edit(JsonBody):
    text: Words
    version: int


class Choice(JsonBody):
    """Another wording, by its number; the present one is number 1."""

    number: int
    version: int


class PostedByHand(JsonBody):
    url: Short | None = None


class Assignment(JsonBody):
    """The name of a person with an open account, of a team or your own; null for nobody."""

    to: Annotated[str, Field(max_length=200)] | None


class Snooze(JsonBody):
    """Until when, or null: until they answer. A new word of theirs ends it earlier."""

    until: Moment | None


class Handover(JsonBody):
    team: str
    severity: str = Field(default="medium", description="low, medium, high or urgent")
    note: Short | None = None


class Joining(JsonBody):
    """The case that a post belongs to; without one, the open case of the same customer."""

    case_id: Id | None = None


class Skipping(JsonBody):
    reason: Short = ""


class DraftNote(JsonBody):
    text: Words


class Settling(JsonBody):
    """Whether the reply stands on the platform, where nobody could find out."""

    is_there: bool
    url: Short | None = None


class ClaimJson(BaseModel):
    """Whose turn it is now, and whose it was."""

    claimed_by: str
    taken_from: str | None


class UndoneJson(DraftJson):
    undone_from: str


class Beginning(JsonBody):
    text: Words = ""


class SavedReplyJson(BaseModel):
    name: str
    title: str
    text: str
    missing: list[str]


class SavedReplies(BaseModel):
    items: list[SavedReplyJson]


class Deed(StrEnum):
    """What is done to many."""

    APPROVE = "approve"
    REJECT = "reject"
    UNDO = "undo"


class BulkItem(JsonBody):
    """A draft as it was read; `text_hash` is the SHA-256 of its text, in hexadecimal."""

    id: Id
    version: int | None = None
    text_hash: Annotated[str, Field(max_length=64)] | None = None


class Bulk(JsonBody):
    action: Annotated[Deed, Strict(False)]
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=1000)]
    reason: Short = Field(default="", description="Why they are rejected.")


class BulkResult(BaseModel):
    """What became of one of them; `problem` says why nothing was done to it."""

    id: int
    done: bool
    state: str | None
    version: int | None
    problem: str | None


class BulkAnswer(BaseModel):
    results: list[BulkResult]


@router.post("/queue/bulk")
def bulk(app: Site, me: Reviewer, body: Bulk) -> BulkAnswer:
    """Do one thing to many drafts; what needs a closer look is left out, with the reason."""
    items = [Item(each.id, each.version, each.text_hash) for each in body.items]
    with app.store.read() as tx:
        terms = app.terms_of(tx, me.name)
    if body.action is Deed.APPROVE:
        return _told(review.approve_many(app.store, items, act(app, me), terms))
    if body.action is Deed.REJECT:
        return _told(review.reject_many(app.store, items, act(app, me), terms, reason=body.reason))
    with app.store.write() as tx:
        return _told(review.undo_many(tx, [item.draft_id for item in items], act(app, me)))


@router.post("/queue/{draft_id}/approve")
def approve(app: Site, me: Reviewer, draft_id: int, body: Approval) -> DraftJson:
    """Let a reply leave; where two must read it, the first approval answers with the state `held`.

    A seeded check, a known-bad reply laid over a real one, answers 409 with its `outcome`: `missed`, or
    `seen` where it is rejected or written anew. Nothing is done; the real reply stands there afterwards.
    """
    with app.store.write() as tx:
        presence.refuse_if_claimed(tx, draft_id, me.name, app.clock.now())
        terms = app.terms_of(tx, me.name).because(body.reason)
        done = review.approve(tx, draft_id, act(app, me), version=body.version, text=body.text, terms=terms)
        presence.let_go(tx, draft_id)
    return shapes.draft_json(review.told(done))


@router.post("/queue/{draft_id}/release")
def release(app: Site, me: Reviewer, draft_id: int) -> DraftJson:
    """Let an approved reply leave now, without waiting for the rest of the time to undo."""
    with app.store.write() as tx:
        return shapes.draft_json(review.release(tx, draft_id, act(app, me)))


@router.post("/queue/{draft_id}/reject")
def reject(app: Site, me: Reviewer, draft_id: int, body: Rejection) -> DraftJson:
    with app.store.write() as tx:
        done = review.reject(tx, draft_id, act(app, me), reason=body.reason, version=body.version)
    return shapes.draft_json(review.told(done))


@router.post("/queue/{draft_id}/edit")
def edit(app: Site, me: Reviewer, draft_id: int, body: Edit) -> DraftJson:
    with app.store.write() as tx:
        presence.refuse_if_claimed(tx, draft_id, me.name, app.clock.now())
        done = review.edit(tx, draft_id, act(app, me), text=body.text, version=body.version)
    return shapes.draft_json(review.told(done))


@router.post("/queue/{draft_id}/choose")
def choose(app: Site, me: Reviewer, draft_id: int, body: Choice) -> DraftJson:
    """Take another of the wordings that the rule offered."""
    with app.store.write() as tx:
        done = review.choose(tx, draft_id, act(app, me), number=body.number, version=body.version)
    return shapes.draft_json(review.told(done))


@router.post("/queue/{draft_id}/undo")
def undo(app: Site, me: Reviewer, draft_id: int) -> UndoneJson:
    with app.store.write() as tx:
        undone = review.undo(tx, draft_id, act(app, me))
    return UndoneJson(**shapes.draft_json(undone.draft).model_dump(), undone_from=undone.was.value)


@router.post("/queue/{draft_id}/posted")
def posted(app: Site, me: Reviewer, draft_id: int, body: PostedByHand | None = None) -> DraftJson:
    with app.store.write() as tx:
        done = review.posted(tx, draft_id, act(app, me), url=body.url if body else None)
    return shapes.draft_json(done)


@router.post("/queue/{draft_id}/not-posted")
def not_posted(app: Site, me: Reviewer, draft_id: int) -> DraftJson:
    """Say that a reply was not posted by hand after all."""
    with app.store.write() as tx:
        return shapes.draft_json(review.not_posted(tx, draft_id, act(app, me)))


@router.post("/queue/{draft_id}/settle")
def settle(app: Site, me: Reviewer, draft_id: int, body: Settling) -> DraftJson:
    """Say what became of a reply whose outcome nobody could find out."""
    with app.store.write() as tx:
        done = review.settle(tx, draft_id, act(app, me), is_there=body.is_there, url=body.url)
    return shapes.draft_json(done)


@router.post("/queue/{draft_id}/assign")
def assign(app: Site, me: Reviewer, draft_id: int, body: Assignment) -> DraftJson:
    with app.store.write() as tx:
        to = assignee(app, tx, body.to, me)
        return shapes.draft_json(review.assign(tx, draft_id, act(app, me), to=to))


@router.post("/queue/{draft_id}/snooze")
def snooze(app: Site, me: Reviewer, draft_id: int, body: Snooze) -> DraftJson:
    until = None if body.until is None else utc(body.until)
    with app.store.write() as tx:
        return shapes.draft_json(review.snooze(tx, draft_id, act(app, me), until=until))


@router.post("/queue/{draft_id}/escalate")
def escalate(app: Site, me: Reviewer, draft_id: int, body: Handover) -> CaseJson:
    to = handover(app, team=body.team, severity=body.severity, note=body.note)
    with app.store.write() as tx:
        return shapes.case_json(review.escalate(tx, draft_id, act(app, me), to=to))


@router.post("/queue/{draft_id}/join")
def join(app: Site, me: Reviewer, draft_id: int, body: Joining | None = None) -> CaseJson:
    """Put the post into an open case, whose team answers it too; the draft is withdrawn."""
    with app.store.write() as tx:
        case = review.join(tx, draft_id, act(app, me), case_id=body.case_id if body else None)
    return shapes.case_json(case)


@router.post("/queue/{draft_id}/skip", status_code=204)
def skip(app: Site, me: Reviewer, draft_id: int, body: Skipping | None = None) -> Response:
    """Pass a draft over without deciding."""
    with app.store.write() as tx:
        review.skip(tx, draft_id, act(app, me), reason=body.reason if body else "")
    return Response(status_code=204)


@router.post("/queue/{draft_id}/note", status_code=204)
def note(app: Site, me: NoteTaker, draft_id: int, body: DraftNote) -> Response:
    """Write an internal note beside a draft; it can never be sent."""
    refuse_sensitive(app, body.text)
    with app.store.write() as tx:
        review.note(tx, draft_id, act(app, me), text=body.text)
    return Response(status_code=204)


@router.post("/queue/{draft_id}/take-over")
def take_over(app: Site, me: Reviewer, draft_id: int) -> ClaimJson:
    """Take a draft over from whoever is writing there, who is told."""
    with app.store.write() as tx:
        former = presence.take_over(tx, draft_id, me.name, app.clock.now())
    return ClaimJson(claimed_by=me.name, taken_from=former)


@router.get("/queue/{draft_id}/replies")
def list_replies(app: Site, _: Reviewer, draft_id: int, words: Search = "") -> SavedReplies:
    """The saved replies that hold these words, filled for the post behind a draft.

    `missing` names what its sender has to write; until then the text cannot be sent.
    """
    with app.store.read() as tx:
        mention = mentions.get(tx, drafts.get(tx, draft_id).mention_id).mention
    return SavedReplies(
        items=[
            SavedReplyJson(name=reply.name, title=reply.title, text=filled.text, missing=list(filled.missing))
            for reply in app.saved_replies(words)
            for filled in (app.fill_reply(reply, mention),)
        ]
    )


@router.post("/mentions/{mention_id}/draft", status_code=201)
def begin(app: Site, me: Reviewer, mention_id: int, body: Beginning | None = None) -> DraftJson:
    """Begin a reply of your own to a mention that has none; it waits for review as any other."""
    with app.store.write() as tx:
        posted_at = mentions.get(tx, mention_id).mention.posted_at
        done = review.begin(
            tx, mention_id, act(app, me), text=body.text if body else "",
            answer_by=app.settings.first_reply_due(posted_at), manners=app.settings.manners,
        )  # fmt: skip
    return shapes.draft_json(done)


def _told(results: list[Result]) -> BulkAnswer:
    return BulkAnswer(
        results=[
            BulkResult(
                id=each.draft_id,
                done=each.is_done,
                state=each.draft.state.value if each.draft else None,
                version=each.draft.version if each.draft else None,
                problem=each.problem,
            )
            for each in results
        ]
    )
