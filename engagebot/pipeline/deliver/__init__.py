"""Deliver: approved replies to the platforms, notices to people; what cannot be known is never guessed."""

from engagebot.pipeline.deliver.context import DeliverContext, Stopwatch
from engagebot.pipeline.deliver.keeping import Showing
from engagebot.pipeline.deliver.notices import (
    TellContext,
    deliver_notices,
    open_changed_channels,
    requeue_notices,
)
from engagebot.pipeline.deliver.replies import deliver_replies, recover_replies
from engagebot.pipeline.deliver.settle import settle_replies

__all__ = [
    "DeliverContext",
    "Showing",
    "Stopwatch",
    "TellContext",
    "deliver_notices",
    "deliver_replies",
    "open_changed_channels",
    "recover_replies",
    "requeue_notices",
    "settle_replies",
]
