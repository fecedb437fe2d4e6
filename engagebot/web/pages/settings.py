"""The settings page: what runs here in words, where to change it, and a test through each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from engagebot.bootstrap import App
from engagebot.domain.roles import Person
from engagebot.errors import WrongUsage
from engagebot.pipeline.dead_letters import channel_works
from engagebot.pipeline.trying import try_channel
from engagebot.store import audit
from engagebot.web.entry.auth import ConnectorKeeper, Reader
from engagebot.web.figures.reaching import channels_json
from engagebot.web.pages.settings_shown import sections
from engagebot.web.rendering import page
from engagebot.web.site import Site, act

router = APIRouter(prefix="/settings", include_in_schema=False)
CONFIG, DEMO_CONFIG = "config/engagebot.yaml", "config/demo.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a test went; `problem` is `None` when it was taken."""

    channel: str
    problem: str | None


@router.get("")
def show_settings(request: Request, app: Site, me: Reader) -> Response:
    return _page(request, app, me)


@router.post("/channels/test")
def test_channel(
    request: Request, app: Site, me: ConnectorKeeper, channel: Annotated[str, Form(max_length=300)]
) -> Response:
    if app.is_demo:
        raise WrongUsage("the demo tells nobody anything; nothing can leave it")
    if channel not in app.settings.channels:
        known = ", ".join(app.settings.channels)
        raise WrongUsage(f"there is no channel {channel[:100]}; there are: {known}")
    return _page(request, app, me, tried=tried(app, me, channel))


def tried(app: App, me: Person, channel: str) -> Tried:
    """Send a marked test through one channel, and write down that it was tried."""
    try:
        problem = try_channel(app.sink(channel), act(app, me), url=app.settings.base_url)
    except WrongUsage as error:
        problem = str(error)
    for secret in app.settings.secrets:
        problem = problem.replace(secret, "***") if problem else problem
    with app.store.write() as tx:
        if problem is None:
            channel_works(tx, channel, act(app, me))
        detail = {"channel": channel, "taken": problem is None}
        audit.add(
            tx, at=app.clock.now(), actor=me.name, action="channel.tested", subject="site", detail=detail
        )
    return Tried(channel=channel, problem=problem)


def _page(request: Request, app: App, me: Person, *, tried: Tried | None = None) -> Response:
    config = DEMO_CONFIG if app.is_demo else CONFIG
    with app.store.read() as tx:
        channels = channels_json(app, tx)
    return page(
        request, me, "settings.html", sections=sections(app.settings, config), config=config,
        channels=channels, tried=tried, is_live=app.is_live, warnings=app.settings.warnings,
        is_sending=app.settings.sending,
    )  # fmt: skip
