"""Keeping accounts by web: links that work once, roles, closing, tokens, and the last owner."""

from __future__ import annotations

import re
import threading

import pytest
from fastapi.testclient import TestClient

from engagebot.domain.records import UserRecord
from engagebot.domain.roles import Act, Person, Role
from engagebot.errors import IllegalMove
from engagebot.store import audit
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import NewUser
from engagebot.web.entry import people
from tests.integration.web.office import Office

PASSWORD = "four calm made-up words"
LINK = re.compile(r"/invite/([\w-]{43})")
SECRET = re.compile(r'<code id="secret">([\w-]{43})<')


def _account(office: Office, name: str, *, password_hash: str = "kept") -> UserRecord:
    with office.app.store.write() as tx:
        new = NewUser(name=name, role=Role.OWNER, password_hash=password_hash)
        return accounts.add(tx, new, office.clock.now())


def _named(office: Office, name: str) -> UserRecord:
    with office.app.store.read() as tx:
        found = accounts.by_name(tx, name)
    assert found is not None
    return found


def _deeds(office: Office, name: str) -> list[tuple[str, str]]:
    with office.app.store.read() as tx:
        return [(event.actor, event.action) for event in audit.of(tx, f"user:{name}")]


def _invited(office: Office, keeper: TestClient, name: str = "ann_demo", role: Role = Role.LEAD) -> str:
    page = keeper.post("/settings/people", data={"name": name, "role": role.value})
    assert page.status_code == 200
    [link] = LINK.findall(page.text)
    return f"/invite/{link}"


def test_a_person_is_invited_and_chooses_their_own_password(office: Office) -> None:
    keeper = office.person(Role.OPERATOR)
    link = _invited(office, keeper)
    assert LINK.search(keeper.get("/settings/people").text) is None
    visitor = office.visitor()
    form = visitor.get(link).text
    assert "ann_demo" in form
    assert 'autocomplete="username"' in form
    assert 'autocomplete="new-password"' in form
    assert "onpaste" not in form

    for weak, said in (("short", "at least 12"), ("ann_demo-2026-", "easy to guess")):
        refused = visitor.post(link, data={"password": weak})
        assert (refused.status_code, said in refused.text) == (422, True)
    joined = visitor.post(link, data={"password": PASSWORD})

    assert (joined.status_code, joined.headers["location"]) == (303, "/")
    assert "ann_demo" in visitor.get("/").text
    assert _named(office, "ann_demo").role is Role.LEAD
    assert office.visitor().get(link).status_code == 404
    assert office.visitor().post(link, data={"password": PASSWORD}).status_code == 404
    signed_in = office.visitor().post("/login", data={"name": "ann_demo", "password": PASSWORD})
    assert signed_in.status_code == 303
    assert _deeds(office, "ann_demo") == [
        ("operator_demo", "user.added"), ("ann_demo", "account.joined"), ("ann_demo", "account.signed_in"),
    ]  # fmt: skip


def test_an_invitation_is_too_old_after_three_days(office: Office) -> None:
    link = _invited(office, office.person(Role.OWNER))
    office.clock.forward(hours=71, minutes=59)
    assert office.visitor().get(link).status_code == 200
    office.clock.forward(minutes=1)

    assert office.visitor().get(link).status_code == 404
    assert "its link is too old" in office.person(Role.OWNER, "ola_demo").get("/settings/people").text


def test_nobody_signs_in_before_a_password_is_chosen(office: Office) -> None:
    _invited(office, office.person(Role.OWNER))

    for password in ("", "None", PASSWORD):
        answer = office.visitor().post("/login", data={"name": "ann_demo", "password": password})
        assert answer.status_code in {401, 422}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a b", "is not a name"),
        ("", "is not a name"),
        ("rule:praise", "is not a name"),
        ("Engagebot", "would read as engagebot itself"),
        ("OWNER_demo", "already an account named"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_name_that_cannot_be_taken_is_told_on_the_form(office: Office, name: str, said: str) -> None:
    answer = office.person(Role.OWNER).post("/settings/people", data={"name": name, "role": "light"})

    assert answer.status_code == 422
    assert said in answer.text
    assert "/invite/" not in answer.text


def test_a_new_role_holds_at_once_and_ends_the_sessions(office: Office) -> None:
    keeper, lena = office.person(Role.OWNER), office.person(Role.LEAD, "lena_demo")
    user = _named(office, "lena_demo")

    changed = keeper.post(f"/settings/people/{user.id}/role", data={"role": "light"})

    assert changed.headers["location"] == "/settings/people?done=role_given"
    assert _named(office, "lena_demo").role is Role.LIGHT
    assert lena.get("/").status_code == 303
    assert _deeds(office, "lena_demo") == [("owner_demo", "user.role_changed")]
    assert keeper.post(f"/settings/people/{user.id}/role", data={"role": "boss"}).status_code == 422


def test_a_closed_account_loses_access_at_once_and_can_be_opened_again(office: Office) -> None:
    keeper, lena = office.person(Role.OPERATOR), office.person(Role.LEAD, "lena_demo")
    link = _invited(office, keeper)
    program = office.program(Role.LEAD)
    for name in ("lena_demo", "ann_demo", "lead_program"):
        answer = keeper.post(f"/settings/people/{_named(office, name).id}/disable")
        assert answer.headers["location"] == "/settings/people?done=account_closed"

    assert lena.get("/").headers["location"].startswith("/login")
    assert program.get("/api/v1/status").status_code == 401
    assert office.visitor().get(link).status_code == 404
    assert "closed" in keeper.get("/settings/people").text

    keeper.post(f"/settings/people/{_named(office, 'lena_demo').id}/enable")
    keeper.post(f"/settings/people/{_named(office, 'lead_program').id}/enable")
    assert lena.get("/").status_code == 303
    assert program.get("/api/v1/status").status_code == 200
    assert [action for _, action in _deeds(office, "lena_demo")] == ["user.disabled", "user.enabled"]


def test_a_reset_ends_the_old_password_and_every_earlier_link(office: Office) -> None:
    keeper = office.person(Role.OWNER)
    first = _invited(office, keeper)
    office.visitor().post(first, data={"password": PASSWORD})
    ann = office.visitor()
    ann.post("/login", data={"name": "ann_demo", "password": PASSWORD})
    user = _named(office, "ann_demo")

    links = [LINK.findall(keeper.post(f"/settings/people/{user.id}/reset").text)[0] for _ in range(2)]

    assert ann.get("/").status_code == 303
    old = office.visitor().post("/login", data={"name": "ann_demo", "password": PASSWORD})
    assert old.status_code == 401
    assert office.visitor().get(f"/invite/{links[0]}").status_code == 404
    new = office.visitor().post(f"/invite/{links[1]}", data={"password": "another calm made-up line"})
    assert new.status_code == 303


def test_an_operator_cannot_touch_or_make_an_owner(office: Office) -> None:
    operator, owner = office.person(Role.OPERATOR), _account(office, "ola_demo")
    office.program(Role.OWNER)
    with office.app.store.read() as tx:
        token_id = tx.exec_driver_sql("SELECT id FROM keys WHERE kind = 'token'").scalar_one()
    user = f"/settings/people/{owner.id}"
    tries = [
        operator.post("/settings/people", data={"name": "eve_demo", "role": "owner"}),
        operator.post("/settings/tokens", data={"name": "eve", "role": "owner"}),
        operator.post(f"{user}/role", data={"role": "light"}),
        operator.post(f"{user}/disable"),
        operator.post(f"{user}/enable"),
        operator.post(f"{user}/reset"),
        operator.post(f"/settings/tokens/{token_id}/revoke"),
    ]

    assert {answer.status_code for answer in tries} == {403}
    assert _named(office, "ola_demo") == owner
    page = operator.get("/settings/people").text
    assert user not in page
    assert 'value="owner"' not in page


def test_nobody_changes_their_own_account_here(office: Office) -> None:
    owner = office.person(Role.OWNER)
    user_id = _named(office, "owner_demo").id

    for deed in ("disable", "reset", "role"):
        answer = owner.post(f"/settings/people/{user_id}/{deed}", data={"role": "light"})
        assert answer.status_code == 422
        assert "your own account" in answer.text


@pytest.mark.parametrize("deed", ["disable", "reset", "role"])
def test_the_last_owner_who_can_sign_in_stays(office: Office, deed: str) -> None:
    program = office.program(Role.OWNER)
    last = _account(office, "ola_demo")
    address = f"/settings/people/{last.id}/{deed}"
    _account(office, "never_came_demo", password_hash="")
    gone = _account(office, "gone_demo")
    with office.app.store.write() as tx:
        accounts.change(tx, "gone_demo", {"is_disabled": True})

    refused = program.post(address, data={"role": "lead"})
    assert refused.status_code == 409
    assert "ithout ola_demo no owner could sign in" in refused.text
    assert _named(office, "ola_demo") == last

    program.post(f"/settings/people/{gone.id}/enable")
    assert program.post(address, data={"role": "lead"}).status_code in {200, 303}


def test_two_owners_who_close_each_other_do_not_both_succeed(office: Office) -> None:
    pair = [_account(office, "ola_demo"), _account(office, "ona_demo")]
    start = threading.Barrier(2)
    refused: list[str] = []

    def close(by: UserRecord, whom: UserRecord) -> None:
        start.wait(10)
        try:
            with office.app.store.write() as tx:
                people.close(tx, Act(by=Person(by.name, by.role), at=office.clock.now()), whom.id)
        except IllegalMove as error:
            refused.append(str(error))

    threads = [threading.Thread(target=close, args=args) for args in (pair, reversed(pair))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert sorted(_named(office, user.name).is_disabled for user in pair) == [False, True]


def test_a_token_is_shown_once_used_and_revoked(office: Office) -> None:
    keeper = office.person(Role.OPERATOR)
    made = keeper.post("/settings/tokens", data={"name": "crm", "role": "light"})
    [secret] = SECRET.findall(made.text)
    program = office.visitor()
    program.headers["authorization"] = f"Bearer {secret}"

    page = keeper.get("/settings/people").text
    assert secret not in page
    assert "never" in page
    office.clock.forward(minutes=6)
    assert program.get("/api/v1/status").status_code == 200
    page = keeper.get("/settings/people").text
    assert "just now" in page
    [address] = re.findall(r"/settings/tokens/\d+/revoke", page)
    assert keeper.post(address).headers["location"] == "/settings/people?done=token_revoked"

    assert program.get("/api/v1/status").status_code == 401
    assert keeper.post(address).status_code == 404
    assert _deeds(office, "crm") == [("operator_demo", "token.created"), ("operator_demo", "token.revoked")]


def test_a_token_without_a_name_gets_a_number_and_a_persons_name_is_refused(office: Office) -> None:
    keeper = office.person(Role.OWNER)

    assert "lead-program-1" in keeper.post("/settings/tokens", data={"role": "lead"}).text
    refused = keeper.post("/settings/tokens", data={"role": "owner", "name": "owner_demo"})
    assert refused.status_code == 422
    assert "a person&#39;s account" in refused.text
    other_role = {"role": "light", "name": "lead-program-1"}
    assert keeper.post("/settings/tokens", data=other_role).status_code == 422


def test_the_demo_shows_the_page_and_changes_nothing(demo: Office) -> None:
    visitor = demo.visitor()

    assert "The demo has no accounts" in visitor.get("/settings/people").text
    assert visitor.post("/settings/people", data={"name": "ann_demo", "role": "light"}).status_code == 422
    assert visitor.post("/settings/tokens", data={"role": "light"}).status_code == 422
    with demo.app.store.read() as tx:
        assert accounts.all_of(tx) == []


@pytest.mark.parametrize("user_id", ["0", "99999999999999999999", "x", "-1"])
def test_an_account_that_cannot_be_is_no_accident(office: Office, user_id: str) -> None:
    assert office.person(Role.OWNER).post(f"/settings/people/{user_id}/disable").status_code in {404, 422}
