"""Rules and the decision: a pure, total function from a rule set and facts to actions and a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from engagebot.domain.actions import (
    Action,
    Assign,
    Check,
    Decision,
    DraftReply,
    Escalate,
    Planned,
    RuleTrace,
)
from engagebot.domain.drafting import Template
from engagebot.domain.facts import Facts
from engagebot.domain.limits import Limit
from engagebot.domain.outbox import Severity

SILENCED_BY_ESCALATION = "an escalation in the same decision silences friendly drafts"


class RuleStatus(StrEnum):
    """`draft` is not asked at all; `shadow` is asked and counted but does nothing."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"


class Mode(StrEnum):
    """How a group joins its members."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class Answer(NamedTuple):
    """A condition's answer: `result` is `None` where the fact is not known.

    A named tuple, since a frozen dataclass takes three times as long to make and millions are made.
    """

    result: bool | None
    actual: Any = None
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A named question with the value the rule file gives (`expected`, plain JSON values).

    `test` gives the same answer as `ask` without its reasons, where that is cheaper. `phrases` numbers the
    set of phrases (see `Rulebook.phrases_in`) of which the text must hold one, or the answer is no.
    """

    name: str
    expected: Any
    ask: Callable[[Facts], Answer] = field(compare=False)
    test: Callable[[Facts], bool | None] | None = field(default=None, compare=False)
    phrases: int | None = field(default=None, compare=False)

    def holds(self, facts: Facts) -> bool | None:
        """Whether the fact is so; `None` where it is not known."""
        return self.test(facts) if self.test is not None else self.ask(facts).result


@dataclass(frozen=True, slots=True)
class Group:
    """Members joined by `mode`; an empty group holds, but for `any`, which wants one that holds."""

    mode: Mode
    members: tuple[Condition | Group, ...]
    _tests: tuple[Callable[[Facts], bool | None], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Lay the members' tests out once, since `holds` runs for every mention and rule."""
        object.__setattr__(self, "_tests", tuple(member.holds for member in self.members))

    def holds(self, facts: Facts) -> bool | None:
        """Ask with three-valued logic: a fact that is not known decides nothing either way."""
        settling = self.mode is not Mode.ALL  # the member's answer that settles the group at once
        unknown = False
        for test in self._tests:
            result = test(facts)
            if result is settling:
                return self.mode is Mode.ANY
            if result is None:
                unknown = True
        return None if unknown else self.mode is not Mode.ANY

    def needs(self) -> frozenset[int]:
        """The phrase sets of which a text must hold one, or the group cannot hold; none where it can."""
        of_members = [
            member.needs()
            if isinstance(member, Group)
            else frozenset(() if member.phrases is None else (member.phrases,))
            for member in self.members
        ]
        if self.mode is Mode.ALL:
            return min((needs for needs in of_members if needs), key=len, default=frozenset())
        if self.mode is Mode.ANY and all(of_members):
            return frozenset().union(*of_members)
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """A made-up mention inside the rule file and what this rule must say of it.

    `given` is the mention as written there (text, customer …), plain values; what it leaves out is scored
    or not known. `actions` are names of actions the whole decision must hold, such as `escalate`.
    """

    name: str
    given: Mapping[str, Any]
    matches: bool | None = None
    actions: tuple[str, ...] | None = None
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of a rule file. `when` is `None` exactly for the default route.

    `needs` are the phrase sets of which a text must hold one for the rule to match at all.
    """

    id: str
    name: str
    status: RuleStatus
    when: Group | None
    then: tuple[Action, ...]
    stop: bool = False
    is_default: bool = False
    limits: tuple[Limit, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    file: str = ""
    line: int = 0
    needs: frozenset[int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what `decide` asks for every mention."""
        object.__setattr__(self, "needs", self.when.needs() if self.when else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A whole rule set, in order, with the templates its drafts use.

    `hash` names the set: equal files give an equal hash. `human_team` takes mentions whose rules failed.
    `sources` are the files' texts by name, kept so that any set can be stored and loaded again.
    `phrases_in` looks all phrases of the set up in a text at once and answers the numbers of the phrase sets
    found; without it every rule is asked.
    """

    rules: tuple[Rule, ...]
    hash: str
    human_team: str
    templates: Mapping[str, Template] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    phrases_in: Callable[[str], Set[int]] | None = field(default=None, compare=False)
    asked: tuple[tuple[frozenset[int], Callable[[Facts], bool | None], Rule], ...] = field(
        init=False, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        """Lay out once what `decide` walks for every mention: each rule that is asked, with its needs."""
        asked = tuple(
            (rule.needs, rule.when.holds, rule)
            for rule in self.rules
            if rule.when is not None and rule.status is not RuleStatus.DRAFT
        )
        object.__setattr__(self, "asked", asked)

    @property
    def default(self) -> Rule:
        """The default route."""
        return next(rule for rule in self.rules if rule.is_default)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with this id, or `None`."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def decide(book: Rulebook, facts: Facts) -> Decision:
    """Ask every live rule in order until one that matched says stop; then the default, if none matched.

    Total and deterministic: a live rule that raises counts as failed and sends the mention to
    `book.human_team`; a shadow rule that raises is only noted.
    An escalation silences every friendly draft of the same decision.
    """
    matched: list[Rule] = []
    shadow: list[str] = []
    failed: list[Rule] = []
    found = book.phrases_in(facts.text) if book.phrases_in is not None else None
    for needs, holds, rule in book.asked:
        if found is not None and needs and needs.isdisjoint(found):
            continue
        try:
            is_match = holds(facts) is True
        except Exception:  # a broken rule must reach a person, whatever it raised
            failed.append(rule)
            continue
        if not is_match:
            continue
        if rule.status is RuleStatus.SHADOW:
            shadow.append(rule.id)
            continue
        matched.append(rule)
        if rule.stop:
            break
    if not matched:
        matched.append(book.default)
    return Decision(
        rule_set=book.hash,
        matched=tuple(rule.id for rule in matched),
        planned=_plan(book, matched, [rule.id for rule in failed if rule.status is RuleStatus.LIVE]),
        shadow=tuple(shadow),
        failed=tuple(rule.id for rule in failed),
    )


def _plan(book: Rulebook, matched: list[Rule], failed: list[str]) -> tuple[Planned, ...]:
    asked = [(rule.id, action) for rule in matched for action in rule.then]
    asked += [(rule_id, Escalate(team=book.human_team, severity=Severity.MEDIUM)) for rule_id in failed]
    is_escalated = any(isinstance(action, Escalate) for _, action in asked)
    has_draft = False
    planned: list[Planned] = []
    for rule_id, action in asked:
        silenced = None
        if isinstance(action, DraftReply):
            if is_escalated:
                silenced = SILENCED_BY_ESCALATION
            elif has_draft:
                silenced = "another rule has already drafted a reply to this mention"
            has_draft = True
        planned.append(Planned(rule_id=rule_id, action=action, silenced=silenced))
    return tuple(planned)


def explain(book: Rulebook, facts: Facts) -> tuple[RuleTrace, ...]:
    """Ask every condition of every rule and keep each answer, in file order.

    Unlike `decide` it does not stop early, so it also shows what later rules would have said; a rule after
    the stop says so in `note`.
    """
    traces: list[RuleTrace] = []
    decision = decide(book, facts)
    stopped_by: str | None = None
    for rule in book.rules:
        if rule.when is None:
            is_used = rule.id in decision.matched
            note = "default route: acts only where no other live rule matched"
            traces.append(RuleTrace(rule_id=rule.id, matched=is_used, note=note))
            continue
        trace = _trace(rule, facts)
        if stopped_by is not None:
            trace = RuleTrace(
                rule_id=rule.id, matched=False, checks=trace.checks, error=trace.error,
                note=f"not asked: rule {stopped_by} matched and stops",
            )  # fmt: skip
        elif rule.status is not RuleStatus.LIVE:
            trace = RuleTrace(
                rule_id=rule.id, matched=trace.matched, checks=trace.checks, error=trace.error,
                note=f"{rule.status}: does nothing",
            )  # fmt: skip
        elif trace.matched and rule.stop:
            stopped_by = rule.id
        traces.append(trace)
    return tuple(traces)


def _trace(rule: Rule, facts: Facts) -> RuleTrace:
    when = rule.when or Group(Mode.ALL, ())
    matched, problem = False, None
    try:
        matched = when.holds(facts) is True
    except Exception as error:  # shown to the person who reads the trace; decide() sends it to a human
        problem = f"{type(error).__name__}: {error}"
    return RuleTrace(rule_id=rule.id, matched=matched, checks=tuple(_checks(when, facts)), error=problem)


def _checks(group: Group, facts: Facts) -> Iterator[Check]:
    for member in group.members:
        if isinstance(member, Group):
            yield from _checks(member, facts)
            continue
        answer = _ask(member, facts)
        name = f"not {member.name}" if group.mode is Mode.NONE else member.name
        result = answer.result
        if group.mode is Mode.NONE and result is not None:
            result = not result
        yield Check(
            condition=name,
            expected=member.expected,
            actual=answer.actual,
            result=result,
            spans=answer.spans if answer.result else (),
        )


def _ask(condition: Condition, facts: Facts) -> Answer:
    # The rule may have been settled before this condition was reached, so its fault must not hide the rest.
    try:
        return condition.ask(facts)
    except Exception as error:
        return Answer(None, f"cannot be asked: {type(error).__name__}: {error}")


def assignee_of(decision: Decision) -> str | None:
    """The person an `assign` action names, or `None`; the last one wins."""
    names = [planned.action.to for planned in decision.actions if isinstance(planned.action, Assign)]
    return names[-1] if names else None
