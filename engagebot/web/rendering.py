"""Pages out of templates: everything of strangers is escaped, every time is shown in the team's zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.environment import TemplateModule

from engagebot.bootstrap import App
from engagebot.domain.casework.holding import waiting_since
from engagebot.domain.desk.preferences import Preferences
from engagebot.domain.listening.costs import cost_of, money
from engagebot.domain.listening.hearing import Deaf
from engagebot.domain.mention import platform_name
from engagebot.domain.outbox import CaseState, DraftState, Severity
from engagebot.domain.records import ConnectorRecord
from engagebot.domain.roles import Person, Right
from engagebot.domain.telling.notices import due_words
from engagebot.pipeline.hearing import deaf_watches
from engagebot.store import site
from engagebot.store.casework import cases
from engagebot.store.desk import happenings, preferences
from engagebot.store.engine import Tx
from engagebot.store.listening import costs, watches
from engagebot.store.replying import drafts, pacing
from engagebot.store.telling import unreached
from engagebot.web import wording
from engagebot.web.desk import showing
from engagebot.web.desk.keys import ALSO_OF_CASES, KEYS, Key, Where, keys_of
from engagebot.web.figures.reaching import unreached_words
from engagebot.web.lettered import within

HERE = Path(__file__).parent
STATIC = HERE / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A link of the shell; `count` is what waits behind it, `None` where nothing is counted."""

    path: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Who looks, and how they like it: what even a part of a page has to know."""

    me: Person
    mode: str
    likes: Preferences
    keys: Mapping[str, str]
    is_demo: bool
    done: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Surroundings):
    """What stands around every page."""

    paused_by: str | None
    waiting: str | None
    nav: tuple[NavItem, ...]
    light: wording.Word
    may_resume: bool
    rules_problem: str | None
    deaf: tuple[Deaf, ...] = ()
    spent: str | None = None
    unreached: str | None = None
    live_after: int = 0


def page(request: Request, me: Person, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page inside the shell. Call it outside transactions: it reads the shell's figures itself."""
    app: App = request.app.state.site
    with app.store.read() as tx:
        shell = shell_of(app, tx, me, done=done_of(request))
    return page_in(request, shell, template, status=status, **values)


def page_in(
    request: Request, shell: Shell, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Render a page inside a shell that was read already."""
    app: App = request.app.state.site
    return HTMLResponse(render(app, request, template, {"shell": shell, **values}), status)


def partial(request: Request, me: Person, template: str, **values: Any) -> HTMLResponse:
    """Render a part of a page for the script that asked for it, with as little of the shell as it needs."""
    app: App = request.app.state.site
    with app.store.read() as tx:
        shell = surroundings_of(app, tx, me, done=done_of(request))
    return part_of_page(request, shell, template, **values)


def part_of_page(request: Request, shell: Surroundings, template: str, **values: Any) -> HTMLResponse:
    """Render a part of a page with what was read of the shell already."""
    app: App = request.app.state.site
    return HTMLResponse(render(app, request, template, {"shell": shell, "is_part": True, **values}))


def plain_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a page without the shell: for people who are not signed in, and for failures."""
    app: App = request.app.state.site
    return HTMLResponse(render(app, request, template, values), status)


def error_page(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """Tell a person what could not be done; where a script asked, beside what they were at, which stays."""
    if is_part(request):
        told = plain_page(request, "trouble.html", status=status, title=title, detail=detail)
        told.headers.update({"HX-Retarget": "#toast", "HX-Reswap": "innerHTML"})
        return told
    return plain_page(request, "error.html", status=status, title=title, detail=detail)


def is_part(request: Request) -> bool:
    """Whether a script asked, which puts the answer into the page that is open."""
    return request.headers.get("hx-request") == "true"


def render(app: App, request: Request, template: str, values: Mapping[str, Any]) -> str:
    """Fill a template."""
    zone, now = app.settings.timezone, app.clock.now()

    def local(at: datetime) -> str:
        there = at.astimezone(zone)
        year = f" {there.year}" if there.year != now.astimezone(zone).year else ""
        return f"{there:%a} {there.day} {there:%b}{year}, {there:%H:%M}"

    filled = environment().get_template(template).render(
        brand=app.settings.brand.name,
        here=here_of(request),
        local=local,
        away=lambda at: wording.away(at, now),
        since=lambda at: wording.away(at, now).removesuffix(" ago").replace("just now", "less than a minute"),
        waiting_since=waiting_since,
        due=lambda at: due_words(at, now, zone),
        now=now,
        parts_made={},
        **{"is_part": False, "is_demo": app.is_demo, **values},
    )  # fmt: skip
    # No page may hold it, and browsers differ in what they make of it.
    return filled.replace("\x00", "\ufffd")


def here_of(request: Request) -> str:
    """The page that a request shows; an action that is shown again belongs to the page of its form."""
    path = request.url.path
    return path if request.method == "GET" else "/" + path.split("/")[1]


def done_of(request: Request) -> str:
    """What was done a moment ago, as the address says it."""
    return request.query_params.get("done", "")


def surroundings_of(app: App, tx: Tx, me: Person, *, done: str) -> Surroundings:
    """Read what a part of a page has to know of the shell."""
    likes = preferences.read(tx, me.name)
    mode = app.mode(site.paused_by(tx))
    return Surroundings(
        me=me, mode=mode, likes=likes, keys=keys_of(likes.keys, has_letters=likes.has_letter_keys),
        is_demo=app.is_demo, done=wording.done_words(done, mode),
    )  # fmt: skip


def shell_of(app: App, tx: Tx, me: Person, *, done: str, waiting: int | None = None) -> Shell:
    """Read what the shell shows; `waiting` is how many drafts wait, where the page has counted them."""
    paused_by = site.paused_by(tx)
    mode = app.mode(paused_by)
    now = app.clock.now()
    likes = preferences.read(tx, me.name)
    deaf = deaf_watches(tx, app.settings.watches, now)
    return Shell(
        me=me,
        mode=mode,
        paused_by=paused_by,
        waiting=None if paused_by is None else pacing.waiting(tx, now).words,
        nav=nav_of(me, counts_of(tx, waiting)),
        light=light_of(watches.connector_records(tx, app.settings.watches, now), deaf.values()),
        is_demo=app.is_demo,
        may_resume=me.may(Right.REVIEW) or me.may(Right.MANAGE_CONNECTORS),
        rules_problem=site.rules_problem(tx),
        deaf=tuple(deaf.values()),
        likes=likes,
        keys=keys_of(likes.keys, has_letters=likes.has_letter_keys),
        done=wording.done_words(done, mode),
        spent=_spent(app, tx, now),
        unreached=unreached_words(app, unreached.summary(tx)),
        live_after=happenings.head(tx),
    )


def counts_of(tx: Tx, waiting: int | None = None) -> dict[str, int]:
    """What waits behind the pages of the shell."""
    if waiting is None:
        waiting = sum(drafts.counts(tx, DraftState.PROPOSED, DraftState.HELD).values())
    unhandled = cases.counts(tx, CaseState.NEW, CaseState.REOPENED)
    return {"/queue": waiting, "/cases": sum(unhandled.values())}


_PAGES = (
    ("/", "Today"),
    ("/queue", "Queue"),
    ("/cases", "Cases"),
    ("/mentions", "Mentions"),
    ("/customers", "Customers"),
    ("/rules", "Rules"),
    ("/connectors", "Connectors"),
    ("/audit", "Audit"),
    ("/settings", "Settings"),
)


def nav_of(me: Person, counts: Mapping[str, int] | None = None) -> tuple[NavItem, ...]:
    """The pages that this person may open."""
    waiting = counts or {}
    return tuple(
        NavItem(path=path, label=label, count=waiting.get(path))
        for path, label in _PAGES
        if path != "/audit" or me.may(Right.READ_AUDIT)
    )


def _spent(app: App, tx: Tx, now: datetime) -> str | None:
    """What today has cost so far, where anything costs."""
    spent = cost_of(costs.counted(tx, since=now.date()), app.settings.prices)
    return money(spent) if spent else None


def key_groups(own: Mapping[str, str]) -> list[tuple[str, list[Key], list[Key]]]:
    """The keys a person has, parted by where they work, as the help sheet lists them, and what else works."""
    listed = [key for key in KEYS.values() if key.action in own]
    also = [key for key in listed if key.action in ALSO_OF_CASES]
    return [
        (where.value, [key for key in listed if key.where is where], also if where is Where.CASE else [])
        for where in Where
    ]


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


PARTS: Final = frozenset({"parts.html", "desk/parts.html"})
"""Imported by most templates; what they read beside their parameters is the same for a whole page."""


class _Template(Template):
    """A template whose parts are made ready once for a page, however many of its templates import them.

    A page of the queue imports them from twenty-five; each time cost as much as a statement, and left some
    hundred objects to collect.
    """

    def make_module(self, *given: Any, **more: Any) -> TemplateModule:
        """What a template imports: by Jinja's call with what the importer knows."""
        made = given[0].get("parts_made") if given and given[0] else None
        if made is None or self.name not in PARTS:
            return super().make_module(*given, **more)
        if self.name not in made:
            made[self.name] = super().make_module(*given, **more)
        return cast("TemplateModule", made[self.name])


class _Environment(Environment):
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template knows beside its values: by Jinja's call; it was told of all before any was loaded.

        Jinja chains the two mappings, and each of the forty templates of a page goes through it again.
        """
        return {**self.globals, **(d or {})}


@cache
def environment() -> Environment:
    """The templates, with what all of them know."""
    found = _Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        # Templates come with the program; to look at each file's time again costs more than some of them.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        runs=showing.runs,
        hidden=showing.hidden,
        laid_open=showing.laid_open,
        language_tag=showing.language_tag,
        platform=platform_name,
        sentence=wording.sentence,
    )
    found.filters.update(web_address=web_address, ordinal=wording.ordinal, plan=wording.action_words)
    found.globals.update(
        words=wording,
        lettered=within,
        with_query=with_query,
        key_groups=key_groups,
        DraftState=DraftState,
        CaseState=CaseState,
        Severity=Severity,
        Right=Right,
        version=version("engagebot"),
    )
    return found
