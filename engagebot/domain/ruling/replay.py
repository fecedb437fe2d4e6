"""What a rule set would have done: past mentions beside decisions, near misses, and what people said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from engagebot.domain.actions import Decision, DraftReply, Escalate, Ignore, Outcome, Planned
from engagebot.domain.facts import Facts
from engagebot.domain.judgement import VADER_BORDERS
from engagebot.domain.outbox import Severity
from engagebot.domain.rules import Answer, Condition, Group, Mode, Rule, Rulebook, RuleStatus, decide

VADER: Final = "vader"
_PEOPLE: Final = "vader-to-people"
_FRIENDLY: Final = "vader-friendly-draft"
_DEFAULT: Final = "vader-nothing"


class Past(NamedTuple):
    """A stored mention with the facts it is replayed on.

    `at` is when it was first decided, in the team's zone; for history, when it was posted. `no_reply` is why
    nobody may be answered there; `is_by_api`, whether we would send the answer ourselves. A named tuple,
    since a hundred thousand are made for one backtest.
    """

    id: int
    at: datetime
    facts: Facts
    customer_id: int | None = None
    conversation_id: str | None = None
    no_reply: str | None = None
    is_by_api: bool = True


class Said(StrEnum):
    """What people later made of a mention; each has one thing that a rule set should do with it."""

    UNHAPPY = "unhappy"
    APPROVED = "draft_approved"
    REJECTED = "draft_rejected"
    FINE = "not_unhappy"


class Routing(NamedTuple):
    """A way to decide, with the rules behind it; `name` and `hash` are for people."""

    name: str
    hash: str
    decide: Callable[[Facts], Decision]
    rules: Mapping[str, Rule]
    book: Rulebook | None = None


def routing_of(book: Rulebook, name: str) -> Routing:
    """The routing of a rule set."""
    return Routing(name, book.hash, lambda facts: decide(book, facts), {r.id: r for r in book.rules}, book)


def vader_routing(team: str, template: str) -> Routing:
    """Plain VADER: what it calls negative goes to people, what it calls positive gets a friendly draft.

    Its borders are those of the VADER paper; no rule, no fact but the compound score and no interlock.
    """
    gloomy = _plain_rule(_PEOPLE, "Compound below -0.05: to people", Escalate(team=team))
    happy = _plain_rule(
        _FRIENDLY, "Compound of 0.05 or more: a friendly draft", DraftReply(template=template)
    )
    rest = _plain_rule(_DEFAULT, "Anything between: nothing", None)

    def come_to(rule: Rule) -> Decision:
        planned = tuple(Planned(rule_id=rule.id, action=action) for action in rule.then)
        return Decision(rule_set=VADER, matched=(rule.id,), planned=planned)

    people, draft, nothing = come_to(gloomy), come_to(happy), come_to(rest)

    def route(facts: Facts) -> Decision:
        compound = facts.compound
        if compound is None:
            return nothing
        if compound < VADER_BORDERS.negative:
            return people
        return draft if compound >= VADER_BORDERS.positive else nothing

    return Routing("plain VADER", VADER, route, {rule.id: rule for rule in (gloomy, happy, rest)})


def _plain_rule(rule_id: str, name: str, action: Escalate | DraftReply | None) -> Rule:
    then = () if action is None else (action,)
    return Rule(id=rule_id, name=name, status=RuleStatus.LIVE, when=None, then=then, is_default=not then)


def opinion(
    *,
    is_unhappy: bool | None = None,
    is_escalated_by_hand: bool = False,
    is_case_worked: bool = False,
    drafts: Collection[bool] = (),
) -> Said | None:
    """What people made of a mention; `None` where nobody said anything.

    `is_unhappy` is a person's word on the feeling, which outweighs all else. `drafts` holds for each draft
    that a person decided on whether it was approved.
    """
    if is_unhappy:
        return Said.UNHAPPY
    if is_unhappy is None and (is_escalated_by_hand or is_case_worked):
        return Said.UNHAPPY
    if drafts:
        return Said.APPROVED if any(drafts) else Said.REJECTED
    return Said.FINE if is_unhappy is False else None


def agrees(said: Said, outcome: Outcome) -> bool:
    """Whether a decision does what people later showed to be right."""
    match said:
        case Said.UNHAPPY:
            return outcome is Outcome.ESCALATED
        case Said.APPROVED:
            return outcome is Outcome.DRAFTED
        case Said.REJECTED:
            return outcome is not Outcome.DRAFTED
        case Said.FINE:
            return outcome is not Outcome.ESCALATED


def harm(said: Said | None, old: Decision, new: Decision) -> str | None:
    """Why this move may not be made without a person's look, or `None`.

    Protected are mentions that people treated as an unhappy customer's, and those whose draft they rejected.
    """
    before, after = old.outcome, new.outcome
    if said is Said.UNHAPPY:
        if after is Outcome.DRAFTED and before is not Outcome.DRAFTED:
            return "people treated its author as an unhappy customer; now it gets a friendly draft"
        if before is Outcome.ESCALATED and after is not Outcome.ESCALATED:
            return "people treated its author as an unhappy customer; now no person gets it"
    if said is Said.REJECTED and after is Outcome.DRAFTED and path_of(old) != path_of(new):
        return "people rejected a draft to it; now it gets one again"
    return None


def path_of(decision: Decision) -> str:
    """What becomes of a mention, in a few words: `escalate support as high`, `draft by say-thanks`."""
    actions = decision.actions
    cases = [planned.action for planned in actions if isinstance(planned.action, Escalate)]
    if cases:
        hardest = max(cases, key=lambda action: action.severity.rank)
        return f"escalate {hardest.team} as {hardest.severity}"
    for kind, words in ((DraftReply, "draft"), (Ignore, "ignore")):
        for planned in actions:
            if isinstance(planned.action, kind):
                return f"{words} by {planned.rule_id}"
    if actions:
        return f"only marked by {actions[0].rule_id}"
    return "nothing"


def severity_of(decision: Decision) -> Severity | None:
    """The hardest severity a decision asks for; `None` where it escalates nothing."""
    found = [planned.action.severity for planned in decision.actions if isinstance(planned.action, Escalate)]
    return max(found, key=lambda severity: severity.rank, default=None)


def taken_first(
    book: Rulebook, facts: Facts, decision: Decision, rules: Mapping[str, Rule]
) -> tuple[str, ...]:
    """The live rules that an earlier one kept from being asked, and that would have matched."""
    stopper = decision.matched[-1]
    if not rules[stopper].stop:
        return ()
    found, is_after = [], False
    for holds, rule in book.worth_asking(facts):
        if is_after and rule.status is RuleStatus.LIVE and _holds(holds, facts):
            found.append(rule.id)
        is_after = is_after or rule.id == stopper
    return tuple(found)


def _holds(test: Callable[[Facts], bool | None] | None, facts: Facts) -> bool:
    try:
        return test is None or test(facts) is True
    except Exception:  # what a rule that stands before this one says is no longer asked; nor is its fault
        return False


class Miss(NamedTuple):
    """The one condition of a rule that a mention did not meet; `result` is `None` where it is not known."""

    condition: str
    expected: Any
    actual: Any
    result: bool | None


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the things that must all hold for a rule to match."""

    test: Callable[[Facts], bool | None]
    members: tuple[Condition, ...]
    name: str
    is_inverted: bool = False

    def is_met(self, facts: Facts) -> bool:
        result = self.test(facts)
        return result is False if self.is_inverted else result is True

    def miss(self, facts: Facts) -> Miss:
        answers = [member.ask(facts) for member in self.members]
        result = None if any(answer.result is None for answer in answers) else False
        if len(self.members) == 1:
            return Miss(self.name, self.members[0].expected, answers[0].actual, result)
        expected = [{member.name: member.expected} for member in self.members]
        actual = [{member.name: answer.actual} for member, answer in zip(self.members, answers, strict=True)]
        return Miss(self.name, expected, actual, result)


class NearMiss:
    """Finds what one rule missed by exactly one condition.

    A rule with a single condition has none: every other mention would be near it.
    """

    def __init__(self, rule: Rule) -> None:
        self._parts = tuple(_parts(rule.when, is_inverted=False)) if rule.when is not None else ()

    @property
    def is_possible(self) -> bool:
        """Whether the rule has several conditions."""
        return len(self._parts) > 1

    def of(self, facts: Facts) -> Miss | None:
        """The condition that failed where it alone did; `None` where none or several failed."""
        failed: _Part | None = None
        try:
            for part in self._parts:
                if not part.is_met(facts):
                    if failed is not None:
                        return None
                    failed = part
            return failed.miss(facts) if failed is not None else None
        except Exception:  # a rule that breaks on a mention is shown by the decision itself, as failed
            return None


def _parts(group: Group, *, is_inverted: bool) -> Iterator[_Part]:
    """Take a rule apart into what must all hold; `any` of several is one such thing."""
    if group.mode is Mode.ANY and not is_inverted and len(group.members) > 1:
        yield _Part(group.holds, tuple(_conditions(group)), "any of")
        return
    if group.mode is Mode.ALL and is_inverted and len(group.members) > 1:
        yield _Part(group.holds, tuple(_conditions(group)), "not all of", is_inverted=True)
        return
    # "None of these" asks for each of them that it does not hold, and so does the opposite of "any of these".
    turned = is_inverted is not (group.mode is Mode.NONE)
    if group.mode is Mode.NONE and is_inverted and len(group.members) > 1:
        yield _Part(_opposite(group), tuple(_conditions(group)), "any of")
        return
    for member in group.members:
        if isinstance(member, Group):
            yield from _parts(member, is_inverted=turned)
        else:
            name = f"not {member.name}" if turned else member.name
            yield _Part(_asked(member), (member,), name, is_inverted=turned)


def _opposite(group: Group) -> Callable[[Facts], bool | None]:
    def test(facts: Facts) -> bool | None:
        result = group.holds(facts)
        return None if result is None else not result

    return test


def _asked(condition: Condition) -> Callable[[Facts], bool | None]:
    if condition.test is not None:
        return condition.test

    def test(facts: Facts) -> bool | None:
        answer: Answer = condition.ask(facts)
        return answer.result

    return test


def _conditions(group: Group) -> Iterator[Condition]:
    for member in group.members:
        if isinstance(member, Group):
            yield from _conditions(member)
        else:
            yield member


def names_of(asked: Condition | Group) -> frozenset[str]:
    """The names of all conditions of a group."""
    if isinstance(asked, Condition):
        return frozenset({asked.name})
    return frozenset(condition.name for condition in _conditions(asked))
