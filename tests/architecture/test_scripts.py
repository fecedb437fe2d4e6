"""What browsers are given: little of it, ours or known to the letter, and nothing that runs from a text."""

from __future__ import annotations

import gzip
import hashlib
import re

from engagebot.web.rendering import HERE, STATIC

MOST_BYTES = 60_000
VENDORED = {"htmx-2.0.11.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"}


def test_all_scripts_together_are_small() -> None:
    scripts = sorted(STATIC.rglob("*.js"))

    assert len(scripts) > 3
    assert sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts) <= MOST_BYTES


def test_foreign_scripts_are_known_to_the_letter() -> None:
    folder = STATIC / "vendor"

    found = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.glob("*.js")}

    assert found == VENDORED
    assert (folder / "htmx-LICENSE.txt").is_file()


def test_no_script_of_ours_makes_code_or_markup_of_text() -> None:
    dangerous = re.compile(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write\(")

    found = {script.name: dangerous.findall(script.read_text()) for script in (STATIC / "js").glob("*.js")}

    assert {name: uses for name, uses in found.items() if uses} == {}


def test_no_template_holds_a_script_a_style_or_a_handler() -> None:
    inline = re.compile(r"<script(?![^>]* src=)|<style| style=|\son[a-z]+=|\|\s*safe\b|hx-on|hx-vals=.?js:")
    templates = sorted((HERE / "templates").rglob("*.html"))

    found = {each.name: inline.findall(each.read_text(encoding="utf-8")) for each in templates}

    assert len(templates) > 20
    assert {name: uses for name, uses in found.items() if uses} == {}


def test_what_moves_stands_behind_the_wish_for_motion() -> None:
    moving = re.compile(
        r"transition|animation|@keyframes|scroll-behavior|smooth|\.animate\(|startViewTransition"
    )
    wished = re.compile(r"@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]|\{[^{}]*\})*\}")
    sheet = (STATIC / "app.css").read_text()
    ours = {script.name: script.read_text() for script in (STATIC / "js").glob("*.js")}

    assert any(moving.search(block) for block in wished.findall(sheet))
    found = {name: moving.findall(text) for name, text in {**ours, "app.css": wished.sub("", sheet)}.items()}

    assert {name: uses for name, uses in found.items() if uses} == {}
    # The library's own styles fade, and its scrolling may glide; both are switched off.
    config = (HERE / "templates" / "frame.html").read_text()
    assert '"includeIndicatorStyles":false' in config
    assert '"scrollBehavior":"instant"' in config
