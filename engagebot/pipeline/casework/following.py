"""Following up: an answer that a holding reply told of is given, or a person says why it need not be."""

from __future__ import annotations

from engagebot.domain.casework.wording import one_line
from engagebot.domain.heard.removal import unquoted
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.casework.moving import move, refuse_ended
from engagebot.store.casework import cases, clocks
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions

REASON_CHARS = 500


def close_follow_up(tx: Tx, case_id: int, act: Act, *, reason: str) -> CaseRecord:
    """End a follow-up without an answer of ours; the reason stays in the history, without quotes of theirs.

    Raises:
        NotFound: there is no such case.
        WrongUsage: no reason is given, or a long story.
        IllegalMove: no follow-up runs.
    """
    case = cases.get(tx, case_id, lock=True)
    refuse_ended(case)
    if clocks.follow_up(tx, case_id) is None:
        raise IllegalMove(f"no follow-up runs in case {case_id}")
    said = one_line(reason)
    if not said:
        raise WrongUsage("they were told that a person answers; say why nobody has to any more")
    if len(said) > REASON_CHARS:
        raise WrongUsage(f"a reason has at most {REASON_CHARS} characters; write a note for more")
    for heard in mentions.get_many(tx, case.mention_ids).values():
        said = unquoted(said, heard.mention.words)
    return move(tx, case, act, "followed_up", detail={"reason": said})
