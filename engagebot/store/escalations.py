"""Escalating: open a case or join the customer's open one, and put the news in line for its team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from engagebot.domain.notices import CaseNews, case_payload, title_of
from engagebot.domain.outbox import Severity
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.store import cases, deliveries, mentions
from engagebot.store.cases import CaseMove, NewCase
from engagebot.store.deliveries import NewDelivery
from engagebot.store.engine import Tx

# What somebody complained about within this span before is taken for the same problem.
SAME_PROBLEM = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A mention on its way to a team; `actor` is the rule or the person who sends it there.

    `earlier` are complaints of the same customer that this transaction decided but has not written yet.
    """

    heard: MentionRecord
    severity: Severity
    team: str
    why: str
    actor: str
    at: datetime
    sentiment: str
    rule_id: str | None = None
    assignee: str | None = None
    due_at: datetime | None = None
    earlier: tuple[MentionRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """How a team is told: through which channels, with which address before `/cases/…`, in which zone."""

    channels: tuple[str, ...]
    base_url: str
    zone: ZoneInfo


def escalate(tx: Tx, escalation: Escalation, told: Announcement, known: CaseRecord | None) -> CaseRecord:
    """Open a case, or join `known`, the customer's open one; answer it as it is now.

    A further contact never lowers a case's severity. Each mention is announced once per channel, save copies
    by other people: their news has been told, and the case counts them.
    """
    case_id = known.id if known is not None else _open(tx, escalation)
    if known is not None:
        cases.join(tx, known.id, escalation.heard.id, escalation.at, actor=escalation.actor)
        if escalation.severity.rank > known.severity.rank:
            _raise_severity(tx, known, escalation)
    case = cases.get(tx, case_id)
    is_raised = known is not None and case.severity is not known.severity
    if known is None or is_raised or not _is_echo(escalation.heard, known):
        _announce(tx, escalation, told, case, is_new=known is None)
    return case


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
    )
    ids = [*(old.id for old in earlier), heard.id]
    return cases.open_case(tx, new, ids, escalation.at, actor=escalation.actor)


def _raise_severity(tx: Tx, known: CaseRecord, escalation: Escalation) -> None:
    severity = escalation.severity.value
    raised = CaseMove(
        at=escalation.at,
        actor=escalation.actor,
        action="severity_raised",
        values={"severity": severity, "why": escalation.why},
        detail={"from": known.severity.value, "severity": severity},
    )
    cases.change(tx, known, raised)


def _announce(tx: Tx, escalation: Escalation, told: Announcement, case: CaseRecord, *, is_new: bool) -> None:
    news = CaseNews(
        case_id=case.id,
        severity=case.severity,
        team=case.team,
        contacts=case.contacts,
        why=escalation.why,
        mention=escalation.heard.mention,
        sentiment=escalation.sentiment,
        is_new=is_new,
        at=escalation.at,
        due_at=case.first_reply_due_at,
        url=f"{told.base_url}/cases/{case.id}",
    )
    payload = case_payload(news, told.zone)
    for channel in told.channels:
        notice = NewDelivery(
            notice_id=f"case-{case.id}-mention-{escalation.heard.id}",
            channel=channel,
            kind="case",
            payload=payload,
            case_id=case.id,
            mention_id=escalation.heard.id,
        )
        deliveries.add(tx, notice, escalation.at)
