"""What changes between approval and sending, on the emulated platforms with the real client libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.domain.mention import Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.routes import CommunityPolicy, Speaking
from engagebot.pipeline import review, silencing
from engagebot.pipeline.silencing import Whom
from engagebot.settings.values import Brand
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from tests.emulators.reddit import RedditEmulator
from tests.emulators.server import Emulator
from tests.emulators.x import XEmulator
from tests.factories import act, make_settings, make_watch
from tests.fakes import FakeClock

S = DraftState
RULES = """\
- id: love
  name: Love
  status: live
  when: {all: [{text: {contains_any: [love]}}]}
  then: [{draft: {template: thanks}}]
  tests:
    - {name: it is love, mention: {text: I love it}, expect: {matches: true}}
    - {name: it is none, mention: {text: I see it}, expect: {matches: false}}
- {id: rest, name: Rest, status: live, default: true, then: [{tag: [seen]}]}
"""
X_KEYS = {
    "bearer_token": "bearer-made-up-1",
    "consumer_key": "consumer-made-up-2",
    "consumer_secret": "consumer-secret-made-up-3",
    "access_token": "access-made-up-4",
    "access_token_secret": "access-secret-made-up-5",
    "handle": "acme",
}
REDDIT_KEYS = {
    "client_id": "client-made-up-1",
    "client_secret": "client-secret-made-up-2",
    "username": "acme_support",
    "password": "password-made-up-3",
    "handle": "acme_support",
}


@dataclass
class Place:
    """A live site that listens to one emulated platform and may answer there."""

    source: str
    app: App
    clock: FakeClock
    platform: Any
    post: str
    send: str

    def approved(self) -> DraftRecord:
        """Hear the post, and approve the thanks that a rule proposes."""
        self.clock.forward(minutes=1)
        scheduler.run_once(self.app)
        with self.app.store.write() as tx:
            (heard,) = mentions.page(tx).items
            (draft,) = drafts.of_mention(tx, heard.id)
            approved = review.approve(tx, draft.id, act(self.app.store))
        assert approved.state is S.APPROVED
        self.clock.forward(minutes=1)
        return approved

    def now(self, draft: DraftRecord) -> DraftRecord:
        with self.app.store.read() as tx:
            return drafts.get(tx, draft.id)

    @property
    def requests(self) -> int:
        """How many times the platform was asked to take a reply."""
        return len(self.platform.calls(self.send))


def open_place(folder: Path, url: str, clock: FakeClock, platform: Emulator, post: str) -> Place:
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "lists").mkdir(parents=True)
    (folder / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    (folder / "rules" / "templates" / "thanks.md").write_text("Thank you!\n", encoding="utf-8")
    is_x = isinstance(platform, XEmulator)
    source = "x" if is_x else "reddit"
    keys = X_KEYS if is_x else REDDIT_KEYS
    watch = make_watch(
        connector=source,
        kind="search" if is_x else "comments",
        options={"query": "acme"} if is_x else {"match": ["acme"], "subreddits": ["acme"]},
        lookback=timedelta(days=2),
    )
    settings = make_settings(
        folder,
        url,
        now=clock.now(),
        watches=(watch,),
        sending=True,
        brand=Brand(name="Acme", handles={source: keys["handle"]}),
        connector_options={source: {**keys, "base_url": platform.url}},
    )
    app = App(settings, is_live=True)
    app.clock = app.store.clock = app.rules._clock = clock
    return Place(source, app, clock, platform, post, "POST /2/tweets" if is_x else "POST /api/comment")


@contextmanager
def on_x(folder: Path, url: str, clock: FakeClock) -> Iterator[Place]:
    with XEmulator(account="acme", clock=clock.now) as platform:
        post = platform.post(text="@acme I love it", author="maple_fan_demo").id
        place = open_place(folder, url, clock, platform, post)
        yield place
        place.app.close()


@contextmanager
def on_reddit(folder: Path, url: str, clock: FakeClock) -> Iterator[Place]:
    with RedditEmulator(account="acme_support", clock=clock.now) as platform:
        platform.subreddit("acme")
        post = platform.comment(text="I love acme", author="maple_fan_demo", subreddit="acme").name
        place = open_place(folder, url, clock, platform, post)
        yield place
        place.app.close()


@pytest.fixture
def x(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Place]:
    with on_x(tmp_path, database_url, clock) as place:
        yield place


@pytest.fixture
def reddit(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Place]:
    with on_reddit(tmp_path, database_url, clock) as place:
        yield place


@pytest.fixture(params=[on_x, on_reddit])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, clock: FakeClock
) -> Iterator[Place]:
    with request.param(tmp_path, database_url, clock) as found:
        yield found


def stopped(place: Place, draft: DraftRecord, state: DraftState, rule: str) -> None:
    """The reply does not leave, nothing is even asked for, and the text waits for a person."""
    assert scheduler.send_replies(place.app) == 0
    after = place.now(draft)
    assert (after.state, after.reply_route.rule, after.text) == (state, rule, draft.text)
    assert after.last_error
    assert (place.requests, place.platform.replies) == (0, [])
    assert scheduler.send_replies(place.app) == 0
    assert place.requests == 0


def test_nothing_changed_and_the_reply_leaves_once(place: Place) -> None:
    draft = place.approved()
    assert scheduler.send_replies(place.app) == 1
    assert place.now(draft).state is S.SENT
    assert (place.requests, len(place.platform.replies)) == (1, 1)


def test_a_post_deleted_meanwhile_withdraws_the_reply(place: Place) -> None:
    draft = place.approved()
    place.platform.delete(place.post)
    assert scheduler.send_replies(place.app) == 0
    assert place.now(draft).state is S.WITHDRAWN
    assert (place.requests, place.platform.replies) == (0, [])


def test_who_may_reply_was_narrowed_on_x_meanwhile(x: Place) -> None:
    draft = x.approved()
    x.platform.world.posts[x.post].reply_settings = "following"
    stopped(x, draft, S.BY_HAND, "x-reply-settings")
    assert x.now(draft).reply_route.route is Route.BY_HAND


def test_the_summons_was_edited_away_on_x_meanwhile(x: Place) -> None:
    draft = x.approved()
    x.platform.edit(x.post, "I love acme")
    stopped(x, draft, S.PROPOSED, "x-not-summoned")


@pytest.mark.parametrize(("close", "rule"), [("lock", "locked"), ("archive", "archived")])
def test_the_thread_was_closed_on_reddit_meanwhile(reddit: Place, close: str, rule: str) -> None:
    draft = reddit.approved()
    getattr(reddit.platform, close)(reddit.post)
    stopped(reddit, draft, S.HELD, rule)


def test_the_account_was_deleted_on_reddit_meanwhile(reddit: Place) -> None:
    draft = reddit.approved()
    reddit.platform.delete_user("maple_fan_demo")
    stopped(reddit, draft, S.WITHDRAWN, "author-gone")


def muted(place: Place) -> None:
    with place.app.store.write() as tx:
        silencing.mute(tx, Whom.of(place.source, author="maple_fan_demo"), act(place.app.store))


def asked_us_to_stop(place: Place) -> None:
    if place.source == "x":
        place.platform.post(text="@acme stop replying", author="maple_fan_demo")
    else:
        place.platform.comment(text="u/acme_support stop", author="maple_fan_demo", subreddit="acme")
        place.app.settings.watches[0].options["match"].append("u/acme_support")
    place.clock.forward(minutes=5)
    scheduler.poll_connector(place.app, place.source)


@pytest.mark.parametrize("deed", [muted, asked_us_to_stop])
def test_a_person_left_alone_meanwhile_gets_nothing(place: Place, deed: Callable[[Place], None]) -> None:
    draft = place.approved()
    deed(place)
    assert place.now(draft).state is S.WITHDRAWN
    assert scheduler.send_replies(place.app) == 0
    assert (place.requests, place.platform.replies) == (0, [])


def test_our_policy_for_the_subreddit_changed_meanwhile(reddit: Place) -> None:
    draft = reddit.approved()
    policy = CommunityPolicy(source="reddit", community="r/Acme", reply=Speaking.BY_HAND, note="sign by name")
    reddit.app.settings = replace(reddit.app.settings, communities=(policy,))
    stopped(reddit, draft, S.BY_HAND, "community-policy")
    assert "sign by name" in reddit.now(draft).reply_route.reason
