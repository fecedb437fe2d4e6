"""Accounts and keys: kept as hashes, ended when they should be."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Role
from engagebot.errors import NotFound, WrongUsage
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def make_user(store: Store, name: str = "kim_demo", *, is_service: bool = False) -> UserRecord:
    with store.write() as tx:
        new = NewUser(name=name, role=Role.LEAD, password_hash="hash", is_service=is_service)
        return accounts.add(tx, new, NOON)


def issue(store: Store, user: UserRecord | None, kind: KeyKind, lasts: timedelta | None = None) -> str:
    with store.write() as tx:
        expires_at = NOON + lasts if lasts else None
        return accounts.issue(tx, kind, user_id=user.id if user else None, at=NOON, expires_at=expires_at)


def test_an_account_comes_back_as_it_was_made(store: Store) -> None:
    with store.read() as tx:
        assert not accounts.has_people(tx)
    robot = make_user(store, "robot_demo", is_service=True)
    with store.read() as tx:
        assert not accounts.has_people(tx)
    made = make_user(store)
    with store.read() as tx:
        assert accounts.has_people(tx)
        assert accounts.by_name(tx, "kim_demo") == made
        assert accounts.by_name(tx, "nobody_demo") is None
        assert accounts.all_of(tx) == [robot, made]
    assert (made.role, made.created_at, made.is_service, made.is_disabled) == (Role.LEAD, NOON, False, False)


def test_a_name_is_taken_once(store: Store) -> None:
    make_user(store)
    with pytest.raises(WrongUsage, match="already an account named 'kim_demo'"):
        make_user(store)


def test_two_who_take_one_name_at_once_do_not_both_get_it(store: Store) -> None:
    start = threading.Barrier(3)
    refused: list[str] = []

    def work() -> None:
        start.wait(10)
        try:
            make_user(store)
        except WrongUsage as error:
            refused.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2


def test_a_name_that_a_database_cannot_tell_apart_is_taken_too(store: Store) -> None:
    make_user(store, "kim\x00demo")
    with pytest.raises(WrongUsage):
        make_user(store, "kim\ufffddemo")


def test_a_change_ends_open_sessions_but_not_tokens(store: Store) -> None:
    user = make_user(store)
    session, token = issue(store, user, KeyKind.SESSION, HOUR), issue(store, user, KeyKind.TOKEN)
    with store.write() as tx:
        changed = accounts.change(tx, "kim_demo", {"role": Role.LIGHT.value})
        assert changed.role is Role.LIGHT
        assert accounts.opened_by(tx, KeyKind.SESSION, session, NOON) is None
        assert accounts.opened_by(tx, KeyKind.TOKEN, token, NOON) == changed
        accounts.change(tx, "kim_demo", {"is_disabled": True})
        assert accounts.opened_by(tx, KeyKind.TOKEN, token, NOON) is None
        with pytest.raises(NotFound, match="no account named 'lee_demo'"):
            accounts.change(tx, "lee_demo", {"is_disabled": True})


def test_a_key_opens_only_its_kind_and_only_in_time(store: Store) -> None:
    user = make_user(store)
    secret = issue(store, user, KeyKind.SESSION, HOUR)
    with store.read() as tx:
        assert accounts.opened_by(tx, KeyKind.SESSION, secret, NOON + HOUR - timedelta(seconds=1)) == user
        assert accounts.opened_by(tx, KeyKind.SESSION, secret, NOON + HOUR) is None
        assert accounts.opened_by(tx, KeyKind.TOKEN, secret, NOON) is None
        assert accounts.opened_by(tx, KeyKind.SESSION, secret + "x", NOON) is None
        assert accounts.opened_by(tx, KeyKind.SESSION, "\ud800", NOON) is None


def test_no_secret_is_stored(store: Store) -> None:
    secret = issue(store, make_user(store), KeyKind.TOKEN)
    with store.read() as tx:
        row = tx.execute(sa.select(tables.keys)).mappings().one()
    assert secret not in str(dict(row))
    assert len(secret) >= 43


def test_a_session_in_use_lives_on_but_not_for_ever(store: Store) -> None:
    secret = issue(store, make_user(store), KeyKind.SESSION, HOUR)
    with store.write() as tx:

        def ends_before(moment: datetime) -> bool:
            opened = accounts.opening(tx, KeyKind.SESSION, secret, NOON)
            assert opened is not None
            return opened.ends_before(moment)

        assert ends_before(NOON + 2 * HOUR)
        accounts.prolong_session(tx, secret, until=NOON + 3 * HOUR, longest=10 * HOUR)
        assert not ends_before(NOON + 3 * HOUR)
        accounts.prolong_session(tx, secret, until=NOON + 30 * HOUR, longest=10 * HOUR)
        assert ends_before(NOON + 11 * HOUR)
        assert not ends_before(NOON + 10 * HOUR)
        accounts.prolong_session(tx, "unknown", until=NOON, longest=HOUR)
        assert accounts.opening(tx, KeyKind.SESSION, "unknown", NOON) is None


def test_the_first_accounts_link_opens_until_it_is_used(store: Store) -> None:
    link, other = issue(store, None, KeyKind.SETUP, HOUR), issue(store, None, KeyKind.SETUP)
    with store.write() as tx:
        assert accounts.is_valid(tx, KeyKind.SETUP, link, NOON)
        assert not accounts.is_valid(tx, KeyKind.SETUP, link, NOON + HOUR)
        assert not accounts.is_valid(tx, KeyKind.SESSION, link, NOON)
        assert accounts.opened_by(tx, KeyKind.SETUP, link, NOON) is None
        accounts.revoke(tx, KeyKind.SETUP, link)
        assert not accounts.is_valid(tx, KeyKind.SETUP, link, NOON)
        assert accounts.is_valid(tx, KeyKind.SETUP, other, NOON)
        accounts.revoke(tx, KeyKind.SETUP)
        assert not accounts.is_valid(tx, KeyKind.SETUP, other, NOON)
