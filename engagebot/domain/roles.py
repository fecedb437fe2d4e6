"""Who may do what: one table that pages, API and commands all ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Roles of a team, the lightest first; `owner` is the first account."""

    LIGHT = "light"
    SUPPORT = "support"
    COMMUNITY = "community"
    MARKETING = "marketing"
    LEAD = "lead"
    OPERATOR = "operator"
    OWNER = "owner"


class Right(StrEnum):
    """Things a role may be allowed to do."""

    READ = "read"
    PAUSE = "pause"
    NOTE = "note"
    WORK_CASES = "work_cases"
    REVIEW = "review"
    SECOND_READ = "second_read"
    CORRECT = "correct"
    PUSH_MENTIONS = "push_mentions"
    WRITE_RULES = "write_rules"
    PUBLISH_RULES = "publish_rules"
    MUTE = "mute"
    READ_AUDIT = "read_audit"
    REPLAY_NOTICES = "replay_notices"
    MANAGE_CONNECTORS = "manage_connectors"
    MANAGE_PEOPLE = "manage_people"
    FORGET_CUSTOMERS = "forget_customers"


_EVERYBODY = frozenset({Right.READ, Right.PAUSE, Right.NOTE})
_SUPPORT = _EVERYBODY | {Right.WORK_CASES, Right.CORRECT}
_COMMUNITY = _SUPPORT | {Right.REVIEW, Right.MUTE, Right.PUSH_MENTIONS}
_MARKETING = _EVERYBODY | {Right.WRITE_RULES, Right.CORRECT}
_LEAD = (
    _COMMUNITY | _MARKETING | {Right.PUBLISH_RULES, Right.READ_AUDIT, Right.SECOND_READ, Right.REPLAY_NOTICES}
)
# Operators keep the machine running and the accounts in order; speaking for the brand is not theirs.
_OPERATOR = _EVERYBODY | {
    Right.PUSH_MENTIONS,
    Right.READ_AUDIT,
    Right.REPLAY_NOTICES,
    Right.MANAGE_CONNECTORS,
    Right.MANAGE_PEOPLE,
    Right.FORGET_CUSTOMERS,
}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.LIGHT: _EVERYBODY,
    Role.SUPPORT: _SUPPORT,
    Role.COMMUNITY: _COMMUNITY,
    Role.MARKETING: _MARKETING,
    Role.LEAD: _LEAD,
    Role.OPERATOR: _OPERATOR,
    Role.OWNER: frozenset(Right),
}

ROLE_WORDS: Mapping[Role, str] = {
    Role.LIGHT: "reads, writes notes",
    Role.SUPPORT: "works on cases",
    Role.COMMUNITY: "reviews and replies",
    Role.MARKETING: "writes rules that do not act yet",
    Role.LEAD: "reviews, publishes rules, reads second",
    Role.OPERATOR: "keeps settings, people and connectors",
    Role.OWNER: "may do everything",
}
"""What each role is for, in a few words."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever acts: a signed-in person, a token's service account or the command line."""

    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether this person's role includes `right`."""
        return right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, and when."""

    by: Person
    at: datetime
