"""The live rules as pages and the API show them: in words, with what they match and how they fare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engagebot.bootstrap import App
from engagebot.domain.heard.verdicts import REASONS
from engagebot.domain.records import RuleSetRecord
from engagebot.domain.rules import Rule, RuleStatus
from engagebot.domain.ruling.rule_holds import Hold
from engagebot.errors import FilesInvalid, WrongUsage
from engagebot.rulebook.sentence import sentence
from engagebot.store.replying import rejections
from engagebot.store.replying.rejections import Reception
from engagebot.store.ruling import rule_counts, rule_problem, rule_sets
from engagebot.store.ruling.rule_counts import Matches
from engagebot.web.wording import counted

RECEIVED = timedelta(days=30)
UNTRIED = Reception()
REFUSALS = {reason.code: reason.words for reason in REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule in words, what it matched in the last day and week, and what holds its drafts back."""

    rule: Rule
    sentence: str
    day: Matches
    week: Matches
    holds: tuple[Hold, ...] = ()
    reception: Reception = UNTRIED

    @property
    def state(self) -> str:
        """`running`, `shadow` or `draft`; `quarantined` or `paused` where its drafts are held back."""
        if self.holds:
            return self.holds[0].state
        return "running" if self.rule.status is RuleStatus.LIVE else self.rule.status.value

    @property
    def received(self) -> str:
        """What people made of its drafts lately, in words; empty where nobody has decided one."""
        met = self.reception
        said = []
        if met.decided:
            said.append(f"rejected {met.rejected} of {met.decided} in {RECEIVED.days} days")
            said += [f"{REFUSALS[refusal]} {count}" for refusal, count in met.refused.items()]
            said = [": ".join([said[0], ", ".join(said[1:])]) if met.rejected else said[0]]
        if met.skips:
            said.append(f"passed by {counted(len(met.skips), 'time')}")
        return "; ".join(said)

    @property
    def matched(self) -> str:
        """How often it matched, in words; live and in shadow where its status changed meanwhile."""
        day, week = self.day, self.week
        said = []
        if week.live or not week.shadow:
            said.append(f"matched {day.live} in 24 hours, {week.live} in 7 days")
        if week.shadow:
            said.append(f"would have matched {day.shadow} in 24 hours, {week.shadow} in 7 days")
        return "; ".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesShown:
    """The live version with its rules, and the faults of the files on disk as data."""

    live: RuleSetRecord | None = None
    lines: Sequence[RuleLine] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    errors: int = field(init=False)

    def __post_init__(self) -> None:
        """Count what keeps the files from going live; warnings do not."""
        errors = sum(finding.get("level") != "warning" for finding in self.findings)
        object.__setattr__(self, "errors", errors)

    @property
    def held(self) -> list[RuleLine]:
        """The rules whose drafts are held back."""
        return [line for line in self.lines if line.holds]


def read_rules(app: App) -> RulesShown:
    """Read what is live; a site whose files never held has no rules to show, but findings."""
    try:
        book, live = app.rules.live()
    except FilesInvalid as error:
        return RulesShown(findings=[finding.as_json() for finding in error.findings])
    except WrongUsage:
        return RulesShown()
    now = app.clock.now()
    with app.store.read() as tx:
        day, week = (rule_counts.since(tx, now - timedelta(days=days)) for days in (1, 7))
        found = rule_sets.holds(tx)
        received = rejections.by_rule(tx, [rule.id for rule in book.rules], now - RECEIVED)
        findings = rule_problem.findings(tx)
    lines = [
        RuleLine(
            rule=rule,
            sentence=sentence(rule),
            day=day.get(rule.id, Matches()),
            week=week.get(rule.id, Matches()),
            holds=tuple(hold for hold in found if hold.rule_id == rule.id),
            reception=received.get(rule.id, UNTRIED),
        )
        for rule in book.rules
    ]
    return RulesShown(live=live, lines=lines, findings=findings)
