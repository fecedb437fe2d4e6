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

    assert done.status_code == 200
    assert f'data-draft="{second.id}"' in done.text
    assert "<html" not in done.text
    assert 'id="lanes"' in done.text
    assert "Approved" in done.text
    assert f'hx-post="/queue/{first.id}/undo"' in done.text
    assert done.headers["hx-push-url"].endswith(f"item={second.id}")
    assert '"state": "approved"' in done.headers["hx-trigger"]


def test_without_a_script_a_decision_leads_to_the_page_that_follows(office: Office) -> None:
    first, second = office.drafts("I love box 1"), office.drafts("I love box 2")
    data = {"version": 1, "text": "Thank you!", "following": second.id}

    done = office.person().post(f"/queue/{first.id}/approve", data=data)

    assert done.status_code == 303
    assert f"item={second.id}&done=approved&acted={first.id}" in done.headers["location"]


def test_one_at_a_time_a_decision_is_followed_by_what_nobody_looks_at(office: Office) -> None:
    first, second, third = (office.drafts(f"I love box {number}") for number in range(3))
    browser = office.person()
    office.person(name="ben_demo").post(f"/queue/{second.id}/here")
    data = {"version": 1, "text": "Thank you!", "base": "/queue/play"}

    done = browser.post(f"/queue/{first.id}/approve", data=data, headers=PART)

    assert f'data-draft="{third.id}"' in done.text
    assert done.headers["hx-push-url"] == f"/queue/play?lane=review&item={third.id}"


def test_a_correction_is_seen_in_the_answer_to_it(office: Office) -> None:
    draft = office.drafts("I love the box")

    data = {"sentiment": "very_negative"}
    done = office.person().post(f"/queue/{draft.id}/correct", data=data, headers=PART)

    assert 'data-state="withdrawn"' in done.text


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
