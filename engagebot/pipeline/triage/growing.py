"""Posts that spread: rules are asked again where a post grows as fast as a live rule waits for."""

from __future__ import annotations

from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.growth import crosses
from engagebot.pipeline.triage.run import BATCH, TriageContext
from engagebot.store.heard import readings, reopening
from engagebot.store.turns import take_turn


def look_at_growth(context: TriageContext, book: Rulebook) -> set[int]:
    """Let open mentions be decided again whose growth satisfies a rule that it did not; answer which.

    Each crossing is told once: what has been asked about is kept beside the reading, so further readings
    above it ask nobody.
    """
    with context.store.read() as tx:
        news = readings.news(tx, limit=BATCH)
    if not news:
        return set()
    asking = {each.mention_id for each in news if crosses(book, each.asked, each.growth)}
    with context.store.write() as tx:
        take_turn(tx)
        readings.seen(tx, news, asking=asking)
        return reopening.reopen(tx, asking, context.clock.now()) if asking else set()
