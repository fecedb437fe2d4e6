"""Stand-ins that obey the laws of what they stand in for, and can be told to fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.errors import DeliveryFailed, WatchInvalid
from engagebot.ports import Cursor, Gap, Identity, Limits, Lookup, Notice, Page, Posted, Watch

NOON = datetime(2026, 8, 3, 12, 0, tzinfo=UTC)  # a Monday


@dataclass(slots=True)
class FakeClock:
    """A clock that moves only when told to."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(slots=True)
class FakeConnector:
    """A platform in memory: posts are read in pages by position, replies are kept.

    `failures` are raised by the next calls of a method, one each; `after_reply` is raised after a reply was
    kept, as by a connection cut too late. `seen_after_looks` hides own replies from that many looks,
    `shows_after_s` for so many of its own `seconds`, which are those of its clock unless told otherwise.
    `pushed_gone` and `pushed_gone_authors` are told gone with every page, `shown` comes along. `unanswered`
    posts are left out of answers about many; `looked_up` lists what each question asked for. `gaps` are told
    with the next page.
    """

    clock: FakeClock
    name: str = "fake"
    page_size: int = 10
    overlap: int = 2
    posts: list[Mention] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)
    pushed_gone: list[MentionRef] = field(default_factory=list)
    pushed_gone_authors: list[str] = field(default_factory=list)
    shown: list[Mention] = field(default_factory=list)
    unanswered: set[str] = field(default_factory=set)
    lookup_limit: int = 10
    looked_up: list[list[str]] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, deque[Exception]] = field(default_factory=dict)
    after_reply: deque[Exception] = field(default_factory=deque)
    looks: int = 0
    seen_after_looks: int = 0
    shows_after_s: float = 0.0
    seconds: Callable[[], float] | None = None
    _posted_s: list[float] = field(default_factory=list)
    route: ReplyRoute = field(default_factory=lambda: ReplyRoute(route=Route.API, reason="they wrote to us"))
    before_call: Callable[[str], None] = field(default=lambda name: None)

    @property
    def limits(self) -> Limits:
        return Limits(reply_chars=280, page_size=self.page_size, lookback=timedelta(days=7))

    def fail(self, method: str, *errors: Exception) -> None:
        self.failures.setdefault(method, deque()).extend(errors)

    def _call(self, method: str) -> None:
        self.before_call(method)
        waiting = self.failures.get(method)
        if waiting:
            raise waiting.popleft()

    def verify(self) -> Identity:
        self._call("verify")
        return Identity(handle="acme", can_reply=True)

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        self._call("pull")
        if watch.kind != "search":
            raise WatchInvalid(f"watch {watch.name}: kind {watch.kind!r} is not one of search")
        start = max(0, int(cursor) - self.overlap) if cursor is not None else 0
        until = max(start, int(cursor or 0)) + self.page_size
        found = [post for post in self.posts[start:until] if post.ref.native_id not in self.gone]
        end = min(until, len(self.posts))
        gaps, self.gaps = self.gaps, []
        return Page(
            mentions=found,
            gaps=gaps,
            cursor=Cursor(str(end)),
            has_more=end < len(self.posts),
            reads={"posts": len(found)},
            gone=tuple(self.pushed_gone),
            gone_authors=tuple(self.pushed_gone_authors),
            shown=tuple(self.shown),
        )

    def lookup(self, ref: MentionRef) -> Mention | None:
        self._call("lookup")
        if ref.native_id in self.gone:
            return None
        return next((post for post in self.posts if post.ref == ref), None)

    def lookup_many(self, refs: Sequence[MentionRef]) -> Lookup:
        self.looked_up.append([ref.native_id for ref in refs])
        self._call("lookup_many")
        assert len(refs) <= self.lookup_limit
        asked = {ref for ref in refs if ref.native_id not in self.unanswered}
        found = {
            post.ref: post for post in self.posts if post.ref in asked and post.ref.native_id not in self.gone
        }
        return Lookup(found=found, gone=frozenset(asked - found.keys()), reads={"posts": len(found)})

    def reply(self, to: Mention, text: str) -> Posted:
        self._call("reply")
        self.replies.append((to.ref.native_id, text))
        self._posted_s.append(self._now_s())
        if self.after_reply:
            raise self.after_reply.popleft()
        return self._posted(len(self.replies) - 1)

    def own_reply(self, to: Mention) -> Posted | None:
        self._call("own_reply")
        self.looks += 1
        if self.looks <= self.seen_after_looks:
            return None
        for position, (native_id, _) in enumerate(self.replies):
            if native_id == to.ref.native_id and self._is_shown(position):
                return self._posted(position)
        return None

    def _is_shown(self, position: int) -> bool:
        # What a test put there itself has been there for ever.
        posted_s = self._posted_s[position] if position < len(self._posted_s) else float("-inf")
        return self._now_s() - posted_s >= self.shows_after_s

    def _now_s(self) -> float:
        return self.seconds() if self.seconds else self.clock.now().timestamp()

    def _posted(self, position: int) -> Posted:
        return Posted(
            native_id=f"reply-{position}",
            url=f"https://fake.example/reply-{position}",
            posted_at=self.clock.now(),
        )

    def reply_route(self, mention: Mention) -> ReplyRoute:
        return self.route


@dataclass(slots=True)
class FakeSink:
    """A channel that keeps what it is given; `failures` are raised by the next deliveries, one each."""

    name: str = "console"
    notices: list[Notice] = field(default_factory=list)
    failures: deque[DeliveryFailed] = field(default_factory=deque)

    def deliver(self, notice: Notice) -> None:
        if self.failures:
            raise self.failures.popleft()
        self.notices.append(notice)

    @property
    def ids(self) -> Sequence[str]:
        return [notice.id for notice in self.notices]
