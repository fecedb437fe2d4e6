"""What requests to the JSON API have in common: strict bodies, pages of lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Strict

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
