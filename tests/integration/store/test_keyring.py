"""Keys that are out: seen by those who may, noted coarsely, ended when they should be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Role
from engagebot.errors import NotFound
from engagebot.store import audit
from engagebot.store.engine import Store, Tx
from engagebot.store.entry import accounts, keyring
from engagebot.store.entry.accounts import KeyKind, NewUser
from tests.fakes import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def make(tx: Tx, name: str = "kim_demo", *, is_service: bool = False) -> UserRecord:
    return accounts.add(tx, NewUser(name=name, role=Role.LEAD, is_service=is_service), NOON)


def key(tx: Tx, user: UserRecord, kind: KeyKind = KeyKind.SESSION, *, lasts: timedelta | None = HOUR) -> str:
    expires_at = NOON + lasts if lasts else None
    return accounts.issue(tx, kind, user_id=user.id, at=NOON, expires_at=expires_at)


def test_a_person_sees_their_own_open_sessions_and_which_one_this_is(store: Store) -> None:
    with store.write() as tx:
        kim, lee = make(tx), make(tx, "lee_demo")
        here, there = key(tx, kim), key(tx, kim)
        key(tx, kim, lasts=MINUTE)
        key(tx, lee)
        keyring.note_use(tx, KeyKind.SESSION, there, NOON + 10 * MINUTE)

        found = keyring.sessions_of(tx, "kim_demo", NOON + 20 * MINUTE, this=here)

    assert [(each.is_this, each.last_used_at) for each in found] == [
        (False, NOON + 10 * MINUTE),
        (True, None),
    ]
    assert {each.owner for each in found} == {"kim_demo"}


def test_the_use_of_a_key_is_noted_once_in_five_minutes(store: Store) -> None:
    with store.write() as tx:
        secret = key(tx, make(tx))
        opened = accounts.opening(tx, KeyKind.SESSION, secret, NOON)
        assert opened is not None
        assert not keyring.is_unnoted(opened, NOON + 4 * MINUTE)
        assert keyring.is_unnoted(opened, NOON + 5 * MINUTE)
        keyring.note_use(tx, KeyKind.SESSION, secret, NOON + 5 * MINUTE)
        keyring.note_use(tx, KeyKind.SESSION, secret, NOON + 6 * MINUTE)
        opened = accounts.opening(tx, KeyKind.SESSION, secret, NOON)
        assert opened is not None
        assert not keyring.is_unnoted(opened, NOON + 9 * MINUTE)
        [found] = keyring.sessions_of(tx, "kim_demo", NOON)
    assert found.last_used_at == NOON + 5 * MINUTE


def test_signing_out_elsewhere_leaves_this_session_and_other_peoples(store: Store) -> None:
    with store.write() as tx:
        kim, lee = make(tx), make(tx, "lee_demo")
        here, there, theirs = key(tx, kim), key(tx, kim), key(tx, lee)
        token = key(tx, kim, KeyKind.TOKEN)

        assert keyring.end_others(tx, "kim_demo", here) == 1

        assert accounts.opened_by(tx, KeyKind.SESSION, here, NOON) == kim
        assert accounts.opened_by(tx, KeyKind.SESSION, there, NOON) is None
        assert accounts.opened_by(tx, KeyKind.SESSION, theirs, NOON) == lee
        assert accounts.opened_by(tx, KeyKind.TOKEN, token, NOON) == kim


def test_a_token_is_revoked_once_and_nothing_else_by_its_number(store: Store) -> None:
    with store.write() as tx:
        robot, kim = make(tx, "robot_demo", is_service=True), make(tx)
        token, session = key(tx, robot, KeyKind.TOKEN, lasts=None), key(tx, kim)
        [held] = keyring.tokens(tx)
        [open_session] = keyring.sessions_of(tx, "kim_demo", NOON)

        assert keyring.revoke_token(tx, held.id) == "robot_demo"

        assert accounts.opened_by(tx, KeyKind.TOKEN, token, NOON) is None
        with pytest.raises(NotFound, match="may have been revoked"):
            keyring.revoke_token(tx, held.id)
        with pytest.raises(NotFound):
            keyring.revoke_token(tx, open_session.id)
        assert accounts.opened_by(tx, KeyKind.SESSION, session, NOON) == kim


def test_last_seen_is_the_later_of_a_key_and_a_deed(store: Store) -> None:
    with store.write() as tx:
        kim, lee, robot = make(tx), make(tx, "lee_demo"), make(tx, "robot_demo", is_service=True)
        key(tx, kim)
        key(tx, robot, KeyKind.TOKEN)
        key(tx, lee, KeyKind.INVITE)
        assert keyring.last_seen(tx) == {"kim_demo": NOON}

        for name, minutes in (("kim_demo", 7), ("lee_demo", 3)):
            audit.add(tx, at=NOON + minutes * MINUTE, actor=name, action="draft.approved", subject="draft:1")

        assert keyring.last_seen(tx) == {"kim_demo": NOON + 7 * MINUTE, "lee_demo": NOON + 3 * MINUTE}


def test_an_invitation_is_told_until_it_is_too_old(store: Store) -> None:
    with store.write() as tx:
        kim = make(tx)
        key(tx, kim, KeyKind.INVITE)
        assert keyring.invited(tx, NOON) == {kim.id: NOON + HOUR}
        assert keyring.invited(tx, NOON + HOUR) == {}
        key(tx, kim, KeyKind.INVITE)
        keyring.end_all(tx, kim, KeyKind.INVITE)
        assert keyring.invited(tx, NOON) == {}
