from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.roles import Role
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.audit import AuditFilter
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.web.entry import passwords
from engagebot.web.entry.auth import SESSION_IDLE, SESSION_LONGEST, Throttle, network_of
from engagebot.web.entry.entrance import own_path
from engagebot.web.entry.refusals import ACTION, Refusals
from tests.integration.web.office import ADDRESS, Office

PASSWORD = "four calm made-up words"


def _account(office: Office, name: str = "lena_demo", *, is_disabled: bool = False) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with office.app.store.write() as tx:
        accounts.add(tx, NewUser(name=name, role=Role.LEAD, password_hash=hashed), office.clock.now())
        if is_disabled:
            accounts.change(tx, name, {"is_disabled": True})


def _setup_link(office: Office) -> str:
    now = office.clock.now()
    with office.app.store.write() as tx:
        secret = accounts.issue(tx, KeyKind.SETUP, user_id=None, at=now, expires_at=now + timedelta(hours=1))
    return f"/setup/{secret}"


def test_a_person_signs_in_and_out(office: Office) -> None:
    _account(office)
    visitor = office.visitor()

    response = visitor.post("/login", data={"name": " lena_demo ", "password": PASSWORD, "next": "/cases"})

    assert (response.status_code, response.headers["location"]) == (303, "/cases")
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    secret = visitor.cookies["engagebot_session"]
    assert visitor.get("/").status_code == 200
    assert visitor.get("/login").headers["location"] == "/"

    assert visitor.post("/logout").headers["location"] == "/login"
    visitor.cookies.set("engagebot_session", secret)
    assert visitor.get("/").headers["location"] == "/login"


def test_wrong_name_and_wrong_password_look_the_same(office: Office) -> None:
    _account(office)
    _account(office, "gone_demo", is_disabled=True)
    office.program(Role.OWNER)
    visitor = office.visitor()

    answers = [
        visitor.post("/login", data={"name": name, "password": password})
        for name, password in (
            ("lena_demo", "not the password"),
            ("nobody_demo", PASSWORD),
            ("gone_demo", PASSWORD),
            ("owner_program", ""),
        )
    ]

    assert {answer.status_code for answer in answers[:3]} == {401}
    assert len({answer.text for answer in answers[:3]}) == 1
    assert answers[3].status_code in {401, 422}
    assert not visitor.cookies


def test_an_unknown_name_costs_as_much_work_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = passwords.hash_password(PASSWORD)
    checked: list[str] = []
    hasher = passwords._hasher()
    monkeypatch.setattr(type(hasher), "verify", lambda _self, _password, kept: bool(checked.append(kept)))

    passwords.is_right("x", stored)
    passwords.is_right("x", None)

    assert len(checked) == 2
    assert [kept.split("$")[1:4] for kept in checked] == [stored.split("$")[1:4]] * 2


@pytest.mark.parametrize("password", ["too short", "x" * 1025])
def test_a_password_must_have_a_sensible_length(password: str) -> None:
    with pytest.raises(WrongUsage, match="characters"):
        passwords.hash_password(password)


def test_guessing_is_slowed_down_for_one_address_only(office: Office) -> None:
    _account(office)
    guesser = office.visitor(address="203.0.113.5")
    throttle: Throttle = guesser.app.state.throttle  # type: ignore[attr-defined]
    for _ in range(Throttle.PER_NAME):
        throttle.failed("lena_demo", "203.0.113.5", office.clock.now())

    right = {"name": "lena_demo", "password": PASSWORD}
    response = guesser.post("/login", data=right)
    assert response.status_code == 429
    assert "wait 15 minutes" in response.text
    throttle.check("lena_demo", "203.0.113.6", office.clock.now())

    office.clock.forward(minutes=16)
    assert guesser.post("/login", data=right).status_code == 303


def test_refused_sign_ins_are_in_the_audit_and_cannot_flood_it(office: Office) -> None:
    _account(office)
    visitor = office.visitor()
    typed = "a secret that nobody may read"
    for name in ("lena_demo", "x" * 200, "<b>\x00", " "):
        assert visitor.post("/login", data={"name": name, "password": typed}).status_code in {401, 422}
    with office.app.store.read() as tx:
        tried = len(audit.page(tx, only=AuditFilter(kinds=(ACTION,))).items)
    refusals: Refusals = visitor.app.state.refusals  # type: ignore[attr-defined]
    for number in range(2 * Refusals.PER_HOUR):
        refusals.note(office.app.store, f"name-{number}", office.clock.now())
    office.clock.forward(hours=1)
    refusals.note(office.app.store, "lena_demo", office.clock.now())

    with office.app.store.read() as tx:
        lines = audit.page(tx, limit=1000, only=AuditFilter(kinds=(ACTION,))).items[::-1]
    assert [line.subject for line in lines[:2]] == ["user:lena_demo", f"user:{'x' * 60}"]
    assert {line.actor for line in lines} == {"nobody"}
    assert typed not in str(lines)
    assert len(lines) == Refusals.PER_HOUR + 1
    assert "not_written_until" in lines[-2].detail
    assert lines[-1].detail == {"not_written_before": Refusals.PER_HOUR + tried}
    page = office.person(Role.OWNER).get("/audit?kind=sign-in").text
    assert "was refused: name and password do not belong together" in page


def test_one_address_cannot_try_many_names_for_ever(office: Office) -> None:
    throttle = Throttle()
    for number in range(Throttle.PER_ADDRESS):
        throttle.failed(f"name-{number}", "2001:db8::1", office.clock.now())

    with pytest.raises(Exception, match="too many tries"):
        throttle.check("another", "2001:db8::ffff", office.clock.now())
    throttle.check("another", "2001:db8:1::1", office.clock.now())


def test_addresses_of_one_customer_count_as_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:203.0.113.5") == network_of("203.0.113.5") == "203.0.113.5"
    assert network_of("unknown") == "unknown"


@pytest.mark.parametrize(
    ("wanted", "followed"),
    [
        ("/cases?show=all", "/cases?show=all"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nset-cookie: x=y", "/"),
        ("", "/"),
        ("/login?next=/login", "/"),
    ],
)
def test_after_signing_in_only_our_own_pages_follow(wanted: str, followed: str) -> None:
    assert own_path(wanted) == followed


def test_a_visitor_comes_back_to_the_page_they_wanted(office: Office) -> None:
    response = office.visitor().get("/mentions?sentiment=negative")

    assert response.headers["location"] == "/login?next=%2Fmentions%3Fsentiment%3Dnegative"


@pytest.mark.parametrize(
    ("header", "stood_on", "followed"),
    [
        ("Referer", f"{ADDRESS}/cases/3?do=note", "/login?next=%2Fcases%2F3%3Fdo%3Dnote"),
        ("HX-Current-URL", f"{ADDRESS}/queue?item=7", "/login?next=%2Fqueue%3Fitem%3D7"),
        ("Referer", "https://evil.example/queue", "/login"),
        ("Referer", "https://[::1", "/login"),
        ("Referer", "", "/login"),
    ],
)
def test_whoever_pressed_something_comes_back_to_where_they_stood(
    office: Office, header: str, stood_on: str, followed: str
) -> None:
    visitor = office.visitor()
    response = visitor.post("/cases/3/note", data={"text": "a word"}, headers={header: stood_on})

    assert (response.status_code, response.headers["location"]) == (303, followed)
    office.person()
    page = visitor.get(followed).text
    assert ("it was not done" in page) == (followed != "/login")


def test_the_first_account_is_made_once_by_its_link(office: Office) -> None:
    visitor = office.visitor()
    assert "Nobody has an account yet" in visitor.get("/login").text
    link = _setup_link(office)
    assert visitor.get(link).status_code == 200

    short = visitor.post(link, data={"name": "ada_demo", "password": "short"})
    assert short.status_code == 422
    assert "at least 12" in short.text
    made = visitor.post(link, data={"name": "ada_demo", "password": PASSWORD})

    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert "ada_demo" in visitor.get("/").text
    with office.app.store.read() as tx:
        ada = accounts.by_name(tx, "ada_demo")
    assert ada is not None
    assert ada.role is Role.OWNER
    other = office.visitor()
    assert other.get(link).status_code == 404
    assert other.post(link, data={"name": "eve_demo", "password": PASSWORD}).status_code == 404


def test_a_first_account_link_is_no_use_once_there_are_people(office: Office) -> None:
    link = _setup_link(office)
    _account(office)

    response = office.visitor().post(link, data={"name": "eve_demo", "password": PASSWORD})

    assert response.status_code == 404


def test_an_old_or_made_up_link_opens_nothing(office: Office) -> None:
    link = _setup_link(office)
    office.clock.forward(hours=2)

    assert office.visitor().get(link).status_code == 404
    assert office.visitor().get("/setup/made-up").status_code == 404


def test_a_session_ends_when_nobody_uses_it(office: Office) -> None:
    browser = office.person()
    office.clock.forward(seconds=SESSION_IDLE.total_seconds() + 1)

    assert browser.get("/").status_code == 303


def test_a_session_in_use_goes_on_but_not_for_ever(office: Office) -> None:
    browser = office.person()
    alive = timedelta()
    while alive < SESSION_LONGEST - timedelta(hours=6):
        office.clock.forward(hours=6)
        alive += timedelta(hours=6)
        assert browser.get("/").status_code == 200, alive

    office.clock.forward(hours=7)
    assert browser.get("/").status_code == 303


def test_disabling_an_account_ends_its_sessions(office: Office) -> None:
    browser = office.person(Role.LEAD, "lena_demo")
    with office.app.store.write() as tx:
        accounts.change(tx, "lena_demo", {"is_disabled": True})

    assert browser.get("/").status_code == 303


def test_over_https_the_cookie_is_bound_to_this_host(office: Office) -> None:
    _account(office)
    office.app.settings = replace(office.app.settings, base_url="https://care.example.com")
    visitor = office.visitor(base_url="https://care.example.com")

    cookie = visitor.post("/login", data={"name": "lena_demo", "password": PASSWORD}).headers["set-cookie"]

    assert cookie.startswith("__Host-engagebot=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert visitor.get("/").status_code == 200
