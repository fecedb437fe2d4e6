"""The real program, killed between an approval in the browser and its undo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engagebot import scheduler
from engagebot.bootstrap import App, open_app
from engagebot.domain.desk.preferences import LONGEST_UNDO, Preferences
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Role
from engagebot.store.desk import preferences
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.web.entry.auth import cookie_name
from tests.browser.room import BEN, KIM, comes, says
from tests.browser.visiting import visiting
from tests.emulators.remote import Remote, launched
from tests.integration.cli.conftest import Cli

pytestmark = pytest.mark.browser

SETTINGS = """
brand: {name: Acme, handles: {x: acme}}
sending: "on"
watches: [{name: x-talk, connector: x, kind: search, query: acme, every: 1h}]
"""
RULES = """
- id: love
  name: Somebody loves it
  status: live
  default: true
  then: [{draft: {template: thanks}}]
"""
KEYS = "".join(
    f"ENGAGEBOT_X_{name}=made-up\n"
    for name in ("BEARER_TOKEN", "CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")
)
LONG, SHORT = LONGEST_UNDO, timedelta(seconds=10)
TRIES, PAUSE_MS = 300, 100


def make_site(folder: Path, x: Remote) -> Cli:
    (folder / "config").mkdir(parents=True)
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "engagebot.yaml").write_text(SETTINGS)
    (folder / "rules" / "10-all.yaml").write_text(RULES)
    (folder / "rules" / "templates" / "thanks.md").write_text("Thank you, {{author.handle}}!\n")
    (folder / ".env").write_text(f"ENGAGEBOT_X_BASE_URL={x.url}\n{KEYS}")
    return Cli(folder)


def hear(app: App, x: Remote) -> dict[str, DraftRecord]:
    """Two people who love it, heard and answered by drafts; by their posts' ids."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    for author, text in (("birch_demo", "@acme we love the new router"), ("elm_demo", "@acme I love it")):
        x.call("post", text=text, author=author, at=at.isoformat())
    scheduler.prepare(app)
    scheduler.run_once(app)
    with app.store.read() as tx:
        heard = mentions.page(tx, limit=10).items
        return {each.mention.ref.native_id: drafts.of_mention(tx, each.id)[0] for each in heard}


def hire(app: App, name: str, undo: timedelta) -> str:
    """Somebody with this time to undo; answer their session."""
    now = app.clock.now()
    with app.store.write() as tx:
        user = accounts.add(tx, NewUser(name=name, role=Role.COMMUNITY), now)
        preferences.write(tx, name, Preferences(undo_after=undo), now)
        return accounts.issue(tx, KeyKind.SESSION, user_id=user.id, at=now, expires_at=now + LONG)


@contextmanager
def killed_in_the_end(cli: Cli, port: str = "0") -> Iterator[str]:
    with cli.start("run", "--live", "--port", port) as process:
        try:
            assert process.stdout is not None
            told = (re.search(r"engagebot is at (http://127\.0\.0\.1:\d+)", line) for line in process.stdout)
            yield next(found[1] for found in told if found)
        finally:
            process.kill()


@contextmanager
def desk_of(chromium: Browser, address: str, app: App, secret: str) -> Iterator[Page]:
    with visiting(chromium, address) as visit:
        cookie = {"name": cookie_name(app), "value": secret, "url": address}
        visit.page.context.add_cookies([cookie])  # type: ignore[list-item]
        yield visit.page


def test_killed_after_an_approval_the_program_still_takes_it_back_or_posts_it_once(
    chromium: Browser, tmp_path: Path
) -> None:
    with launched("x", folder=tmp_path, account="acme") as x:
        cli = make_site(tmp_path / "site", x)
        app = open_app(cli.site, {}, wants_live=True)
        waiting = hear(app, x)
        (kept_post, kept), (_, taken_back) = waiting.items()
        kim, ben = hire(app, KIM, LONG), hire(app, BEN, SHORT)

        with killed_in_the_end(cli) as address:
            with desk_of(chromium, address, app, kim) as page:
                page.goto(f"/queue?item={taken_back.id}")
                page.keyboard.press("a")
                says(page, "It leaves when the time to undo is over")
            with desk_of(chromium, address, app, ben) as page:
                page.goto(f"/queue?item={kept.id}")
                page.keyboard.press("a")
                says(page, "It leaves when the time to undo is over")
        assert x.replies == []

        with (
            killed_in_the_end(cli, address.rpartition(":")[2]) as again,
            desk_of(chromium, again, app, kim) as page,
        ):
            page.goto(f"/queue?lane=leaving&item={taken_back.id}")
            expect(page.locator("#work .draft-state")).to_contain_text("leaving soon")
            expect(page.locator("#work").get_by_role("button", name="Undo")).to_be_visible()
            page.keyboard.press("z")
            comes(page, taken_back.id)
            expect(page.locator("#text")).to_have_value(taken_back.text)
            for _ in range(TRIES):
                if state_of(app, kept) is DraftState.SENT:
                    break
                page.wait_for_timeout(PAUSE_MS)
        assert [reply["in_reply_to"] for reply in x.replies] == [kept_post]
        assert [state_of(app, each) for each in (kept, taken_back)] == [DraftState.SENT, DraftState.PROPOSED]
        app.close()


def state_of(app: App, draft: DraftRecord) -> DraftState:
    with app.store.read() as tx:
        return drafts.get(tx, draft.id).state
