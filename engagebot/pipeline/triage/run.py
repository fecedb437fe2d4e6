"""Triage: score what was heard, decide, and save the decision together with everything it starts."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engagebot.domain.actions import Decision, Outcome, Tag
from engagebot.domain.facts import ECHO, THREAD_UNHAPPY, facts_of
from engagebot.domain.judgement import Judgement
from engagebot.domain.records import MentionRecord
from engagebot.domain.rules import Rulebook, decide
from engagebot.domain.ruling.growth import CONDITION, KNOWN_FOR
from engagebot.errors import EngagebotError
from engagebot.pipeline.triage.guarding import Guard
from engagebot.pipeline.triage.memory import keep_facts
from engagebot.pipeline.triage.people import People
from engagebot.pipeline.triage.rescue import hand_over
from engagebot.pipeline.triage.starts import Starter
from engagebot.pipeline.triage.threads import Threads
from engagebot.ports import Clock, Scorer
from engagebot.settings import Settings
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import decisions, mentions, readings
from engagebot.store.turns import take_turn
from engagebot.store.uncollected import uncollected

log = logging.getLogger(__name__)

BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageContext:
    """What triage needs besides the rule set."""

    store: Store
    clock: Clock
    scorer: Scorer
    settings: Settings


@dataclass(slots=True)
class Tally:
    """What a triage did: mentions decided, drafts proposed, mentions escalated (history left out)."""

    decided: int = 0
    drafted: int = 0
    escalated: int = 0

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        self.decided += other.decided
        self.drafted += other.drafted
        self.escalated += other.escalated


def triage(
    context: TriageContext, book: Rulebook, *, batch: int = BATCH, only: Collection[int] | None = None
) -> Tally:
    """Decide the oldest waiting mentions, at most `batch` of them; a tally of zero means none waited.

    `only` names those that are to be decided by id. A person's word stands in place of the scorer's.
    Scoring happens outside any transaction. Decisions, cases, drafts and notices are one transaction, so a
    crash leaves the batch waiting as it was. A mention on which anything raises goes to a person by itself.
    """
    with uncollected():
        return _triage(context, book, batch, only)


def _triage(context: TriageContext, book: Rulebook, batch: int, only: Collection[int] | None) -> Tally:
    with context.store.read() as tx:
        waiting = mentions.waiting(tx, batch, only=only)
    if not waiting:
        return Tally()
    # Platforms tell the newest first; a customer's story is decided in the order in which it was told.
    waiting.sort(key=lambda heard: (heard.mention.posted_at, heard.id))
    try:
        return _decide(context, book, waiting)
    except EngagebotError:
        raise
    except Exception:
        log.exception("a batch of %d mentions could not be decided; each gets its own try", len(waiting))
        return _one_by_one(context, book, waiting)


def _one_by_one(context: TriageContext, book: Rulebook, waiting: list[MentionRecord]) -> Tally:
    total = Tally()
    lost: Exception | None = None
    for heard in waiting:
        try:
            total.add(_decide(context, book, [heard]))
        except EngagebotError:
            raise
        except Exception as error:  # whatever broke, this mention goes to a person and the others go on
            log.exception("mention %d could not be decided; it goes to a person", heard.id)
            try:
                total.add(_hand_over(context, book, heard, error))
            except EngagebotError:
                raise
            except Exception as worse:
                lost = worse
    if lost is not None:
        raise lost
    return total


def _hand_over(context: TriageContext, book: Rulebook, heard: MentionRecord, error: Exception) -> Tally:
    with context.store.write() as tx:
        take_turn(tx)
        if not mentions.still_waiting(tx, [heard]):
            return Tally()
        hand_over(tx, heard, error, book=book, settings=context.settings, clock=context.clock)
    return Tally(decided=1, escalated=0 if heard.is_history else 1)


def _decide(context: TriageContext, book: Rulebook, waiting: list[MentionRecord]) -> Tally:
    found = context.scorer.judge_all([(heard.mention.words, heard.mention.lang) for heard in waiting])
    judged = list(zip(waiting, found, strict=True))
    with context.store.write() as tx:
        take_turn(tx)
        ours = mentions.still_waiting(tx, waiting)
        return _decide_all(context, book, tx, [pair for pair in judged if pair[0].id in ours])


def _decide_all(
    context: TriageContext, book: Rulebook, tx: Tx, judged: list[tuple[MentionRecord, Judgement]]
) -> Tally:
    settings, now = context.settings, context.clock.now()
    local = now.astimezone(settings.timezone)
    is_open = settings.hours.is_open(now) if settings.hours else None
    people = People.gather(tx, [heard for heard, _ in judged], now)
    threads = Threads.gather(tx, judged)
    growing = readings.growth_of(tx, [heard.id for heard, _ in judged], since=now - KNOWN_FOR)
    guard = Guard.stand(tx, book, settings, now)
    starter = Starter(tx, book, settings, people, now, held=guard.held)
    tally = Tally(decided=len(judged))
    decided: list[tuple[int, Decision, Mapping[str, Any], list[str]]] = []
    marked: list[tuple[int, Judgement, Outcome, list[str]]] = []
    # Mentions of whom the same rules speak share one decision, whose outcome and tags are told once.
    told: dict[int, tuple[Outcome, list[str]]] = {}
    for heard, judgement in judged:
        starter.notice(heard, judgement)
        facts = facts_of(
            heard.mention,
            judgement,
            now=local,
            watch=heard.watch,
            customer=people.facts(heard),
            business_open=is_open,
        )
        if heard.copy_of is not None:
            facts = facts._replace(extra={**facts.extra, **ECHO})
        if (growth := growing.get(heard.id)) is not None:
            facts = facts._replace(extra={**facts.extra, CONDITION: growth.per_hour})
        if threads.is_unhappy(heard):
            facts = facts._replace(extra={**facts.extra, **THREAD_UNHAPPY})
        if heard.correction is not None:
            facts, judgement = heard.correction.among(facts), heard.correction.over(judgement)
        decision = decide(book, facts)
        guard.saw(heard, decision, facts)
        if id(decision) not in told:
            told[id(decision)] = decision.outcome, _tags(decision)
        outcome, tags = told[id(decision)]
        notes: list[str] = []
        if not heard.is_history:
            notes = starter.start(heard, judgement, decision)
            tally.escalated += outcome is Outcome.ESCALATED
        elif outcome is Outcome.ESCALATED:
            people.remember_complaint(heard)
        decided.append((heard.id, decision, guard.keeps(decision, keep_facts(facts)), notes))
        marked.append((heard.id, judgement, outcome, tags))
    guard.close()
    decisions.add_many(tx, decided, now)
    mentions.mark_decided(tx, marked)
    tally.drafted = starter.drafted
    return tally


def _tags(decision: Decision) -> list[str]:
    tags = [
        tag for planned in decision.actions if isinstance(planned.action, Tag) for tag in planned.action.tags
    ]
    return list(dict.fromkeys(tags))
