"""The JSON API: mentions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from engagebot.bootstrap import App
from engagebot.domain.actions import Outcome
from engagebot.domain.desk import searching
from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import Mention, MentionState
from engagebot.errors import FilesInvalid, NotFound, WrongUsage
from engagebot.pipeline import intake
from engagebot.pipeline.correcting import correct
from engagebot.store.heard import decisions, mentions
from engagebot.store.heard.mentions import MentionFilter
from engagebot.store.heard.searched import Asker
from engagebot.web.api import shapes
from engagebot.web.api.asking import ApiRoute, Asked, Cursor, JsonBody, Limit
from engagebot.web.api.shapes import (
    DecisionJson,
    Listing,
    MentionJson,
)
from engagebot.web.entry.auth import Corrector, Pusher, Reader
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1", tags=["mentions"], route_class=ApiRoute)


class PushedMention(JsonBody):
    """A mention that another program brings, with the fields of an import."""

    source: str
    native_id: str | None = Field(default=None, description="The platform's own id; `id` is the same.")
    id: str | None = None
    text: str
    posted_at: str
    author: str | None = Field(default=None, description="The account's handle.")
    author_id: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    followers: int | None = None
    url: str | None = None
    title: str | None = None
    kind: str | None = None
    lang: str | None = None
    parent_id: str | None = None
    conversation_id: str | None = None
    community: str | None = None
    addressed_to_us: bool | None = None
    likes: int | None = None
    replies: int | None = None
    score: int | None = None


class Correction(JsonBody):
    """A person's word in place of the machine's."""

    sentiment: str | None = None
    intents: list[str] | None = None


def filter_of(
    source: str | None = None,
    watch: str | None = None,
    sentiment: Sentiment | None = None,
    outcome: Outcome | None = None,
    state: MentionState | None = None,
    customer_id: int | None = None,
) -> MentionFilter:
    """Read a filter out of an address."""
    return MentionFilter(
        source=source,
        watch=watch,
        sentiment=sentiment.value if sentiment else None,
        outcome=outcome.value if outcome else None,
        state=state.value if state else None,
        customer_id=customer_id,
    )


@router.get("/mentions")
def list_mentions(
    app: Site,
    me: Reader,
    only: Annotated[MentionFilter, Depends(filter_of)],
    asked: Asked = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[MentionJson]:
    search, asker = searching.read(asked), Asker(app.clock.now(), me.name)
    with app.store.read() as tx:
        found = mentions.page(tx, limit=limit, cursor=cursor, only=only, search=search, asker=asker)
    return shapes.listing(found, shapes.mention_json)


@router.post(
    "/mentions",
    status_code=201,
    responses={
        200: {"description": "It was known already."},
        422: {"description": "A field is wrong, or our own account wrote it; `detail` says which."},
    },
)
def push_mention(app: Site, me: Pusher, body: PushedMention, response: Response) -> MentionJson:
    mention = read_pushed(app, body)
    with app.store.write() as tx:
        accepted = intake.accept(
            tx, [mention], at=app.clock.now(), is_history=False, manners=app.settings.manners
        )
        record = mentions.find(tx, mention.ref)
    if record is None:
        raise WrongUsage("our own account wrote this; what it writes is not taken for a customer's")
    if not accepted.added:
        response.status_code = 200
    return shapes.mention_json(record)


@router.get("/mentions/{mention_id}")
def show_mention(app: Site, _: Reader, mention_id: int) -> MentionJson:
    with app.store.read() as tx:
        return shapes.mention_json(mentions.get(tx, mention_id))


@router.get("/mentions/{mention_id}/decision")
def show_decision(app: Site, _: Reader, mention_id: int) -> DecisionJson:
    with app.store.read() as tx:
        record = mentions.get(tx, mention_id)
        decision = decisions.latest(tx, mention_id)
    if decision is None:
        raise NotFound(f"mention {mention_id} is not decided yet")
    try:
        return shapes.decision_json(decision, app.trace(decision, record))
    except (NotFound, FilesInvalid) as error:
        return shapes.decision_json(decision, None, problem=str(error))


@router.post("/mentions/{mention_id}/correct")
def correct_mention(app: Site, me: Corrector, mention_id: int, body: Correction) -> MentionJson:
    with app.store.write() as tx:
        correct(tx, mention_id, act(app, me), sentiment=body.sentiment, intents=body.intents)
    app.decide_again([mention_id])
    with app.store.read() as tx:
        return shapes.mention_json(mentions.get(tx, mention_id))


def read_pushed(app: App, body: PushedMention) -> Mention:
    """Turn a pushed body into a mention, by the rules of imports.

    Raises:
        WrongUsage: a field cannot be used; the message names it.
    """
    values = body.model_dump(exclude_none=True)
    native_id = values.pop("native_id", None)
    if native_id is not None and values.setdefault("id", native_id) != native_id:
        raise WrongUsage("id and native_id differ; send one of them")
    context = intake.RowContext(source=None, now=app.clock.now(), handles=app.settings.brand.handles)
    try:
        return intake.read_row(values, context)
    except ValueError as error:
        raise WrongUsage(str(error)) from None
