"""The web app of a site: pages for people, a JSON API for programs, and health for supervisors."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from engagebot.bootstrap import App
from engagebot.pipeline.avatars import Avatars
from engagebot.web import described, problems
from engagebot.web.api import case_contents as api_case_contents
from engagebot.web.api import case_moves as api_case_moves
from engagebot.web.api import cases as api_cases
from engagebot.web.api import continuing as api_continuing
from engagebot.web.api import customers as api_customers
from engagebot.web.api import deliveries as api_deliveries
from engagebot.web.api import following as api_following
from engagebot.web.api import mentions as api_mentions
from engagebot.web.api import queue as api_queue
from engagebot.web.api import reviewing as api_reviewing
from engagebot.web.api import rules as api_rules
from engagebot.web.api import sample as api_sample
from engagebot.web.api import site as api_site
from engagebot.web.api import speaking as api_speaking
from engagebot.web.api import tickets as api_tickets
from engagebot.web.api import views as api_views
from engagebot.web.api import writing as api_writing
from engagebot.web.asked_by_head import AskedByHead
from engagebot.web.desk import avatars, bulk, deeds, kept_views, live, play
from engagebot.web.desk import pages as desk_pages
from engagebot.web.desk.streams import Streams
from engagebot.web.entry import entrance, invitations
from engagebot.web.entry.auth import Throttle
from engagebot.web.entry.refusals import Refusals
from engagebot.web.figures import costing, ears, health
from engagebot.web.guard import Guard
from engagebot.web.hooks import continuing as handed
from engagebot.web.hooks import links, mails, slack
from engagebot.web.pages import (
    audit,
    case_contents,
    case_moves,
    cases,
    continuing,
    customers,
    deliveries,
    find,
    following,
    keeping,
    me,
    mentions,
    people,
    rules,
    sample,
    site,
    speaking,
    tickets,
    today,
)
from engagebot.web.pages import settings as site_settings
from engagebot.web.rendering import STATIC

ROUTERS = (
    health.router,
    entrance.router,
    invitations.router,
    today.router,
    site.router,
    find.router,
    sample.router,
    people.router,
    audit.router,
    me.router,
    site_settings.router,
    deliveries.router,
    play.router,
    bulk.router,
    kept_views.router,
    desk_pages.router,
    deeds.router,
    live.router,
    avatars.router,
    mentions.router,
    cases.router,
    case_moves.router,
    case_contents.router,
    continuing.router,
    following.router,
    tickets.router,
    customers.router,
    keeping.router,
    rules.router,
    speaking.router,
    slack.router,
    links.router,
    mails.router,
    handed.router,
    api_mentions.router,
    api_site.router,
    api_queue.router,
    api_reviewing.router,
    api_writing.router,
    api_views.router,
    api_sample.router,
    # Before the others: "stale" is no case's number.
    api_case_moves.router,
    api_cases.router,
    api_case_contents.router,
    api_tickets.router,
    api_continuing.router,
    api_following.router,
    api_customers.router,
    api_rules.router,
    api_speaking.router,
    api_deliveries.router,
    costing.router,
    ears.router,
)


def create_app(app: App, *, runs_scheduler: bool = False) -> FastAPI:
    """Build the web app; with `runs_scheduler`, `/readyz` demands the scheduler's sign of life."""
    web = FastAPI(
        title="engagebot",
        version=version("engagebot"),
        description="What engagebot heard, what it made of it, and what people do about it.",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        responses=described.REFUSALS,
    )
    web.state.site = app
    web.state.runs_scheduler = runs_scheduler
    web.state.throttle = Throttle()
    web.state.refusals = Refusals()
    web.state.streams = Streams(app)
    web.state.avatars = Avatars(app.settings.avatars)
    web.state.addresses = [route for router in ROUTERS for route in router.routes]
    for router in ROUTERS:
        web.include_router(router)
    web.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(web)
    described.describe(web)
    settings = app.settings
    web.add_middleware(Guard, base_url=settings.base_url, allowed_hosts=settings.server.allowed_hosts)
    # Around the guard, whose refusals have a body too.
    web.add_middleware(AskedByHead)
    return web
