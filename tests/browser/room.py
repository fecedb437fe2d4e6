"""A site with people on a real server, and the browsers they work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, ViewportSize, expect

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Role
from engagebot.store import tables
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from engagebot.web.entry.auth import cookie_name
from tests.browser.visiting import Visit, visiting
from tests.factories import make_author
from tests.fakes import FakeClock
from tests.integration.web.live_office import serving
from tests.integration.web.office import Office, open_office

KIM, BEN = "kim_demo", "ben_demo"
WIDE: ViewportSize = {"width": 1280, "height": 900}


@dataclass
class Room:
    """A served site; people are signed in by their names."""

    office: Office
    chromium: Browser
    address: str = ""
    stop: Callable[[], None] = lambda: None
    keys: dict[str, str] = field(default_factory=dict)
    praised: int = 0

    def serve(self) -> None:
        port = int(self.address.rpartition(":")[2] or 0)
        running = ExitStack()
        self.address, _ = running.enter_context(serving(self.office.app, port=port))
        self.stop = running.close

    @contextmanager
    def visit(self, name: str = KIM, **context: Any) -> Iterator[Visit]:
        with visiting(self.chromium, self.address, **{"viewport": WIDE, **context}) as found:
            self.sign_in(found.page, name)
            yield found

    def sign_in(self, page: Page, name: str) -> None:
        if name not in self.keys:
            self.keys[name] = self.office._key(Role.COMMUNITY, name, KeyKind.SESSION)
        cookie = {"name": cookie_name(self.office.app), "value": self.keys[name], "url": self.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]

    def sign_out(self, name: str) -> None:
        """End somebody's session on the server, as time does; their browser knows nothing of it."""
        with self.office.app.store.write() as tx:
            accounts.revoke(tx, KeyKind.SESSION, self.keys.pop(name))

    def clear(self) -> None:
        """Leave nothing to do."""
        with self.office.app.store.write() as tx:
            tx.execute(sa.update(tables.drafts).values(state=DraftState.WITHDRAWN.value, snoozed_until=None))
            for name in ("presence", "claims", "writings", "variants", "preferences"):
                tx.execute(sa.delete(getattr(tables, name)))

    def praise(self, text: str = "I love the new box", **over: Any) -> DraftRecord:
        """Hear somebody who was not heard before; answer the draft that the rule proposed."""
        self.praised += 1
        number = self.praised
        author = make_author(f"maple_{number}_demo", name=f"Maple {number}")
        posted_at = self.office.clock.now() - timedelta(hours=10) + timedelta(seconds=number)
        values = {"author": author, "posted_at": posted_at}
        return self.office.drafts(f"{text}, says number {number}", **{**values, **over})

    def put(self, draft_id: int, **values: Any) -> None:
        with self.office.app.store.write() as tx:
            tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == draft_id).values(**values))

    def state(self, draft_id: int | str) -> DraftState:
        return self.office.draft(int(draft_id)).state


@contextmanager
def open_room(chromium: Browser, template: Path, folder: Path) -> Iterator[Room]:
    path = folder / "engagebot.db"
    path.write_bytes(template.read_bytes())
    room = Room(open_office(folder / "site", f"sqlite:///{path}", FakeClock()), chromium)
    room.serve()
    yield room
    room.stop()
    for client in room.office.clients:
        client.close()
    room.office.app.close()


def chosen(page: Page) -> int:
    found = page.locator("#work").get_attribute("data-draft")
    assert found is not None
    return int(found)


def comes(page: Page, draft_id: int) -> None:
    """Wait for an item, and for the answer to the decision that has led to it."""
    expect(page.locator(f'#desk:not([data-deciding]) #work[data-draft="{draft_id}"]')).to_be_visible()


def is_ahead(page: Page, draft_id: int, version: int = 1) -> None:
    """Wait until the page holds a version of an item that it does not show, and would show it at a key press.

    The page itself is asked: an answer that Chromium reports may be one that the page has dropped since, and
    no end of such a one is ever told.
    """
    held = "async () => (await import('/static/js/ahead.js')).held().split(' ')"
    for _ in range(500):
        if f"{draft_id}:{version}" in page.evaluate(held):
            return
        page.wait_for_timeout(20)
    assert f"{draft_id}:{version}" in page.evaluate(held)


def rows(page: Page) -> list[int]:
    found = page.locator("#rows > [data-row]").evaluate_all("all => all.map(row => Number(row.dataset.row))")
    return list(found)


def says(page: Page, words: str) -> None:
    expect(page.locator("#toast")).to_contain_text(words)


def is_kept(page: Page) -> None:
    expect(page.locator("#saved-note")).to_have_text("Kept")
