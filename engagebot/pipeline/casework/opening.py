"""Opening: a person gives somebody whom no rule gave away to a team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engagebot.domain.casework.problems import problem_of
from engagebot.domain.heard.removal import unquoted
from engagebot.domain.outbox import CASE_OPEN, Severity
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove
from engagebot.store.casework import cases, escalations, right_cases
from engagebot.store.casework.escalations import Announcement, Escalation
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Which team gets somebody, how hard it presses, how the team is told, when the first reply is due."""

    team: str
    severity: Severity
    told: Announcement
    due_at: datetime | None = None
    note: str = ""


def open_for(tx: Tx, mention_id: int, act: Act, opening: Opening) -> CaseRecord:
    """Open a case for a mention, or put it into its customer's open case about the same problem.

    Raises:
        NotFound: there is no such mention.
        IllegalMove: it is in an open case already, or its words are gone.
    """
    take_turn(tx)
    heard = mentions.get(tx, mention_id)
    if heard.redacted_at is not None:
        raise IllegalMove(f"the words of mention {mention_id} are not kept any more")
    known = cases.of_mention(tx, mention_id)
    if known is not None and known.state in CASE_OPEN:
        raise IllegalMove(f"mention {mention_id} is in case {known.id} already, which is {known.state}")
    note = unquoted(opening.note.strip(), heard.mention.words)
    escalation = Escalation(
        heard=heard,
        severity=opening.severity,
        team=opening.team,
        why=f"{act.by.name} gave it to the team" + (f": {note}" if note else ""),
        actor=act.by.name,
        at=act.at,
        sentiment=heard.judgement.sentiment.value if heard.judgement else "unknown",
        due_at=opening.due_at,
        problem=problem_of(heard.judgement),
    )
    return escalations.escalate(tx, escalation, opening.told, right_cases.of(tx, heard))
