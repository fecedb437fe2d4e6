"""What is in a case, as forms of its page: contacts elsewhere, words, mentions; its timeline as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from engagebot.bootstrap import App
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.timeline import Entry, Place
from engagebot.domain.text.spreadsheet import cell
from engagebot.errors import WrongUsage
from engagebot.pipeline import casework, review
from engagebot.store.casework import cases, timeline
from engagebot.store.heard import mentions
from engagebot.store.persons.contacts import NewContact
from engagebot.web.case_reading import answered_of, channel_of, entry_row, minutes_of
from engagebot.web.desk.handover import refuse_sensitive, utc
from engagebot.web.desk.pages import lines
from engagebot.web.entry.auth import CaseWorker, NoteTaker, Reader
from engagebot.web.pages.case_page import CaseRoute, Line, carried_out
from engagebot.web.rendering import with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/cases/{case_id}", include_in_schema=False, route_class=CaseRoute)
Words = Annotated[str, Form(max_length=10_000)]
_CHUNK = 1000
_MOST_CHUNKS = 100


@router.post("/log")
def log_contact(
    app: Site, me: NoteTaker, case_id: int, channel: Line = Channel.PHONE.value, minutes: Line = "",
    text: Words = "", at: Line = "", by_us: Line = "", answered: Line = "",
) -> Response:  # fmt: skip
    written = {
        "channel": channel, "minutes": minutes, "text": text, "at": at, "by_us": by_us, "answered": answered,
    }  # fmt: skip
    refuse_sensitive(app, text)
    deed = act(app, me)
    with app.store.write() as tx:
        again = casework.log(tx, case_id, deed, _contact(app, written, deed.at))
    app.decide_again(again)
    return RedirectResponse(with_query(f"/cases/{case_id}", done="contact_logged"), status_code=303)


def _contact(app: App, written: dict[str, str], at: datetime) -> NewContact:
    minutes = minutes_of(written["minutes"])
    if written["at"]:
        try:
            local = datetime.fromisoformat(written["at"]).replace(tzinfo=app.settings.timezone)
        except ValueError:
            raise WrongUsage(f"{written['at'][:40]!r} is not a time", field="at") from None
        at = utc(local)
    return NewContact(
        channel=channel_of(written["channel"]), at=at, text=written["text"],
        minutes=minutes, is_inbound=not written["by_us"], is_answered=answered_of(written["answered"]),
    )  # fmt: skip


@router.post("/title")
def title(app: Site, me: CaseWorker, case_id: int, text: Words = "") -> Response:
    return carried_out(
        app, case_id, "quoted",
        lambda tx: casework.quote(tx, case_id, act(app, me), text=text),
    )  # fmt: skip


@router.post("/wanted")
def wanted(app: Site, me: CaseWorker, case_id: int, text: Line = "") -> Response:
    refuse_sensitive(app, text)
    return carried_out(app, case_id, "wanted", lambda tx: casework.want(tx, case_id, act(app, me), text=text))


@router.post("/suggest")
def suggest(app: Site, me: CaseWorker, case_id: int, text: Words = "") -> Response:
    return carried_out(
        app, case_id, "suggested",
        lambda tx: review.suggest(
            tx, case_id, act(app, me), text=lines(text), manners=app.settings.manners
        ),
    )  # fmt: skip


@router.post("/part")
def part(app: Site, me: CaseWorker, case_id: int, mention_id: Annotated[int, Form()] = 0) -> Response:
    with app.store.read() as tx:
        due_at = app.settings.first_reply_due(mentions.get(tx, mention_id).mention.posted_at)
    return carried_out(
        app, case_id, "parted",
        lambda tx: casework.part(tx, case_id, mention_id, act(app, me), due_at=due_at),
    )  # fmt: skip


@router.post("/join")
def join(app: Site, me: CaseWorker, case_id: int, mention_id: Annotated[int, Form()] = 0) -> Response:
    return carried_out(
        app, case_id, "brought",
        lambda tx: casework.bring(tx, case_id, mention_id, act(app, me)),
    )  # fmt: skip


@router.get("/timeline.{form}")
def export(app: Site, me: Reader, case_id: int, form: Literal["json", "csv"], channel: str = "") -> Response:
    with app.store.read() as tx:
        cases.get(tx, case_id)
    lines = _json_lines if form == "json" else _csv_lines
    headers = {"content-disposition": f'attachment; filename="case-{case_id}.{form}"'}
    kind = "application/json" if form == "json" else "text/csv"
    return StreamingResponse(lines(app, case_id, channel or None), media_type=kind, headers=headers)


def _entries(app: App, case_id: int, channel: str | None) -> list[Entry]:
    found: list[Entry] = []
    before: Place | None = None
    for _ in range(_MOST_CHUNKS):
        # One short look at a time: a long history must not hold a transaction open.
        with app.store.read() as tx:
            stretch = timeline.read(tx, case_id, most=_CHUNK, before=before, channel=channel)
        found[:0] = stretch.entries
        before = stretch.earlier
        if before is None:
            break
    return found


def _json_lines(app: App, case_id: int, channel: str | None) -> Iterator[str]:
    rows = (json.dumps(entry_row(entry), default=str) for entry in _entries(app, case_id, channel))
    yield "[" + ",\n ".join(rows) + "]\n"


def _csv_lines(app: App, case_id: int, channel: str | None) -> Iterator[str]:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    rows = [entry_row(entry) for entry in _entries(app, case_id, channel)]
    names = ("at", "channel", "actor", "by", "kind", "action", "minutes", "text", "detail")
    writer.writerow(names)
    for row in rows:
        detail = json.dumps(row["detail"], default=str) if row["detail"] else ""
        values = {**row, "detail": detail, "action": row["action"] or ""}
        writer.writerow([cell(values[name]) for name in names])
    yield written.getvalue()
