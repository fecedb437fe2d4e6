"""A reply's whole life at random: every state follows the table, and nothing leaves that nobody approved."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engagebot.domain.mention import ReplyRoute
from engagebot.domain.outbox import DRAFT_MOVES, DraftState, Severity
from engagebot.domain.replying.risks import RiskKind
from engagebot.domain.roles import Role
from engagebot.errors import (
    AuthFailed,
    IllegalMove,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
    WrongUsage,
)
from engagebot.pipeline import review, silencing
from engagebot.pipeline.deliver import Stopwatch, deliver_replies, recover_replies, settle_replies
from engagebot.pipeline.deliver.settle import BELIEVED, SETTLE_AFTER
from engagebot.pipeline.review import Caution, Handover, Terms
from engagebot.pipeline.silencing import Whom
from engagebot.store import site
from engagebot.store.casework.escalations import Announcement
from engagebot.store.engine import Store
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import text_hash
from tests.factories import API, BLOCKED, BY_HAND, act, make_settings
from tests.fakes import NOON, FakeClock, FakeConnector
from tests.integration.pipeline.desk import Desk

S = DraftState
SHOWS_AFTER_S = 60.0
TEXTS = st.sampled_from(
    ["Thank you!", "Grüße 👋🏽", " spaces ", "nul \x00", "lone \ud83d", "", "Hi {{author.name}}"]
)
ROUTES = st.sampled_from([API, API, API, BY_HAND, BLOCKED])


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


class DraftLife(RuleBasedStateMachine):
    """Drafts under people, platforms and crashes."""

    template: Path
    folder: Path

    @initialize(routes=st.lists(ROUTES, min_size=1, max_size=3))
    def open(self, routes: list[ReplyRoute]) -> None:
        self.place = tempfile.TemporaryDirectory(dir=self.folder)
        path = Path(self.place.name) / "engagebot.db"
        path.write_bytes(self.template.read_bytes())
        self.passed_s, self.skipped = 0.0, timedelta(0)
        clock = FakeClock()
        fake = FakeConnector(clock, shows_after_s=SHOWS_AFTER_S, seconds=lambda: self.passed_s)
        self.desk = self.started(f"sqlite:///{path}", clock, fake)
        self.ids = [self.desk.propose(str(number), route=route) for number, route in enumerate(routes)]

    def started(self, url: str, clock: FakeClock, fake: FakeConnector) -> Desk:
        """A process of the program, which remembers nothing of those before it."""
        settings = make_settings(Path(self.place.name), url)
        desk = Desk(store=Store(url, clock=clock), clock=clock, settings=settings, fake=fake)
        desk.stopwatch = Stopwatch(lambda: self.passed_s)
        return desk

    @rule()
    def restart(self) -> None:
        desk = self.desk
        desk.store.close()
        self.desk = self.started(desk.store.url, desk.clock, desk.fake)
        recover_replies(self.desk.deliver_context)

    @rule(minutes=st.sampled_from([-90, -1, 5, 60, 14 * 60]))
    def set_clock(self, minutes: int) -> None:
        # A process that starts believes what lies ten windows back. Where the clock was put forward by more
        # within one window, that deceives it; docs/reliability.md says so.
        if self.skipped + timedelta(minutes=minutes) < BELIEVED * SETTLE_AFTER:
            self.skipped += timedelta(minutes=minutes)
            self.desk.clock.at += timedelta(minutes=minutes)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.store.close()
            self.place.cleanup()

    def do(self, number: int, action: Any, *more: Any, **named: Any) -> None:
        draft_id = self.ids[number % len(self.ids)]
        try:
            with self.desk.store.write() as tx:
                action(tx, draft_id, act(self.desk.store), *more, **named)
        except (IllegalMove, WrongUsage):
            pass

    @rule(number=st.integers(0, 2), text=st.none() | TEXTS, undo=st.sampled_from([0, 10]))
    def approve(self, number: int, text: str | None, undo: int) -> None:
        self.do(number, review.approve, text=text, terms=Terms(timedelta(seconds=undo)))

    @rule(number=st.integers(0, 2), by=st.sampled_from(["agent_demo", "lead_demo"]))
    def approve_what_two_must_read(self, number: int, by: str) -> None:
        draft_id = self.ids[number % len(self.ids)]
        self.desk.put_draft(draft_id, self.desk.draft(draft_id).state, reach=5000)
        caution = Caution(second_reader=frozenset({RiskKind.LARGE_REACH}), large_reach=1000)
        terms = Terms(confirms=True, caution=caution, reason="so")
        with suppress(IllegalMove, WrongUsage), self.desk.store.write() as tx:
            review.approve(tx, draft_id, act(self.desk.store, by, Role.LEAD), terms=terms)

    @rule(number=st.integers(0, 2))
    def release(self, number: int) -> None:
        self.do(number, review.release)

    @rule(number=st.integers(0, 2))
    def say_not_posted(self, number: int) -> None:
        self.do(number, review.not_posted)

    @rule()
    def return_unposted(self) -> None:
        with self.desk.store.write() as tx:
            review.return_unposted(tx, self.desk.clock.now(), after=timedelta(minutes=15))

    @rule(number=st.integers(0, 2), text=TEXTS)
    def edit(self, number: int, text: str) -> None:
        version = self.desk.draft(self.ids[number % len(self.ids)]).version
        self.do(number, review.edit, text=text, version=version)

    @rule(number=st.integers(0, 2))
    def reject(self, number: int) -> None:
        self.do(number, review.reject, reason="no")

    @rule(number=st.integers(0, 2))
    def undo(self, number: int) -> None:
        self.do(number, review.undo)

    @rule(number=st.integers(0, 2))
    def post_by_hand(self, number: int) -> None:
        self.do(number, review.posted)

    @rule(number=st.integers(0, 2))
    def escalate(self, number: int) -> None:
        told = Announcement(channels=(), base_url="", zone=self.desk.settings.timezone)
        to = Handover(team="support", severity=Severity.LOW, told=told, due_at=lambda at: None)
        self.do(number, review.escalate, to=to)

    @rule(number=st.integers(0, 2))
    def settle_by_a_person(self, number: int) -> None:
        draft_id = self.ids[number % len(self.ids)]
        # A person looks at the platform and tells the truth.
        mention = self.desk.fake.posts[self.ids.index(draft_id)].ref.native_id
        really = any(native_id == mention for native_id, _ in self.desk.fake.replies)
        self.do(number, review.settle, is_there=really)

    @rule(is_paused=st.booleans())
    def pause(self, is_paused: bool) -> None:
        with self.desk.store.write() as tx:
            (site.pause if is_paused else site.resume)(tx, by="kim_demo", at=NOON)

    @rule(seconds=st.sampled_from([1, 30, 90, 3600]))
    def wait(self, seconds: int) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self.desk.clock.forward(seconds=seconds)
        self.passed_s += seconds

    @rule(number=st.integers(0, 2))
    def mute_the_author(self, number: int) -> None:
        with self.desk.store.write() as tx:
            author = self.desk.fake.posts[number % len(self.ids)].author
            assert author is not None
            whom = Whom.of("fake", author=author.handle)
            (silencing.unmute if number == 2 else silencing.mute)(tx, whom, act(self.desk.store))

    @rule(number=st.integers(0, 2), text=st.sampled_from(["the modem is dead again", "I see, thanks"]))
    def edit_post(self, number: int, text: str) -> None:
        posts = self.desk.fake.posts
        at = number % len(self.ids)
        posts[at] = posts[at]._replace(text=text)

    @rule(
        method=st.sampled_from(["reply", "lookup", "own_reply"]),
        error=st.sampled_from(
            [
                lambda at: Unavailable("down"),
                lambda at: RateLimited("slow", retry_at=at + timedelta(minutes=1)),
                lambda at: AuthFailed("revoked"),
                lambda at: OutcomeUnknown("cut"),
                lambda at: TargetGone("gone"),
                lambda at: Refused("no"),
                lambda at: Refused("no", by_hand=True),
                lambda at: KeyError("odd"),
            ]
        ),
    )
    def break_next(self, method: str, error: Any) -> None:
        self.desk.fake.fail(method, error(self.desk.clock.now()))

    @rule()
    def lose_next_answer(self) -> None:
        self.desk.fake.after_reply.append(OutcomeUnknown("cut after"))

    @rule(number=st.integers(0, 2))
    def delete_post(self, number: int) -> None:
        self.desk.fake.gone.add(str(number))

    @rule()
    def deliver(self) -> None:
        deliver_replies(self.desk.deliver_context)

    @rule()
    def settle(self) -> None:
        settle_replies(self.desk.deliver_context)

    @rule(has_arrived=st.booleans())
    def crash_while_sending(self, has_arrived: bool) -> None:
        fake = self.desk.fake
        real = FakeConnector.reply

        def end_here(name: str) -> None:
            if name == "reply":
                if has_arrived:
                    fake.before_call = lambda name: None
                    with self.desk.store.read() as tx:
                        (sending,) = drafts.in_state(tx, S.SENDING)
                    fake.failures.pop("reply", None)
                    fake.after_reply.clear()
                    real(fake, fake.posts[self.ids.index(sending.id)], sending.text)
                raise Killed

        fake.before_call = end_here
        try:
            deliver_replies(self.desk.deliver_context)
        except Killed:
            recover_replies(self.desk.deliver_context)
        finally:
            fake.before_call = lambda name: None

    @precondition(lambda self: hasattr(self, "desk"))
    @invariant()
    def every_move_is_in_the_table(self) -> None:
        for draft_id in self.ids:
            events = self.desk.events(f"draft:{draft_id}")
            state = S.PROPOSED
            for event in events:
                if "to" in event.detail:
                    assert event.detail["from"] == state
                    after = S(event.detail["to"])
                    assert after is state or after in DRAFT_MOVES[state], (state, after, event.action)
                    state = after
            assert self.desk.draft(draft_id).state is state

    @precondition(lambda self: hasattr(self, "desk"))
    @invariant()
    def what_left_was_approved_to_the_letter_and_left_once(self) -> None:
        times = Counter(native_id for native_id, _ in self.desk.fake.replies)
        assert all(count == 1 for count in times.values()), self.desk.fake.replies
        for native_id, text in self.desk.fake.replies:
            draft_id = self.ids[int(native_id)]
            events = self.desk.events(f"draft:{draft_id}")
            approved = [event.detail["text_hash"] for event in events if event.action == "draft.approved"]
            assert text_hash(text) in approved

    @precondition(lambda self: hasattr(self, "desk"))
    @invariant()
    def what_two_must_read_was_read_by_two(self) -> None:
        for draft_id in self.ids:
            first, draft = None, self.desk.draft(draft_id)
            for event in self.desk.events(f"draft:{draft_id}"):
                if event.action == "draft.first_read":
                    first = event.actor
                elif event.action == "draft.approved" and event.detail.get("risks"):
                    assert first not in (None, event.actor)
            assert draft.first_reader is None or draft.state is not S.PROPOSED

    @precondition(lambda self: hasattr(self, "desk"))
    @invariant()
    def nothing_is_left_in_the_middle(self) -> None:
        with self.desk.store.read() as tx:
            assert drafts.in_state(tx, S.SENDING) == []


def test_a_reply_lives_by_the_table_and_leaves_once(sqlite_template: Path, tmp_path: Path) -> None:
    class Life(DraftLife):
        template = sqlite_template
        folder = tmp_path

    # REPLY_LIVES=2000 for the long run of docs/reliability.md.
    lives = int(os.environ.get("REPLY_LIVES", "40"))
    steps = 30 if lives <= 40 else 50
    run_state_machine_as_test(
        Life, settings=settings(max_examples=lives, stateful_step_count=steps, deadline=None)
    )


def test_the_life_itself_can_send(sqlite_template: Path, tmp_path: Path) -> None:
    life = type("Life", (DraftLife,), {"template": sqlite_template, "folder": tmp_path})()
    try:
        life.open([API])
        life.approve(0, None, 0)
        life.crash_while_sending(True)
        life.wait(3600)
        life.settle()
        life.every_move_is_in_the_table()
        life.what_left_was_approved_to_the_letter_and_left_once()
        assert life.desk.draft(life.ids[0]).state is S.SENT
        assert len(life.desk.fake.replies) == 1
    finally:
        life.teardown()
