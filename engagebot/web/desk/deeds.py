"""What people do with the item before them; every deed is a plain form that leads on to the next item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.routes import MuteKind
from engagebot.domain.roles import Person
from engagebot.errors import IllegalMove, VersionMoved, WrongUsage
from engagebot.pipeline import review, silencing
from engagebot.pipeline.correcting import correct
from engagebot.store.desk import presence
from engagebot.store.engine import Tx
from engagebot.store.replying import drafts
from engagebot.web.desk import lanes
from engagebot.web.desk.handover import assignee, handover, refuse_sensitive
from engagebot.web.desk.pages import CHECKED, Onward, forth, lines, refused
from engagebot.web.desk.where import Where
from engagebot.web.entry.auth import Corrector, Muter, NoteTaker, Reviewer
from engagebot.web.site import Site, act
from engagebot.web.wording import snooze_until

router = APIRouter(prefix="/queue", include_in_schema=False)
Text = Annotated[str, Form(max_length=100_000)]
Version = Annotated[int, Form(ge=0, le=2**31)]
Read = Annotated[int | None, Form(ge=0, le=2**31)]
Short = Annotated[str, Form(max_length=2000)]


@router.post("/{draft_id}/approve")
def approve(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward,
    version: Version, text: Text = "", reason: Short = "",
) -> Response:  # fmt: skip
    words = lines(text)
    try:
        with app.store.write() as tx:
            presence.refuse_if_claimed(tx, draft_id, me.name, app.clock.now())
            terms = app.terms_of(tx, me.name).because(reason)
            done = review.approve(tx, draft_id, act(app, me), version=version, text=words, terms=terms)
            presence.let_go(tx, draft_id)
    except (VersionMoved, IllegalMove, WrongUsage) as error:
        return refused(request, app, me, go.at(draft_id), error, text=words, reason=reason)
    if done.check is not None:
        return forth(request, app, me, go.at(draft_id), done=CHECKED, acted=draft_id)
    if done.state is DraftState.BY_HAND:
        # It stays before them in the list they work through; nobody is led off to another lane.
        return forth(request, app, me, go.at(draft_id), done="by_hand", acted=draft_id)
    what = "first_read" if done.state is DraftState.HELD else "approved"
    return forth(request, app, me, go, done=what, acted=draft_id)


@router.post("/{draft_id}/edit")
def edit(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward, version: Version, text: Text = ""
) -> Response:
    words = lines(text)
    try:
        with app.store.write() as tx:
            presence.refuse_if_claimed(tx, draft_id, me.name, app.clock.now())
            done = review.edit(tx, draft_id, act(app, me), text=words, version=version)
    except (VersionMoved, IllegalMove, WrongUsage) as error:
        return refused(request, app, me, go.at(draft_id), error, text=words)
    what = CHECKED if done.check else "edited"
    return forth(request, app, me, go.at(draft_id), done=what, acted=draft_id)


@router.post("/{draft_id}/choose")
def choose(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward, version: Version,
    number: Annotated[int, Form(ge=1, le=3)],
) -> Response:  # fmt: skip
    return carried_out(
        request, app, me, draft_id, go.at(draft_id), "chosen",
        lambda tx: review.choose(tx, draft_id, act(app, me), number=number, version=version),
    )  # fmt: skip


@router.post("/{draft_id}/reject")
def reject(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward,
    reason: Short = "", note: Short = "", read: Read = None,
) -> Response:  # fmt: skip
    why = f"{reason}: {note.strip()}" if reason and note.strip() else reason or note
    return carried_out(
        request, app, me, draft_id, go, "rejected",
        lambda tx: review.reject(tx, draft_id, act(app, me), reason=why, read=read),
    )  # fmt: skip


@router.post("/{draft_id}/undo")
def undo(request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward) -> Response:
    back = Where(lane=lanes.Name.REVIEW, item=draft_id, q=go.q, sort=go.sort, base=go.base)
    return carried_out(
        request, app, me, draft_id, back, "undone", lambda tx: review.undo(tx, draft_id, act(app, me))
    )


@router.post("/{draft_id}/release")
def release(request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward) -> Response:
    return carried_out(
        request, app, me, draft_id, go, "released", lambda tx: review.release(tx, draft_id, act(app, me))
    )


@router.post("/{draft_id}/posted")
def posted(request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward, url: Short = "") -> Response:
    return carried_out(
        request, app, me, draft_id, go, "posted",
        lambda tx: review.posted(tx, draft_id, act(app, me), url=url.strip() or None),
    )  # fmt: skip


@router.post("/{draft_id}/assign")
def assign(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward,
    to: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    return carried_out(
        request, app, me, draft_id, go.at(draft_id), "assigned",
        lambda tx: review.assign(
            tx, draft_id, act(app, me), to=assignee(app, tx, to.strip(), me)
        ),
    )  # fmt: skip


@router.post("/{draft_id}/snooze")
def snooze(
    request: Request,
    app: Site,
    me: Reviewer,
    draft_id: int,
    go: Onward,
    until: Annotated[str, Form(max_length=40)],
) -> Response:
    moment = None if until == "answer" else snooze_until(until, app.clock.now(), app.settings.timezone)
    return carried_out(
        request, app, me, draft_id, go, "snoozed",
        lambda tx: review.snooze(tx, draft_id, act(app, me), until=moment),
    )  # fmt: skip


@router.post("/{draft_id}/escalate")
def escalate(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward,
    team: Short, severity: Short, note: Short = "",
) -> Response:  # fmt: skip
    to = handover(app, team=team, severity=severity, note=note)
    return carried_out(
        request, app, me, draft_id, go, "escalated",
        lambda tx: review.escalate(tx, draft_id, act(app, me), to=to),
    )  # fmt: skip


@router.post("/{draft_id}/join")
def join(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward,
    case_id: Annotated[int, Form(ge=1, le=2**31)],
) -> Response:  # fmt: skip
    return carried_out(
        request, app, me, draft_id, go, "joined",
        lambda tx: review.join(tx, draft_id, act(app, me), case_id=case_id),
    )  # fmt: skip


@router.post("/{draft_id}/mute")
def mute(
    request: Request, app: Site, me: Muter, draft_id: int, go: Onward, whom: Annotated[MuteKind, Form()]
) -> Response:
    # To the head of the list: what follows may be withdrawn by the same deed.
    done = "muted" if whom is MuteKind.AUTHOR else "place_muted"
    return carried_out(
        request, app, me, draft_id, go.at(None), done,
        lambda tx: silencing.mute(tx, silencing.heard_in(tx, draft_id, whom), act(app, me)),
    )  # fmt: skip


@router.post("/{draft_id}/skip")
def skip(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward, reason: Short = ""
) -> Response:
    return carried_out(
        request, app, me, draft_id, go, "skipped",
        lambda tx: review.skip(tx, draft_id, act(app, me), reason=reason.strip()),
    )  # fmt: skip


@router.post("/{draft_id}/settle")
def settle(
    request: Request, app: Site, me: Reviewer, draft_id: int, go: Onward,
    is_there: Annotated[bool, Form()], url: Short = "",
) -> Response:  # fmt: skip
    return carried_out(
        request, app, me, draft_id, go, "settled",
        lambda tx: review.settle(tx, draft_id, act(app, me), is_there=is_there, url=url.strip() or None),
    )  # fmt: skip


@router.post("/{draft_id}/note")
def note(request: Request, app: Site, me: NoteTaker, draft_id: int, go: Onward, text: Text) -> Response:
    words = lines(text)
    try:
        refuse_sensitive(app, words)
        with app.store.write() as tx:
            review.note(tx, draft_id, act(app, me), text=words)
    except (IllegalMove, WrongUsage) as error:
        return refused(request, app, me, go.at(draft_id), error, note=words)
    return forth(request, app, me, go.at(draft_id), done="noted", acted=draft_id)


@router.post("/{draft_id}/correct")
def correct_mention(
    request: Request, app: Site, me: Corrector, draft_id: int, go: Onward,
    sentiment: Short = "", intents: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006 (never changed)
) -> Response:  # fmt: skip
    def do(tx: Tx) -> None:
        mention_id = drafts.get(tx, draft_id).mention_id
        correct(tx, mention_id, act(app, me), sentiment=sentiment or None, intents=intents or None)
        corrected.append(mention_id)

    corrected: list[int] = []
    return carried_out(
        request, app, me, draft_id, go.at(draft_id), "corrected", do,
        then=lambda: app.decide_again(corrected),
    )  # fmt: skip


def carried_out(
    request: Request, app: App, me: Person, draft_id: int, go: Where, done: str,
    do: Callable[[Tx], object], *, then: Callable[[], object] = lambda: None,
) -> Response:  # fmt: skip
    """Do one thing to a draft and go on, or show the item again with the reason why not.

    `then` follows once it is stored, before anything is shown.
    """
    try:
        with app.store.write() as tx:
            changed = do(tx)
    except (VersionMoved, IllegalMove, WrongUsage) as error:
        return refused(request, app, me, go.at(draft_id), error)
    then()
    if isinstance(changed, DraftRecord) and changed.check is not None:
        return forth(request, app, me, go.at(draft_id), done=CHECKED, acted=draft_id)
    return forth(request, app, me, go, done=done, acted=draft_id)
