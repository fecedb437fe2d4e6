"""Casework: what people do with cases. What time does to them is `pipeline.minding`."""

from engagebot.pipeline.casework.contacts import log
from engagebot.pipeline.casework.continuing import come_back, hand_over, take_back, wishes
from engagebot.pipeline.casework.following import close_follow_up
from engagebot.pipeline.casework.handing import accept, assign, decline
from engagebot.pipeline.casework.matching import bring, part
from engagebot.pipeline.casework.moving import (
    acknowledge,
    close,
    reopen,
    resolve,
    say_ending,
    snooze,
    unacknowledge,
    wait,
)
from engagebot.pipeline.casework.noting import note
from engagebot.pipeline.casework.opening import Opening, open_for
from engagebot.pipeline.casework.wording import quote, want

__all__ = [
    "Opening",
    "accept",
    "acknowledge",
    "assign",
    "bring",
    "close",
    "close_follow_up",
    "come_back",
    "decline",
    "hand_over",
    "log",
    "note",
    "open_for",
    "part",
    "quote",
    "reopen",
    "resolve",
    "say_ending",
    "snooze",
    "take_back",
    "unacknowledge",
    "wait",
    "want",
    "wishes",
]
