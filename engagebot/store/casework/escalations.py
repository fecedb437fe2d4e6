"""Escalating: open a case or join the right one, open it again, and put the news in line for its team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.casework.problems import problem_of
from engagebot.domain.outbox import CASE_MOVES, CaseState, Severity
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.domain.telling.notices import CaseNews, case_payload, title_of
from engagebot.store.casework import cases, remedies
from engagebot.store.casework.cases import CaseMove, NewCase
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.telling import storms
from engagebot.store.telling.deliveries import NewDelivery

# What somebody complained about within this span before is taken for the same problem.
SAME_PROBLEM = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A mention on its way to a team; `actor` is the rule or the person who sends it there.

    `earlier` are complaints of the same customer that this transaction decided but has not written yet;
    `rivals` are those whom they name.
    """

    heard: MentionRecord
    severity: Severity
    team: str
    why: str
    actor: str
    at: datetime
    sentiment: str
    may_leave: bool = False
    rivals: tuple[str, ...] = ()
    rule_id: str | None = None
    assignee: str | None = None
    due_at: datetime | None = None
    earlier: tuple[MentionRecord, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """How a team is told: through which channels, with which address before `/cases/…`, in which zone."""

    channels: tuple[str, ...]
    base_url: str
    zone: ZoneInfo


def escalate(tx: Tx, escalation: Escalation, told: Announcement, known: CaseRecord | None) -> CaseRecord:
    """Open a case, or join `known`, the customer's open one; answer it as it is now.

    A further contact never lowers a case's severity; one that raises it takes the case to the team it is for.
    Each mention is announced once per channel and severity, save copies by other people: their news has been
    told, and the case counts them.
    """
    case_id = known.id if known is not None else _open(tx, escalation)
    if known is not None:
        cases.join(tx, known.id, escalation.heard.id, escalation.at, actor=escalation.actor)
        if known.problem is None and escalation.problem is not None:
            cases.name_problem(tx, known.id, escalation.problem)
        if escalation.severity.rank > known.severity.rank:
            _raise_severity(tx, known, escalation)
    case = cases.get(tx, case_id)
    is_raised = known is not None and case.severity is not known.severity
    if known is None or is_raised or not _is_echo(escalation.heard, known):
        _announce(tx, escalation, told, case, is_new=known is None, is_raised=is_raised)
    return case


def reopen_looked_fixed(tx: Tx, escalation: Escalation, told: Announcement, case: CaseRecord) -> CaseRecord:
    """Open a resolved case again whose customer says that it is not; it counts as a contact and is told once.

    All clocks begin anew: what was promised is promised again. What had seemed to fix it did not.
    """
    reopened = CaseMove(
        at=escalation.at,
        actor=escalation.actor,
        action="looked_fixed",
        to=CaseState.REOPENED,
        values={
            "looked_fixed_at": escalation.at,
            "first_reply_at": None,
            "first_reply_due_at": escalation.due_at,
            "snoozed_until": None,
            **dict.fromkeys(_ENDED),
        },
        detail={
            "mention": escalation.heard.id,
            "resolved_at": case.resolved_at and case.resolved_at.isoformat(),
        },
    )
    remedies.fail(tx, case.id, escalation.at)
    # What they said comes first: it is what opens the case, and what its clocks begin with.
    cases.join(tx, case.id, escalation.heard.id, escalation.at, actor=escalation.actor)
    cases.change(tx, case, reopened)
    case = cases.get(tx, case.id)
    _announce(tx, escalation, told, case, is_new=False, is_raised=False)
    return case


_ENDED = (
    "resolved_at", "outcome", "was_reached", "stayed", "remedy", "acknowledged_at", "acknowledged_by",
)  # fmt: skip


def _is_echo(heard: MentionRecord, known: CaseRecord) -> bool:
    return heard.copy_of is not None and heard.customer_id != known.customer_id


def _open(tx: Tx, escalation: Escalation) -> int:
    heard = escalation.heard
    mention = heard.mention
    since = mention.posted_at - SAME_PROBLEM
    past = {old.id: old for old in escalation.earlier if since <= old.mention.posted_at < mention.posted_at}
    if heard.customer_id is not None:
        stored = mentions.unhappy_before(tx, heard.customer_id, since=since, until=mention.posted_at)
        past |= {old.id: old for old in stored}
    same = {None, escalation.problem}
    past = {
        key: old for key, old in past.items() if not escalation.problem or problem_of(old.judgement) in same
    }
    earlier = sorted(past.values(), key=lambda old: old.mention.posted_at)
    new = NewCase(
        customer_id=heard.customer_id,
        severity=escalation.severity,
        team=escalation.team,
        title=title_of(mention),
        why=escalation.why,
        rule_id=escalation.rule_id,
        first_symptom_at=earlier[0].mention.posted_at if earlier else mention.posted_at,
        first_reply_due_at=escalation.due_at,
        assignee=escalation.assignee,
        problem=escalation.problem,
    )
    ids = [*(old.id for old in earlier), heard.id]
    return cases.open_case(tx, new, ids, escalation.at, actor=escalation.actor)


def _raise_severity(tx: Tx, known: CaseRecord, escalation: Escalation) -> None:
    severity = escalation.severity.value
    values: dict[str, Any] = {"severity": severity, "why": escalation.why}
    detail: dict[str, Any] = {"from": known.severity.value, "severity": severity}
    to = None
    if escalation.team != known.team:
        # Who had it gave it to nobody: the other team starts with a case that nobody there has seen.
        values |= {"team": escalation.team, "assignee": escalation.assignee, **dict.fromkeys(_SEEN)}
        detail |= {"team": escalation.team, "from_team": known.team, "assignee": known.assignee}
        to = CaseState.NEW if CaseState.NEW in CASE_MOVES[known.state] else None
    raised = CaseMove(
        at=escalation.at,
        actor=escalation.actor,
        action="severity_raised",
        to=to,
        values=values,
        detail=detail,
    )
    cases.change(tx, cases.get(tx, known.id), raised)


_SEEN = ("acknowledged_at", "acknowledged_by", "handed_to", "handed_by", "handed_at", "snoozed_until")


def _announce(
    tx: Tx, escalation: Escalation, told: Announcement, case: CaseRecord, *, is_new: bool, is_raised: bool
) -> None:
    news = CaseNews(
        case_id=case.id,
        severity=case.severity,
        team=case.team,
        contacts=case.contacts,
        why=escalation.why,
        mention=escalation.heard.mention,
        sentiment=escalation.sentiment,
        may_leave=escalation.may_leave,
        rivals=escalation.rivals,
        is_new=is_new,
        at=escalation.at,
        due_at=case.first_reply_due_at,
        url=f"{told.base_url}/cases/{case.id}",
    )
    payload = case_payload(news, told.zone)
    notice_id = f"case-{case.id}-mention-{escalation.heard.id}"
    if is_raised and escalation.heard.outcome is not None:
        # It was told before; that it presses harder now is news of its own.
        notice_id = f"{notice_id}-{case.severity.value}"
    for channel in told.channels:
        notice = NewDelivery(
            notice_id=notice_id,
            channel=channel,
            kind="case",
            payload=payload,
            case_id=case.id,
            mention_id=escalation.heard.id,
        )
        storms.tell(tx, notice, escalation.at, zone=told.zone, base_url=told.base_url)
