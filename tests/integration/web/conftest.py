"""The office that the web app's tests visit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.slack import SlackEmulator
from tests.fakes import FakeClock
from tests.integration.web.office import Office, open_office
from tests.integration.web.slack_office import join


@pytest.fixture
def office(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Office]:
    found = open_office(tmp_path / "site", database_url, clock)
    yield found
    for client in found.clients:
        client.close()
    found.app.close()


@pytest.fixture
def demo(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Office]:
    """The same site as a demo: nobody signs in."""
    found = open_office(tmp_path / "site", database_url, clock, is_demo=True)
    yield found
    for client in found.clients:
        client.close()
    found.app.close()


@pytest.fixture
def slack(office: Office) -> Iterator[SlackEmulator]:
    """A Slack whose channel #care hears of the office's cases."""
    with SlackEmulator() as emulator:
        join(office, emulator)
        yield emulator
