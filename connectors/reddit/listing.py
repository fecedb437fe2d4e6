"""What a watch reads, and where its walk through the listing stands."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from praw.endpoints import API_PATH

from engagebot.errors import WatchInvalid
from engagebot.ports import Cursor, Watch, WatchFault

PAGE_SIZE = 100
WALK_AT_MOST = 1_000
# A listing ends at about 1,000 items, short of those that were removed.
ENDS_AFTER = 900
# In a walk that was held up for longer, new items may have pushed the old ones out below where it stood.
FRESH_S = 300
OPTIONS = {"search": ("query", "subreddits"), "comments": ("match", "subreddits"), "mentions": ()}
_SUBREDDIT = re.compile(r"[A-Za-z0-9_-]{2,25}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One of Reddit's listings, newest first, with the words it is read for; it ends after so many items."""

    path: str
    params: Mapping[str, str]
    words: re.Pattern[str] | None = None
    is_inbox: bool = False
    ends_after: int = ENDS_AFTER
    # Late items are found by reading a little below what is known already.
    overlap_s: int = 60

    def hears(self, text: str) -> bool:
        """Whether the text has one of the words."""
        return self.words is None or bool(self.words.search(unicodedata.normalize("NFC", text)))


def watch_faults(watch: Watch) -> Sequence[WatchFault]:
    """Say what is surely wrong with a watch; no key is needed for it."""
    try:
        listing_of(watch)
    except WatchInvalid as error:
        return [WatchFault(None, str(error))]
    return []


def listing_of(watch: Watch) -> Listing:
    """Check a watch's options and say what to read.

    Raises:
        WatchInvalid: everything that is wrong with them.
    """
    if watch.kind not in OPTIONS:
        raise WatchInvalid(f"kind {watch.kind!r} is not one of {', '.join(OPTIONS)}")
    known = ", ".join(OPTIONS[watch.kind]) or "none"
    wrong = [
        f"option {key!r} is unknown (known: {known})" for key in watch.options if key not in known.split(", ")
    ]
    words = _words(watch.options, "match", wrong)
    subreddits = [re.sub(r"^/?r/", "", name) for name in _words(watch.options, "subreddits", wrong)]
    wrong += [f"{name!r} is not a subreddit's name" for name in subreddits if not _SUBREDDIT.fullmatch(name)]
    query = watch.options.get("query")
    if watch.kind == "search" and not (isinstance(query, str) and 0 < len(query.strip()) <= 512):
        wrong.append("query must be a text of 1 to 512 characters")
    if watch.kind == "comments" and not words:
        wrong.append("match must list words: Reddit has no search for comments, they are compared here")
    if watch.kind == "comments" and not subreddits:
        wrong.append("subreddits must list at least one: comments of all of Reddit pass too fast to be read")
    if wrong:
        raise WatchInvalid("; ".join(wrong))
    place = "+".join(subreddits) or "all"
    if watch.kind == "search":
        params = {"q": str(query).strip(), "sort": "new", "syntax": "lucene", "t": "all"}
        params["restrict_sr"] = "true" if subreddits else "false"
        # A search was seen to end at about 245 (snoowrap #162), and its index to lag behind.
        return Listing(
            path=API_PATH["search"].format(subreddit=place), params=params, ends_after=200, overlap_s=600
        )
    if watch.kind == "comments":
        return Listing(path=f"r/{place}/comments/", params={}, words=_pattern(words))
    return Listing(path=API_PATH["inbox"], params={}, is_inbox=True)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a watch stands: in the cursor as JSON, times as seconds since 1970.

    A walk goes from the newest item down to the watermark, one page a pull. Only a walk that is over moves
    the watermark, so one that was cut short is walked again rather than lost. `kept_*` are the ends of what
    was read before Reddit lost the place.
    """

    watermark: float
    after: str | None = None
    newest: float = 0.0
    seen: int = 0
    is_second_try: bool = False
    began: float = 0.0
    oldest: float = 0.0
    kept_from: float = 0.0
    kept_until: float = 0.0

    @classmethod
    def read(cls, cursor: Cursor) -> Position | None:
        """Read a cursor; `None` when it is not one of ours."""
        try:
            read = cls(**json.loads(cursor))
            return replace(
                read,
                watermark=float(read.watermark),
                newest=float(read.newest),
                seen=int(read.seen),
                began=float(read.began),
                oldest=float(read.oldest),
                kept_from=float(read.kept_from),
                kept_until=float(read.kept_until),
            )
        except (ValueError, TypeError):
            return None

    @property
    def cursor(self) -> Cursor:
        """The position as it is kept."""
        return Cursor(json.dumps(asdict(self)))

    @property
    def is_walking(self) -> bool:
        """Whether the walk goes on."""
        return self.after is not None or self.is_second_try

    def oldest_with(self, times: Sequence[float]) -> float:
        """Return how far down the walk came with a page of these times; 0 before its first item."""
        return min([*times, *filter(None, [self.oldest])], default=0.0)

    def holes(self, bottom: float, overlap_s: float) -> list[tuple[float, float]]:
        """Return what nobody read between the watermark and `bottom`, where a walk ended too early.

        Each begins with the overlap, in which items that were listed late would have been found; within the
        overlap alone nothing is taken for missing.
        """
        first = min(self.kept_from or bottom, bottom)
        found = [(self.watermark - overlap_s, first)] if self.watermark < first else []
        if self.kept_until and self.kept_until < bottom:
            found.append((max(self.kept_until - overlap_s, self.kept_from), bottom))
        return found

    def step(
        self, listing: Listing, times: Sequence[float], after: str | None, *, now: float
    ) -> tuple[Position, bool]:
        """Return the position after a page with items of these times, and whether the listing left a gap.

        `began` keeps when the walk read its first page, for what came later is left to the next walk, and
        `oldest` how far down it came.
        """
        # A time in the future must not silence the watch until then.
        newest = max([self.newest, *(min(time, now) for time in times)])
        seen, oldest = self.seen + len(times), self.oldest_with(times)
        if times and times[-1] < self.watermark - listing.overlap_s:
            return Position(max(self.watermark, newest)), False
        is_at_end = not after and bool(self.began) and now - self.began > FRESH_S
        is_lost = is_at_end or (self.after is not None and (not times or after == self.after))
        if after and times and not is_lost and seen < WALK_AT_MOST:
            return replace(
                self, after=after, newest=newest, seen=seen, began=self.began or now, oldest=oldest
            ), False
        if is_lost and not self.is_second_try:
            # Reddit loses its place when the item we stood at is deleted or pushed out: start the walk again,
            # once. It begins with nothing of the first one, or it would seem to reach as far as that.
            return Position(self.watermark, is_second_try=True, kept_from=oldest, kept_until=newest), False
        if self.after is None and not times:
            # Nothing at all, perhaps by mistake: the next poll begins where this one did.
            return replace(self, is_second_try=False), False
        return Position(max(self.watermark, newest)), is_lost or seen >= listing.ends_after


def _words(options: Mapping[str, Any], key: str, wrong: list[str]) -> list[str]:
    given = options.get(key, [])
    if isinstance(given, list | tuple) and all(isinstance(word, str) and word.strip() for word in given):
        return [word.strip() for word in given]
    wrong.append(f"{key} must be a list of words")
    return []


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    # Escaped words only: there is nothing in it that could take long.
    terms = (r"\s+".join(map(re.escape, unicodedata.normalize("NFC", word).split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(terms)})(?!\w)", re.IGNORECASE)
