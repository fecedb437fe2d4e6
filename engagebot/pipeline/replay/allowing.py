"""Which drafts would have been proposed: limits counted over the replayed time, in its order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from engagebot.domain.drafting import Template
from engagebot.domain.durations import Rate
from engagebot.domain.limits import Limit, Scope
from engagebot.domain.listening.costs import Prices
from engagebot.domain.rules import Rule
from engagebot.domain.ruling.replay import Past
from engagebot.pipeline.replay.results import Cap
from engagebot.settings.values import ContactPolicy


class Wanted(NamedTuple):
    """A draft that a rule asked for."""

    at: datetime
    mention_id: int
    rule_id: str
    template: str
    source: str
    is_proactive: bool
    customer_id: int | None
    conversation_id: str | None
    no_reply: str | None
    is_by_api: bool


def wanted_by(past: Past, rule_id: str, template: str) -> Wanted:
    """Keep of a mention what its draft's limits ask for."""
    facts = past.facts
    return Wanted(
        past.at,
        past.id,
        rule_id,
        template,
        facts.source,
        facts.addressed_to_us is not True,
        past.customer_id,
        past.conversation_id,
        past.no_reply,
        past.is_by_api,
    )


@dataclass(slots=True)
class Allowed:
    """What is left of the drafts that were wanted."""

    drafts: int = 0
    caps: list[Cap] = field(default_factory=list)
    not_drafted: Counter[str] = field(default_factory=Counter)
    costs: dict[str, Decimal] = field(default_factory=dict)


class Allowance:
    """Counts drafts against the limits of their rules and of the contact policy."""

    def __init__(self, rules: Mapping[str, Rule], policy: ContactPolicy) -> None:
        self._rules = rules
        self._policy = _limits_of(policy)
        self._drafted: dict[Hashable, deque[datetime]] = {}

    def exceeded(self, wanted: Wanted) -> Limit | None:
        """The first limit that this draft is over; where it is over none, it counts from now on."""
        rule = self._rules.get(wanted.rule_id)
        limits = rule.limits if rule is not None else ()
        if wanted.is_proactive:
            limits = (*limits, *self._policy)
        for limit in limits:
            if self._used(limit, wanted) >= limit.rate.count:
                return limit
        for limit in limits:
            if (key := _key(limit, wanted)) is not None:
                self._drafted.setdefault(key, deque()).append(wanted.at)
        return None

    def _used(self, limit: Limit, wanted: Wanted) -> int:
        key = _key(limit, wanted)
        drafted = self._drafted.get(key) if key is not None else None
        if drafted is None:
            return 0
        while drafted and drafted[0] <= wanted.at - limit.rate.per:
            drafted.popleft()
        return len(drafted)


def _limits_of(policy: ContactPolicy) -> tuple[Limit, ...]:
    name = "contact_policy.proactive"
    per_day = Rate(policy.proactive_per_day, timedelta(days=1))
    return (
        Limit(
            rate=policy.proactive_per_author,
            scope=Scope.AUTHOR,
            name=f"{name}_per_author",
            is_proactive_only=True,
        ),
        Limit(rate=per_day, scope=Scope.OVERALL, name=f"{name}_per_day", is_proactive_only=True),
    )


def _key(limit: Limit, wanted: Wanted) -> Hashable | None:
    """What a draft counts under; `None` where nobody knows whom or which thread."""
    if limit.scope is Scope.OVERALL:
        return limit.name, limit.rule_id
    whom = wanted.customer_id if limit.scope is Scope.AUTHOR else wanted.conversation_id
    return None if whom is None else (limit.name, limit.rule_id, whom)


def allow(
    wanted: Sequence[Wanted],
    rules: Mapping[str, Rule],
    policy: ContactPolicy,
    *,
    templates: Mapping[str, Template],
    prices: Prices,
) -> Allowed:
    """Go through the drafts in the order of their time, as the limits of that time would have."""
    allowance, result = Allowance(rules, policy), Allowed()
    held: dict[tuple[str, str], list[datetime]] = {}
    cost_of: dict[tuple[str, str], Decimal] = {}
    for each in sorted(wanted, key=lambda each: (each.at, each.mention_id)):
        if each.no_reply is not None:
            result.not_drafted[each.no_reply] += 1
            continue
        limit = allowance.exceeded(each)
        if limit is not None:
            held.setdefault((f"{limit.name} {limit.rate}", each.rule_id), []).append(each.at)
            continue
        result.drafts += 1
        if not each.is_by_api:  # a person posts it, which costs nothing
            continue
        key = each.source, each.template
        if key not in cost_of:
            cost_of[key] = _cost(prices, each.source, templates.get(each.template))
        if cost_of[key]:
            result.costs[each.source] = result.costs.get(each.source, Decimal(0)) + cost_of[key]
    result.caps = [
        Cap(limit=name, rule_id=rule_id, times=len(times), first_at=times[0])
        for (name, rule_id), times in held.items()
    ]
    result.caps.sort(key=lambda cap: (-cap.times, cap.rule_id, cap.limit))
    return result


def _cost(prices: Prices, source: str, template: Template | None) -> Decimal:
    # The dearer case: whether a mention summons us, only its platform's own facts say.
    # And whether a wording holds a link may differ from one to the next.
    texts = template.wordings if template is not None else ("",)
    return max(prices.cost(source, {prices.write_unit(source, text, is_summoned=False): 1}) for text in texts)
