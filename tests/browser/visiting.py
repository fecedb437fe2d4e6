"""A page in a real browser: what it complains about, and how it is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Request, expect

PATIENCE_MS = 10_000
expect.set_options(timeout=PATIENCE_MS)
# What passes is told too, at length, unless it is told to leave that out.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
LOOK = """
async (options) => (await axe.run(options)).violations.map(
  (each) => [each.id, each.nodes.slice(0, 3).map((node) => node.html.slice(0, 120))])
"""
OPEN_FOLDS = """
for (const fold of document.querySelectorAll("details")) {
  fold.removeAttribute("name");
  fold.open = true;
}
"""
SMALL_TARGETS = """
([least, within]) => [...document.querySelectorAll(within)]
  .filter(part => part.checkVisibility() && !part.closest("p, li:not([data-row]) p"))
  .map(part => ({ box: part.getBoundingClientRect(), html: part.outerHTML.slice(0, 90) }))
  .filter(({ box }) => box.width > 1 && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(({ box, html }) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)
"""
TARGETS = "button, summary, nav a, select, .button, label:has(input[type=checkbox])"
SIDEWAYS = """
() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")]
    .filter(part => part.checkVisibility() && part.getBoundingClientRect().right > wide + 1)
    .filter(part => !part.closest(".scroll, .rows, .hide"))
    .map(part => `${Math.round(part.getBoundingClientRect().right)} ${part.outerHTML.slice(0, 90)}`)
    .slice(0, 4).concat("scrolls sideways");
}
"""


@dataclass
class Visit:
    """A page, everything the browser complained about on it, and where it wanted to go."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    left_for: list[str] = field(default_factory=list)

    def leaves_for(self, address: str) -> None:
        """Wait until a page has asked for an address elsewhere: a new one does so in a moment of its own."""
        for _ in range(500):
            if address in self.left_for:
                return
            self.page.wait_for_timeout(20)
        assert address in self.left_for


@contextmanager
def visiting(browser: Browser, address: str, **context: Any) -> Iterator[Visit]:
    """Open a page in a context of its own; requests to anywhere else are noted and go nowhere."""
    opened = browser.new_context(base_url=address, **context)
    opened.set_default_timeout(PATIENCE_MS)
    visit = Visit(opened.new_page())

    def leave(route: Any, request: Request) -> None:
        visit.left_for.append(request.url)
        route.abort()

    opened.route(lambda url: not url.startswith((address, "data:", "about:", "blob:")), leave)
    visit.page.on("console", lambda message: visit.complaints.append(f"{message.type}: {message.text}"))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    try:
        yield visit
    finally:
        opened.close()


def violations(page: Page) -> list[tuple[str, list[Any]]]:
    """What axe finds on a page as it stands."""
    return _found(page, AXE)


def violations_in_both_schemes(page: Page) -> list[tuple[str, list[Any]]]:
    """What axe finds on a page, and then in the dark, where only colours are other ones.

    The page must have been opened with reduced motion: colours that are still on their way are neither.
    """
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    found += [(f"{name} in the dark", where) for name, where in _found(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    return found


def _found(page: Page, options: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    if page.evaluate("() => !window.axe"):
        page.evaluate(AXE_SCRIPT)
    return [(name, where) for name, where in page.evaluate(LOOK, options)]


def small_targets(page: Page, least: int = 24, within: str = TARGETS) -> list[str]:
    """What is to be pressed and is smaller than so many pixels."""
    found: list[str] = page.evaluate(SMALL_TARGETS, [least, within])
    return found


def sideways(page: Page) -> list[str]:
    """What makes a page scroll sideways."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return found
