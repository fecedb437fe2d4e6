"""From stored rows to the facts of their time: what was known when a mention was first decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from engagebot.domain.facts import ECHO, VOICE, CustomerFacts, Facts, Feeling, feeling_of
from engagebot.domain.heard.correction import Correction
from engagebot.domain.hours import BusinessHours
from engagebot.domain.mention import Route
from engagebot.domain.ruling.replay import Past
from engagebot.store.engine import Tx
from engagebot.store.heard import replaying
from engagebot.store.heard.judged import JUDGED, read_correction, read_judgement
from engagebot.store.heard.replaying import PastRow, Period
from engagebot.store.texts import read_route
from engagebot.store.types import decode

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What a judgement says of these is asked of today's judgement; all else that was kept is of its time.
_JUDGED: Final = frozenset(
    {
        "reason",
        "tender_topic",
        "asks_for_human",
        "mentions_rival",
        "other_meaning",
        "problem_words",
        "feels_cheated",
    }
)
_FEELING: Final = frozenset({"sentiment", "flags", "corrected"})
_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"text", "title"}),
    "sentiment": _FEELING,
    "compound": _FEELING | {"compound"},
    "unhappiness": _FEELING | {"unhappiness"},
    "intent": _FEELING | {"intents"},
    "reason": _FEELING | {"reason"},
    "language": _FEELING | {"language", "lang"},
    "mentions_rival": _FEELING,
    "tender_topic": _FEELING,
    "asks_for_human": _FEELING,
    "platform": frozenset({"source"}),
    "watch": frozenset({"watch"}),
    "subreddit": frozenset({"community"}),
    "kind": frozenset({"kind"}),
    "addressed_to_us": frozenset({"addressed_to_us"}),
    "near_duplicate_of_recent": frozenset({"copy_of"}),
    "author.followers": frozenset({"author"}),
    "author.in_list": frozenset({"author"}),
    "author.verified": frozenset({"author"}),
    "engagement.likes": frozenset({"engagement"}),
    "engagement.replies": frozenset({"engagement"}),
    "engagement.score": frozenset({"engagement"}),
    "author.account_age": frozenset({"author"}),
    "engagement.growth": frozenset(),
    "age": frozenset(),
    "time": frozenset(),
}
_OF_THEIR_TIME: Final = frozenset({"author.account_age", "engagement.growth", "age", "time"})
_CUSTOMER: Final = "customer."
_NOTHING: Final = Feeling()
_JUDGED_AT: Final = slice(PastRow._fields.index(JUDGED[0]), PastRow._fields.index(JUDGED[-1]) + 1)
_NO_CUSTOMER: Final = CustomerFacts()
_NO_JSON: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the team is: its zone, and its business hours where it has some."""

    zone: ZoneInfo
    hours: BusinessHours | None = None


def read(tx: Tx, period: Period, place: Place) -> Iterator[Past]:
    """The mentions of a period with all their facts, newest first."""
    make = _Maker(place).make
    for row in replaying.rows(tx, period):
        yield make(row)


def read_for(tx: Tx, names: Collection[str], place: Place, *, limit: int | None) -> Iterator[Past]:
    """The newest mentions with the facts that conditions of these names ask for, and no others."""
    asked = {name for name in names if not name.startswith(_CUSTOMER)}
    # Moments, people and what no column of its own holds are in the facts of the decision.
    is_of_its_time = len(asked) < len(names) or not asked <= _COLUMNS.keys() - _OF_THEIR_TIME
    columns = {"is_history"}.union(*(_COLUMNS.get(name, replaying.COLUMNS) for name in asked))
    make = _Maker(place if is_of_its_time else None).make
    for row in replaying.rows(tx, columns=columns, with_circumstances=is_of_its_time, limit=limit):
        yield make(row)


class _Maker:
    """Makes facts of rows; business hours are worked out once for each quarter of an hour.

    Without a place all times are UTC, for those who ask for none.
    """

    def __init__(self, place: Place | None) -> None:
        self._zone = place.zone if place is not None else None
        self._hours = place.hours if place is not None else None
        self._open: dict[int, bool] = {}

    def make(self, row: PastRow) -> Past:
        kept: Mapping[str, Any] = decode(row.circumstances) if row.circumstances else _NO_JSON
        posted_at = _EPOCH + timedelta(milliseconds=row.posted_ms)
        # History is replayed as if it had been heard at once: the moment of its import says nothing.
        is_live = "now" in kept and not row.is_history
        at = datetime.fromisoformat(kept["now"]) if is_live else posted_at
        if self._zone is not None:
            at = at.astimezone(self._zone)
        feeling, correction = _felt(row[_JUDGED_AT], row.corrected)
        author = decode(row.author) if row.author else _NO_JSON
        counts = decode(row.engagement) if row.engagement else _NO_JSON
        created_at = author.get("created_at")
        facts = Facts(
            text=f"{row.title}\n{row.text}" if row.title else row.text,
            source=row.source,
            now=at,
            posted_at=posted_at,
            watch=row.watch,
            community=row.community,
            kind=row.kind,
            # SQLite knows no booleans, and what is read lightly comes as it lies there.
            addressed_to_us=None if row.addressed_to_us is None else bool(row.addressed_to_us),
            author_handle=author.get("handle"),
            author_followers=author.get("followers"),
            author_created_at=datetime.fromisoformat(created_at) if created_at else None,
            author_is_verified=author.get("is_verified"),
            likes=counts.get("likes"),
            replies=counts.get("replies"),
            score=counts.get("score"),
            sentiment=feeling.sentiment,
            compound=feeling.compound,
            unhappiness=feeling.unhappiness,
            intents=feeling.intents,
            language=feeling.language or row.lang,
            customer=_customer(kept) if kept else _NO_CUSTOMER,
            business_open=kept.get("business_open") if is_live else self._is_open(row.posted_ms, posted_at),
            extra=_extra(kept.get("extra"), feeling, is_copy=row.copy_of is not None),
        )
        if correction is not None:
            facts = correction.among(facts)
        no_reply = _no_reply(row, kept) if kept else None
        is_by_api = row.reply_route == Route.API.value
        return Past(row.id, at, facts, row.customer_id, row.conversation_id, no_reply, is_by_api)

    def _is_open(self, posted_ms: int, posted_at: datetime) -> bool | None:
        if self._hours is None:
            return None
        quarter = posted_ms // 900_000
        found = self._open.get(quarter)
        if found is None:
            found = self._open[quarter] = self._hours.is_open(posted_at)
        return found


# Where a rule asks for no figure, few different judgements come; where it does, hardly two are alike.
@lru_cache(maxsize=4096)
def _felt(judged: tuple[Any, ...], corrected: str | None) -> tuple[Feeling, Correction | None]:
    compound, sentiment, unhappiness, intents, language, cues, scorer, praise, reason, flags = judged
    if sentiment is None:
        return _NOTHING, None
    values = (
        compound or 0.0, sentiment, unhappiness, _read(intents), language, _read(cues), scorer, praise,
        reason, _read(flags),
    )  # fmt: skip
    return feeling_of(read_judgement(values)), read_correction(_read(corrected))


def _read(text: str | None) -> Any:
    return None if text is None else decode(text)


def _customer(kept: Mapping[str, Any]) -> CustomerFacts:
    return CustomerFacts(
        contact_ages_days=tuple(kept.get("contact_ages_days", (0.0,))),
        has_open_case=kept.get("has_open_case"),
        last_outcome=kept.get("last_outcome"),
        is_vip=kept.get("is_vip"),
        is_opted_out=kept.get("is_opted_out"),
    )


def _extra(kept: Mapping[str, Any] | None, feeling: Feeling, *, is_copy: bool) -> Mapping[str, Any]:
    extra = {**(ECHO if is_copy else VOICE), **feeling.extra}
    for name, value in (kept or _NO_JSON).items():
        if name not in _JUDGED:
            extra[name] = value
    return extra


def _no_reply(row: PastRow, kept: Mapping[str, Any]) -> str | None:
    """Why nobody could be answered there, whatever a rule says."""
    if row.reply_route == Route.BLOCKED.value:
        return f"a reply is not allowed there: {read_route(row.reply_route, row.reply_reason).reason}"
    if row.copy_of is not None:
        return "it says again what another mention said"
    if row.author is None:
        return "the author's account is gone"
    if kept.get("is_opted_out"):
        return "this person has asked not to be written to"
    return None
