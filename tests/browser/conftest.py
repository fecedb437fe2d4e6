"""A demo site behind a real server, and a real Chromium to visit it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from engagebot import scheduler
from engagebot.bootstrap import App, open_app
from engagebot.scaffold import copy_site
from engagebot.web.app import create_app
from engagebot.web.server import Server, listen
from tests.browser.room import Room, open_room
from tests.machine import find_chromium, install_command


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        missing = f"no Chromium was found; bring it with: {install_command('chromium')}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        # Containers give no user namespaces, and these pages are our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The demo site after its first polls: cases are open and drafts wait."""
    folder: Path = tmp_path_factory.mktemp("browser") / "site"
    copy_site(folder)
    demo = open_app(folder, {}, is_demo=True)
    scheduler.prepare(demo)
    scheduler.run_once(demo)
    yield demo
    demo.close()


@pytest.fixture(scope="module")
def address(app: App) -> Iterator[str]:
    listener = listen("127.0.0.1")
    server = Server(uvicorn.Config(create_app(app), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture(scope="module")
def shared_room(
    chromium: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Room]:
    with open_room(chromium, sqlite_template, tmp_path_factory.mktemp("room")) as found:
        yield found


@pytest.fixture
def room(shared_room: Room) -> Room:
    """A site with people, where nothing waits."""
    shared_room.clear()
    return shared_room
