from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.demo.connector import DemoConnector
from connectors.demo.stories import Person, Story
from engagebot.ports import Watch
from tests.contract.suite import ConnectorContract, HandClock, Harness

WATCH = Watch(name="demo", connector="demo", kind="stories", every=timedelta(seconds=10))
SOMEBODY = Person(handle="somebody_demo", looks_like="x", joined=timedelta(days=400))


class Stage:
    """Stories that are told while the test looks on."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.stories: list[Story] = []
        self.connector = DemoConnector(self.stories, self.clock)
        self._start = self.clock.now()

    def publish(self, count: int) -> Sequence[str]:
        first = len(self.stories)
        at = self.clock.now() - self._start
        for number in range(first, first + count):
            text = f"@acme hello, number {number}"
            self.stories.append(
                Story(slug=f"told-{number}", by=SOMEBODY, at=at, text=text, addressed_to_us=True)
            )
        seconds = int(self._start.timestamp())
        return [f"told-{number}-{seconds}" for number in range(first, first + count)]

    def withdraw(self, native_id: str) -> None:
        slug = native_id.rpartition("-")[0]
        at = self.clock.now() - self._start
        self.stories[:] = [
            replace(story, gone_at=at) if story.slug == slug else story for story in self.stories
        ]


class TestDemo(ConnectorContract):
    @pytest.fixture
    def harness(self) -> Harness:
        stage = Stage()
        return Harness(
            connector=stage.connector,
            watch=WATCH,
            clock=stage.clock,
            publish=stage.publish,
            withdraw=stage.withdraw,
            requests=lambda: 0,
            bad_watch=replace(WATCH, kind="search", options={"query": "acme"}),
        )
