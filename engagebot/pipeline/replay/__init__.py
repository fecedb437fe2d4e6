"""Proof before publishing: rules over the mentions of the past. Reads the database and writes nothing."""

from engagebot.pipeline.replay.backtest import DAYS, backtest, period_of
from engagebot.pipeline.replay.counting import NEWEST, count_rule, read_rule
from engagebot.pipeline.replay.difference import difference
from engagebot.pipeline.replay.rates import rates
from engagebot.pipeline.replay.reading import Place
from engagebot.pipeline.replay.tallying import Decided
from engagebot.pipeline.replay.wording import diff_in_words

__all__ = [
    "DAYS",
    "NEWEST",
    "Decided",
    "Place",
    "backtest",
    "count_rule",
    "diff_in_words",
    "difference",
    "period_of",
    "rates",
    "read_rule",
]
