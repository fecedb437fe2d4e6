"""Checking: what somebody does to a draft on which a seeded check stands answers the check, and nothing else.

Asked before anything is decided, so that no risk, second reader or reply route comes into it.
"""

from __future__ import annotations

from dataclasses import replace

from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.seeded import CheckAnswer, CheckOutcome, holds
from engagebot.domain.roles import Act
from engagebot.errors import SeededCheck, WrongUsage
from engagebot.pipeline.review.moving import move
from engagebot.store.desk import writings
from engagebot.store.engine import Tx
from engagebot.store.replying import seeded
from engagebot.store.replying.seeded import Planted


def answer_by_words(tx: Tx, draft: DraftRecord, act: Act, words: str | None) -> DraftRecord | None:
    """Take the words that somebody wants to keep or send for their answer; `None`: there is nothing to ask.

    They have missed it who keep the bad words, or approve without saying which words they read; whoever wrote
    others has seen it. Who read the draft's own words, on a page that is older than the check, goes on.

    Raises:
        WrongUsage: these are the words of a check that was answered before, from a page that is older.
    """
    for check in seeded.on(tx, draft.id):
        if words is not None and holds(words, check.text or ""):
            if check.is_standing:
                return _answered(tx, draft, act, check, CheckOutcome.MISSED)
            raise WrongUsage(
                "these words were a check and are never sent; read the reply that stands here now"
            )
        if not check.is_standing:
            continue
        if words is None:
            return _answered(tx, draft, act, check, CheckOutcome.MISSED)
        if check.hides(draft) and not holds(words, draft.text):
            return _answered(tx, draft, act, check, CheckOutcome.SEEN)
        seeded.end(tx, check.id, CheckOutcome.LIFTED, act.at)
    return None


def answer_by_refusal(tx: Tx, draft: DraftRecord, act: Act) -> DraftRecord | None:
    """Take it for an answer that somebody refuses what they read; `None`: there is nothing to ask."""
    check = seeded.standing(tx)
    if check is None or not check.hides(draft):
        return None
    return _answered(tx, draft, act, check, CheckOutcome.SEEN)


def was_checked(tx: Tx, draft_id: int) -> bool:
    """Whether a page somewhere may still show the words of a check that has ended on this draft."""
    return any(not check.is_standing for check in seeded.on(tx, draft_id))


def told(done: DraftRecord) -> DraftRecord:
    """What was done to a draft; to be asked once that is stored.

    Raises:
        SeededCheck: nothing was done, a check was answered.
    """
    if done.check is not None:
        raise SeededCheck(done.check.words, outcome=done.check.outcome.value)
    return done


def _answered(tx: Tx, draft: DraftRecord, act: Act, check: Planted, outcome: CheckOutcome) -> DraftRecord:
    seeded.end(tx, check.id, outcome, act.at, by=act.by.name)
    writings.forget(tx, draft.id, act.by.name)
    # The audit, which everybody reads, tells that a check was answered and not how. The new version keeps
    # whoever else has read the bad words from deciding on others that they never saw.
    done = move(tx, draft, act, draft.state, "checked")
    return replace(done, check=CheckAnswer(outcome, check.because))
