"""The review queue as pages; every action is a plain form that redirects, so it works without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Person
from engagebot.errors import IllegalMove, VersionMoved, WrongUsage
from engagebot.pipeline import review
from engagebot.store import drafts, mentions
from engagebot.store.engine import Tx
from engagebot.web.desk import lanes
from engagebot.web.desk.bench import Where, bench
from engagebot.web.desk.counting import count
from engagebot.web.desk.handover import handover
from engagebot.web.entry.auth import Reader, Reviewer
from engagebot.web.figures.costing import cost_of_reply
from engagebot.web.problems import status_of
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act
from engagebot.web.wording import snooze_until

router = APIRouter(prefix="/queue", include_in_schema=False)
Text = Annotated[str, Form(max_length=100_000)]
Version = Annotated[int, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An action that could not be done: why, and the words the person had written, which stay."""

    status: int
    message: str
    text: str | None = None
    theirs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """Where to go after an action: the lane, and the item that comes next in it."""

    lane: lanes.Name
    following: int | None


def onward(
    lane: Annotated[lanes.Name, Form()] = lanes.Name.REVIEW,
    following: Annotated[int | None, Form()] = None,
) -> Onward:
    """What every form of the queue carries along."""
    return Onward(lane=lane, following=following)


Next = Annotated[Onward, Depends(onward)]


@router.get("")
def show_queue(
    request: Request,
    app: Site,
    me: Reader,
    lane: lanes.Name = lanes.Name.REVIEW,
    item: int | None = None,
    cursor: str | None = None,
    undo: int | None = None,
) -> Response:
    return queue_page(request, app, me, Where(lane=lane, item=item, cursor=cursor, undo=undo))


@router.post("/{draft_id}/approve")
def approve(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Next, version: Version, text: Text = ""
) -> Response:
    try:
        with app.store.write() as tx:
            done = review.approve(tx, draft_id, act(app, me), version=version, text=text, terms=app.terms)
    except (VersionMoved, IllegalMove, WrongUsage) as error:
        return refused(request, app, me, draft_id, go, error, text=text)
    if done.state is DraftState.BY_HAND:
        return forth(lanes.Name.BY_HAND, draft_id, "by_hand", undo=draft_id)
    return forth(go.lane, go.following, "approved", undo=draft_id)


@router.post("/{draft_id}/edit")
def edit(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Next, version: Version, text: Text = ""
) -> Response:
    try:
        with app.store.write() as tx:
            review.edit(tx, draft_id, act(app, me), text=text, version=version)
    except (VersionMoved, IllegalMove, WrongUsage) as error:
        return refused(request, app, me, draft_id, go, error, text=text)
    return forth(lanes.Name.REVIEW, draft_id, "edited")


@router.post("/{draft_id}/reject")
def reject(
    request: Request,
    app: Site,
    me: Reviewer,
    draft_id: int,
    go: Next,
    reason: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    why = f"{reason}: {note.strip()}" if reason and note.strip() else reason or note
    return carried_out(
        request, app, me, draft_id, go, "rejected",
        lambda tx: review.reject(tx, draft_id, act(app, me), reason=why),
    )  # fmt: skip


@router.post("/{draft_id}/undo")
def undo(request: Request, app: Site, me: Reviewer, draft_id: int, go: Next) -> Response:
    back = Onward(lane=lanes.Name.REVIEW, following=draft_id)
    return carried_out(
        request, app, me, draft_id, back, "undone", lambda tx: review.undo(tx, draft_id, act(app, me))
    )


@router.post("/{draft_id}/posted")
def posted(
    request: Request,
    app: Site,
    me: Reviewer,
    draft_id: int,
    go: Next,
    url: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    return carried_out(
        request, app, me, draft_id, go, "posted",
        lambda tx: review.posted(tx, draft_id, act(app, me), url=url.strip() or None),
    )  # fmt: skip


@router.post("/{draft_id}/assign")
def assign(
    request: Request,
    app: Site,
    me: Reviewer,
    draft_id: int,
    go: Next,
    to: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    stay = Onward(lane=go.lane, following=draft_id)
    return carried_out(
        request, app, me, draft_id, stay, "assigned",
        lambda tx: review.assign(tx, draft_id, act(app, me), to=to.strip() or None),
    )  # fmt: skip


@router.post("/{draft_id}/snooze")
def snooze(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Next, until: Annotated[str, Form()]
) -> Response:
    moment = snooze_until(until, app.clock.now(), app.settings.timezone)
    return carried_out(
        request, app, me, draft_id, go, "snoozed",
        lambda tx: review.snooze(tx, draft_id, act(app, me), until=moment),
    )  # fmt: skip


@router.post("/{draft_id}/escalate")
def escalate(
    request: Request,
    app: Site,
    me: Reviewer,
    draft_id: int,
    go: Next,
    team: Annotated[str, Form()],
    severity: Annotated[str, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    to = handover(app, team=team, severity=severity, note=note)
    return carried_out(
        request, app, me, draft_id, go, "escalated",
        lambda tx: review.escalate(tx, draft_id, act(app, me), to=to),
    )  # fmt: skip


@router.post("/{draft_id}/settle")
def settle(
    request: Request,
    app: Site,
    me: Reviewer,
    draft_id: int,
    go: Next,
    is_there: Annotated[bool, Form()],
    url: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    return carried_out(
        request, app, me, draft_id, go, "settled",
        lambda tx: review.settle(tx, draft_id, act(app, me), is_there=is_there, url=url.strip() or None),
    )  # fmt: skip


@router.post("/{draft_id}/count")
def count_text(app: Site, me: Reader, draft_id: int, text: Text = "") -> JSONResponse:
    with app.store.read() as tx:
        draft = drafts.get(tx, draft_id)
        answered = mentions.get(tx, draft.mention_id)
    counted = count(app, draft.source, text)
    problem = review.wording_problem(draft, text, app.text_problem)
    cost = cost_of_reply(app, answered.mention, draft.reply_route, text)
    return JSONResponse(
        {
            "words": counted.words if counted else f"{len(text)}",
            "problem": problem,
            "cost": cost.words if cost else None,
        }
    )


def queue_page(
    request: Request, app: App, me: Person, where: Where, trouble: Trouble | None = None
) -> Response:
    """Show the queue, with what went wrong where something did."""
    shown = bench(app, where)
    status = trouble.status if trouble else 200
    values = {"bench": shown, "lanes": lanes.LANES, "trouble": trouble, "undo_id": where.undo}
    return page(request, me, "queue.html", status=status, teams=tuple(app.settings.teams), **values)


def carried_out(
    request: Request,
    app: App,
    me: Person,
    draft_id: int,
    go: Onward,
    done: str,
    do: Callable[[Tx], object],
) -> Response:
    """Do one thing to a draft and go on, or show the item again with the reason why not."""
    try:
        with app.store.write() as tx:
            do(tx)
    except (VersionMoved, IllegalMove, WrongUsage) as error:
        return refused(request, app, me, draft_id, go, error)
    can_undo = done in {"rejected", "posted"}
    return forth(go.lane, go.following, done, undo=draft_id if can_undo else None)


def refused(
    request: Request,
    app: App,
    me: Person,
    draft_id: int,
    go: Onward,
    error: VersionMoved | IllegalMove | WrongUsage,
    *,
    text: str | None = None,
) -> Response:
    """Show the item again, with the reason and the person's own words."""
    theirs = error.text if isinstance(error, VersionMoved) else None
    trouble = Trouble(status=status_of(error), message=str(error), text=text, theirs=theirs)
    return queue_page(request, app, me, Where(lane=go.lane, item=draft_id), trouble)


def forth(lane: lanes.Name, item: int | None, done: str, *, undo: int | None = None) -> Response:
    """Redirect to what comes next."""
    path = with_query("/queue", lane=lane.value, item=item, done=done, undo=undo)
    return RedirectResponse(path, status_code=303)
