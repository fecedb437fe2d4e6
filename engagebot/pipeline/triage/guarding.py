"""Rules are watched at work: what they match is counted, and the drafts of those that fail are held."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engagebot.domain.actions import Decision
from engagebot.domain.facts import Facts
from engagebot.domain.records import MentionRecord
from engagebot.domain.rules import Rule, Rulebook
from engagebot.domain.ruling.rule_changes import mark
from engagebot.domain.ruling.rule_holds import (
    LATE,
    LEAST,
    Fault,
    Hold,
    Pause,
    error_words,
    has_breaker,
    pause_payload,
)
from engagebot.settings import Settings
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.ruling import rule_counts, rule_faults, rule_pauses, rule_sets
from engagebot.store.ruling.rule_counts import Matches
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery

log = logging.getLogger(__name__)
ACTOR = "engagebot"


@dataclass(slots=True)
class Guard:
    """The watch over the rules of one set within one transaction.

    `held` says by rule why its drafts are held back. Everything is read from the database and written back in
    the same transaction, so several workers, and this one after a restart, come to the same.
    """

    tx: Tx
    book: Rulebook
    settings: Settings
    now: datetime
    held: dict[str, str] = field(default_factory=dict)
    _counted: dict[str, Matches] = field(default_factory=lambda: defaultdict(Matches))
    _before: dict[str, int] = field(default_factory=dict)
    _allowed: dict[str, int] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _raised: dict[str, Fault] = field(default_factory=dict)

    @classmethod
    def stand(cls, tx: Tx, book: Rulebook, settings: Settings, now: datetime) -> Guard:
        """Read which rules are held back, as they stand in this set, and what matched within this hour."""
        guard = cls(tx, book, settings, now)
        holds: list[Hold] = [*rule_faults.standing(tx), *rule_pauses.standing(tx)]
        for hold in holds:
            rule = book.rule(hold.rule_id)
            if rule is not None and mark(rule, book) == hold.mark:
                guard.held[hold.rule_id] = hold.reason
                if isinstance(hold, Fault):
                    guard._known.add(hold.rule_id)
        guard._before = rule_counts.fresh_in_hour(tx, now)
        return guard

    def saw(self, heard: MentionRecord, decision: Decision, facts: Facts) -> None:
        """Count what a decision says of the rules; a rule may be held back from here on."""
        for rule_id in decision.failed:
            self._raises(rule_id, heard, facts)
        if heard.outcome is not None:
            # Decided again: it was counted the first time.
            return
        for rule_id in decision.shadow:
            self._counted[rule_id].shadow += 1
        # A first look back, or one after a fault, brings many at once that were posted one by one.
        is_late = heard.watch is not None and heard.fetched_at - heard.mention.posted_at > LATE
        is_fresh = not (heard.is_history or is_late)
        for rule_id in decision.matched:
            counted = self._counted[rule_id]
            counted.live += 1
            if is_fresh:
                counted.fresh += 1
                matched = self._before.get(rule_id, 0) + counted.fresh
                if matched > LEAST and rule_id not in self.held:
                    self._looks_at(rule_id, matched)

    def keeps(self, decision: Decision, facts: dict[str, Any]) -> dict[str, Any]:
        """The facts to be kept of a decision, with the rules of it that were held back and why."""
        if self.held:
            of_it = {rule_id: self.held[rule_id] for rule_id in decision.matched if rule_id in self.held}
            if of_it:
                return {**facts, "held_rules": of_it}
        return facts

    def close(self) -> None:
        """Write down what was counted and what raised."""
        rule_counts.add(self.tx, self._counted, self.now)
        for fault in self._raised.values():
            rule_faults.add(self.tx, fault)

    def _raises(self, rule_id: str, heard: MentionRecord, facts: Facts) -> None:
        if (before := self._raised.get(rule_id)) is not None:
            self._raised[rule_id] = replace(before, count=before.count + 1, mention_id=heard.id)
            return
        rule = self.book.rule(rule_id)
        if rule is None or rule.when is None:
            return
        error = _error_of(rule, facts)
        fault = self._raised[rule_id] = Fault(
            rule_id=rule_id,
            mark=mark(rule, self.book),
            rule_set=self.book.hash,
            first_at=self.now,
            last_at=self.now,
            count=1,
            error=error,
            mention_id=heard.id,
        )
        if rule_id in self._known:
            return
        self._known.add(rule_id)
        self.held[rule_id] = fault.reason
        log.error(
            "rule %s is quarantined: it could not be evaluated on mention %d (%s); until it is changed, such "
            "mentions go to people and its drafts are held back", rule_id, heard.id, error,
        )  # fmt: skip
        self._audit("rule.quarantined", rule_id, {"error": error, "mention": heard.id})

    def _looks_at(self, rule_id: str, matched: int) -> None:
        rule = self.book.rule(rule_id)
        if rule is None or not has_breaker(rule):
            return
        allowed = self._allowed.get(rule_id)
        if allowed is None:
            accepted = rule_pauses.accepted(self.tx, rule_id, self.now)
            version = rule_sets.by_hash(self.tx, self.book.hash)
            expected = (version.rates or {}).get(rule_id) if version is not None else None
            rush = rule_counts.rush(self.tx, rule_id, self.now, accepted=accepted, expected=expected)
            allowed = self._allowed[rule_id] = rush.allowed
        if matched > allowed:
            self._pause(rule, matched, allowed)

    def _pause(self, rule: Rule, matched: int, allowed: int) -> None:
        pause = Pause(
            rule_id=rule.id,
            mark=mark(rule, self.book),
            paused_at=self.now,
            matched=matched,
            allowed=allowed,
        )
        pause_id = rule_pauses.add(self.tx, pause)
        self.held[rule.id] = pause.reason
        if pause_id is None:
            return
        log.error("rule %s paused itself: it %s", rule.id, pause.words)
        self._audit("rule.paused", rule.id, {"matched": matched, "allowed": allowed})
        team = next(iter(self.settings.teams.values()), None)
        payload = pause_payload(rule, pause, f"{self.settings.base_url}/rules")
        for channel in team.notify if team is not None else ():
            notice = NewDelivery(
                notice_id=f"rule-paused-{pause_id}", channel=channel, kind="alarm", payload=payload
            )
            deliveries.add(self.tx, notice, self.now)

    def _audit(self, action: str, rule_id: str, detail: Mapping[str, Any]) -> None:
        audit.add(self.tx, at=self.now, actor=ACTOR, action=action, subject=f"rule:{rule_id}", detail=detail)


def _error_of(rule: Rule, facts: Facts) -> str:
    """The error of a rule that raised, by asking it once more; decisions keep no errors."""
    try:
        if rule.when is not None:
            rule.when.holds(facts)
    except Exception as error:  # whatever it was, it is what is asked for here
        return error_words(error, f"{facts.text} {facts.author_handle or ''}")
    return "it raised, and did not when asked again"
