"""The faces of the outside: connectors, scorers, sinks and the clock, and the values that cross them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NewType, Protocol, runtime_checkable

from engagebot.domain.judgement import Judgement
from engagebot.domain.listening.costs import Budget
from engagebot.domain.mention import Mention, MentionRef, ReplyRoute
from engagebot.domain.telling.cards import CaseCard
from engagebot.domain.text.measures import Measure

Cursor = NewType("Cursor", str)
"""Where a watch stands: written and read by its connector alone, kept by the store."""


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """Return the present as aware UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What to listen to: one entry under `watches` in the settings.

    `options` are the connector's own keys (query, subreddits, match …), as plain values. `lookback` is how
    far the first pull, the one without a cursor, reaches back. `budget` is for the core, not the connector;
    from it comes `page_limit`: a page should hold no more posts where the platform can be asked for fewer.
    """

    name: str
    connector: str
    kind: str
    every: timedelta
    lookback: timedelta = timedelta(hours=24)
    budget: Budget = field(default_factory=Budget)
    page_limit: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WatchFault:
    """One thing wrong with a watch: a sentence with its remedy, and the key of the watch that it is about."""

    key: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of time (aware UTC) from which posts may be missing for good, and why, in words for a person."""

    from_at: datetime
    until_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one pull brought: mentions oldest first (they may repeat earlier ones) and the next cursor.

    `has_more` asks for another pull at once. `reads` counts units the platform charges for, by its own names.
    `note` says in words what a person should know, such as a gap. `gone` are mentions that the platform says
    were deleted, heard of before or not; one that is also in `mentions` was deleted after it was written.
    `gone_authors` are accounts, by the platform's ids, that are gone with all they wrote before this page.
    `shown` are older ones that came along: of those that are stored the reactions are read, no other is kept.

    With this page stored, everything posted from `heard_from` to `heard_until` was brought, `gaps` left out.
    Where the connector does not say, the core takes it from where the watch was heard last until now, once
    `has_more` is false. Two equal times say that nothing was heard completely yet.
    """

    mentions: Sequence[Mention]
    cursor: Cursor
    has_more: bool = False
    reads: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None
    gone: Sequence[MentionRef] = ()
    gone_authors: Sequence[str] = ()
    shown: Sequence[Mention] = ()
    gaps: Sequence[Gap] = ()
    heard_from: datetime | None = None
    heard_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """How many mentions stand now: `found` by ref, and `gone`, those deleted or hidden from us.

    A ref in neither got no answer: nothing is known, and it has to be asked for again. A found mention's
    `author` is `None` only where the account is deleted; its name may be missing where that costs extra.
    `reads` are counted as in `Page`.
    """

    found: Mapping[MentionRef, Mention]
    gone: frozenset[MentionRef] = frozenset()
    reads: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Facts about a platform: longest reply in its own counting, largest page, how far back it can look."""

    reply_chars: int
    page_size: int
    lookback: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are on the platform; `handle` is `None` for a read-only key."""

    handle: str | None
    can_reply: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Our reply as the platform shows it. `native_id` is `None` where the platform took it without saying."""

    native_id: str | None
    url: str | None
    posted_at: datetime


class Connector(Protocol):
    """One platform, translated. It remembers, sleeps, retries and decides nothing.

    Every method may raise the `ConnectorError`s of `engagebot.errors` and nothing else.
    """

    @property
    def name(self) -> str:
        """The entry point's name; also the `source` of its mentions."""
        ...

    @property
    def limits(self) -> Limits:
        """Facts about the platform."""
        ...

    def verify(self) -> Identity:
        """Ask the platform who we are and whether we may reply."""
        ...

    def pull(self, watch: Watch, cursor: Cursor | None) -> Page:
        """Read once from where `cursor` stands; `None` starts at `watch.lookback` before now.

        Pulling twice from one cursor brings the same mentions or more. An empty page has a usable cursor.
        """
        ...

    def lookup(self, ref: MentionRef) -> Mention | None:
        """Read one mention as it is now; `None` when it is gone or hidden."""
        ...

    def reply(self, to: Mention, text: str) -> Posted:
        """Write one reply with exactly one request, or raise.

        Raises:
            OutcomeUnknown: the platform may have it; ask `own_reply` later.
        """
        ...

    def own_reply(self, to: Mention) -> Posted | None:
        """Find our own reply to a mention; `None` means the platform answered and shows none."""
        ...


@runtime_checkable
class RoutesReplies(Protocol):
    """A connector that knows beforehand whether the platform will take a reply."""

    def reply_route(self, mention: Mention) -> ReplyRoute:
        """Say how a reply to this mention can leave, from the mention alone (no request)."""
        ...


@runtime_checkable
class ComposesByHand(Protocol):
    """A platform whose own composer can be opened with a text."""

    def compose_url(self, mention: Mention, text: str) -> str:
        """Build the link that opens the composer as a reply to the mention."""
        ...


@runtime_checkable
class MeasuresText(Protocol):
    """A platform that counts characters in its own way."""

    @property
    def measure(self) -> Measure:
        """What a page counts with while a reply is written: the nearest measure, where none is quite it."""
        ...

    def length(self, text: str) -> int:
        """Count `text` as the platform does."""
        ...


@runtime_checkable
class ShowsAvatars(Protocol):
    """A platform whose pictures of authors may be shown (`Author.avatar_url`)."""

    @property
    def avatar_hosts(self) -> Sequence[str]:
        """The hosts that pictures come from, by https and at public addresses alone.

        An entry with a scheme (`http://127.0.0.1:8080`) is a server that the settings name, and anywhere.
        """
        ...


@runtime_checkable
class LooksUpMany(Protocol):
    """A platform that can be asked about many mentions at once: whether they still stand, and how."""

    @property
    def lookup_limit(self) -> int:
        """How many refs one call takes."""
        ...

    def lookup_many(self, refs: Sequence[MentionRef]) -> Lookup:
        """Read mentions as they are now; only an answer of the platform makes one gone, never a failure."""
        ...


@runtime_checkable
class ChecksWatch(Protocol):
    """A connector that sees faults of a watch without asking its platform."""

    def watch_faults(self, watch: Watch) -> Sequence[WatchFault]:
        """Say what is surely wrong with the watch as it is written: no request, no error.

        `pull` raises `WatchInvalid` for each of them; what only the platform can know stays its own to say.
        """
        ...


@runtime_checkable
class TellsTime(Protocol):
    """A connector that looks at the clock of its platform."""

    @property
    def clock_skew(self) -> timedelta | None:
        """How far our clock was ahead at the last answer, a refusal included; `None` before one came."""
        ...


ConnectorFactory = Callable[[Mapping[str, Any], Clock], Connector]
"""What an entry point of group `engagebot.connectors` loads: `(options, clock) -> Connector`.

`options` are the connector's environment values in lower case without prefix (ENGAGEBOT_X_BASE_URL arrives
as `base_url`) and `handle`, our own account there. The factory validates them and raises ValueError for a
wrong one.
"""


class Scorer(Protocol):
    """How a text feels."""

    @property
    def version(self) -> str:
        """Names everything that shapes the answer; stored with each judgement."""
        ...

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        """Score a text of any length in bounded time."""
        ...

    def judge_all(self, texts: Sequence[tuple[str, str | None]]) -> list[Judgement]:
        """Score many texts, each with its language or None, in their order: what `judge` says of each.

        Where one raises, the whole call raises: ask `judge` for each to learn which.
        """
        return [self.judge(text, lang=lang) for text, lang in texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message for people: `id` stays the same over every attempt, so that receivers can drop repeats.

    `payload` is the versioned JSON body for machines; `title` and `text` are for people.
    `card` is the case as it is now, for channels that keep one message about it. `people` are the ids, in
    the sink's chat, of those whom it names and who said who they are there: `WORKSPACE:PERSON`.
    """

    id: str
    kind: str
    title: str
    text: str
    url: str | None
    sent_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    card: CaseCard | None = None
    people: tuple[str, ...] = ()


class Sink(Protocol):
    """A way to reach people or their programs."""

    @property
    def name(self) -> str:
        """The channel's name in the settings (console, webhook …)."""
        ...

    def deliver(self, notice: Notice) -> None:
        """Deliver once, without retrying.

        Raises:
            DeliveryFailed: nobody has it, or nobody can tell; the caller tries again with the same id.
        """
        ...


@runtime_checkable
class KeepsMessages(Protocol):
    """A sink whose messages can be changed: one stands for a case, from its first news to its end.

    A reference is the sink's own, plain JSON, kept by the store. Each call is one request.
    """

    def put(self, notice: Notice, reference: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Bring the message about `notice.card` up to date, or post one where there is none.

        A message that is gone is posted anew. Answer the reference to the one that stands now.

        Raises:
            DeliveryFailed: as for `deliver`.
        """
        ...

    def add(
        self,
        notice: Notice,
        reference: Mapping[str, Any],
        *,
        is_loud: bool = False,
        instead_of: str | None = None,
    ) -> str:
        """Put the notice's own words below the message, or in place of earlier ones; answer their id there.

        `is_loud` lets the whole channel see them. Earlier words that are gone already are left alone.

        Raises:
            DeliveryFailed: as for `deliver`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Filed:
    """A ticket that a ticket system says it made, in its own words: its key, and where people find it."""

    key: str
    url: str | None = None


@runtime_checkable
class FilesTickets(Protocol):
    """A sink whose receiver may answer with the ticket that it made of a notice."""

    def file(self, notice: Notice) -> Filed | None:
        """Deliver once, as `deliver` does; answer the ticket where the receiver names one at once.

        Raises:
            DeliveryFailed: as for `deliver`, or the answer broke off.
        """
        ...


@runtime_checkable
class ChecksChannel(Protocol):
    """A sink that can be tried without disturbing anybody."""

    def check(self) -> str:
        """Say in words how it stands; nothing is sent to people.

        Raises:
            DeliveryFailed: it could not deliver now; the message says what to mend.
        """
        ...
