"""A made-up day: which posts appear where and when, and which faults the platforms show meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.texts import service_posts
from tests.emulators.faults import Fault

START = datetime(2026, 8, 3, 18, tzinfo=UTC)
WORD = "acmenet"
X_SEARCH, X_MENTIONS = "x-talk", "x-mentions"
REDDIT_SEARCH, REDDIT_COMMENTS = "reddit-talk", "reddit-comments"
WATCHES = (X_SEARCH, X_MENTIONS, REDDIT_SEARCH, REDDIT_COMMENTS)
# Each twenty-fourth of the day: the evening, a quiet night, the rush of the morning, lunch, the afternoon.
RATES = (3, 2, 1.5, 1, 0.6, 0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.5, 4, 6, 4, 2, 1.5, 2.5, 2, 1.2, 1.5, 2, 3)
# Where a post appears, by the watches that have to bring it. Nobody waits for the last kind.
PLACES: dict[tuple[str, ...], float] = {
    (X_SEARCH,): 0.36,
    (X_MENTIONS,): 0.15,
    (X_SEARCH, X_MENTIONS): 0.01,
    (REDDIT_SEARCH,): 0.13,
    (REDDIT_COMMENTS,): 0.25,
    (): 0.10,
}
# More than the 800 posts of a mentions timeline, and than the 1,000 items of a listing.
SPIKES: dict[tuple[str, ...], int] = {(X_MENTIONS,): 900, (REDDIT_COMMENTS,): 1_150}
SPIKE_AT, SPIKE_S = 0.6, 25.0
HISTORY = 20
LATEST_S = 45.0
HANG_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much happens: `posts` within `hours`, the spikes included; the same seed makes the same day.

    `late_share` of the posts is shown by listings some time after they were written.
    """

    posts: int
    hours: float
    seed: int
    late_share: float = 0.03
    has_spikes: bool = True

    @property
    def minutes(self) -> int:
        return round(self.hours * 60)

    @property
    def end(self) -> datetime:
        return START + timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post; `watches` have to bring it, and listings show it `late_s` after it was written."""

    watches: tuple[str, ...]
    at: datetime
    text: str
    author: str
    late_s: float = 0.0

    @property
    def platform(self) -> str:
        return "x" if self.watches and self.watches[0].startswith("x") else "reddit"

    def arguments(self, thread: str) -> dict[str, str]:
        """What `post` of an emulator takes; comments go below `thread`."""
        words = {"author": self.author, "at": self.at.isoformat()}
        if self.late_s:
            words["visible_at"] = (self.at + timedelta(seconds=self.late_s)).isoformat()
        if self.watches == (REDDIT_SEARCH,):
            return {**words, "title": self.text, "text": "What do you think?"}
        if self.platform == "reddit":
            return {**words, "text": self.text, "on": thread}
        return {**words, "text": self.text}


def posts_of(plan: Plan) -> list[Post]:
    """All posts of the day and a few from the hour before it, oldest first."""
    chance = random.Random(plan.seed)
    spikes = SPIKES if plan.has_spikes else {}
    spiked = sum(spikes.values())
    if plan.posts < spiked + 100:
        raise ValueError(f"the spikes alone are {spiked} posts: ask for {spiked + 100} or more")
    rows = service_posts(plan.posts + HISTORY * len(PLACES), seed=plan.seed)
    placed = list(_usual(plan, plan.posts - spiked, chance))
    for watches, count in spikes.items():
        begin = START + timedelta(minutes=int(plan.minutes * SPIKE_AT))
        # All of a spike is there before anybody asks again.
        placed += [(watches, begin + timedelta(seconds=chance.uniform(0, SPIKE_S))) for _ in range(count)]
    for watches in PLACES:
        placed += [(watches, START - timedelta(minutes=chance.uniform(5, 60))) for _ in range(HISTORY)]
    found = []
    for (watches, at), row in zip(placed, rows, strict=True):
        late_s = chance.uniform(5, LATEST_S) if chance.random() < plan.late_share else 0.0
        found.append(_post(watches, at, row, late_s))
    return sorted(found, key=lambda post: post.at)


def _usual(plan: Plan, count: int, chance: random.Random) -> Iterator[tuple[tuple[str, ...], datetime]]:
    places = chance.choices(list(PLACES), weights=list(PLACES.values()), k=count)
    slots = chance.choices(range(len(RATES)), weights=RATES, k=count)
    for watches, slot in zip(places, slots, strict=True):
        yield watches, START + timedelta(hours=plan.hours * (slot + chance.random()) / len(RATES))


def _post(watches: tuple[str, ...], at: datetime, row: dict[str, str], late_s: float) -> Post:
    text = row["text"].replace("@", "")[:240]
    if X_MENTIONS in watches:
        text = f"@acme {text}"
    if watches not in ((X_MENTIONS,), ()):
        text = f"{text} {WORD}"
    milliseconds = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return Post(watches=watches, at=milliseconds, text=text, author=row["author"][:20], late_s=late_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """A fault that begins at a minute of the day; the first `skip` matching requests pass."""

    minute: int
    platform: str
    fault: Fault
    on: str
    times: int = 1
    skip: int = 0


# Those that keep a connector quiet for up to an hour come seldom: (platform, fault, how often in a row).
LONG: tuple[tuple[str, Fault, int], ...] = (
    ("x", Fault.credits_402(), 2),
    ("x", Fault.cap_429(), 1),
    ("x", Fault.bare_401(), 1),
    ("x", Fault.rate_429(900), 1),
    ("reddit", Fault.bare_401(), 2),
    ("reddit", Fault.reddit_429(1800), 1),
)
_BOTH = (
    Fault.html_503(), Fault.bad_gateway(), Fault.not_json(), Fault.hang(HANG_S), Fault.cut_before(),
    Fault.cut_after(), Fault.out_of_order(), Fault.same_twice(), Fault.empty_page(), Fault.slow(0.2),
    Fault.null_errors(500),
)  # fmt: skip
SHORT: tuple[tuple[str, Fault, int], ...] = (
    *((platform, fault, 1) for fault in _BOTH for platform in ("x", "reddit")),
    ("x", Fault.rate_429(-60), 1),
    ("x", Fault.partial_errors(), 2),
    ("x", Fault.new_dialect(), 3),
    ("x", Fault.repeating_page(), 2),
    ("x", Fault.empty_page(), 2),
    ("reddit", Fault.unauthorized(), 1),
    ("reddit", Fault.bare_401(), 1),
    ("reddit", Fault.rate_429(60), 1),
    ("reddit", Fault.empty_page(), 2),
)
READS = {
    "x": ("GET /2/tweets/search/recent", "GET /2/users/*/mentions", "GET /2/*"),
    "reddit": ("GET /r/*/comments", "GET /r/*/search", "GET /r/*"),
}


def weather_of(plan: Plan) -> list[Weather]:
    """Every fault of the lists at times the seed chooses, and some of the short ones when the spikes come."""
    chance = random.Random(plan.seed + 1)
    often = max(1, round(plan.hours / 8))
    drawn = [*LONG * max(1, round(plan.hours / 24)), *SHORT * often]
    found = [_draw(each, chance.uniform(0.05, 0.95) * plan.minutes, chance) for each in drawn]
    during_spikes = chance.sample(SHORT, k=len(SHORT) // 3 if plan.has_spikes else 0)
    found += [_draw(each, plan.minutes * SPIKE_AT, chance) for each in during_spikes]
    return sorted(found, key=lambda each: each.minute)


def _draw(each: tuple[str, Fault, int], minute: float, chance: random.Random) -> Weather:
    platform, fault, times = each
    return Weather(
        minute=int(minute),
        platform=platform,
        fault=fault,
        on=chance.choice(READS[platform]),
        times=times,
        skip=chance.choice((0, 0, 1, 2)),
    )
