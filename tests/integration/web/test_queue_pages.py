from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from engagebot.domain.roles import Role
from engagebot.store.casework import cases
from tests.factories import BY_HAND
from tests.integration.web.office import Office


def _follow(browser: TestClient, path: str, **data: str | int) -> str:
    response = browser.post(path, data=data)
    assert response.status_code == 303, response.text
    return html.unescape(browser.get(response.headers["location"]).text)


def _chosen(page: str) -> str:
    found = re.search(r'class="rowlink chosen" href="[^"]*item=(\d+)', page)
    assert found is not None
    return found[1]


def test_the_queue_shows_the_draft_its_reason_and_its_route(office: Office) -> None:
    office.drafts()

    page = html.unescape(office.person().get("/queue").text)

    assert "Thank you, Maple Fan! – Acme" in page
    assert "Says “love” → rule “Thank people who praise us”" in page
    assert re.search(r"<mark>[^<]*\blove\b[^<]*</mark>", page)
    assert "Can send" in page
    assert "they wrote to us" in page
    assert "28 of 280" in page


def test_approving_holds_the_reply_for_undo_and_goes_on_to_the_next(office: Office) -> None:
    first, second, third = (office.drafts(f"I love box {number}") for number in range(3))
    browser = office.person()
    page = browser.get(f"/queue?item={second.id}").text
    assert f'name="following" value="{third.id}"' in page

    page = _follow(
        browser,
        f"/queue/{second.id}/approve",
        version=1,
        text="Thank you!",
        lane="review",
        following=third.id,
    )

    assert _chosen(page) == str(third.id)
    assert "Nothing leaves while this site is DRY RUN" in page
    assert f'action="/queue/{second.id}/undo"' in page
    assert office.draft(second.id).state == "approved"
    page = _follow(browser, f"/queue/{second.id}/undo")
    assert _chosen(page) == str(second.id)
    assert office.draft(second.id).state == "proposed"
    assert f'name="following" value="{first.id}"' not in page


def test_the_last_item_of_a_lane_leads_to_the_one_before(office: Office) -> None:
    first, second = office.drafts("I love box 1"), office.drafts("I love box 2")

    page = office.person().get(f"/queue?item={second.id}").text

    assert f'name="following" value="{first.id}"' in page


def test_words_are_kept_when_somebody_else_was_faster(office: Office) -> None:
    draft = office.drafts()
    office.person(name="lena_demo").post(
        f"/queue/{draft.id}/edit", data={"version": 1, "text": "Their words"}
    )

    response = office.person().post(f"/queue/{draft.id}/approve", data={"version": 1, "text": "My words"})

    assert response.status_code == 409
    page = response.text
    assert "was changed meanwhile" in page
    assert "<del>My</del><ins>Their</ins> words" in page
    assert re.search(r"<textarea[^>]*>\s*My words</textarea>", page)
    assert 'name="version" value="2"' in page
    assert office.draft(draft.id).state == "proposed"
    assert office.draft(draft.id).text == "Their words"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the reply is empty"),
        ("Hello {{author.name}}", "still holds {{author.name}}"),
        ("a" * 300, "20 characters over"),
    ],
)
def test_a_text_that_cannot_leave_says_why_and_stays(office: Office, text: str, reason: str) -> None:
    draft = office.drafts()

    response = office.person().post(f"/queue/{draft.id}/approve", data={"version": 1, "text": text})

    assert response.status_code == 422
    page = html.unescape(response.text)
    assert reason[1:] in page
    assert text in page
    assert office.draft(draft.id).state == "proposed"


def test_rejecting_needs_a_reason_and_can_be_taken_back(office: Office) -> None:
    draft = office.drafts()
    browser = office.person()

    assert browser.post(f"/queue/{draft.id}/reject", data={"reason": ""}).status_code == 422
    _follow(browser, f"/queue/{draft.id}/reject", reason="wrong tone", note="too stiff")
    page = html.unescape(browser.get("/queue?lane=rejected").text)

    assert "wrong tone: too stiff" in page
    _follow(browser, f"/queue/{draft.id}/undo", lane="rejected")
    assert office.draft(draft.id).state == "proposed"


def test_a_reply_by_hand_is_opened_on_the_platform_and_noted(office: Office) -> None:
    draft = office.drafts(route=BY_HAND)
    browser = office.person()
    page = browser.get("/queue").text
    assert "By hand only" in page
    assert "Approve, then post it by hand" in page

    page = _follow(browser, f"/queue/{draft.id}/approve", version=1, text="Thank you!")

    assert "Now post it yourself" in page
    link = re.search(r'<a class="button primary" href="([^"]+)" target="_blank" rel="([^"]+)"', page)
    assert link is not None
    assert link[1].startswith("https://")
    assert "Thank+you" in link[1] or "Thank%20you" in link[1]
    assert "noopener" in link[2]
    _follow(browser, f"/queue/{draft.id}/posted", url="https://example.com/reply", lane="by_hand")
    done = office.draft(draft.id)
    assert (done.state, done.url) == ("posted_by_hand", "https://example.com/reply")


def test_a_person_can_be_given_to_a_team_instead(office: Office) -> None:
    draft = office.drafts()
    browser = office.person()

    page = _follow(browser, f"/queue/{draft.id}/escalate", team="support", severity="high", note="is a VIP")

    assert "Given to the team as a case" in page
    assert office.draft(draft.id).state == "withdrawn"
    with office.app.store.read() as tx:
        case = cases.of_mention(tx, draft.mention_id)
    assert case is not None
    assert "is a VIP" in case.why


def test_a_snoozed_draft_waits_in_its_own_lane(office: Office) -> None:
    draft = office.drafts()
    browser = office.person()

    page = _follow(browser, f"/queue/{draft.id}/snooze", until="1h")

    assert "Nobody is waiting." in page
    assert _chosen(browser.get("/queue?lane=snoozed").text) == str(draft.id)
    office.clock.forward(hours=2)
    assert _chosen(browser.get("/queue").text) == str(draft.id)


def test_a_draft_can_be_taken_and_left(office: Office) -> None:
    draft = office.drafts()
    browser = office.person(name="lena_demo")

    assert "with <bdi>lena_demo</bdi>" in _follow(browser, f"/queue/{draft.id}/assign", to="lena_demo")
    assert "I take it" in _follow(browser, f"/queue/{draft.id}/assign", to="")


def test_the_server_counts_as_the_platform_does(office: Office) -> None:
    draft = office.drafts()
    browser = office.person(Role.LIGHT)

    fits = browser.post(f"/queue/{draft.id}/read", data={"text": "Hello"}).text
    too_long = browser.post(f"/queue/{draft.id}/read", data={"text": "a" * 280 + "bbbb"}).text

    assert "over" not in fits
    assert "4 characters over" in too_long
    assert '<mark class="over-part">bbbb</mark>' in too_long


@pytest.mark.parametrize(
    "lane", ["review", "by_hand", "leaving", "person", "snoozed", "answered", "rejected"]
)
def test_an_empty_lane_says_what_belongs_there(office: Office, lane: str) -> None:
    page = office.person().get(f"/queue?lane={lane}").text

    assert re.search(r'<div class="empty"><p>[A-Z].{10,}', page)


def test_a_draft_that_does_not_exist_is_not_found(office: Office) -> None:
    browser = office.person()

    assert browser.get("/queue?item=999").status_code == 404
    assert browser.post("/queue/999/undo").status_code == 404
    assert browser.get("/queue?lane=nowhere").status_code == 422


def test_an_author_or_a_community_is_muted_from_the_queue_and_the_next_item_follows(office: Office) -> None:
    one, there, other, last = (
        office.drafts(f"I love box {number}", community=place)
        for number, place in enumerate(["r/kettles", "r/kettles", "r/lamps", None])
    )
    browser = office.person()
    assert "Mute <bdi>r/kettles</bdi>" in browser.get(f"/queue?item={one.id}").text

    page = _follow(browser, f"/queue/{one.id}/mute", whom="community", lane="review", following=there.id)

    assert "does not write there" in page
    assert _chosen(page) == str(other.id)
    states = [office.draft(each.id).state for each in (one, there, other, last)]
    assert states == ["withdrawn", "withdrawn", "proposed", "proposed"]
    assert "Mute <bdi>r/" not in browser.get(f"/queue?item={last.id}").text
    page = html.unescape(browser.post(f"/queue/{last.id}/mute", data={"whom": "community"}).text)
    assert "This was not said in a community." in page
    page = _follow(browser, f"/queue/{last.id}/mute", whom="author", lane="review")
    assert "does not speak to them" in page
    assert office.draft(last.id).state == "withdrawn"
    assert browser.post(f"/queue/{last.id}/mute", data={"whom": "weather"}).status_code == 422
