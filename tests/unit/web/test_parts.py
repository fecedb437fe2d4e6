"""What the parts of pages read: the same for a whole page, so that they may be made ready once for it."""

from __future__ import annotations

import pytest
from jinja2 import meta

from engagebot.web.rendering import PARTS, environment

OF_THE_PAGE = {"away", "local", "since", "waiting_since", "shell", "bench"}
OF_THEIR_OWN = {"profile"}
"""Set where it is used, inside a macro."""


@pytest.mark.parametrize("name", sorted(PARTS))
def test_parts_read_nothing_that_changes_within_a_page(name: str) -> None:
    jinja = environment()
    assert jinja.loader is not None
    source, _, _ = jinja.loader.get_source(jinja, name)
    found = meta.find_undeclared_variables(jinja.parse(source)) - set(jinja.globals)
    assert found <= OF_THE_PAGE | OF_THEIR_OWN


def test_parts_are_made_ready_once_for_a_page_and_anew_for_the_next() -> None:
    importing = environment().from_string('{% from "parts.html" import cap with context %}{{ cap }}')
    made: dict[str, object] = {}
    first = importing.render(parts_made=made)
    assert set(made) == {"parts.html"}
    kept = made["parts.html"]
    assert importing.render(parts_made=made) == first
    assert made["parts.html"] is kept
    other: dict[str, object] = {}
    importing.render(parts_made=other)
    assert other["parts.html"] is not kept
