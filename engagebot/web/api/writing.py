"""JSON: words half written into a draft, kept for their writer until they save, send or drop them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from engagebot.errors import IllegalMove
from engagebot.store.desk import writings
from engagebot.store.replying import drafts
from engagebot.web.api.asking import ApiRoute, JsonBody
from engagebot.web.api.reviewing import Version, Words
from engagebot.web.entry.auth import Reviewer
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1/queue/{draft_id}/writing", tags=["queue"], route_class=ApiRoute)


class HalfWritten(JsonBody):
    """Words half written, and the version of the draft that they were written on.

    `by` says who typed them, where that may be another than who is signed in by now; then nothing is kept.
    """

    text: Words
    version: Version
    by: Annotated[str, Field(max_length=200)] | None = None


class WritingJson(BaseModel):
    text: str
    version: int
    saved_at: AwareDatetime


@router.get("")
def show_writing(app: Site, me: Reviewer, draft_id: int) -> WritingJson | None:
    """What you have typed into a draft and neither saved nor sent; null where there is nothing."""
    with app.store.read() as tx:
        drafts.get(tx, draft_id)
        found = writings.of(tx, draft_id, me.name)
    return (
        None
        if found is None
        else WritingJson(text=found.text, version=found.version, saved_at=found.saved_at)
    )


@router.put("", status_code=204)
def keep_writing(app: Site, me: Reviewer, draft_id: int, body: HalfWritten) -> Response:
    """Keep what you are typing, for you alone."""
    if body.by is not None and body.by != me.name:
        raise IllegalMove(f"{body.by} typed this, and {me.name} is signed in")
    with app.store.write() as tx:
        writings.save(tx, draft_id, me.name, body.text, version=body.version, at=app.clock.now())
    return Response(status_code=204)


@router.delete("", status_code=204)
def drop_writing(app: Site, me: Reviewer, draft_id: int) -> Response:
    """Drop what you have typed and not saved."""
    with app.store.write() as tx:
        drafts.get(tx, draft_id)
        writings.forget(tx, draft_id, me.name)
    return Response(status_code=204)
