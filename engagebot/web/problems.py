"""What a caller is told when something cannot be done: a problem document (RFC 9457), or a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from engagebot.domain.desk.searching import SearchRefused
from engagebot.errors import (
    AlreadyRunning,
    Claimed,
    EngagebotError,
    FilesInvalid,
    IllegalMove,
    LinkEnded,
    NeedsReason,
    NotAllowed,
    NotFound,
    OutsideFailed,
    SchemaMismatch,
    SeededCheck,
    StoreUnavailable,
    VersionMoved,
    WrongUsage,
)
from engagebot.web.rendering import error_page, is_part


class SignInNeeded(EngagebotError):
    """Nobody is signed in, and no valid token came along."""


class PageOfAnother(EngagebotError):
    """The page was opened by somebody else than is signed in now; nothing was done."""


class TooManyTries(EngagebotError):
    """Too many failed sign-ins; wait."""


class RulesRefused(FilesInvalid):
    """The rules that somebody wants to put live do not hold; it is theirs to correct them."""


_STATUS: tuple[tuple[type[EngagebotError], int, str], ...] = (
    (SignInNeeded, 401, "Sign-in needed"),
    (TooManyTries, 429, "Too many tries"),
    (LinkEnded, 404, "This link does not work any more"),
    (NotFound, 404, "Not found"),
    (NotAllowed, 403, "Not allowed"),
    (PageOfAnother, 409, "Somebody else is signed in"),
    (VersionMoved, 409, "Changed meanwhile"),
    (IllegalMove, 409, "Not possible now"),
    (AlreadyRunning, 409, "Already under way"),
    (WrongUsage, 422, "Cannot be taken"),
    (RulesRefused, 422, "The rules do not hold"),
    (StoreUnavailable, 503, "Database not available"),
    (SchemaMismatch, 503, "Database at another version"),
    (FilesInvalid, 503, "Files with errors"),
    (OutsideFailed, 502, "An outside service failed"),
)
_TITLES = {400: "Cannot be read", 404: "Not found", 405: "Method not allowed", 413: "Too long"}


def status_of(error: EngagebotError) -> int:
    """The HTTP status that says what the caller can do about an error."""
    return _kind(error)[0]


def install(web: FastAPI) -> None:
    """Make every failure of `web` answer in the shape its caller reads."""
    web.add_exception_handler(EngagebotError, _told)
    web.add_exception_handler(RequestValidationError, _invalid)
    web.add_exception_handler(HTTPException, _http)


def is_api(request: Request) -> bool:
    """Whether the caller is a program."""
    return request.url.path.startswith("/api/") or request.url.path in {
        "/openapi.json",
        "/metrics",
        "/readyz",
    }


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, EngagebotError)  # noqa: S101 (registered for nothing else; narrows the type)
    status, title = _kind(error)
    if isinstance(error, SignInNeeded) and not is_api(request):
        return to_login(request)
    extra: dict[str, Any] = {}
    if isinstance(error, VersionMoved):
        extra = {"version": error.version, "text": error.text}
    elif isinstance(error, Claimed):
        extra = {"claimed_by": error.holder, "until": error.until.isoformat()}
    elif isinstance(error, SeededCheck):
        extra = {"outcome": error.outcome}
    elif isinstance(error, NeedsReason):
        extra = {"risks": list(error.risks)}
    elif isinstance(error, SearchRefused):
        extra = {"errors": [problem.as_json() for problem in error.problems]}
    elif isinstance(error, FilesInvalid):
        extra = {"findings": [finding.as_json() for finding in error.findings]}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    name = type(error).__name__
    return _answer(request, status, title, str(error), kind=name, extra=extra, headers=headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for nothing else)
    # The value itself is left out: it may be a password, and it is the caller's own anyway.
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "message": fault["msg"]}
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['where']}: {fault['message']}" for fault in faults)
    return _answer(request, 422, "Cannot be read", detail, kind="Invalid", extra={"errors": faults})


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for nothing else)
    title = _TITLES.get(error.status_code, str(error.detail))
    detail = "there is no such page" if error.status_code == 404 else str(error.detail)
    headers = {**(error.headers or {}), **(_allowed(request) if error.status_code == 405 else {})}
    return _answer(request, error.status_code, title, detail, kind=None, headers=headers)


def _allowed(request: Request) -> dict[str, str]:
    """What may be done at an address, over all its routes; the router names the first one's alone."""
    found: set[str] = set()
    for route in request.app.state.addresses:
        if route.matches(request.scope)[0] is Match.PARTIAL:
            found.update(getattr(route, "methods", None) or ())
    if "GET" in found:
        found.add("HEAD")
    return {"Allow": ", ".join(sorted(found))} if found else {}


def _read(request: Request) -> str:
    """The page that somebody wanted to read, or stood on when they pressed something."""
    stood_on = request.headers.get("HX-Current-URL")
    if request.method == "GET" and stood_on is None:
        return _path(request.url.path, request.url.query)
    try:
        told = urlsplit(stood_on or request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    # Whoever signs in goes to a page of ours alone, whatever these say.
    return _path(told.path, told.query) if told.netloc == request.url.netloc else "/"


def _path(path: str, query: str) -> str:
    return path + (f"?{query}" if query else "")


def to_login(request: Request) -> Response:
    """Send a person to sign in, and afterwards back to what they were reading."""
    wanted = _read(request)
    after = f"?next={quote(wanted, safe='')}" if wanted != "/" else ""
    if is_part(request):
        # The script would put the sign-in page into the open one; the browser goes there instead.
        return Response(status_code=401, headers={"HX-Redirect": f"/login{after}"})
    return RedirectResponse(f"/login{after}", status_code=303)


def _kind(error: EngagebotError) -> tuple[int, str]:
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return status, title
    return 500, "Not possible"


def _answer(
    request: Request,
    status: int,
    title: str,
    detail: str,
    *,
    kind: str | None,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if not is_api(request):
        page = error_page(request, status, title, detail)
        page.headers.update(headers or {})
        return page
    slug = "".join(f"-{char.lower()}" if char.isupper() else char for char in kind or "").strip("-")
    body = {
        "type": f"urn:engagebot:problem:{slug}" if slug else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        **(extra or {}),
    }
    merged = {**(headers or {})}
    return JSONResponse(body, status, headers=merged, media_type="application/problem+json")
