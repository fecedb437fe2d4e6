"""From counts to answers: shares, examples with their words, and what the team would have had to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engagebot.domain.actions import Outcome
from engagebot.domain.listening.costs import money
from engagebot.domain.rules import Rulebook
from engagebot.pipeline.replay.allowing import allow
from engagebot.pipeline.replay.results import Backtest, Consequences, RuleReplay
from engagebot.pipeline.replay.showing import agreement, near_misses, samples, words
from engagebot.pipeline.replay.tallying import Tallies
from engagebot.rulebook.sentence import sentence
from engagebot.settings import Settings
from engagebot.store.engine import Tx
from engagebot.store.heard import replaying
from engagebot.store.heard.replaying import Period

_FEW = 5
_NIGHT = frozenset({22, 23, 0, 1, 2, 3, 4, 5})


def backtest_of(
    tx: Tx, tallies: Tallies, *, book: Rulebook, period: Period, days: int, settings: Settings
) -> Backtest:
    """Sum one walk up."""
    shown = [mention_id for mention_id, _, _ in tallies.agreeing.against]
    for tally in tallies.rules.values():
        shown += [*tally.picked.newest, *tally.picked.random, *(each for each, _ in tally.missed)]
    known = words(tx, shown)
    _, left_out = replaying.count(tx, period)
    rules = [
        RuleReplay(
            id=tally.rule.id,
            name=tally.rule.name,
            status=tally.rule.status.value,
            sentence=sentence(tally.rule),
            matched=tally.matched,
            acted=tally.acted,
            shadow=tally.shadow,
            failed=tally.failed,
            share=_share(tally.matched, tallies.mentions),
            taken_first=dict(tally.taken.most_common()),
            silenced=dict(tally.silenced.most_common()),
            actions=dict(tally.actions),
            per_hour=tuple(tally.per_hour),
            per_day=dict(sorted(tally.per_day.items())),
            newest=samples(known, tally.picked.newest),
            random=samples(known, tally.picked.random),
            near_misses=near_misses(known, tally.missed),
        )
        for tally in tallies.rules.values()
    ]
    return Backtest(
        rule_set=book.hash,
        days=days,
        since=period.since,
        until=period.until,
        zone=settings.timezone.key,
        mentions=tallies.mentions,
        left_out=left_out,
        outcomes=_in_order(tallies.outcomes),
        actions=dict(tallies.actions.most_common()),
        per_hour=tuple(_in_order(each) for each in tallies.hours),
        per_day={day: _in_order(counts) for day, counts in sorted(tallies.days.items())},
        rules=rules,
        consequences=consequences_of(tallies, book=book, days=days, settings=settings),
        agreement=agreement(tallies.agreeing, known),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _in_order(counts: dict[str, int]) -> dict[str, int]:
    return {outcome.value: counts[outcome.value] for outcome in Outcome if counts.get(outcome.value)}


def consequences_of(tallies: Tallies, *, book: Rulebook, days: int, settings: Settings) -> Consequences:
    """What the team would have had to read, answer and pay."""
    rules = {rule.id: rule for rule in book.rules}
    allowed = allow(
        tallies.wanted, rules, settings.contact_policy, templates=book.templates, prices=settings.prices
    )
    times = [at for at, _ in tallies.escalated_at]
    covered = _days_covered(tallies, days)
    per_hour = [0] * 24
    for at in times:
        per_hour[at.hour] += 1
    cost = sum(allowed.costs.values(), Decimal(0))
    outside = [is_open for _, is_open in tallies.escalated_at if is_open is not None]
    return Consequences(
        days=covered,
        drafts=allowed.drafts,
        wanted=len(tallies.wanted),
        drafts_per_day=round(allowed.drafts / covered, 2),
        not_drafted=dict(allowed.not_drafted.most_common()),
        caps=allowed.caps,
        escalations=len(times),
        escalations_per_day=round(len(times) / covered, 2),
        escalated_people=len(tallies.escalated_people),
        teams=dict(tallies.teams.most_common()),
        severities=dict(tallies.severities.most_common()),
        per_hour=per_hour,
        outside_hours=sum(not is_open for is_open in outside) if outside else None,
        at_night=sum(at.hour in _NIGHT for at in times),
        times=_shown(times),
        cost=money(cost) if cost else None,
        currency=settings.prices.currency,
        costs={source: float(amount) for source, amount in sorted(allowed.costs.items())},
    )


def _days_covered(tallies: Tallies, days: int) -> int:
    """From the first day with a mention to the last: a short history is not spread over days it lacks."""
    return min(days, (max(tallies.days) - min(tallies.days)).days + 1) if tallies.days else days


def _shown(times: Sequence[datetime]) -> tuple[datetime, ...]:
    if len(times) <= _FEW:
        return tuple(sorted(times))
    return tuple(sorted(sorted(at for at in times if at.hour in _NIGHT)[-_FEW:]))
