from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.mention import Author
from engagebot.domain.roles import Role
from engagebot.store import site
from engagebot.store.listening import watches
from engagebot.store.persons import customers
from engagebot.store.tables import rule_sets
from tests.factories import make_author
from tests.integration.web.office import Office

PAGES = (
    "/", "/queue", "/mentions", "/cases", "/cases?show=all", "/customers", "/rules", "/connectors", "/audit",
    "/settings", "/login", "/nope",
)  # fmt: skip
NASTY = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}} javascript:alert(3)"


def _nasty_author() -> Author:
    return make_author(f"x{NASTY}", name=NASTY, url="javascript:alert(4)")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_site_says_what_to_do_on_every_page(office: Office, page: str) -> None:
    text = office.person(Role.OWNER).get(page).text if page != "/login" else office.visitor().get(page).text

    assert text.startswith("<!doctype html>")
    assert '<html lang="en"' in text
    assert re.search(r"<title>\S.* · Acme · engagebot</title>", text)
    assert "Traceback" not in text


def test_no_page_has_a_style_or_a_script_of_its_own(office: Office) -> None:
    office.drafts()
    case_id = office.opens_case()
    browser = office.person(Role.OWNER)
    for page in (*PAGES, f"/cases/{case_id}", "/mentions/1", "/customers/1"):
        text = browser.get(page).text
        assert not re.search(
            r"<script(?! src=\"/static/)|<style| style=| on\w+=|https?://[^\"]*\.(js|css)", text
        ), page


@pytest.mark.parametrize("kind", ["draft", "case"])
def test_words_of_strangers_stay_words_on_every_page(office: Office, kind: str) -> None:
    text = f"I love it {NASTY}" if kind == "draft" else f"it is dead {NASTY}"
    mention_id = office.hears(
        text,
        author=_nasty_author(),
        title=NASTY,
        url="javascript:alert(5)",
        community=f"r/{NASTY}",
        conversation_id="thread",
    )
    office.hears(text, author=_nasty_author(), conversation_id="thread")
    browser = office.person(Role.OWNER)
    pages = [*PAGES, f"/mentions/{mention_id}", "/customers/1", "/queue?lane=rejected"]
    if kind == "case":
        browser.post("/cases/1/note", data={"text": NASTY})
        browser.post("/cases/1/assign", data={"to": NASTY})
        browser.post("/cases/1/resolve", data={"outcome": NASTY})
        pages.append("/cases/1")
    else:
        browser.post("/queue/1/edit", data={"version": 1, "text": NASTY})
        browser.post("/queue/1/reject", data={"reason": "other", "note": NASTY})
        browser.post("/queue/1/assign", data={"to": NASTY})
        pages.append("/queue?item=1")
    shown = 0
    for page in pages:
        body = browser.get(page).text
        assert "<script>alert" not in body, page
        assert "<img src=x" not in body, page
        assert 'href="javascript:' not in body, page
        assert "{{7*7}}" in body or "49" not in body, page
        shown += html.escape("<script>alert(1)</script>", quote=False) in body

    assert shown >= 5


def test_links_to_strangers_are_told_apart(office: Office) -> None:
    mention_id = office.hears("seen", url="https://example.com/post?a=1&b=2")

    body = office.person().get(f"/mentions/{mention_id}").text

    link = re.search(r'<a class="out" href="([^"]+)" target="_blank" rel="([^"]+)"', body)
    assert link is not None
    assert html.unescape(link[1]) == "https://example.com/post?a=1&b=2"
    assert link[2] == "noopener noreferrer nofollow ugc"


def test_text_keeps_its_own_direction_and_language(office: Office) -> None:
    mention_id = office.hears("مرحبا", lang="ar")

    body = office.person().get(f"/mentions/{mention_id}").text

    assert 'class="said" lang="ar" dir="auto"' in body


def test_a_mention_shows_every_rule_with_the_matched_words_marked(office: Office) -> None:
    mention_id = office.hears("the modem is dead", title="Modem dead again")

    body = office.person().get(f"/mentions/{mention_id}").text

    in_title, in_text = re.findall(r"<mark>([^<]*dead[^<]*)</mark>", body)
    assert in_title in "Modem dead again"
    assert in_text in "the modem is dead"
    for name in ("Something is broken", "Thank people who praise us", "Everything else"):
        assert name in body
    assert "10-all.yaml:1" in body
    assert "✓ yes" in body
    assert "✕ no" in body


def test_a_mention_shows_which_words_pushed_and_which_way(office: Office) -> None:
    mention_id = office.hears("Still waiting for my refund, thank you Acme. Can I speak to a person?")

    page = office.person().get(f"/mentions/{mention_id}").text

    assert "Words that weighed" in page
    assert re.search(r"“[^”]*[Ss]till waiting[^”]*”</bdi> <span[^>]*>\+[0-9.]+ towards unhappy", page)
    assert re.search(r"“[^”]*[Tt]hank you[^”]*”</bdi> <span[^>]*>-[0-9.]+ away from unhappy", page)
    assert "asks for a person" in page


def test_a_language_that_is_not_scored_is_told_plainly(office: Office) -> None:
    mention_id = office.hears("ma connexion est coupée depuis ce matin et personne ne répond")

    page = office.person().get(f"/mentions/{mention_id}").text

    assert "(<bdi>fr</bdi>) is not scored" in page
    assert "Words that weighed" not in page


def test_a_decision_of_a_lost_rule_set_is_still_shown(office: Office) -> None:
    mention_id = office.hears("the modem is dead")
    path = office.app.settings.rules_folder / "10-all.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[dead]", "[dead, gone]"), encoding="utf-8")
    assert office.app.rules.refresh()
    browser = office.person()
    assert "text" in browser.get(f"/mentions/{mention_id}").text
    with office.app.store.write() as tx:
        tx.execute(sa.delete(rule_sets))

    body = browser.get(f"/mentions/{mention_id}").text

    assert "Rules broken matched" in body
    assert "The conditions cannot be shown any more" in body
    decision = office.program().get(f"/api/v1/mentions/{mention_id}/decision").json()
    assert decision["rules"] is None
    assert "is not stored any more" in decision["problem"]


def test_mentions_are_walked_page_by_page_within_their_filter(office: Office) -> None:
    for number in range(55):
        office.hears(f"seen {number}")
    office.hears("I love the new box")
    browser = office.person()

    first = browser.get("/mentions?outcome=routed").text
    assert "seen 54" in first
    assert "love the new box" not in first
    following = re.search(r'href="(/mentions\?cursor=[^"]+)" rel="next"', first)
    assert following is not None
    second = browser.get(html.unescape(following[1])).text

    assert len(re.findall(r'class="rowlink"', first)) == 50
    assert len(re.findall(r'class="rowlink"', second)) == 5
    assert "Back to the start" in second
    assert "No mention passes this filter" in browser.get("/mentions?source=elsewhere").text


def test_a_correction_by_hand_is_kept_and_said(office: Office) -> None:
    mention_id = office.hears("oh great, another outage")
    browser = office.person(Role.SUPPORT)

    data = {"sentiment": "very_negative", "intents": ["complaint", "bug"]}
    response = browser.post(f"/mentions/{mention_id}/correct", data=data)
    body = browser.get(response.headers["location"]).text

    assert "very unhappy" in body
    assert "Your word now stands" in body
    assert "corrected what the machine read" in body


def test_today_tells_who_waits_and_until_when(office: Office) -> None:
    office.opens_case("my line is dead", posted_at=office.clock.now() - timedelta(hours=30))
    office.opens_case("my box is dead", posted_at=office.clock.now() - timedelta(hours=2))
    office.drafts()

    body = office.person().get("/").text

    assert body.index("my line is dead") < body.index("my box is dead")
    assert "late: was due" in body
    assert "(6 h 00 late)" in body
    assert "(in 22 h 00)" in body
    assert "I love the new box" in body
    assert "CEST" in body


def test_a_case_is_worked_by_plain_forms(office: Office) -> None:
    case_id = office.opens_case()
    browser = office.person(Role.SUPPORT)
    office.person(name="lena_demo")

    def press(action: str, **data: str) -> str:
        response = browser.post(f"/cases/{case_id}/{action}", data=data)
        if response.status_code != 303:
            return response.text
        return browser.get(response.headers["location"]).text

    assert "being looked after" in press("ack")
    assert "You look after this case already" in press("ack")
    assert "offered to <bdi>lena_demo</bdi>" in press("assign", to="lena_demo")
    assert "call them tomorrow" in press("note", text="call them tomorrow")
    assert "The note is empty" in press("note", text="  ")
    assert "snoozed" in press("snooze", until="tomorrow")
    assert "refunded" in press("resolve", outcome="refunded")
    assert f"/cases/{case_id}/reopen" in browser.get(f"/cases/{case_id}").text
    assert "Case reopened" in press("reopen")


@pytest.mark.parametrize(
    ("choice", "local"),
    [
        ("1h", "15:00"),
        ("tonight", "18:00"),
        ("tomorrow", "Tue 4 Aug, 09:00"),
        ("monday", "Mon 10 Aug, 09:00"),
    ],
)
def test_snoozing_is_in_the_teams_own_time(office: Office, choice: str, local: str) -> None:
    case_id = office.opens_case()
    browser = office.person()

    browser.post(f"/cases/{case_id}/snooze", data={"until": choice})

    body = browser.get(f"/cases/{case_id}").text
    assert re.search(rf"snoozed until <time[^>]*>[^<]*{local}", body)


def test_a_snoozed_case_is_snoozed_until_another_time(office: Office) -> None:
    case_id, browser = office.opens_case(), office.person()

    for choice in ("tomorrow", "monday", "tonight"):
        assert browser.post(f"/cases/{case_id}/snooze", data={"until": choice}).status_code == 303

    body = " ".join(re.sub(r"<[^>]+>", "", browser.get(f"/cases/{case_id}").text).split())
    assert "snoozed until Mon 3 Aug, 18:00" in body
    assert "snoozed it until Mon 3 Aug, 18:00 instead of Mon 10 Aug, 09:00" in body


def test_a_time_that_is_none_is_refused(office: Office) -> None:
    case_id = office.opens_case()

    response = office.person().post(f"/cases/{case_id}/snooze", data={"until": "never"})

    assert response.status_code == 422
    assert "is not a time to snooze until" in html.unescape(response.text)


def test_a_customer_page_holds_cases_and_words(office: Office) -> None:
    author = make_author()
    office.hears("seen you", author=author)
    office.opens_case(author=author)
    with office.app.store.read() as tx:
        (customer,) = customers.page(tx).items
    browser = office.person()

    assert "@maple_fan_demo" in browser.get("/customers").text
    body = browser.get(f"/customers/{customer.id}").text
    assert "seen you" in body
    assert "the modem is dead again" in body


def test_rules_are_told_in_words_and_broken_files_are_named(office: Office) -> None:
    browser = office.person()
    body = browser.get("/rules").text
    assert "Something is broken" in body
    assert "escalate to support" in html.unescape(body)

    path = office.app.settings.rules_folder / "10-all.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("contains_any", "contains_amy", 1), "utf-8")
    office.app.rules.refresh()

    body = html.unescape(browser.get("/rules").text)
    assert "Running v1. The files on disk have 1 error." in body
    assert "10-all.yaml:4" in body
    assert "Something is broken" in body
    assert "The rule files hold errors" in browser.get("/").text


def test_connectors_are_told_in_words(office: Office) -> None:
    now = office.clock.now()
    with office.app.store.write() as tx:
        watches.register(tx, office.app.settings.watches, now)
        lease = watches.claim(tx, 1, owner="w", now=now, lease=timedelta(minutes=1))
        assert lease is not None
        failure = {"at": now, "kind": "WatchInvalid", "message": "the query is refused", "next_poll_at": now}
        watches.record_failure(tx, lease, {**failure, "is_stopped": True})
    browser = office.person()

    assert "stopped: <bdi>the query is refused</bdi>" in browser.get("/connectors").text
    assert "fake needs attention" in browser.get("/").text


def test_the_audit_tells_who_did_what(office: Office) -> None:
    draft = office.drafts()
    office.person(name="lena_demo").post(f"/queue/{draft.id}/approve", data={"version": 1, "text": "Thanks!"})

    body = office.person(Role.LEAD).get("/audit").text

    assert "lena_demo" in body
    assert "approved the reply" in body
    assert f'href="/queue?item={draft.id}"' in body


def test_what_a_page_says_cannot_be_written_into_a_link(office: Office) -> None:
    body = office.person().get("/?done=Your+account+is+locked").text

    assert "Your account is locked" not in body


def test_pausing_brings_the_person_back_to_their_page(office: Office) -> None:
    browser = office.person()

    response = browser.post("/pause", data={"back": "/cases"})

    assert response.headers["location"] == "/cases?done=paused"
    body = browser.get("/cases").text
    assert "PAUSED" in body
    assert "Paused by community_demo" in body
    assert browser.post("/resume", data={"back": "//evil.example"}).headers["location"] == "/?done=resumed"
    with office.app.store.read() as tx:
        assert site.paused_by(tx) is None
