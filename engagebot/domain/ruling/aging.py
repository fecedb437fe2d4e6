"""Which rules wait until a mention is so old, and whether its age is a reason to ask one of them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from engagebot.domain.durations import parse_duration
from engagebot.domain.facts import Facts
from engagebot.domain.rules import Condition, Group, Mode, Rule, Rulebook, RuleStatus
from engagebot.domain.ruling.growth import conditions_on

CONDITION: Final = "age"
_STEP: Final = timedelta(milliseconds=1)
"""Times are kept to the millisecond."""
_LASTING: Final = frozenset(
    {
        "text", "sentiment", "compound", "unhappiness", "intent", "reason", "language", "platform",
        "subreddit", "kind", "addressed_to_us", "tender_topic", "mentions_rival", "asks_for_human",
    }
)  # fmt: skip
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def limits(book: Rulebook) -> dict[timedelta, list[Rule]]:
    """The ages from which on a condition of a live rule speaks for it, each with its rules.

    An age that a rule only allows up to takes nothing from people once it is over, so it is no limit;
    beneath `none` it is the other way round.
    """
    found: dict[timedelta, list[Rule]] = defaultdict(list)
    for rule in book.rules:
        if rule.status is RuleStatus.LIVE and rule.when is not None:
            met = {
                limit
                for condition, wanted in conditions_on(CONDITION, rule.when)
                for limit in _limits(condition, wanted)
            }
            for limit in met:
                found[limit].append(rule)
    return dict(found)


def asks_again(rule: Rule, then: Facts, now: datetime) -> bool:
    """Whether a rule, last asked with the facts of `then`, may say yes now because of the age alone.

    Of what can have changed meanwhile it takes the best. What a post says and how it is read cannot: each of
    those decides a mention again by itself.
    """
    if rule.when is None:
        return False
    aged = then._replace(now=now)
    is_newly_met = any(
        condition.ask(aged).result is wanted and condition.ask(then).result is not wanted
        for condition, wanted in conditions_on(CONDITION, rule.when)
    )
    return is_newly_met and _may_hold(rule.when, aged) is not False


def _limits(condition: Condition, wanted: bool) -> Iterator[timedelta]:
    bounds = condition.expected.values() if isinstance(condition.expected, dict) else ()
    for bound in bounds:
        for each in bound if isinstance(bound, list | tuple) else (bound,):
            span = parse_duration(each)
            for limit in (span, span + _STEP):
                if _speaks(condition, wanted, limit) and not _speaks(condition, wanted, limit - _STEP):
                    yield limit


def _speaks(condition: Condition, wanted: bool, age: timedelta) -> bool:
    facts = Facts(text="", source="", now=_ANY_TIME + age, posted_at=_ANY_TIME)
    return condition.ask(facts).result is wanted


def _may_hold(member: Condition | Group, facts: Facts) -> bool | None:
    """The answer as far as it follows from what lasts; `None` where anything is possible."""
    if isinstance(member, Condition):
        return _lasting_answer(member, facts)
    answers = [_may_hold(each, facts) for each in member.members]
    settling = member.mode is not Mode.ALL
    if settling in answers:
        return member.mode is Mode.ANY
    return None if None in answers else member.mode is not Mode.ANY


def _lasting_answer(condition: Condition, facts: Facts) -> bool | None:
    if condition.name.partition(".")[0] not in _LASTING | {CONDITION}:
        return None
    try:
        return condition.ask(facts).result
    except Exception:  # what a broken rule comes to is for the decision to say
        return None
