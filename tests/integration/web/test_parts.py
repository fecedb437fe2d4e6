"""What a script is told that puts answers into an open page."""

from __future__ import annotations

from engagebot.domain.roles import Role
from tests.integration.web.office import Office

PART = {"hx-request": "true"}


def test_a_decision_is_followed_by_what_changed_alone(office: Office) -> None:
    first, second = office.drafts("I love box 1"), office.drafts("I love box 2")
    browser = office.person()
    data = {"version": 1, "text": "Thank you!", "following": second.id}

    done = browser.post(f"/queue/{first.id}/approve", data=data, headers=PART)
    followed = browser.get(done.headers["location"], headers=PART)

    assert f'data-draft="{second.id}"' in followed.text
    assert "<html" not in followed.text
    assert 'id="lanes"' in followed.text
    assert f"item={second.id}" in followed.headers["hx-push-url"]
    assert '"state": "approved"' in followed.headers["hx-trigger"]


def test_a_failure_is_told_beside_what_somebody_was_at(office: Office) -> None:
    browser = office.person()

    answer = browser.get("/queue?item=4711", headers=PART)

    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == "#toast"
    assert "<html" not in answer.text
    assert "there is no draft 4711" in answer.text.lower()


def test_a_role_is_refused_in_place(office: Office) -> None:
    draft = office.drafts()

    answer = office.person(Role.LIGHT).post(f"/queue/{draft.id}/reject", data={"reason": "1"}, headers=PART)

    assert answer.status_code == 403
    assert answer.headers["hx-retarget"] == "#toast"


def test_whoever_was_signed_out_goes_to_sign_in_with_the_whole_page(office: Office) -> None:
    answer = office.visitor().get("/queue", headers=PART)

    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/login?next=")
