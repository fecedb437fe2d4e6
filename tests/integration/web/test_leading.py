"""What pages offer leads somewhere: each form and link of a template has an address that answers it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Match

from engagebot.web.app import ROUTERS, create_app

TEMPLATES = Path(create_app.__code__.co_filename).parent / "templates"
_FORM = re.compile(r"<form\b[^>]*>")
_ACTION = re.compile(r'\baction="(/[^"]*)"')
_DEED = re.compile(r'\bdeed\(draft, "(\w+)"\)')
_LINK = re.compile(r'\bhref="(/[^"#]*)["#]')
_EITHER = re.compile(r'\{\{ "([\w-]+)" if [^}]*? else "([\w-]+)" \}\}')
_FILLED = re.compile(r"\{\{.*?\}\}")
_CONDITION = re.compile(r"\{%.*?%\}.*")


def _offered() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for file in sorted(TEMPLATES.rglob("*.html")):
        source = file.read_text("utf-8")
        # Of an address with one of two words in it both are tried.
        text = _EITHER.sub(r"\1", source) + _EITHER.sub(r"\2", source)
        found |= {("POST", f"/queue/1/{what}") for what in _DEED.findall(text)}
        for form in _FORM.findall(text):
            method = "POST" if 'method="post"' in form else "GET"
            found |= {(method, action) for action in _ACTION.findall(form)}
        found |= {("GET", link) for link in _LINK.findall(text)}
    return {(method, _CONDITION.sub("", _FILLED.sub("1", path))) for method, path in found}


OFFERED = sorted({(method, path.partition("?")[0]) for method, path in _offered()})


def test_the_templates_were_found() -> None:
    assert len(OFFERED) > 60
    assert ("POST", "/queue/1/approve") in OFFERED
    assert ("GET", "/cases/1") in OFFERED


@pytest.mark.parametrize(("method", "path"), OFFERED)
def test_what_a_page_offers_is_answered(method: str, path: str) -> None:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    routes = [route for router in ROUTERS for route in router.routes]
    is_apart = path.startswith("/static/") or path == "/openapi.json"  # FastAPI answers these itself
    assert is_apart or any(route.matches(scope)[0] is Match.FULL for route in routes), f"{method} {path}"
