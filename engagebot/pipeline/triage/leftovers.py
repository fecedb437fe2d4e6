"""What an earlier decision on a mention left behind, and what becomes of it with a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engagebot.domain.drafting import HOLDING_REPLY, WRITTEN_BY_HAND
from engagebot.domain.outbox import CASE_OPEN, DraftState
from engagebot.domain.records import CaseRecord, DraftRecord, MentionRecord
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import reopening
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move

ACTOR: Final = "engagebot"
_WHY: Final = {
    "mention.edited": "the post was edited, and as it reads now",
    "mention.corrected": "a person corrected how the post is read, and so",
    "mention.rescored": "the post was scored anew, and so",
}
_ENDED: Final = frozenset({DraftState.REJECTED, DraftState.EXPIRED, DraftState.FAILED})


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The drafts of a mention that is decided again, and the open case it belongs to."""

    drafts: Sequence[DraftRecord] = ()
    case: CaseRecord | None = None

    @classmethod
    def of(cls, tx: Tx, heard: MentionRecord) -> Leftovers:
        """What there is of a mention; nothing where it is decided for the first time."""
        if heard.outcome is None:
            return cls()
        case = cases.of_mention(tx, heard.id)
        is_open = case is not None and case.state in CASE_OPEN
        return cls(drafts.of_mention(tx, heard.id), case if is_open else None)

    def settle(self, tx: Tx, heard: MentionRecord, wanted: Mapping[str, str], at: datetime) -> bool:
        """Withdraw what the new decision does not propose; answer whether a draft that waits stays.

        `wanted` holds the texts it proposes by rule. What it proposes too stays as it is, with its approval,
        and so does what a person wrote into a draft of a rule that still wants to reply, or began by hand.
        """
        is_kept = False
        for draft in self.drafts:
            if draft.state not in reopening.WAITING:
                continue
            if draft.rule_id in {WRITTEN_BY_HAND, HOLDING_REPLY}:
                # No rule has proposed it, so none can take it back.
                is_kept = True
                continue
            text = wanted.get(draft.rule_id)
            if text is not None and (draft.text == text or _is_reworded(tx, draft)):
                is_kept = True
            else:
                does = "no reply" if text is None else "another reply"
                _withdraw(tx, draft, f"{_reason(tx, heard)} this rule proposes {does}", at)
        return is_kept

    def against(self, rule_id: str) -> str | None:
        """Why this rule makes no new draft now, or `None`."""
        if self.case is not None:
            return f"case {self.case.id} is open; its team answers"
        for draft in self.drafts:
            if draft.rule_id == rule_id and draft.state in _ENDED:
                return f"its draft {draft.id} came to an end: {draft.state}"
        return None


def _is_reworded(tx: Tx, draft: DraftRecord) -> bool:
    past = audit.of(tx, f"draft:{draft.id}")
    proposed = [event.detail.get("text_hash") for event in past if event.action == "draft.proposed"]
    return drafts.text_hash(draft.text) not in proposed


def _reason(tx: Tx, heard: MentionRecord) -> str:
    past = [event.action for event in audit.of(tx, f"mention:{heard.id}") if event.action in _WHY]
    return _WHY[past[-1]] if past else "the post was decided again, and so"


def _withdraw(tx: Tx, draft: DraftRecord, reason: str, at: datetime) -> None:
    move = Move(
        to=DraftState.WITHDRAWN,
        at=at,
        actor=ACTOR,
        action="withdrawn",
        values={"last_error": reason, **drafts.UNAPPROVED},
        detail={"reason": reason},
    )
    drafts.change(tx, draft, move)
