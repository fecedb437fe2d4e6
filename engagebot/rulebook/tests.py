"""Run the tests that rule files carry: made-up mentions, and what the rules must say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from engagebot.domain.actions import (
    Action,
    Assign,
    Check,
    Decision,
    DraftReply,
    Escalate,
    Ignore,
    Notify,
    Tag,
    Webhook,
)
from engagebot.domain.facts import Facts
from engagebot.domain.hours import BusinessHours
from engagebot.domain.rules import Rule, Rulebook, RuleStatus, RuleTest, decide
from engagebot.domain.ruling.explaining import explain
from engagebot.errors import Finding
from engagebot.ports import Scorer
from engagebot.rulebook.given import facts_given
from engagebot.yamlfile import listed, shortened

_NAMES: dict[type[Action], str] = {
    Escalate: "escalate",
    DraftReply: "draft",
    Tag: "tag",
    Assign: "assign",
    Notify: "notify",
    Ignore: "ignore",
    Webhook: "webhook",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """What became of one test. `expected`, `got` and `because` are there only where it failed.

    `judged` says what the mention was taken for, since that is what most rules ask.
    """

    __test__ = False

    rule_id: str
    name: str
    file: str
    line: int
    mention: str
    judged: str
    expected: str | None = None
    got: str | None = None
    because: str | None = None

    @property
    def is_passed(self) -> bool:
        return self.expected is None

    @property
    def problem(self) -> str | None:
        """The failure in one line, or `None`."""
        if self.is_passed:
            return None
        said = f'"{shortened(self.mention)}" ({self.judged})'
        return f"{said}: expected {self.expected}, got {self.got}; {self.because}"

    def finding(self) -> Finding | None:
        """The failure as a finding at the test's line."""
        if self.problem is None:
            return None
        message = f'test "{self.name}" of {self.rule_id} failed: {self.problem}'
        return Finding(self.file, self.line, 1, "EB200", message)


# Tests must say the same on any day; without a time of its own a test happens on a Monday morning.
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What tests run with: the moment of a test without `at`, hours and zone of the team."""

    now: datetime = MONDAY
    hours: BusinessHours | None = None
    zone: ZoneInfo | None = None


def action_name(action: Action) -> str:
    """The action's name in rule files."""
    return _NAMES[type(action)]


def run_tests(book: Rulebook, scorer: Scorer, setting: Setting | None = None) -> tuple[Finding, ...]:
    """Run every test of every rule and return the failures: nothing when all pass."""
    found = (result.finding() for result in run_each(book, scorer, setting))
    return tuple(finding for finding in found if finding is not None)


def run_each(book: Rulebook, scorer: Scorer, setting: Setting | None = None) -> tuple[TestResult, ...]:
    """Run every test of every rule, drafts and shadows too, in file order."""
    where = setting or Setting()
    return tuple(_run(book, rule, test, scorer, where) for rule in book.rules for test in rule.tests)


def _run(book: Rulebook, rule: Rule, test: RuleTest, scorer: Scorer, setting: Setting) -> TestResult:
    facts = facts_given(test.given, scorer, now=setting.now, hours=setting.hours, zone=setting.zone)
    decision = decide(book, facts)
    expected, got, because = [], [], []
    if test.matches is not None and (is_match := _matches(book, rule, facts, decision)) is not test.matches:
        expected.append(f"matches: {_yes(test.matches)}")
        got.append(f"matches: {_yes(is_match)}")
        because.append(_why(book, rule, facts))
    if test.actions is not None:
        kinds = sorted({action_name(planned.action) for planned in decision.actions})
        if (set(test.actions) - set(kinds)) or (not test.actions and kinds):
            expected.append(f"actions: {listed(test.actions)}")
            got.append(f"actions: {listed(kinds)}")
            because.append(_who_acted(decision))
    return TestResult(
        rule_id=rule.id,
        name=test.name,
        file=test.file,
        line=test.line,
        mention=facts.text,
        judged=_feeling(facts),
        expected=", ".join(expected) or None,
        got=", ".join(got) or None,
        because="; ".join(because) or None,
    )


def _who_acted(decision: Decision) -> str:
    """The rules that took part, and why what they asked for was not done."""
    silenced = [
        f"{action_name(planned.action)} of {planned.rule_id} is held back: {planned.silenced}"
        for planned in decision.planned
        if planned.silenced is not None
    ]
    return "; ".join([f"rules that acted: {listed(decision.matched)}", *silenced])


def _matches(book: Rulebook, rule: Rule, facts: Facts, decision: Decision) -> bool:
    """A live rule matches when it takes part in the decision; another one when its conditions hold."""
    if rule.status is RuleStatus.LIVE:
        return rule.id in decision.matched
    return any(trace.rule_id == rule.id and trace.matched for trace in explain(book, facts))


def _feeling(facts: Facts) -> str:
    sentiment = facts.sentiment.value if facts.sentiment else "not known"
    unhappiness = "" if facts.unhappiness is None else f", unhappiness {facts.unhappiness:.2f}"
    return f"sentiment {sentiment}, compound {facts.compound}{unhappiness}"


def _yes(value: bool) -> str:
    return str(value).lower()


def _why(book: Rulebook, rule: Rule, facts: Facts) -> str:
    trace = next(trace for trace in explain(book, facts) if trace.rule_id == rule.id)
    if trace.error is not None:
        return f"the rule could not be asked: {trace.error}"
    if trace.stopped_by is not None and trace.note is not None:
        return trace.note
    if not trace.checks:
        return trace.note or "no condition was asked"
    deciding = [check for check in trace.checks if (check.result is True) is trace.matched]
    return "because " + " and ".join(_told(check) for check in deciding or trace.checks)


def _told(check: Check) -> str:
    asked = f"{check.condition} {plainly(check.expected)}"
    if check.result is None:
        return f"{asked} is not known"
    return f"{asked} {'holds' if check.result else 'does not hold'}: it is {plainly(check.actual)}"


def plainly(value: object) -> str:
    """A value of a rule file or a fact, for a person."""
    if isinstance(value, list | tuple):
        return ", ".join(plainly(part) for part in value) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key} {plainly(part)}" for key, part in value.items())
    if isinstance(value, bool):
        return _yes(value)
    return "not known" if value is None else str(value)
