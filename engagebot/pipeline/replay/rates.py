"""How often a rule matches in an ordinary hour, told by its backtest: what its breaker goes by at first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from engagebot.domain.rules import Rule
from engagebot.pipeline.replay.counting import count_rule
from engagebot.pipeline.replay.reading import Place
from engagebot.store.engine import Tx

LOOKED_AT: Final = 10_000
"""So many of the newest mentions are looked at, for a set goes live while others wait."""
ENOUGH: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


def rates(tx: Tx, rules: Iterable[Rule], place: Place) -> dict[str, float]:
    """What each of these rules would have matched an hour; none where less than a day has been heard."""
    found: dict[str, float] = {}
    for rule in rules:
        count = count_rule(tx, rule, place, newest=LOOKED_AT)
        if count.since is not None and count.until is not None and count.until - count.since >= ENOUGH:
            found[rule.id] = round(count.matched / ((count.until - count.since) / _HOUR), 4)
    return found
