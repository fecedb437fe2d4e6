"""One look at one case, within one transaction: what it is, what was done to it, and how to say something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engagebot.domain.outbox import CaseState
from engagebot.domain.records import CaseRecord, Event, MentionRecord
from engagebot.domain.telling.timed_notices import TimedNotice
from engagebot.settings import Settings
from engagebot.store import audit
from engagebot.store.casework import cases, clocks
from engagebot.store.casework.cases import CaseMove
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.telling import storms
from engagebot.store.telling.deliveries import NewDelivery

ACTOR = "engagebot"
WARNED, PASSED_OVER, CALLED = "case.warned", "case.warnings_passed_over", "case.called"
REMINDED, PROMPTED, HELD = "case.reminded", "case.prompted", "case.holding_proposed"
OURS = frozenset({WARNED, PASSED_OVER, CALLED, REMINDED, PROMPTED, HELD})
"""What is said of a case by time alone; none of it is a step by anybody."""


@dataclass(slots=True)
class Look:
    """A case as it is at the moment `now`; `events` are its history in the order in which it became known."""

    tx: Tx
    settings: Settings
    now: datetime
    case: CaseRecord
    events: list[Event]

    @classmethod
    def at(cls, tx: Tx, settings: Settings, now: datetime, case_id: int) -> Look:
        """Look at a case; it is locked until the transaction ends."""
        case = cases.get(tx, case_id, lock=True)
        return cls(tx, settings, now, case, clocks.history(tx, case_id))

    def tell(self, notice: TimedNotice, channels: Iterable[str] | None = None) -> str:
        """Put a notice in line for these channels, or for the team's; answer its id. It goes out once."""
        team = self.settings.teams.get(self.case.team)
        notice_id = f"case-{self.case.id}-{notice.name}"
        heard = self._latest()
        url = f"{self.settings.base_url}/cases/{self.case.id}"
        payload = notice.payload(self.case, url, said=heard.mention if heard else None)
        for channel in channels if channels is not None else (team.notify if team else ()):
            new = NewDelivery(
                notice_id=notice_id,
                channel=channel,
                kind="case",
                payload=payload,
                case_id=self.case.id,
                mention_id=heard.id if heard else None,
            )
            storms.tell(self.tx, new, self.now, zone=self.settings.timezone, base_url=self.settings.base_url)
        return notice_id

    def _latest(self) -> MentionRecord | None:
        """What they said last, where its words are still there."""
        heard = mentions.get_many(self.tx, self.case.mention_ids).values()
        theirs = [
            each
            for each in heard
            if each.redacted_at is None
            and (each.copy_of is None or each.customer_id == self.case.customer_id)
        ]
        return max(theirs, key=lambda each: (each.mention.posted_at, each.id), default=None)

    def note(self, action: str, detail: Mapping[str, Any]) -> None:
        """Write a line into the case's history that is no step by anybody."""
        subject = f"case:{self.case.id}"
        audit.add(self.tx, at=self.now, actor=ACTOR, action=action, subject=subject, detail=detail)
        self.events.append(
            Event(at=self.now, actor=ACTOR, action=action, detail=dict(detail), subject=subject)
        )

    def change(
        self,
        action: str,
        *,
        to: CaseState | None = None,
        values: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Move the case, or change it in place, by the clock's word."""
        move = CaseMove(
            at=self.now, actor=ACTOR, action=action, to=to, values=values or {}, detail=detail or {}
        )
        self.case = cases.change(self.tx, self.case, move)
        self.events = clocks.history(self.tx, self.case.id)
