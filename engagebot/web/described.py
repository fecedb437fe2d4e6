"""What the API's description says of every route alike: how a refusal looks, and which ones there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_WHY = {
    400: "The site does not answer to this host name.",
    401: "No valid token came along, and nobody is signed in.",
    403: "The role may not do this.",
    404: "There is no such thing.",
    409: "It changed meanwhile, or it is not possible in its present state.",
    413: "The request is too long.",
    422: "The request cannot be taken; `detail` says why, `errors` or `findings` where.",
    502: "A service outside failed.",
    503: "The database or the site's files cannot be used at present.",
}
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Some kinds carry more, such as what stands there now.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "`urn:engagebot:problem:KIND`, or `about:blank`."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, in a sentence."},
        "version": {"type": "integer", "description": "The version that stands now."},
        "text": {"type": "string", "description": "The text that stands now."},
        "errors": {"type": "array", "items": {"type": "object"}},
        "findings": {"type": "array", "items": {"type": "object"}},
        "claimed_by": {"type": "string", "description": "Who is writing there, `until` then at the latest."},
        "until": {"type": "string", "format": "date-time"},
        "risks": {"type": "array", "items": {"type": "string"}, "description": "What wants a reason."},
    },
}
_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": why, "content": _CONTENT} for status, why in _WHY.items()
}
"""The responses of every route; one that means something of its own by a status says only what."""


def describe(web: FastAPI) -> None:
    """Let the description of `web` hold what its refusals look like."""

    def described() -> dict[str, Any]:
        if web.openapi_schema is None:
            found = get_openapi(
                title=web.title, version=web.version, description=web.description, routes=web.routes
            )
            found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
            for answer in _refusals(found):
                answer.setdefault("content", _CONTENT)
            web.openapi_schema = found
        return web.openapi_schema

    web.openapi = described  # type: ignore[method-assign]


def _refusals(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in described["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "4":
                    yield answer
