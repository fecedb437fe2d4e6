"""The desk that the pipeline's tests work at."""

from __future__ import annotations

from pathlib import Path

import pytest

from engagebot.store.engine import Store
from tests.factories import make_settings
from tests.fakes import FakeClock, FakeConnector
from tests.integration.pipeline.desk import Desk


@pytest.fixture
def desk(store: Store, clock: FakeClock, tmp_path: Path) -> Desk:
    return Desk(
        store=store, clock=clock, settings=make_settings(tmp_path, store.url), fake=FakeConnector(clock)
    )
