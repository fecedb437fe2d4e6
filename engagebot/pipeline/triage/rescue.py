"""Mentions on which scoring or deciding broke down: they reach a person, and hold up nobody else."""

from __future__ import annotations

from engagebot.domain.actions import Decision, Escalate, Outcome, Planned
from engagebot.domain.facts import facts_of
from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.outbox import Severity
from engagebot.domain.records import MentionRecord
from engagebot.domain.rules import Rulebook
from engagebot.pipeline.triage.leftovers import Leftovers
from engagebot.pipeline.triage.memory import keep_facts
from engagebot.ports import Clock
from engagebot.settings import Settings
from engagebot.store.casework import escalations, right_cases
from engagebot.store.casework.escalations import Announcement, Escalation
from engagebot.store.engine import Tx
from engagebot.store.heard import decisions, mentions

BROKEN = "engagebot"
_NOT_SCORED = Judgement(compound=0.0, sentiment=Sentiment.UNKNOWN, version="not scored")


def hand_over(
    tx: Tx, heard: MentionRecord, error: Exception, *, book: Rulebook, settings: Settings, clock: Clock
) -> None:
    """Decide a mention without asking scorer or rules: the human team gets it, and the reason."""
    now = clock.now()
    reason = f"engagebot could not decide this ({type(error).__name__}: {error}), so a person looks at it"
    action = Escalate(team=book.human_team, severity=Severity.MEDIUM)
    decision = Decision(
        rule_set=book.hash,
        matched=(),
        planned=(Planned(rule_id=BROKEN, action=action),),
        failed=(BROKEN,),
    )
    facts = keep_facts(
        facts_of(heard.mention, None, now=now.astimezone(settings.timezone), watch=heard.watch)
    )
    decisions.add_many(tx, [(heard.id, decision, facts, [reason])], now)
    judgement = _NOT_SCORED if heard.correction is None else heard.correction.over(_NOT_SCORED)
    mentions.mark_decided(tx, [(heard.id, judgement, Outcome.ESCALATED, [])])
    if heard.is_history:
        return
    # What an earlier decision proposed must not leave while a person looks at it.
    left = Leftovers.of(tx, heard)
    left.settle(tx, heard, {}, now)
    known = left.case or right_cases.of(tx, heard)
    team = settings.teams.get(action.team)
    escalation = Escalation(
        heard=heard,
        severity=action.severity,
        team=action.team,
        why=reason,
        actor=BROKEN,
        at=now,
        sentiment=judgement.sentiment.value,
        due_at=settings.first_reply_due(heard.mention.posted_at, severity=action.severity, team=action.team),
    )
    told = Announcement(
        channels=team.notify if team else (), base_url=settings.base_url, zone=settings.timezone
    )
    escalations.escalate(tx, escalation, told, known)
