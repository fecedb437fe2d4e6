"""The fake that the pipeline's tests lean on keeps the laws of the real ones."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from engagebot.domain.mention import MentionRef
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    WatchInvalid,
)
from tests.contract.suite import ConnectorContract, HandClock, Harness, drain
from tests.factories import make_mention, make_watch
from tests.fakes import FakeClock, FakeConnector


class World:
    """Posts of strangers behind the fake, and what went wrong last."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.calls: list[str] = []
        self.fake = FakeConnector(FakeClock(self.clock.now()), before_call=self.calls.append)

    def publish(self, count: int) -> Sequence[str]:
        first = len(self.fake.posts)
        made = [
            make_mention(f"p{number}", posted_at=self.clock.now() + timedelta(seconds=number))
            for number in range(first, first + count)
        ]
        self.fake.posts.extend(made)
        return [mention.ref.native_id for mention in made]

    def read_fault(self, error: ConnectorError) -> tuple[Callable[[], object], type[ConnectorError]]:
        return (lambda: self.fake.fail("pull", error)), type(error)

    def lose_the_answer(self) -> None:
        self.fake.after_reply.append(OutcomeUnknown("the line was cut after the request"))


class TestFake(ConnectorContract):
    @pytest.fixture
    def harness(self) -> Harness:
        world = World()
        soon = world.clock.now() + timedelta(minutes=1)
        return Harness(
            connector=world.fake,
            watch=make_watch(),
            clock=world.clock,
            publish=world.publish,
            withdraw=world.fake.gone.add,
            requests=lambda: len(world.calls),
            writes=lambda: len(world.fake.replies),
            read_faults={
                "unavailable": world.read_fault(Unavailable("the platform is down")),
                "limited": world.read_fault(RateLimited("slow down", retry_at=soon)),
                "key": world.read_fault(AuthFailed("the key was revoked")),
            },
            lost_answers={"cut after": world.lose_the_answer},
            bad_watch=make_watch(kind="nonsense"),
        )


def test_a_refused_watch_is_refused_each_time() -> None:
    fake = FakeConnector(FakeClock())
    bad = make_watch(kind="nonsense")
    for _ in range(2):
        with pytest.raises(WatchInvalid):
            fake.pull(bad, None)


def test_pages_overlap_so_that_a_repeat_is_met_in_tests() -> None:
    world = World()
    world.publish(25)
    harness = Harness(connector=world.fake, watch=make_watch(), clock=world.clock, publish=world.publish)
    found, _ = drain(harness)
    assert len(found) > 25
    assert {mention.ref.native_id for mention in found} == {f"p{number}" for number in range(25)}


def test_a_reply_hides_for_as_many_looks_as_told() -> None:
    world = World()
    world.publish(1)
    world.fake.seen_after_looks = 2
    (post,) = world.fake.posts
    world.fake.reply(post, "Thank you!")
    assert [world.fake.own_reply(post) is not None for _ in range(3)] == [False, False, True]


def test_a_stranger_of_another_source_is_not_looked_up() -> None:
    world = World()
    world.publish(1)
    assert world.fake.lookup(world.fake.posts[0].ref._replace(source="other")) is None
    assert world.fake.lookup(MentionRef("fake", "never")) is None
