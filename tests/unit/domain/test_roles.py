"""Who may do what, as the product promises it."""

from __future__ import annotations

import pytest

from engagebot.domain.roles import RIGHTS, Person, Right, Role

R = Right
WHO = {
    R.READ: set(Role),
    R.NOTE: set(Role),
    R.PAUSE: set(Role),
    R.WORK_CASES: {Role.SUPPORT, Role.COMMUNITY, Role.LEAD, Role.OWNER},
    R.REVIEW: {Role.COMMUNITY, Role.LEAD, Role.OWNER},
    R.SECOND_READ: {Role.LEAD, Role.OWNER},
    R.CORRECT: {Role.SUPPORT, Role.COMMUNITY, Role.MARKETING, Role.LEAD, Role.OWNER},
    R.PUSH_MENTIONS: {Role.COMMUNITY, Role.LEAD, Role.OPERATOR, Role.OWNER},
    R.WRITE_RULES: {Role.MARKETING, Role.LEAD, Role.OWNER},
    R.PUBLISH_RULES: {Role.LEAD, Role.OWNER},
    R.MUTE: {Role.COMMUNITY, Role.LEAD, Role.OWNER},
    R.READ_AUDIT: {Role.LEAD, Role.OPERATOR, Role.OWNER},
    R.REPLAY_NOTICES: {Role.LEAD, Role.OPERATOR, Role.OWNER},
    R.MANAGE_CONNECTORS: {Role.OPERATOR, Role.OWNER},
    R.MANAGE_PEOPLE: {Role.OPERATOR, Role.OWNER},
    R.FORGET_CUSTOMERS: {Role.OPERATOR, Role.OWNER},
}


@pytest.mark.parametrize("right", list(Right))
def test_each_right_belongs_to_exactly_these_roles(right: Right) -> None:
    assert {role for role in Role if Person("kim_demo", role).may(right)} == WHO[right]


def test_every_role_has_its_rights() -> None:
    assert set(RIGHTS) == set(Role)
