"""The audit page: who did what, filtered by its address, and the same lines as a CSV file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from engagebot.bootstrap import App
from engagebot.domain.records import Event
from engagebot.domain.text.spreadsheet import cell
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.audit import AuditFilter
from engagebot.store.entry import accounts
from engagebot.web import wording
from engagebot.web.entry.auth import Auditor
from engagebot.web.rendering import page
from engagebot.web.site import Site

router = APIRouter(include_in_schema=False)
PER_PAGE = 100
MOST_LINES = 100_000
_CHUNK = 1000
KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "draft": ("replies", ("draft",)),
        "case": ("cases", ("case",)),
        "mention": ("mentions", ("mention",)),
        "customer": ("customers", ("customer",)),
        "mute": ("mutes", ("author", "community")),
        "rule": ("rules", ("rule", "rules")),
        "site": ("pausing, resuming and testing", ("site", "channel", "delivery")),
        "sign-in": ("signing in and out", ("account",)),
        "people": ("people and tokens", ("user", "token")),
        "model": ("what is learned", ("model",)),
        "view": ("views of the team", ("view",)),
    }
)
"""Kinds of lines by the word in the address: what people call them, and how their actions begin."""
_COLUMNS = ("id", "at", "who", "did", "action", "about", "detail")
_ABOUT = re.compile(r"([a-z]+)[\s:#]+(\S.*)")
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
_YEARS = range(1971, 9999)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for, as it was written, and the filter it means."""

    written: dict[str, str] = field(default_factory=dict)
    only: AuditFilter = field(default_factory=AuditFilter)
    problem: str = ""


def asked(
    app: Site,
    who: str = "",
    kind: str = "",
    about: str = "",
    since: Annotated[str, Query(alias="from")] = "",
    until: Annotated[str, Query(alias="to")] = "",
) -> Asked:
    """Read the filter out of the address; what cannot be read is told, and nothing is guessed."""
    written = {"who": who, "kind": kind, "about": about, "from": since, "to": until}
    written = {name: value.strip() for name, value in written.items() if value.strip()}
    try:
        return Asked(written=written, only=read_filter(written, app.settings.timezone))
    except WrongUsage as error:
        return Asked(written=written, problem=str(error))


Wanted = Annotated[Asked, Depends(asked)]


@router.get("/audit")
def show_audit(
    request: Request, app: Site, me: Auditor, wanted: Wanted, cursor: str | None = None
) -> Response:
    with app.store.read() as tx:
        found = audit.page(tx, limit=PER_PAGE, cursor=cursor or None, only=wanted.only)
        names = [user.name for user in accounts.all_of(tx)]
    exact = wanted.written.get("kind", "")
    return page(
        request, me, "audit.html", found=found, is_first=not cursor, asked=wanted, names=names, kinds=KINDS,
        exact=exact if exact and exact not in KINDS else "", most=MOST_LINES,
        status=422 if wanted.problem else 200,
    )  # fmt: skip


@router.get("/audit.csv")
def export_audit(app: Site, me: Auditor, wanted: Wanted) -> Response:
    if wanted.problem:
        raise WrongUsage(wanted.problem)
    name = f"audit-{app.clock.now().astimezone(app.settings.timezone):%Y-%m-%d}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(app, wanted.only), media_type="text/csv", headers=headers)


def read_filter(written: Mapping[str, str], zone: ZoneInfo) -> AuditFilter:
    """The filter that words in an address mean; days are the team's.

    Raises:
        WrongUsage: one of them means nothing.
    """
    since, until = _day(written, "from"), _day(written, "to")
    if since and until and since > until:
        raise WrongUsage(f"the first day {since} is after the last day {until}")
    return AuditFilter(
        actor=written.get("who"),
        kinds=_kinds(written.get("kind")),
        subject=_subject(written.get("about")),
        since=_start(since, zone) if since else None,
        before=_start(until + timedelta(days=1), zone) if until else None,
    )


def _kinds(kind: str | None) -> tuple[str, ...]:
    if kind is None:
        return ()
    if kind in KINDS:
        return KINDS[kind][1]
    if _ACTION.fullmatch(kind):
        return (kind,)
    raise WrongUsage(f"“{kind[:40]}” is no kind of deed; choose one of the list")


def _subject(about: str | None) -> str | None:
    if about is None or about == "site":
        return about
    found = _ABOUT.fullmatch(about)
    if found is None:
        raise WrongUsage(f"“{about[:60]}” names nothing; write it as draft 12, case 3 or user ann")
    return f"{found[1]}:{found[2]}"


def _day(written: Mapping[str, str], name: str) -> date | None:
    text = written.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.year not in _YEARS:
        raise WrongUsage(f"“{text[:40]}” is not a day; write it as 2026-08-03")
    return day


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _lines(app: App, only: AuditFilter) -> Iterator[str]:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    cursor: str | None = None
    for _ in range(MOST_LINES // _CHUNK):
        # One short look at a time: a slow reader of a long file must not hold a transaction open.
        with app.store.read() as tx:
            found = audit.page(tx, limit=_CHUNK, cursor=cursor, only=only)
        writer.writerows(_row(event) for event in found.items)
        yield written.getvalue()
        written.seek(0)
        written.truncate()
        cursor = found.cursor
        if cursor is None:
            return


def _row(event: Event) -> list[object]:
    detail = json.dumps(dict(event.detail), default=str) if event.detail else ""
    values = (
        event.id, event.at.isoformat(), event.actor, wording.deed(event.action), event.action, event.subject,
        detail,
    )  # fmt: skip
    return [cell(value) for value in values]
