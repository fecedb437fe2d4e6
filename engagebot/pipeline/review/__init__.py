"""Review: what people do with drafts. Nothing leaves without passing through `approve`."""

from engagebot.pipeline.review.bulk import Item, approve_many, reject_many, unfit_for_many
from engagebot.pipeline.review.caution import risks_of, wants_second
from engagebot.pipeline.review.checking import told
from engagebot.pipeline.review.deciding import approve, choose, edit, reject, wording_problem
from engagebot.pipeline.review.handing import assign, escalate, join, snooze, withdraw
from engagebot.pipeline.review.leaving import (
    not_posted,
    posted,
    release,
    return_unposted,
    settle,
    undo,
    undo_many,
)
from engagebot.pipeline.review.matter import Matter
from engagebot.pipeline.review.suggesting import suggest
from engagebot.pipeline.review.terms import Caution, Handover, Result, Terms, TextProblem, Undone
from engagebot.pipeline.review.writing import begin, note, skip

__all__ = [
    "Caution",
    "Handover",
    "Item",
    "Matter",
    "Result",
    "Terms",
    "TextProblem",
    "Undone",
    "approve",
    "approve_many",
    "assign",
    "begin",
    "choose",
    "edit",
    "escalate",
    "join",
    "not_posted",
    "note",
    "posted",
    "reject",
    "reject_many",
    "release",
    "return_unposted",
    "risks_of",
    "settle",
    "skip",
    "snooze",
    "suggest",
    "told",
    "undo",
    "undo_many",
    "unfit_for_many",
    "wants_second",
    "withdraw",
    "wording_problem",
]
