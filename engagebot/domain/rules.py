"""Rules and the decision: a pure, total function from a rule set and facts to actions and a trace."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from engagebot.domain.actions import (
    Action,
    Assign,
    Decision,
    DraftReply,
    Escalate,
    Ignore,
    Planned,
)
from engagebot.domain.drafting import Template
from engagebot.domain.facts import Facts
from engagebot.domain.interlock import INTERLOCK, disagreeing, needs_person
from engagebot.domain.limits import Limit
from engagebot.domain.outbox import Severity

SECOND_DRAFT = "another rule has already drafted a reply to this mention"
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


_MOST_KNOWN = 4096

Test = Callable[[Facts], bool | None]
Aspect = Callable[[Facts], Iterable[Hashable]]
"""What facts say of one matter, such as the intents; conditions on one matter share one such function."""


Indexed = tuple[Aspect, Mapping[Hashable, int], int]


class Needs(NamedTuple):
    """What a yes takes: `aspect` tells one of `values`.

    It may be told where the answer is no, too, unless that `is_enough`.
    """

    aspect: Aspect
    values: frozenset[Hashable]
    is_enough: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A named question with the value the rule file gives (`expected`, plain JSON values).

    `test` gives the same answer as `ask` without its reasons, where that is cheaper. Rules are found by
    what their conditions need.
    """

    name: str
    expected: Any
    ask: Callable[[Facts], Answer] = field(compare=False)
    test: Test | None = field(default=None, compare=False)
    needs: Needs | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Members joined by `mode`; an empty group holds, but for `any`, which wants one that holds.

    `holds` asks them with three-valued logic: a fact that is not known decides nothing either way.
    """

    mode: Mode
    members: tuple[Condition | Group, ...]
    holds: Test = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Join the members' tests once, since they are asked for every mention."""
        object.__setattr__(self, "holds", _joined(self.mode, [_test(member) for member in self.members]))

    def needs(self) -> dict[Aspect, frozenset[Hashable]]:
        """What it takes that the group holds: of each of these aspects, one of the values."""
        of_members = [
            member.needs() if isinstance(member, Group) else dict([member.needs[:2]] if member.needs else [])
            for member in self.members
        ]
        needs: dict[Aspect, frozenset[Hashable]] = {}
        if self.mode is Mode.ALL:
            for of_member in of_members:
                for aspect, values in of_member.items():
                    # Of an aspect that tells several values at once, two wishes cannot be made one.
                    needs[aspect] = min(needs.get(aspect, values), values, key=len)
        elif self.mode is Mode.ANY and of_members:
            for aspect in of_members[0]:
                if all(aspect in of_member for of_member in of_members):
                    needs[aspect] = frozenset().union(*(of_member[aspect] for of_member in of_members))
        return needs

    def left_to_ask(self) -> Test | None:
        """What is not settled yet where everything that the group needs is told; `None` where all is."""
        needs = self.needs()
        left = [_test(member) for member in _flat(self) if not _is_settled(member, needs)]
        return _joined(Mode.ALL, left) if left else None


def _flat(group: Group) -> Iterator[Condition | Group]:
    """What must all hold."""
    if group.mode is not Mode.ALL:
        yield group
        return
    for member in group.members:
        if isinstance(member, Group):
            yield from _flat(member)
        else:
            yield member


def _is_settled(member: Condition | Group, needs: Mapping[Aspect, frozenset[Hashable]]) -> bool:
    enough = _enough(member)
    return enough is not None and needs.get(enough.aspect) == enough.values


def _enough(member: Condition | Group) -> Needs | None:
    """What is told exactly where the answer is yes, if there is such a thing."""
    if isinstance(member, Condition):
        return member.needs if member.needs is not None and member.needs.is_enough else None
    inner = [_enough(each) for each in member.members] if member.mode is Mode.ANY else []
    found = [each for each in inner if each is not None]
    if not found or len(found) < len(inner) or len({each.aspect for each in found}) > 1:
        return None
    return Needs(found[0].aspect, frozenset().union(*(each.values for each in found)), is_enough=True)


def _test(member: Condition | Group) -> Test:
    if isinstance(member, Group):
        return member.holds
    ask = member.ask
    return member.test or (lambda facts: ask(facts).result)


def _joined(mode: Mode, tests: Sequence[Test]) -> Test:
    settling = mode is not Mode.ALL  # the member's answer that settles the group at once
    settled, otherwise = mode is Mode.ANY, mode is not Mode.ANY

    def holds(facts: Facts) -> bool | None:
        is_known = True
        for test in tests:
            result = test(facts)
            if result is settling:
                return settled
            if result is None:
                is_known = False
        return otherwise if is_known else None

    return holds


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
    """One entry of a rule file. `when` is `None` exactly for the default route."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A whole rule set, in order, with the templates its drafts use.

    `hash` names the set: equal files give an equal hash. `human_team` takes mentions whose rules failed.
    `sources` are the files' texts by name, kept so that any set can be stored and loaded again.
    """

    rules: tuple[Rule, ...]
    hash: str
    human_team: str
    templates: Mapping[str, Template] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    _asked: tuple[tuple[Test | None, Rule, int], ...] = field(init=False, compare=False, repr=False)
    _index: tuple[Indexed, ...] = field(init=False, compare=False, repr=False)
    _by_id: Mapping[str, Rule] = field(init=False, compare=False, repr=False)
    _plans: Mapping[str, tuple[Planned, ...]] = field(init=False, compare=False, repr=False)
    _drafting: frozenset[str] = field(init=False, compare=False, repr=False)
    _known: dict[Hashable, Decision] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out once what `decide` walks for every mention: the rules that are asked, and their index."""
        asked = [rule for rule in self.rules if rule.status is not RuleStatus.DRAFT]
        # The highest bit of a number is found at once, so the rules that come first have the highest bits.
        tests = [(rule.when, rule) for rule in reversed(asked) if rule.when is not None]
        laid_out = ((when.left_to_ask(), rule, 1 << place) for place, (when, rule) in enumerate(tests))
        object.__setattr__(self, "_asked", tuple(laid_out))
        object.__setattr__(self, "_index", tuple(_indexed([when.needs() for when, _ in tests])))
        object.__setattr__(self, "_by_id", {rule.id: rule for rule in self.rules})
        plans = {
            rule.id: tuple(Planned(rule_id=rule.id, action=action) for action in rule.then)
            for rule in self.rules
        }
        object.__setattr__(self, "_plans", plans)
        drafting = {rule.id for rule in asked if any(isinstance(each, DraftReply) for each in rule.then)}
        object.__setattr__(self, "_drafting", frozenset(drafting))
        object.__setattr__(self, "_known", {})

    def worth_asking(self, facts: Facts) -> list[tuple[Test | None, Rule]]:
        """The rules that may match, in order, each with what is left to ask; `None` is a match already."""
        # A set of rules is one number with a bit for each, so a thousand cost hardly more than ten.
        asked = self._asked
        left = (1 << len(asked)) - 1
        for aspect, rules_of, indifferent in self._index:
            able = indifferent
            for value in aspect(facts):
                able |= rules_of.get(value, 0)
            left &= able
        found = []
        while left:
            test, rule, bit = asked[left.bit_length() - 1]
            left ^= bit
            found.append((test, rule))
        return found

    def come_to(
        self, facts: Facts, matched: Sequence[str], shadow: Sequence[str], failed: Sequence[str]
    ) -> Decision:
        """The decision that these rules lead to; the same few come again and again, and are made once."""
        needs = needs_person(facts)
        against = () if self._drafting.isdisjoint(matched) else disagreeing(facts)
        key = (tuple(matched), tuple(shadow), tuple(failed), needs, against)
        decision = self._known.get(key)
        if decision is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            decision = self._known[key] = _decision(self, *key)
        return decision

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
    An escalation silences every friendly draft of the same decision, and so does the interlock, which gives
    the mention to `book.human_team` instead.
    """
    matched: list[str] = []
    shadow: list[str] = []
    failed: list[str] = []
    for holds, rule in book.worth_asking(facts):
        try:
            if holds is not None and holds(facts) is not True:
                continue
        except Exception:  # a broken rule must reach a person, whatever it raised
            failed.append(rule.id)
            continue
        if rule.status is RuleStatus.SHADOW:
            shadow.append(rule.id)
            continue
        matched.append(rule.id)
        if rule.stop:
            break
    return book.come_to(facts, matched, shadow, failed)


def _indexed(needs: Sequence[Mapping[Aspect, frozenset[Hashable]]]) -> Iterator[Indexed]:
    """For each aspect: the rules that need a value of it, by value, and those that need none."""
    for aspect in dict.fromkeys(aspect for of_rule in needs for aspect in of_rule):
        rules_of: dict[Hashable, int] = {}
        indifferent = 0
        for place, of_rule in enumerate(needs):
            if aspect not in of_rule:
                indifferent |= 1 << place
            for value in of_rule.get(aspect, ()):
                rules_of[value] = rules_of.get(value, 0) | 1 << place
        yield aspect, rules_of, indifferent


def _decision(
    book: Rulebook,
    matched: tuple[str, ...],
    shadow: tuple[str, ...],
    failed: tuple[str, ...],
    *seen: tuple[str, ...],
) -> Decision:
    by_id = book._by_id
    rules = [by_id[rule_id] for rule_id in matched] or [book.default]
    live_failed = [rule_id for rule_id in failed if by_id[rule_id].status is RuleStatus.LIVE]
    return Decision(
        rule_set=book.hash,
        matched=tuple(rule.id for rule in rules),
        planned=_plan(book, rules, live_failed, *seen),
        shadow=shadow,
        failed=failed,
    )


def _plan(
    book: Rulebook, matched: list[Rule], failed: list[str], needs: tuple[str, ...], against: tuple[str, ...]
) -> tuple[Planned, ...]:
    asked = [planned for rule in matched for planned in book._plans[rule.id]]
    if failed:
        to_people = Escalate(team=book.human_team, severity=Severity.MEDIUM)
        asked += [Planned(rule_id=rule_id, action=to_people) for rule_id in failed]
    kinds = {type(planned.action) for planned in asked}
    why = _seen(needs, against)
    # A rule that says "ignore" names its reason: such mentions are not ours to answer.
    is_handed_over = bool(why) and kinds.isdisjoint({Escalate, Ignore}) and (needs or DraftReply in kinds)
    if DraftReply in kinds:
        asked = _without_drafts(asked, SILENCED_BY_ESCALATION if Escalate in kinds else why)
    if is_handed_over:
        severity = Severity.MEDIUM if needs else Severity.LOW
        action = Escalate(team=book.human_team, severity=severity)
        asked.append(Planned(rule_id=INTERLOCK, action=action, why=why))
    return tuple(asked)


def _without_drafts(asked: list[Planned], silenced: str | None) -> list[Planned]:
    """Silence every draft; where nothing speaks against them, all but the first."""
    found: list[Planned] = []
    for planned in asked:
        if isinstance(planned.action, DraftReply):
            reason, silenced = silenced, silenced or SECOND_DRAFT
            if reason is not None:
                planned = Planned(rule_id=planned.rule_id, action=planned.action, silenced=reason)
        found.append(planned)
    return found


def _seen(needs: tuple[str, ...], against: tuple[str, ...]) -> str | None:
    if needs:
        return f"a person must answer: {', '.join(needs)}"
    return f"something speaks against a ready thank-you: {', '.join(against)}" if against else None


def assignee_of(decision: Decision) -> str | None:
    """The person an `assign` action names, or `None`; the last one wins."""
    names = [planned.action.to for planned in decision.actions if isinstance(planned.action, Assign)]
    return names[-1] if names else None
