"""The page of a case: shown, and shown again with a form that was refused, whichever form that was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.bootstrap import App
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.continuing import CHANNELS, Continuation, dislike_of, dislike_words
from engagebot.domain.outbox import DRAFT_OPEN
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Person
from engagebot.pipeline import casework
from engagebot.pipeline.minding import MindContext, if_nobody_answers, mind_at_once
from engagebot.store.casework import cases, clocks, continuations, remedies, timeline
from engagebot.store.engine import Tx
from engagebot.store.persons import continuity, customers
from engagebot.store.replying import drafts
from engagebot.web import case_words
from engagebot.web.case_forms import MAIN, Looked, asked_for, offered
from engagebot.web.case_reading import CaseView, cursor_of, latest_of, place_of, proposed_by, read_case
from engagebot.web.case_story import told
from engagebot.web.desk.handover import familiar, people_of
from engagebot.web.rendering import page, with_query
from engagebot.web.stands import CLOSED, FormRoute, Stands, Typed
from engagebot.web.welcome import barred

Line = Annotated[str, Form(max_length=200)]
SHOWN_EVENTS = 200
OTHERS = 6


class Asked(NamedTuple):
    """What an address asks for: a part of the timeline, a deed that it leads to."""

    channel: str = ""
    before: str = ""
    do: str = ""


EVERYTHING = Asked()


class CaseRoute(FormRoute):
    """A route of the forms of a case's page."""

    home = "/cases/{case_id}/"

    def form(self, rest: str, typed: Typed) -> tuple[str, str]:
        """The form that was sent, and its main field."""
        return rest, MAIN.get(rest, "")

    def show(self, request: Request, app: App, me: Person, number: int, stands: Stands) -> Response:
        """The page of the case."""
        return case_page(request, app, me, number, stands=stands)


def case_page(
    request: Request,
    app: App,
    me: Person,
    case_id: int,
    *,
    asked: Asked = EVERYTHING,
    stands: Stands = CLOSED,
    made: tuple[Continuation, str] | None = None,
) -> Response:
    """Show a case, with the form that `stands` open; a link that was `made` is shown this once."""
    now = app.clock.now()
    with app.store.read() as tx:
        view = read_case(tx, case_id, now)
        history = clocks.history(tx, case_id)
        values = _around(tx, app, view, asked)
        values["lag"] = clocks.detection_lag(tx, view.case, history)
        values["if_nobody"] = if_nobody_answers(tx, app.settings, case_id, now=now)
        values["proposed"] = proposed_by(tx, history)
    looked = Looked(
        view=view, me=me, has_draft=values["draft"] is not None, has_others=bool(values["others"]),
        barred=values["barred"][0] if values["barred"] else None,
    )  # fmt: skip
    forms = offered(looked)
    shown = stands if stands.is_refused else asked_for(asked.do, looked, forms)
    return page(
        request, me, "case.html", status=shown.status, view=view, case=view.case, forms=forms, stands=shown,
        refusal=case_words.refusal(shown, view.case, history, me), is_open=looked.is_open,
        teams=tuple(app.settings.teams), case_words=case_words, asked=asked, made=made,
        latest=latest_of(view.heard), cursor_of=cursor_of, story=told, home=app.settings.slack_channel or "",
        ticket_systems=tuple(app.settings.ticket_systems), place=f"/cases/{case_id}", **values,
    )  # fmt: skip


def disliked(tx: Tx, app: App, case: CaseRecord) -> dict[Channel, str]:
    """The channels that a customer does not want, with who noted it and how they know."""
    wishes = casework.wishes(tx, case)
    against = {channel: dislike_of(channel, wishes) for channel in CHANNELS}
    zone = app.settings.timezone
    return {channel: dislike_words(note, zone) for channel, note in against.items() if note is not None}


def _around(tx: Tx, app: App, view: CaseView, asked: Asked) -> dict[str, Any]:
    case, latest = view.case, latest_of(view.heard)
    waiting = [
        draft for draft in (drafts.of_mention(tx, latest.id) if latest else ()) if draft.state in DRAFT_OPEN
    ]
    people = people_of(tx)
    last = continuity.last_of(tx, case.customer_id, without_case=case.id) if case.customer_id else None
    others = cases.of_customer(tx, case.customer_id)[:OTHERS] if case.customer_id else []
    return {
        "customer": customers.get(tx, case.customer_id) if case.customer_id else None,
        "clocks": [clock for clock in clocks.of_case(tx, case.id) if clock.ended_at is None],
        "happened": timeline.read(
            tx, case.id, most=SHOWN_EVENTS, before=place_of(asked.before), channel=asked.channel or None
        ),
        "channels": timeline.channels(tx, case.id),
        "ways_on": CHANNELS,
        "links": continuations.of_case(tx, case.id),
        "disliked": disliked(tx, app, case),
        "people": people,
        "last": last,
        "familiar": familiar(app, last, people, team=case.team),
        "zone": app.settings.timezone,
        "remedies": remedies.typed(tx),
        "draft": waiting[0] if waiting else None,
        "barred": None if waiting else barred(tx, app, latest),
        "others": [other for other in others if other.id != case.id],
    }


def carried_out(
    app: App, case_id: int, done: str | Callable[[Any], str], do: Callable[[Tx], object]
) -> Response:
    """Do one thing to a case and show it again; `CaseRoute` shows why it could not be done."""
    with app.store.write() as tx:
        changed = do(tx)
    mind_at_once(MindContext(store=app.store, clock=app.clock, settings=app.settings), case_id)
    code = done if isinstance(done, str) else done(changed)
    return RedirectResponse(with_query(f"/cases/{case_id}", done=code), status_code=303)
