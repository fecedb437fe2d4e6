"""Are we deaf? What a watch that should be heard and is not looks like, and how that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from engagebot.domain.records import WatchRecord
from engagebot.domain.telling.notices import span_words

SCHEMA = "engagebot.alarm.v1"
INTERVALS = 3
LEAST_SILENCE = timedelta(minutes=3)
# A rate limit ends by itself; nobody is called for the usual quarter of an hour.
REST = timedelta(hours=1)
# How far back silence is compared, and what it takes to know what is usual: one weekend at least.
LOOK_BACK = timedelta(days=14)
LEAST_HISTORY = timedelta(days=7)
LEAST_MENTIONS = 20
UNUSUAL = 2


class Cause(StrEnum):
    """Why a watch hears nothing."""

    STOPPED = "stopped"
    KEY = "key"
    CREDIT = "credit"
    FAILING = "failing"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaf:
    """A watch that hears nothing, since when, and why in words."""

    watch: str
    connector: str
    cause: Cause
    since: datetime
    why: str

    def as_json(self) -> dict[str, Any]:
        """Write it for the store."""
        return {**asdict(self), "cause": self.cause.value, "since": self.since.isoformat()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Deaf:
        """Read what `as_json` wrote."""
        since = datetime.fromisoformat(values["since"])
        return cls(**{**values, "cause": Cause(values["cause"]), "since": since})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What keeps a whole connector quiet: the name of the error, its words, and until when it rests."""

    kind: str
    words: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How often a watch had a mention in the last 14 days: how many, since when, and the longest silence."""

    mentions: int
    since: datetime
    longest_silence: timedelta


def judge(
    watch: WatchRecord, every: timedelta, trouble: Trouble | None, *, heard_at: datetime | None, now: datetime
) -> Deaf | None:
    """Say whether a watch is deaf, from how its polls fare; `None` while it hears.

    `heard_at` is the last moment at which all was well: the last good poll, or when listening began. `None`
    means that nobody listened yet, which is no deafness.
    """
    since = heard_at or now
    if watch.is_stopped:
        why = f"stopped: the platform refuses it as it is written: {watch.last_error or 'no words'}"
        return _deaf(watch, Cause.STOPPED, since, why)
    if trouble is not None and trouble.kind == "AuthFailed":
        return _deaf(watch, Cause.KEY, since, f"the key is refused: {trouble.words}")
    if trouble is not None and trouble.kind == "OutOfCredit":
        return _deaf(watch, Cause.CREDIT, since, f"no credit left: {trouble.words}")
    patience = max(INTERVALS * every, LEAST_SILENCE)
    if trouble is not None and trouble.until is not None and trouble.until > now:
        patience = max(patience, REST)
    if heard_at is None or now - heard_at <= patience:
        return None
    said = watch.last_error or (watch.note if watch.next_poll_at > now else None)
    why = f"no successful read for {_words(now - heard_at)}, though it is due every {_words(every)}"
    return _deaf(watch, Cause.FAILING, since, f"{why}: {said}" if said else why)


def too_silent(
    watch: WatchRecord, usual: Usual | None, last_at: datetime | None, now: datetime
) -> Deaf | None:
    """Say whether a watch that is read without error is quiet for far longer than it ever was.

    Nights and weekends are part of the last 14 days, so a usual quiet night does not count. Without a week of
    history and 20 mentions in it nobody knows what is usual.
    """
    if usual is None or last_at is None or usual.mentions < LEAST_MENTIONS:
        return None
    silence = now - last_at
    if last_at - usual.since < LEAST_HISTORY or silence <= UNUSUAL * usual.longest_silence:
        return None
    why = (
        f"read without error, but no mention for {_words(silence)}; the longest silence of the last "
        f"{LOOK_BACK.days} days was {_words(usual.longest_silence)}"
    )
    return _deaf(watch, Cause.SILENT, last_at, why)


def alarm_payload(deaf: list[Deaf], url: str) -> dict[str, Any]:
    """Build the parts of the notice that says that watches of one connector went deaf."""
    lines = [f"{each.watch} ({each.connector}): {each.why}" for each in deaf]
    lines += [REMEDIES[cause] for cause in Cause if any(each.cause is cause for each in deaf)]
    return {
        "title": f"Deaf: {_named(deaf)} hears nothing",
        "text": "\n".join(lines),
        "url": url,
        "data": _data("listening.deaf", deaf),
    }


def recovery_payload(deaf: list[Deaf], url: str, now: datetime) -> dict[str, Any]:
    """Build the parts of the notice that says that watches of one connector hear again."""
    lines = [
        f"{each.watch} ({each.connector}) hears again after {_words(now - each.since)}." for each in deaf
    ]
    lines.append("What was missed meanwhile, if anything, stands on the connectors page under Coverage.")
    return {
        "title": f"Hearing again: {_named(deaf)}",
        "text": "\n".join(lines),
        "url": url,
        "data": _data("listening.recovered", deaf),
    }


REMEDIES = {
    Cause.STOPPED: "Fix: change the watch in config/engagebot.yaml; it starts anew then.",
    Cause.KEY: "Fix: put a valid key into .env and start engagebot again.",
    Cause.CREDIT: "Fix: add credit or raise the cap at the platform; it is tried again by itself.",
    Cause.FAILING: "Nothing is lost where the platform still shows it: reading goes on from where it stood.",
    Cause.SILENT: "Look at the platform: does it show newer posts? Then check the watch's query.",
}


def _deaf(watch: WatchRecord, cause: Cause, since: datetime, why: str) -> Deaf:
    return Deaf(watch=watch.name, connector=watch.connector, cause=cause, since=since, why=why)


def _named(deaf: list[Deaf]) -> str:
    return deaf[0].watch if len(deaf) == 1 else f"{deaf[0].connector} ({len(deaf)} watches)"


def _data(kind: str, deaf: list[Deaf]) -> dict[str, Any]:
    return {"schema": SCHEMA, "type": kind, "watches": [each.as_json() for each in deaf]}


def _words(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds} s" if seconds < 60 else span_words(seconds // 60)
