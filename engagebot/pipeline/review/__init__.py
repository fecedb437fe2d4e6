"""Review: what people do with drafts. Nothing leaves without passing through `approve`."""

from engagebot.pipeline.review.deciding import approve, edit, reject, wording_problem
from engagebot.pipeline.review.handing import assign, escalate, snooze, withdraw
from engagebot.pipeline.review.leaving import posted, settle, undo
from engagebot.pipeline.review.terms import Handover, Terms, TextProblem
from engagebot.pipeline.review.writing import note

__all__ = [
    "Handover",
    "Terms",
    "TextProblem",
    "approve",
    "assign",
    "edit",
    "escalate",
    "note",
    "posted",
    "reject",
    "settle",
    "snooze",
    "undo",
    "withdraw",
    "wording_problem",
]
