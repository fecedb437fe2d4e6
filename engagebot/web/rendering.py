"""Pages out of templates: everything of strangers is escaped, every time is shown in the team's zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engagebot.bootstrap import App
from engagebot.domain.hearing import Deaf
from engagebot.domain.notices import due_words
from engagebot.domain.outbox import CaseState, DraftState, Severity
from engagebot.domain.records import ConnectorRecord
from engagebot.domain.roles import Person, Right
from engagebot.pipeline.hearing import deaf_watches
from engagebot.store import cases, drafts, site, watches
from engagebot.store.engine import Tx
from engagebot.web import wording

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A link of the shell; `count` is what waits behind it, `None` where nothing is counted."""

    path: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What stands around every page."""

    me: Person
    mode: str
    paused_by: str | None
    nav: tuple[NavItem, ...]
    light: wording.Word
    is_demo: bool
    may_resume: bool
    rules_problem: str | None
    deaf: tuple[Deaf, ...] = ()
    done: str | None = None


def page(request: Request, me: Person, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page inside the shell. Call it outside transactions: it reads the shell's figures itself."""
    app: App = request.app.state.site
    with app.store.read() as tx:
        shell = shell_of(request, app, tx, me)
    return HTMLResponse(render(app, request, template, {"shell": shell, **values}), status)


def plain_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page without the shell: for people who are not signed in, and for failures."""
    app: App = request.app.state.site
    return HTMLResponse(render(app, request, template, values), status)


def error_page(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """Tell a person what could not be done."""
    return plain_page(request, "error.html", status=status, title=title, detail=detail)


def render(app: App, request: Request, template: str, values: Mapping[str, Any]) -> str:
    """Fill a template."""
    zone, now = app.settings.timezone, app.clock.now()

    def local(at: datetime) -> str:
        there = at.astimezone(zone)
        year = f" {there.year}" if there.year != now.astimezone(zone).year else ""
        return f"{there:%a} {there.day} {there:%b}{year}, {there:%H:%M}"

    return _environment().get_template(template).render(
        brand=app.settings.brand.name,
        here=here_of(request),
        local=local,
        away=lambda at: wording.away(at, now),
        due=lambda at: due_words(at, now, zone),
        now=now,
        **values,
    )  # fmt: skip


def here_of(request: Request) -> str:
    """The page that a request shows; an action that is shown again belongs to the page of its form."""
    path = request.url.path
    return path if request.method == "GET" else "/" + path.split("/")[1]


def shell_of(request: Request, app: App, tx: Tx, me: Person) -> Shell:
    """Read what the shell shows."""
    paused_by = site.paused_by(tx)
    mode = app.mode(paused_by)
    lanes, open_cases = drafts.counts(tx), cases.counts(tx)
    waiting = lanes.get(DraftState.PROPOSED.value, 0) + lanes.get(DraftState.HELD.value, 0)
    unhandled = open_cases.get(CaseState.NEW.value, 0) + open_cases.get(CaseState.REOPENED.value, 0)
    nav = [
        NavItem(path="/", label="Today"),
        NavItem(path="/queue", label="Queue", count=waiting),
        NavItem(path="/cases", label="Cases", count=unhandled),
        NavItem(path="/mentions", label="Mentions"),
        NavItem(path="/customers", label="Customers"),
        NavItem(path="/rules", label="Rules"),
        NavItem(path="/connectors", label="Connectors"),
    ]
    if me.may(Right.READ_AUDIT):
        nav.append(NavItem(path="/audit", label="Audit"))
    nav.append(NavItem(path="/settings", label="Settings"))
    now = app.clock.now()
    deaf = deaf_watches(tx, app.settings.watches, now)
    return Shell(
        me=me,
        mode=mode,
        paused_by=paused_by,
        nav=tuple(nav),
        light=light_of(watches.connector_records(tx, app.settings.watches, now), deaf.values()),
        is_demo=app.is_demo,
        may_resume=me.may(Right.REVIEW) or me.may(Right.MANAGE_CONNECTORS),
        rules_problem=site.rules_problem(tx),
        deaf=tuple(deaf.values()),
        done=wording.done_words(request.query_params.get("done", ""), mode),
    )


def light_of(records: list[ConnectorRecord], deaf: Iterable[Deaf] = ()) -> wording.Word:
    """How all connectors fare, in one word; the worst counts."""
    without_ears = {each.connector for each in deaf}
    failing = [record.name for record in records if record.is_healthy is False or record.name in without_ears]
    if not records:
        return wording.Word("nothing connected", "○", "plain")
    if failing:
        return wording.Word(f"{', '.join(failing)} needs attention", "▲", "bad")
    if all(record.is_healthy is None for record in records):
        return wording.Word("starting to listen", "◐", "plain")
    return wording.Word("listening", "●", "good")


def web_address(url: str | None) -> str | None:
    """A link that may stand on a page: http(s) only, whatever a stranger wrote."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def with_query(path: str, **values: object) -> str:
    """A path with those query values that are given."""
    given = {name: str(value) for name, value in values.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(web_address=web_address, ordinal=wording.ordinal, plan=wording.action_words)
    environment.globals.update(
        words=wording,
        with_query=with_query,
        DraftState=DraftState,
        CaseState=CaseState,
        Severity=Severity,
        Right=Right,
        version=version("engagebot"),
    )
    return environment
