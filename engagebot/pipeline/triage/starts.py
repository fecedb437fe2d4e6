"""What a decision starts: cases, drafts and notices, all in the decision's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engagebot.domain import limits
from engagebot.domain.actions import Decision, DraftReply, Escalate, Notify, Planned, Webhook, no_draft
from engagebot.domain.casework.problems import problem_of
from engagebot.domain.desk.urgency import urgency_of
from engagebot.domain.drafting import Drafted, fill, values_of
from engagebot.domain.judgement import Judgement
from engagebot.domain.limits import Limit
from engagebot.domain.mention import Mention, Route, platform_name
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.domain.rules import Rulebook, assignee_of
from engagebot.domain.telling.notices import title_of
from engagebot.pipeline.triage.leftovers import Leftovers
from engagebot.pipeline.triage.people import People
from engagebot.settings import Settings
from engagebot.store.casework import escalations
from engagebot.store.casework.escalations import Announcement, Escalation
from engagebot.store.engine import Tx
from engagebot.store.listening import mutes
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery

_RULES_NAMED = 3
LOOKED_FIXED = "Looked fixed, was not"


@dataclass(slots=True)
class Starter:
    """Carries decisions out within one transaction; `drafted` counts the drafts it proposed.

    `held` says by rule why its drafts are held back.
    """

    tx: Tx
    book: Rulebook
    settings: Settings
    people: People
    now: datetime
    drafted: int = 0
    held: Mapping[str, str] = field(default_factory=dict)
    _mutes: dict[str, mutes.Muted] = field(default_factory=dict)

    def notice(self, heard: MentionRecord, judgement: Judgement) -> None:
        """Open the case again of somebody who says that what was resolved is not, before rules are asked.

        So the rules know of an open case, and nobody gets a friendly word about what was never fixed.
        """
        if heard.is_history or heard.outcome is not None:
            return
        case = self.people.ended_before(heard, judgement)
        if case is None or not self.people.says_not_fixed(heard, judgement, case):
            return
        escalation = Escalation(
            heard=heard,
            severity=case.severity,
            team=case.team,
            why=LOOKED_FIXED,
            actor="engagebot",
            at=self.now,
            sentiment=judgement.sentiment.value,
            due_at=self.settings.first_reply_due(
                heard.mention.posted_at, severity=case.severity, team=case.team
            ),
        )
        again = escalations.reopen_looked_fixed(self.tx, escalation, self._told(case.team), case)
        self.people.remember_case(heard, again)

    def _told(self, team_name: str) -> Announcement:
        team = self.settings.teams.get(team_name)
        return Announcement(
            channels=team.notify if team else (),
            base_url=self.settings.base_url,
            zone=self.settings.timezone,
        )

    def start(self, heard: MentionRecord, judgement: Judgement, decision: Decision) -> list[str]:
        """Carry a decision's actions out; answer in words what was not done, and why."""
        notes: list[str] = []
        left = Leftovers.of(self.tx, heard)
        has_draft = left.settle(self.tx, heard, self._texts(heard, decision), self.now)
        if has_draft:
            drafts.set_urgency(self.tx, heard.id, urgency_of(heard.mention, judgement))
        asked: list[tuple[Escalate, Planned]] = []
        for planned in decision.actions:
            action = planned.action
            if isinstance(action, Escalate):
                asked.append((action, planned))
            elif isinstance(action, DraftReply):
                reason = None
                if not has_draft:
                    reason = (
                        self._held(planned.rule_id)
                        or left.against(planned.rule_id)
                        or self._draft(heard, planned.rule_id, action, (judgement, assignee_of(decision)))
                    )
                if reason is not None:
                    notes.append(no_draft(planned.rule_id, reason))
            elif isinstance(action, Notify | Webhook):
                channel = action.channel if isinstance(action, Notify) else f"webhook:{action.name}"
                self._tell(heard, judgement, planned.rule_id, channel)
        if asked:
            # One case per decision: the hardest severity decides, and among equals the first rule.
            action, planned = max(asked, key=lambda pair: pair[0].severity.rank)
            known = left.case or self.people.case_for(heard, judgement)
            self._escalate(heard, judgement, decision, (action, planned.rule_id), known)
        return notes

    def _held(self, rule_id: str) -> str | None:
        reason = self.held.get(rule_id)
        return f"the rule is {reason}" if reason is not None else None

    def _escalate(
        self,
        heard: MentionRecord,
        judgement: Judgement,
        decision: Decision,
        asked: tuple[Escalate, str],
        known: CaseRecord | None,
    ) -> None:
        action, rule_id = asked
        customer_id = heard.customer_id
        ended = self.people.ended_before(heard, judgement) if known is None else None
        case = escalations.escalate(
            self.tx,
            Escalation(
                heard=heard,
                severity=action.severity,
                team=action.team,
                why=why_of(self.book, decision, judgement)
                + (earlier_words(ended, self.now) if ended else ""),
                actor=f"rule:{rule_id}",
                at=self.now,
                sentiment=judgement.sentiment.value,
                may_leave=judgement.may_leave,
                rivals=judgement.rivals or (),
                rule_id=rule_id,
                assignee=action.assignee or assignee_of(decision),
                due_at=self.settings.first_reply_due(
                    heard.mention.posted_at, severity=action.severity, team=action.team
                ),
                earlier=tuple(self.people.complaints[customer_id]) if customer_id is not None else (),
                problem=problem_of(judgement),
            ),
            self._told(action.team),
            known,
        )
        self.people.remember_case(heard, case)

    def _tell(self, heard: MentionRecord, judgement: Judgement, rule_id: str, channel: str) -> None:
        mention = heard.mention
        author = f"@{mention.author.handle}" if mention.author else "someone"
        feeling = judgement.sentiment.value.replace("_", " ")
        payload = {
            "title": f"{author} on {platform_name(mention.ref.source)}: {feeling}",
            "text": f"> {title_of(mention, 280)}\nRule: {rule_id}",
            "url": f"{self.settings.base_url}/mentions/{heard.id}",
            "data": {
                "schema": "engagebot.mention.v1",
                "type": "mention.matched",
                "rule": rule_id,
                "mention": {"id": heard.id, "source": mention.ref.source, "url": mention.url},
            },
        }
        notice = NewDelivery(
            notice_id=f"mention-{heard.id}-{rule_id}",
            channel=channel,
            kind="mention",
            payload=payload,
            mention_id=heard.id,
        )
        deliveries.add(self.tx, notice, self.now)

    def _draft(
        self, heard: MentionRecord, rule_id: str, action: DraftReply, by: tuple[Judgement, str | None]
    ) -> str | None:
        mention = heard.mention
        judgement, assignee = by
        is_proactive = mention.addressed_to_us is not True
        if (reason := self._no_reply(heard)) is not None:
            return reason
        reason = limits.first_exceeded(
            self._limits(rule_id, is_proactive), lambda limit: self._used(limit, heard)
        )
        if reason is not None:
            return reason
        filled, *others = self._filled(heard, action)
        new = NewDraft(
            mention_id=heard.id,
            customer_id=heard.customer_id,
            rule_id=rule_id,
            source=mention.ref.source,
            conversation_id=mention.conversation_id,
            text=filled.text,
            missing=filled.missing,
            variants=tuple(others),
            reply_route=heard.reply_route,
            is_proactive=is_proactive,
            said_at=mention.posted_at,
            urgency=urgency_of(mention, judgement),
            answer_by=self.settings.first_reply_due(mention.posted_at),
            assignee=assignee,
        )
        if drafts.propose(self.tx, new, self.now) is None:
            return "this mention has a reply already"
        self.drafted += 1
        return None

    def _texts(self, heard: MentionRecord, decision: Decision) -> dict[str, str]:
        if heard.outcome is None:
            return {}
        return {
            planned.rule_id: self._filled(heard, planned.action)[0].text
            for planned in decision.actions
            if isinstance(planned.action, DraftReply)
        }

    def _filled(self, heard: MentionRecord, action: DraftReply) -> list[Drafted]:
        """All wordings; which comes first goes by the mention, so that not everybody gets the same words."""
        values = values_of(heard.mention, self.settings.brand.name)
        return [fill(each, values) for each in self.book.templates[action.template].in_turn(heard.id)]

    def _no_reply(self, heard: MentionRecord) -> str | None:
        if heard.reply_route.route is Route.BLOCKED:
            return f"a reply is not allowed there: {heard.reply_route.reason}"
        if heard.copy_of is not None:
            return f"it says again what mention {heard.copy_of} said; one reply, to the first, is enough"
        if heard.mention.author is None:
            return "the author's account is gone"
        if self.people.has_opted_out(heard.customer_id):
            return "this person has asked not to be written to"
        if self.people.is_staff(heard.customer_id):
            return "this is one of our own people"
        if self._is_muted(heard.mention):
            return "somebody here muted this author or this community"
        return None

    def _is_muted(self, mention: Mention) -> bool:
        # The route says what was muted when the mention came; since then somebody may have muted more.
        source, author = mention.ref.source, mention.author
        if source not in self._mutes:
            self._mutes[source] = mutes.muted(self.tx, [source]).get(source, mutes.NOBODY)
        muted = self._mutes[source]
        if author is not None and muted.has_author(author.handle, author.native_id):
            return True
        return muted.has_community(mention.community)

    def _limits(self, rule_id: str, is_proactive: bool) -> tuple[Limit, ...]:
        rule = self.book.rule(rule_id)
        own = rule.limits if rule else ()
        if not is_proactive:
            return own
        return (*own, *self.settings.contact_policy.unasked)

    def _used(self, limit: Limit, heard: MentionRecord) -> int:
        return drafts.count_under(
            self.tx,
            limit,
            now=self.now,
            customer_id=heard.customer_id,
            conversation_id=heard.mention.conversation_id,
        )


def why_of(book: Rulebook, decision: Decision, judgement: Judgement) -> str:
    """Say in one sentence why a mention was escalated."""
    feeling = judgement.sentiment.value.replace("_", " ").capitalize()
    ranked = sorted(
        ((planned.action, planned.rule_id) for planned in decision.actions),
        key=lambda pair: -pair[0].severity.rank if isinstance(pair[0], Escalate) else 0,
    )
    asking = [rule_id for action, rule_id in ranked if isinstance(action, Escalate)]
    seen = next((planned.why for planned in decision.actions if planned.why is not None), None)
    if seen is not None:
        return f"{feeling}: {seen}"
    names = [
        f"rule {rule_id} could not be evaluated, so a person looks at it"
        if rule_id in decision.failed
        else f"“{rule.name}”"
        for rule_id in dict.fromkeys(asking)
        if (rule := book.rule(rule_id)) is not None
    ]
    if len(names) > _RULES_NAMED:
        names[_RULES_NAMED:] = [f"and {len(names) - _RULES_NAMED} more"]
    return f"{feeling}: {', '.join(names)}" if names else feeling


def earlier_words(case: CaseRecord, now: datetime) -> str:
    """Name the case of the same person that was resolved a short while before."""
    days = (now - (case.resolved_at or now)).days
    when = "today" if days == 0 else "a day before" if days == 1 else f"{days} days before"
    return f" (their case {case.id} was resolved {when})"
