"""The forms of a case's page: which are offered, and which a link opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engagebot.domain.casework.remedies import lacks_ending
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.roles import Person, Right
from engagebot.web.case_reading import CaseView
from engagebot.web.stands import CLOSED, Stands
from engagebot.web.wording import CASE_STATES

# By the end of its address: the field of each form that the focus goes to, where no other one is wrong.
MAIN: Final[Mapping[str, str]] = {
    "suggest": "text",
    "log": "text",
    "note": "text",
    "follow-up/close": "reason",
    "ending": "outcome",
    "resolve": "outcome",
    "assign": "to",
    "snooze": "until",
    "links": "note",
    "title": "text",
    "tickets": "key",
    "tickets/wanted": "system",
    "wanted": "text",
    "part": "mention_id",
    "join": "mention_id",
}
# What a link may ask for (`?do=resolve`), by the form that it opens.
DEEDS: Final[Mapping[str, str]] = {
    "reply": "suggest",
    "resolve": "resolve",
    "note": "note",
    "log": "log",
    "assign": "assign",
    "snooze": "snooze",
    "ticket": "tickets",
}
REPLY = "reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A case as its page shows it to one person; `barred` says why nothing may be answered in public."""

    view: CaseView
    me: Person
    has_draft: bool
    has_others: bool
    barred: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is work on it."""
        return self.view.case.state in CASE_OPEN

    @property
    def may_review(self) -> bool:
        """Whether this person may reply by themselves."""
        return self.me.may(Right.REVIEW) and self.is_open and self.can_be_answered

    @property
    def can_be_answered(self) -> bool:
        """Whether there is a post that may be answered."""
        return bool(self.view.heard) and self.barred is None


def offered(looked: Looked) -> frozenset[str]:
    """The forms that stand on the page."""
    view, may = looked.view, looked.me.may(Right.WORK_CASES)
    is_at_work = may and looked.is_open
    is_there = {
        "log": looked.me.may(Right.NOTE),
        "note": looked.me.may(Right.NOTE),
        "suggest": is_at_work and looked.can_be_answered and not looked.has_draft,
        "follow-up/close": may and view.follow_up is not None,
        "ending": may and lacks_ending(view.case),
        **dict.fromkeys(("resolve", "assign", "snooze", "links", "tickets/wanted"), is_at_work),
        **dict.fromkeys(("title", "tickets", "wanted"), may),
        "part": may and len(view.heard) > 1,
        "join": may and (len(view.heard) > 1 or looked.has_others),
    }
    return frozenset(form for form, is_offered in is_there.items() if is_offered)


def asked_for(deed: str, looked: Looked, forms: frozenset[str]) -> Stands:
    """What stands open for a link that asks for a deed: what this person can do, or why they cannot."""
    if deed not in DEEDS:
        return CLOSED
    form = DEEDS[deed]
    state = CASE_STATES[looked.view.case.state].text
    if deed == REPLY and looked.may_review:
        return Stands(form=REPLY, field=REPLY)
    if deed == REPLY and looked.is_open and looked.has_draft and looked.me.may(Right.WORK_CASES):
        return Stands(form=form, field=REPLY)
    if form in forms:
        return Stands(form=form, field=MAIN[form])
    if deed == "resolve" and "ending" in forms:
        return Stands(form="ending", field=MAIN["ending"], said=f"this case is {state} already")
    if not looked.me.may(Right.WORK_CASES):
        what = "answer in public" if deed == REPLY else "do that to a case"
        said = f"the role {looked.me.role} may not {what}; a note reaches those who may"
        return Stands(form="note", field=MAIN["note"], said=said) if "note" in forms else Stands(said=said)
    if not looked.is_open:
        return Stands(said=f"this case is {state}; reopen it first")
    if looked.barred is not None:
        return Stands(said=f"nothing may be answered in public: {looked.barred}")
    return Stands(said="no post of theirs is in this case, so there is nothing to answer in public")
