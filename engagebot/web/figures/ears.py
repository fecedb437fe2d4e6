"""How well each watch was heard, for programs and for people, and which of them are deaf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from engagebot.bootstrap import App
from engagebot.domain.listening.coverage import Coverage, Span
from engagebot.domain.telling.notices import span_words
from engagebot.errors import NotFound
from engagebot.pipeline.hearing import Hearing, how_heard
from engagebot.store.engine import Tx
from engagebot.web.entry.auth import Reader
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1", tags=["site"])
DAYS = 7


class GapJson(BaseModel):
    """Posts that the platform did not give us; `healed_at` is when they came after all."""

    from_: datetime = Field(serialization_alias="from")
    until: datetime
    reason: str
    healed_at: datetime | None


class WatchCoverageJson(BaseModel):
    """Spans are pairs of from and until. `blind_minutes` are silence and gaps that are open still.

    `late_minutes` were heard, but only some time after they happened, at most `longest_lag_s` later.
    """

    name: str
    connector: str
    since: datetime
    heard: list[tuple[datetime, datetime]]
    silent: list[tuple[datetime, datetime]]
    late: list[tuple[datetime, datetime]]
    gaps: list[GapJson]
    limited_minutes: int
    blind_minutes: int
    late_minutes: int
    longest_lag_s: int
    is_deaf: bool
    why: str | None


class CoverageJson(BaseModel):
    watches: list[WatchCoverageJson]


@router.get("/coverage")
def show_coverage(
    app: Site,
    _: Reader,
    watch: Annotated[str | None, Query(description="One watch only, by name.")] = None,
    days: Annotated[int, Query(ge=1, le=366, description="How many days before now.")] = DAYS,
) -> CoverageJson:
    with app.store.read() as tx:
        found = read_hearing(app, tx, span=timedelta(days=days), watch=watch)
    return CoverageJson(watches=[coverage_json(each) for each in found])


def read_hearing(app: App, tx: Tx, *, span: timedelta, watch: str | None = None) -> list[Hearing]:
    """How well the watches of the settings were heard in the time before now.

    Raises:
        NotFound: there is no watch of this name.
    """
    chosen = [each for each in app.settings.watches if watch in (None, each.name)]
    if watch is not None and not chosen:
        raise NotFound(f"there is no watch {watch[:80]!r} in the settings")
    return how_heard(tx, chosen, app.clock.now(), span=span)


def coverage_json(heard: Hearing) -> WatchCoverageJson:
    """One watch for programs."""
    found = heard.coverage
    return WatchCoverageJson(
        name=heard.watch.name,
        connector=heard.watch.connector,
        since=found.period.from_at,
        heard=_pairs(found.heard),
        silent=_pairs(found.silent),
        late=_pairs(found.late),
        gaps=[
            GapJson(
                from_=gap.span.from_at,
                until=gap.span.until_at,
                reason=gap.reason or "",
                healed_at=gap.healed_at,
            )
            for gap in found.gaps
        ],
        limited_minutes=found.limited_minutes,
        blind_minutes=found.blind_minutes,
        late_minutes=found.late_minutes,
        longest_lag_s=round(found.longest_lag.total_seconds()),
        is_deaf=heard.deaf is not None,
        why=heard.deaf.why if heard.deaf else None,
    )


def coverage_words(found: Coverage) -> str:
    """How well a watch was heard, in a sentence."""
    if found.period.is_empty:
        return "Not listening yet."
    said = []
    if found.blind_minutes:
        said.append(f"not heard for {span_words(found.blind_minutes)}")
    if found.late_minutes:
        lag = span_words(round(found.longest_lag.total_seconds() / 60))
        said.append(f"{span_words(found.late_minutes)} heard late, by {lag} at most")
    if found.limited_minutes:
        said.append(f"had to keep quiet for {span_words(found.limited_minutes)}")
    words = "; ".join(said) or "heard without a hole"
    return f"{words[:1].upper()}{words[1:]}."


def _pairs(spans: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    return [(span.from_at, span.until_at) for span in spans]
