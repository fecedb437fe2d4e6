"""What is counted while a rule set walks over past mentions, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from engagebot.domain.actions import Decision, DraftReply, Escalate, Outcome
from engagebot.domain.rules import Rule, Rulebook, RuleStatus
from engagebot.domain.ruling.replay import (
    Miss,
    NearMiss,
    Past,
    Routing,
    Said,
    path_of,
    severity_of,
    taken_first,
)
from engagebot.pipeline.replay.allowing import Wanted, wanted_by
from engagebot.pipeline.replay.people import Agreeing
from engagebot.pipeline.replay.showing import SHOWN, Picked
from engagebot.rulebook.tests import action_name

# Near misses are looked for among the newest mentions, the fewer the more rules ask.
_MOST_LOOKED: Final = 2_000
_TIDY: Final = 20
_MOST_KNOWN: Final = 10_000
_MOST_ASKED: Final = 100_000


class Decided(NamedTuple):
    """One replayed mention; `taken` are the live rules that an earlier one kept from being asked."""

    past: Past
    decision: Decision
    taken: tuple[str, ...]
    path: str


@dataclass(slots=True)
class RuleTally:
    """What is counted of one rule."""

    rule: Rule
    picked: Picked
    near: NearMiss
    matched: int = 0
    acted: int = 0
    shadow: int = 0
    failed: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    silenced: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    per_hour: list[int] = field(default_factory=lambda: [0] * 24)
    per_day: Counter[date] = field(default_factory=Counter)
    missed: list[tuple[int, Miss]] = field(default_factory=list)

    def match(self, mention_id: int, hour: int, day: date) -> None:
        """Count a mention that the rule matches by itself."""
        self.matched += 1
        self.per_hour[hour] += 1
        self.per_day[day] += 1
        self.picked.add(mention_id)


@dataclass(slots=True)
class Tallies:
    """Everything that is counted in one walk over the mentions, newest first."""

    rules: dict[str, RuleTally]
    mentions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    hours: list[Counter[str]] = field(default_factory=lambda: [Counter() for _ in range(24)])
    days: dict[date, Counter[str]] = field(default_factory=dict)
    wanted: list[Wanted] = field(default_factory=list)
    escalated_at: list[tuple[datetime, bool | None]] = field(default_factory=list)
    escalated_people: set[int] = field(default_factory=set)
    teams: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    agreeing: Agreeing = field(default_factory=Agreeing)


class _Known(NamedTuple):
    """What is the same for all mentions that share a decision, which is kept so that its id stays its own."""

    decision: Decision
    outcome: Outcome
    path: str
    actions: tuple[str, ...]
    by_rule: tuple[tuple[str, str, str | None], ...]
    drafts: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    severity: str | None
    stops: bool


class Walk:
    """Decides one mention after the other and counts."""

    def __init__(self, routing: Routing, book: Rulebook, tallies: Tallies, said: Mapping[int, Said]) -> None:
        self._decide = routing.decide
        self._rules = routing.rules
        self._book = book
        self._tallies = tallies
        self._said = said
        self._known: dict[int, _Known] = {}
        near = [each for each in tallies.rules.values() if each.near.is_possible]
        self._near = [each for each in near if each.rule.status is not RuleStatus.DRAFT] or near
        self._looks = min(_MOST_LOOKED, _MOST_ASKED // max(1, len(self._near)))

    def take(self, past: Past) -> Decided:
        """Decide one more mention."""
        decision = self._decide(past.facts)
        known = self._known.get(id(decision))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[id(decision)] = _known(decision, self._rules)
        taken = taken_first(self._book, past.facts, decision, self._rules) if known.stops else ()
        self._count(past, known)
        self._count_rules(past, known, taken)
        if (said := self._said.get(past.id)) is not None:
            self._tallies.agreeing.add(past.id, said, decision)
        if self._tallies.mentions <= self._looks:
            self._look_near(past, decision)
        return Decided(past, decision, taken, known.path)

    def _count(self, past: Past, known: _Known) -> None:
        tallies, at = self._tallies, past.at
        tallies.mentions += 1
        outcome = known.outcome.value
        tallies.outcomes[outcome] += 1
        tallies.hours[at.hour][outcome] += 1
        day = at.date()
        of_day = tallies.days.get(day)
        if of_day is None:
            of_day = tallies.days[day] = Counter()
        of_day[outcome] += 1
        for action in known.actions:
            tallies.actions[action] += 1
        for rule_id, template in known.drafts:
            tallies.wanted.append(wanted_by(past, rule_id, template))
        if known.severity is not None:
            tallies.escalated_at.append((at, past.facts.business_open))
            tallies.severities[known.severity] += 1
            for team in known.teams:
                tallies.teams[team] += 1
            tallies.escalated_people.add(past.customer_id or -past.id)

    def _count_rules(self, past: Past, known: _Known, taken: tuple[str, ...]) -> None:
        decision, hour, day = known.decision, past.at.hour, past.at.date()
        for tally in self._of(decision.matched):
            tally.acted += 1
            tally.match(past.id, hour, day)
        of = self._tallies.rules.get
        for rule_id, action, silenced in known.by_rule:
            if (own := of(rule_id)) is None:
                continue
            if silenced is None:
                own.actions[action] += 1
            else:
                own.silenced[silenced] += 1
        for tally in self._of(taken):
            tally.taken[decision.matched[-1]] += 1
            tally.match(past.id, hour, day)
        for tally in self._of(decision.shadow):
            tally.shadow += 1
            tally.match(past.id, hour, day)
        for tally in self._of(decision.failed):
            tally.failed += 1

    def _of(self, rule_ids: tuple[str, ...]) -> list[RuleTally]:
        of = self._tallies.rules.get
        return [tally for rule_id in rule_ids if (tally := of(rule_id)) is not None]

    def _look_near(self, past: Past, decision: Decision) -> None:
        if self._tallies.mentions % _TIDY == 0:
            self._near = [tally for tally in self._near if len(tally.missed) < SHOWN]
        for tally in self._near:
            if len(tally.missed) < SHOWN and tally.rule.id not in decision.matched:
                miss = tally.near.of(past.facts)
                if miss is not None:
                    tally.missed.append((past.id, miss))


def _known(decision: Decision, rules: Mapping[str, Rule]) -> _Known:
    actions = decision.actions
    severity = severity_of(decision)
    stopper = rules.get(decision.matched[-1]) if decision.matched else None
    return _Known(
        decision=decision,
        outcome=decision.outcome,
        path=path_of(decision),
        actions=tuple(dict.fromkeys(action_name(planned.action) for planned in actions)),
        by_rule=tuple((each.rule_id, action_name(each.action), each.silenced) for each in decision.planned),
        drafts=tuple(
            (each.rule_id, each.action.template) for each in actions if isinstance(each.action, DraftReply)
        ),
        teams=tuple(dict.fromkeys(each.action.team for each in actions if isinstance(each.action, Escalate))),
        severity=severity.value if severity is not None else None,
        stops=stopper is not None and stopper.stop,
    )
