"""The site behind a request, for handlers to ask for."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from engagebot.bootstrap import App
from engagebot.domain.roles import Act, Person


def site_of(request: Request) -> App:
    """The site that this web app serves."""
    return cast("App", request.app.state.site)


async def _site(request: Request) -> App:
    # What is not async is sent to a thread and back, which takes longer than finding the site.
    return site_of(request)


Site = Annotated[App, Depends(_site)]


def act(site: App, by: Person) -> Act:
    """What a person does now."""
    return Act(by=by, at=site.clock.now())
