"""The review queue as pages: the list, the item, and the parts of them that follow a decision."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.drafting import WRITTEN_BY_HAND
from engagebot.domain.heard.verdicts import REASONS
from engagebot.domain.judgement import Intent
from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Person
from engagebot.errors import Claimed, IllegalMove, VersionMoved, WrongUsage
from engagebot.store.desk import queue, writings
from engagebot.store.desk.queue_order import Sort
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts
from engagebot.store.replying import drafts, seeded
from engagebot.web.desk import lanes
from engagebot.web.desk.bench import Bench, bench
from engagebot.web.desk.changes import Change, changes
from engagebot.web.desk.handover import familiar
from engagebot.web.desk.reading import read_reply
from engagebot.web.desk.reasons import found_value, said_value
from engagebot.web.desk.spared import LOCAL, around, read_held, spared
from engagebot.web.desk.where import PLAY, Where
from engagebot.web.entry.auth import Reader, Reviewer
from engagebot.web.problems import status_of
from engagebot.web.rendering import (
    Shell,
    Surroundings,
    done_of,
    is_part,
    page,
    page_in,
    part_of_page,
    partial,
    shell_of,
    surroundings_of,
)
from engagebot.web.site import Site
from engagebot.web.wording import DRAFT_STATES, span

router = APIRouter(prefix="/queue", include_in_schema=False)
Text = Annotated[str, Form(max_length=100_000)]
Number = Annotated[int | None, Query(ge=1, le=2**31)]
# What can be taken back by one press after it was done.
_UNDOABLE = frozenset({"approved", "rejected", "posted", "by_hand", "first_read", "snoozed"})
# Somebody answered a seeded check; how, stands in the store and in no address.
CHECKED = "checked"
_BASES = frozenset({"/queue", PLAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An action that could not be done: why, and what the person had written, which stays."""

    status: int
    message: str
    text: str | None = None
    reason: str | None = None
    note: str | None = None
    changes: tuple[Change, ...] = ()
    claimed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """The draft that was just decided, and whether that can be taken back."""

    id: int
    can_undo: bool


async def where_of(
    lane: lanes.Name = lanes.Name.REVIEW,
    item: Number = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    q: Annotated[str, Query(max_length=1000)] = "",
    sort: Sort | None = None,
) -> Where:
    """Where an address of the queue points to."""
    return Where(lane=lane, item=item, cursor=cursor, q=q, sort=sort)


async def carried_where(
    lane: Annotated[lanes.Name, Form()] = lanes.Name.REVIEW,
    following: Annotated[str, Form(max_length=12)] = "",
    q: Annotated[str, Form(max_length=1000)] = "",
    sort: Annotated[str, Form(max_length=20)] = "",
    base: Annotated[str, Form(max_length=20)] = "/queue",
    held: Annotated[str, Form(max_length=100)] = "",
) -> Where:
    """What every form of the queue carries along: the list it was sent from, and the item that follows."""
    chosen = Sort(sort) if sort in set(Sort) else None
    item = int(following) if following.isascii() and following.isdigit() else None
    known = base if base in _BASES else "/queue"
    return Where(lane=lane, item=item, q=q, sort=chosen, base=known, held=read_held(held))


Place = Annotated[Where, Depends(where_of)]
Onward = Annotated[Where, Depends(carried_where)]


@router.get("")
def show_queue(
    request: Request, app: Site, me: Reader, where: Place, part: str = "", acted: Number = None
) -> Response:
    if part == "list":
        with app.store.read() as tx:
            values = _values(app, tx, bench(app, tx, where, me))
            shell = surroundings_of(app, tx, me, done="")
        return part_of_page(request, shell, "desk/list.html", **values)
    return queue_page(request, app, me, where, acted=acted, done=done_of(request))


@router.post("/{draft_id}/read")
def read_text(request: Request, app: Site, me: Reader, draft_id: int, text: Text = "") -> Response:
    with app.store.read() as tx:
        reading = read_reply(app, tx, queue.item(tx, draft_id), lines(text))
    return partial(request, me, "desk/reading.html", reading=reading)


@router.get("/{draft_id}/drop")
def confirm_drop(request: Request, app: Site, me: Reviewer, draft_id: int, where: Place) -> Response:
    with app.store.read() as tx:
        kept = writings.of(tx, draft_id, me.name)
    return page(request, me, "desk/drop.html", draft_id=draft_id, kept=kept, where=where)


@router.post("/{draft_id}/drop")
def drop(app: Site, me: Reviewer, draft_id: int, go: Onward) -> Response:
    with app.store.write() as tx:
        writings.forget(tx, draft_id, me.name)
    return RedirectResponse(go.item_path(draft_id), status_code=303)


def queue_page(
    request: Request,
    app: App,
    me: Person,
    where: Where,
    *,
    trouble: Trouble | None = None,
    acted: int | None = None,
    done: str = "",
) -> Response:
    """Show the queue, or to a script only what changed in it, and what went wrong where something did."""
    is_followed = is_part(request)
    status = trouble.status if trouble else 200
    told = Acted(acted, done in _UNDOABLE) if acted else None
    # One transaction for all of it: what the page's parts have in common is asked once.
    with app.store.read() as tx:
        words = trouble.text if trouble else None
        shown = bench(app, tx, where, me, has_list=not is_followed, text=words)
        values = _values(app, tx, shown, trouble=trouble, acted=told)
        if is_followed:
            shell: Surroundings = surroundings_of(app, tx, me, done=done)
        else:
            shell = shell_of(app, tx, me, done=done, waiting=shown.waiting)
        if done == CHECKED and acted and (checked := seeded.answered(tx, acted, me.name)):
            shell = replace(shell, done=f"{checked.words}.")
        became = _became(tx, acted) if acted and not trouble else None
    if isinstance(shell, Shell):
        return page_in(request, shell, "desk/queue.html", status=status, **values)
    answer = part_of_page(request, shell, "desk/part.html", **values)
    answer.headers["HX-Push-Url"] = where.item_path(shown.desk.context.item.draft.id if shown.desk else None)
    if became:
        answer.headers["HX-Trigger"] = json.dumps({"desk:acted": became})
    return answer


def _values(
    app: App, tx: Tx, shown: Bench, *, trouble: Trouble | None = None, acted: Acted | None = None
) -> dict[str, object]:
    book = app.rules.book

    def rule_name(rule_id: str) -> str:
        rule = book.rule(rule_id)
        if rule is None and rule_id == WRITTEN_BY_HAND:
            # "By hand" is how a reply is posted; this is how it was begun.
            return "written by a person"
        return rule.name if rule else rule_id.replace("_", " ")

    names = accounts.names_of_people(tx)
    last = shown.desk.context.last if shown.desk else None
    return {
        "bench": shown, "lanes": lanes.LANES, "sorts": tuple(Sort), "teams": tuple(app.settings.teams),
        "people": names, "familiar": familiar(app, last, names, team=None), "last": last,
        "intents": tuple(Intent), "refusals": REASONS,
        "rule_name": rule_name, "said_value": said_value, "found_value": found_value, "span": span,
        "trouble": trouble, "acted": acted, "reading": shown.desk.reading if shown.desk else None,
    }  # fmt: skip


def _became(tx: Tx, draft_id: int) -> dict[str, object]:
    """What the list on the screen has to know about the draft that was decided."""
    draft = drafts.get(tx, draft_id)
    is_back = draft.state in (DraftState.PROPOSED, DraftState.HELD) and not draft.snoozed_until
    words = None if is_back else f"you: {DRAFT_STATES[draft.state].text}"
    return {"id": draft_id, "state": draft.state.value, "words": words}


def forth(request: Request, app: App, me: Person, where: Where, *, done: str, acted: int) -> Response:
    """Go on to what comes next: a script is given it at once, a browser without one is led there.

    Led there, a script would ask a second time, and its reader wait for both.
    """
    if is_part(request):
        around_it = _around_held(request, app, me, where, done=done, acted=acted) if done in LOCAL else None
        return around_it or queue_page(request, app, me, where, acted=acted, done=done)
    return RedirectResponse(where.item_path(where.item, done=done, acted=acted), status_code=303)


def _around_held(
    request: Request, app: App, me: Person, where: Where, *, done: str, acted: int
) -> Response | None:
    """Tell what stands around the item that follows, where the page holds it and it stands as it did."""
    if where.item is None or where.held.get(where.item) is None:
        return None
    with app.store.read() as tx:
        still = spared(tx, acted, where.held, me, is_approved=done == "approved")
        if where.item not in still:
            return None
        values = {"bench": around(app, tx, where, me), "lanes": lanes.LANES, "acted": Acted(acted, True)}
        shell = surroundings_of(app, tx, me, done=done)
        became = {**_became(tx, acted), "spared": sorted(still)}
    answer = part_of_page(request, shell, "desk/around.html", **values)
    answer.headers["HX-Push-Url"] = where.item_path(where.item)
    answer.headers["HX-Trigger"] = json.dumps({"desk:acted": became})
    return answer


Refusal = VersionMoved | IllegalMove | WrongUsage


def refused(
    request: Request,
    app: App,
    me: Person,
    where: Where,
    error: Refusal,
    *,
    text: str | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> Response:
    """Show the item again, with why it could not be done, and the person's own words."""
    found: tuple[Change, ...] = ()
    if isinstance(error, VersionMoved) and text is not None:
        found = changes(text, error.text)
    trouble = Trouble(
        status=status_of(error),
        message=str(error),
        text=text,
        reason=reason,
        note=note,
        changes=found,
        claimed_by=error.holder if isinstance(error, Claimed) else None,
    )
    return queue_page(request, app, me, where, trouble=trouble)


def lines(text: str) -> str:
    """A text as it was typed: browsers send every line end as two characters, platforms count them."""
    return text.replace("\r\n", "\n")
