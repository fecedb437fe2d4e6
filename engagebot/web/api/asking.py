"""What requests to the JSON API have in common: who asks, strict bodies, pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, ConfigDict, Strict

from engagebot.web.entry.auth import Demand, bearer

Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page has at most.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]

Asked = Annotated[
    str,
    Query(
        alias="q",
        max_length=1000,
        description='Words and operators, such as `feeling:unhappy older:2h "exact words"`; docs/search.md '
        "lists them. One that cannot be used is refused, with what is allowed, in `errors`.",
    ),
]

# JSON has no time of its own, so a strict body still reads one from text.
Moment = Annotated[AwareDatetime, Strict(False)]


class JsonBody(BaseModel):
    """A request's body: unknown keys and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ApiRoute(APIRoute):
    """A route that asks who is there before it reads what they sent.

    FastAPI reads a body first, so that whoever may not send anything would be told what is wrong with it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the rights that it demands."""
        carry_out = super().get_route_handler()
        if self.body_field is None:
            return carry_out
        demands = [each.call for each in self.dependant.dependencies if isinstance(each.call, Demand)]

        async def answer(request: Request) -> Response:
            token = await bearer(request)
            for demand in demands:
                await run_in_threadpool(demand, request, token)
            return await carry_out(request)

        return answer
