"""Why a rule set decided as it did: every condition of every rule asked, with each answer kept."""

from __future__ import annotations

from collections.abc import Iterator

from engagebot.domain.actions import Check, RuleTrace
from engagebot.domain.facts import Facts
from engagebot.domain.rules import Answer, Condition, Group, Mode, Rule, Rulebook, RuleStatus, decide


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
                note=f"not asked: rule {stopped_by} matched and stops", stopped_by=stopped_by,
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
