"""A window left open by one person does nothing in the name of another who signed in beside it."""

from __future__ import annotations

import pytest

from engagebot.domain.outbox import DraftState
from tests.integration.web.office import Office

PRESSED = {"version": 1, "text": "Thank you for the kind words"}


@pytest.mark.parametrize(
    ("pressed_on", "expected"),
    [
        pytest.param("?as=kim_demo", 409, id="another's page"),
        pytest.param("?as=", 409, id="nobody's page"),
        pytest.param("?as=ben_demo", 303, id="one's own page"),
        pytest.param("", 303, id="no script"),
    ],
)
def test_a_press_counts_only_on_ones_own_page(office: Office, pressed_on: str, expected: int) -> None:
    draft, ben = office.drafts(), office.person(name="ben_demo")
    answer = ben.post(f"/queue/{draft.id}/approve{pressed_on}", data=PRESSED)
    assert answer.status_code == expected
    state = DraftState.APPROVED if expected == 303 else DraftState.PROPOSED
    assert office.draft(draft.id).state is state


def test_the_refusal_says_who_is_who_and_shows_no_markup(office: Office) -> None:
    draft, ben = office.drafts(), office.person(name="ben_demo")
    address = f"/queue/{draft.id}/approve?as=<b>kim_demo"
    page = ben.post(address, data=PRESSED).text
    assert "page is that of &lt;b&gt;kim_demo, but ben_demo is signed in" in page
    assert "<b>kim_demo" not in page


def test_reading_is_nobodys_alone(office: Office) -> None:
    assert office.person(name="ben_demo").get("/queue?as=kim_demo").status_code == 200


def test_pages_say_whose_they_are(office: Office) -> None:
    assert 'data-me="ben_demo"' in office.person(name="ben_demo").get("/cases").text
