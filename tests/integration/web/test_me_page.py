"""A person's own page: preferences, keys, password, sessions and figures, without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engagebot.domain.desk.preferences import Density, Preferences, Theme
from engagebot.domain.roles import Role
from engagebot.store import audit
from engagebot.store.desk import preferences
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import NewUser
from engagebot.web.desk.keys import KEYS
from engagebot.web.entry import passwords
from engagebot.web.entry.auth import Throttle
from tests.integration.web.office import Office

PASSWORD, OTHER = "four calm made-up words", "another line of made-up words"
LETTERS = [key for key in KEYS.values() if key.is_letter]


def _likes(office: Office, name: str = "community_demo") -> Preferences:
    with office.app.store.read() as tx:
        return preferences.read(tx, name)


def _signed_in(office: Office, password: str = PASSWORD) -> TestClient:
    visitor = office.visitor()
    answer = visitor.post("/login", data={"name": "lena_demo", "password": password})
    assert answer.status_code == 303
    return visitor


def _account(office: Office) -> None:
    with office.app.store.write() as tx:
        new = NewUser(name="lena_demo", role=Role.LEAD, password_hash=passwords.hash_password(PASSWORD))
        accounts.add(tx, new, office.clock.now())


def _keys(**own: str) -> dict[str, Any]:
    return {"action": [key.action for key in LETTERS], "key": [own.get(key.action, "") for key in LETTERS]}


@pytest.mark.parametrize(
    ("undo", "kept"),
    [
        ("", Preferences()),
        ("0", Preferences(undo_after=timedelta(0))),
        ("1200", Preferences(undo_after=timedelta(minutes=20))),
        ("77", Preferences(undo_after=timedelta(seconds=77))),
        ("confirm", Preferences(confirms_sending=True)),
    ],
)
def test_the_time_to_undo_is_ones_own(office: Office, undo: str, kept: Preferences) -> None:
    kim = office.person()

    answer = kim.post("/me", data={"undo": undo, "breaks": "true"})

    assert answer.headers["location"] == "/me?done=preferences_saved"
    assert _likes(office) == kept
    assert re.search(rf'<option value="{undo}" selected>', kim.get("/me").text)
    assert _likes(office, "lead_demo") == Preferences()


@pytest.mark.parametrize(
    ("undo", "waits"), [("300", timedelta(minutes=5)), ("0", timedelta(0)), ("confirm", None)]
)
def test_ones_own_time_to_undo_holds_for_what_one_approves(
    office: Office, undo: str, waits: timedelta | None
) -> None:
    draft, kim = office.drafts(), office.person()
    kim.post("/me", data={"undo": undo})

    approved = kim.post(f"/queue/{draft.id}/approve", data={"version": draft.version, "text": draft.text})

    assert approved.status_code == 303
    due_at = office.draft(draft.id).due_at
    assert due_at == (None if waits is None else office.clock.now() + waits)


@pytest.mark.parametrize("undo", ["-1", "1201", "1e3", "soon", "²", "9" * 40])
def test_a_time_that_is_none_is_told_and_changes_nothing(office: Office, undo: str) -> None:
    answer = office.person().post("/me", data={"undo": undo, "theme": "dark"})

    assert answer.status_code == 422
    assert "is no time to undo; choose 0 seconds to 20 minutes" in answer.text
    assert _likes(office) == Preferences()


def test_looks_sign_off_and_breaks_are_kept(office: Office) -> None:
    kim = office.person()
    chosen = {"theme": "dark", "density": "compact", "sign_off": " ^KD ", "undo": ""}

    assert kim.post("/me", data=chosen).status_code == 303

    likes = _likes(office)
    assert (likes.theme, likes.density, likes.sign_off) == (Theme.DARK, Density.COMPACT, "^KD")
    assert likes.breaks is False
    for wrong in ({"sign_off": "x" * 13}, {"sign_off": "two\nlines"}, {"theme": "plaid"}):
        assert kim.post("/me", data={**chosen, **wrong}).status_code == 422
    assert _likes(office) == likes


def test_keys_are_changed_switched_off_and_brought_back(office: Office) -> None:
    kim = office.person()
    kim.post("/me", data={"sign_off": "^KD", "breaks": "true"})

    kim.post("/me/keys", data={**_keys(approve="ö", reject="ä"), "letters": "true"})
    assert _likes(office) == Preferences(keys={"approve": "ö", "reject": "ä"}, sign_off="^KD")
    assert 'value="ö"' in kim.get("/me").text
    sheet = kim.get("/keys").text
    of_cases = sheet[sheet.index("<h3>With a case before you") : sheet.index("<h3>In the list")]
    assert "<kbd>m</kbd> Give it to somebody" in of_cases, "what works there too is told there too"
    kim.post("/me/keys", data=_keys(approve="ö"))
    assert _likes(office).has_letter_keys is False
    kim.post("/me/keys", data={**_keys(approve="ö"), "letters": "true", "usual": "true"})
    assert _likes(office) == Preferences(sign_off="^KD")


def test_one_key_for_two_things_is_refused_and_both_are_named(office: Office) -> None:
    kim = office.person()

    answer = kim.post("/me/keys", data={**_keys(approve=KEYS["reject"].key), "letters": "true"})

    assert answer.status_code == 422
    assert KEYS["approve"].label in answer.text
    assert "would do two things" in answer.text
    assert _likes(office) == Preferences()
    for wrong in ({"action": "made_up", "key": "q"}, {"action": "send", "key": "q"}):
        assert kim.post("/me/keys", data={**wrong, "letters": "true"}).status_code == 422


def test_the_password_is_changed_by_whoever_knows_the_old_one(office: Office) -> None:
    _account(office)
    here, elsewhere = _signed_in(office), _signed_in(office)
    before = here.cookies["engagebot_session"]
    page = here.get("/me").text
    for field in ("current-password", "new-password", "username"):
        assert f'autocomplete="{field}"' in page

    for old, new, said in (
        ("wrong", OTHER, "the old password is not right"),
        (PASSWORD, "short", "at least 12"),
        (PASSWORD, "lena_demo-2026", "easy to guess"),
        (PASSWORD, PASSWORD, "is the old one"),
    ):
        refused = here.post("/me/password", data={"old": old, "new": new})
        assert refused.status_code == 422
        assert said[4:] in refused.text
    assert elsewhere.get("/me").status_code == 200

    changed = here.post("/me/password", data={"old": PASSWORD, "new": OTHER})

    assert changed.headers["location"] == "/me?done=password_changed"
    assert here.cookies["engagebot_session"] != before
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 303
    _signed_in(office, OTHER)
    with office.app.store.read() as tx:
        deeds = [event.action for event in audit.of(tx, "user:lena_demo")]
    assert deeds.count("account.password_changed") == 1


def test_guessing_the_old_password_is_slowed_down_too(office: Office) -> None:
    _account(office)
    lena = _signed_in(office)
    throttle: Throttle = lena.app.state.throttle  # type: ignore[attr-defined]
    for _ in range(Throttle.PER_NAME):
        throttle.failed("lena_demo", "127.0.0.1", office.clock.now())

    assert lena.post("/me/password", data={"old": PASSWORD, "new": OTHER}).status_code == 429


def test_everywhere_else_is_signed_out_and_here_is_not(office: Office) -> None:
    _account(office)
    elsewhere = _signed_in(office)
    office.clock.forward(hours=1)
    here, other = _signed_in(office), office.person(Role.LEAD, "kim_demo")
    page = here.get("/me").text
    assert page.count("<strong>this one</strong>") == 1
    assert "1 h ago" in page

    assert here.post("/me/sessions/end").headers["location"] == "/me?done=signed_out_elsewhere"

    assert elsewhere.get("/me").status_code == 303
    assert here.get("/me").status_code == other.get("/me").status_code == 200
    assert "Sign out everywhere else" not in here.get("/me").text


def test_signing_in_begins_a_new_session_and_ends_the_one_before(office: Office) -> None:
    _account(office)
    browser = _signed_in(office)
    before = browser.cookies["engagebot_session"]
    browser.cookies.clear()
    browser.cookies.set("engagebot_session", before)

    browser.post("/login", data={"name": "lena_demo", "password": PASSWORD})
    planted = office.visitor()
    planted.cookies.set("engagebot_session", "planted-by-somebody-else")
    planted.post("/login", data={"name": "lena_demo", "password": PASSWORD})

    after = [cookie.value for cookie in browser.cookies.jar if cookie.value != before]
    assert after
    old = office.visitor()
    old.cookies.set("engagebot_session", before)
    assert old.get("/me").status_code == 303
    old.cookies.set("engagebot_session", "planted-by-somebody-else")
    assert old.get("/me").status_code == 303


def test_figures_are_ones_own_and_leads_see_only_the_team(office: Office) -> None:
    now = office.clock.now()
    with office.app.store.write() as tx:
        for number, name in enumerate(["community_demo"] * 3 + ["kim_demo"] * 2):
            at = now - timedelta(minutes=number)
            action = "draft.rejected" if number == 0 else "draft.approved"
            audit.add(tx, at=at, actor=name, action=action, subject=f"draft:{number}")
    own, lead = office.person(), office.person(Role.LEAD)
    office.person(Role.LIGHT, "kim_demo")

    assert re.search(r'Today</th><td class="num">3</td><td class="num">67 %</td>', own.get("/me").text)
    page = lead.get("/me").text
    assert re.search(r'7 days</th><td class="num">0</td>', page)
    assert "Fewer than 3 people decided anything" in page
    assert "The team" not in own.get("/me").text

    with office.app.store.write() as tx:
        audit.add(tx, at=now, actor="lead_demo", action="draft.approved", subject="draft:9")
        audit.add(tx, at=now, actor="rule:praise", action="draft.withdrawn", subject="draft:9")
    page = lead.get("/me").text
    assert "6 decisions by 3 people, 83 % of them approvals" in page
    assert "kim_demo" not in page


def test_a_program_and_the_demo_have_a_page_but_no_password(office: Office) -> None:
    program = office.program(Role.LEAD)

    assert "Your password" not in program.get("/me").text
    assert program.post("/me/password", data={"old": "x", "new": OTHER}).status_code == 422


def test_the_demo_keeps_preferences_too(demo: Office) -> None:
    visitor = demo.visitor()

    assert visitor.post("/me", data={"theme": "dark"}).status_code == 303
    assert _likes(demo, "demo").theme is Theme.DARK
    assert visitor.post("/me/password", data={"old": "x", "new": OTHER}).status_code == 422
    assert "Your password" not in visitor.get("/me").text
