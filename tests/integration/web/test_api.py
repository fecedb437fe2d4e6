from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engagebot.domain.roles import Role
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from tests.factories import BLOCKED, BY_HAND, make_author
from tests.integration.web.office import Office

MENTION = {
    "id", "source", "native_id", "url", "kind", "author", "text", "lang", "posted_at", "fetched_at",
    "compound", "sentiment", "unhappiness", "intents", "reply_route", "state",
}  # fmt: skip
DRAFT = {"id", "mention_id", "rule_id", "text", "version", "state", "reply_route"}
CASE = {
    "id", "state", "severity", "team", "assignee", "contacts", "first_reply_due_at", "mention_ids", "why",
}  # fmt: skip
PUSHED: dict[str, Any] = {
    "source": "yelp",
    "native_id": "r-1",
    "text": "I love the corner shop",
    "author": "window_seat_demo",
    "posted_at": "2026-08-03T11:00:00+02:00",
    "url": "https://example.com/r-1",
    "kind": "review",
}


def test_a_mention_has_the_promised_shape(office: Office) -> None:
    mention_id = office.hears("I love the new box")

    mention = office.program().get(f"/api/v1/mentions/{mention_id}").json()

    assert set(mention) >= MENTION
    assert set(mention["author"]) >= {"handle", "name", "url"}
    assert mention["sentiment"] == "very_positive" or mention["sentiment"] == "positive"
    assert mention["reply_route"] == {"route": "api", "reason": "they wrote to us", "rule": None}
    assert mention["state"] == "decided"
    assert datetime.fromisoformat(mention["posted_at"]).utcoffset() == timedelta(0)


def test_a_deleted_account_is_null(office: Office) -> None:
    mention_id = office.hears("seen elsewhere", author=None)

    assert office.program().get(f"/api/v1/mentions/{mention_id}").json()["author"] is None


def test_a_decision_shows_every_rule_and_condition(office: Office) -> None:
    mention_id = office.hears("the modem is dead")

    decision = office.program().get(f"/api/v1/mentions/{mention_id}/decision").json()

    assert decision["matched"] == ["broken"]
    assert decision["outcome"] == "escalated"
    assert decision["actions"] == [
        {"rule": "broken", "action": "escalate", "team": "support", "severity": "high"}
    ]
    assert [rule["id"] for rule in decision["rules"]] == ["broken", "praise", "the-rest"]
    text, addressed = decision["rules"][0]["conditions"]
    assert text == {
        "condition": "text",
        "expected": {"contains_any": ["dead"]},
        "actual": ["dead"],
        "result": True,
        "spans": [[13, 17]],
    }
    assert addressed["actual"] is True
    assert decision["rules"][1]["matched"] is False


def test_a_list_is_walked_by_its_cursor_without_loss_or_repeat(office: Office) -> None:
    for number in range(7):
        office.hears(f"seen {number}", posted_at=office.clock.now() - timedelta(minutes=number // 2))
    program = office.program()
    seen: list[int] = []
    cursor = None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = program.get("/api/v1/mentions", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 7


def test_lists_can_be_filtered(office: Office) -> None:
    office.hears("the modem is dead")
    office.hears("I love the new box")
    program = office.program()

    def ids(**only: str) -> list[str]:
        return [item["text"] for item in program.get("/api/v1/mentions", params=only).json()["items"]]

    assert ids(outcome="escalated") == ["the modem is dead"]
    assert ids(source="elsewhere") == []
    assert len(ids(state="decided", source="demo")) == 2
    assert program.get("/api/v1/mentions", params={"sentiment": "sad"}).status_code == 422


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=made-up"])
def test_a_wrong_page_is_explained(office: Office, query: str) -> None:
    response = office.program().get(f"/api/v1/mentions?{query}")

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 422
    assert response.json()["detail"]


def test_a_pushed_mention_is_stored_once(office: Office) -> None:
    program = office.program()

    first = program.post("/api/v1/mentions", json=PUSHED)
    again = program.post("/api/v1/mentions", json={**PUSHED, "text": "other words"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["text"] == "I love the corner shop"
    assert first.json()["posted_at"] == "2026-08-03T09:00:00Z"
    assert first.json()["kind"] == "review"
    assert first.json()["is_history"] is False
    assert first.json()["reply_route"]["route"] == "by_hand"
    assert program.get("/api/v1/status").json()["undecided"] == 1


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"text": ""}, "text"),
        ({"posted_at": "yesterday"}, "posted_at"),
        ({"kind": "tweet"}, "kind"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"source": "Not A Name"}, "source"),
        ({"colour": "blue"}, "colour"),
        ({"followers": "many"}, "followers"),
        ({"id": "another"}, "native_id"),
    ],
)
def test_a_push_that_cannot_be_used_says_why(office: Office, change: dict[str, Any], names: str) -> None:
    response = office.program().post("/api/v1/mentions", json={**PUSHED, **change})

    assert response.status_code == 422
    assert names in response.json()["detail"]


def test_the_queue_holds_drafts_beside_their_mentions(office: Office) -> None:
    draft = office.drafts()
    program = office.program()

    (item,) = program.get("/api/v1/queue").json()["items"]

    assert set(item) >= DRAFT
    assert item["text"] == "Thank you, Maple Fan! – Acme"
    assert item["state"] == "proposed"
    assert set(item["mention"]) >= MENTION
    assert program.get(f"/api/v1/queue/{draft.id}").json() == item


def test_an_approved_draft_waits_for_undo(office: Office) -> None:
    draft = office.drafts()
    program = office.program()

    approved = program.post(
        f"/api/v1/queue/{draft.id}/approve", json={"version": 1, "text": "Thank you!"}
    ).json()

    assert approved["state"] == "approved"
    assert approved["text"] == "Thank you!"
    assert approved["approved_by"] == "community_program"
    assert datetime.fromisoformat(approved["due_at"]) == office.clock.now() + timedelta(seconds=10)
    assert len(program.get("/api/v1/queue?lane=leaving").json()["items"]) == 1
    assert program.post(f"/api/v1/queue/{draft.id}/undo").json()["state"] == "proposed"


def test_approving_what_somebody_changed_meanwhile_is_a_conflict(office: Office) -> None:
    draft = office.drafts()
    program = office.program()
    program.post(f"/api/v1/queue/{draft.id}/edit", json={"version": 1, "text": "Thanks a lot!"})

    response = program.post(f"/api/v1/queue/{draft.id}/approve", json={"version": 1, "text": "Thank you!"})

    assert response.status_code == 409
    problem = response.json()
    assert problem["type"] == "urn:engagebot:problem:version-moved"
    assert (problem["version"], problem["text"]) == (2, "Thanks a lot!")
    assert office.draft(draft.id).state == "proposed"


def test_a_text_over_the_limit_is_refused(office: Office) -> None:
    draft = office.drafts()

    response = office.program().post(
        f"/api/v1/queue/{draft.id}/approve", json={"version": 1, "text": "a" * 284}
    )

    assert response.status_code == 422
    assert "4 characters over" in response.json()["detail"]


def test_a_reply_by_hand_waits_until_it_is_posted(office: Office) -> None:
    draft = office.drafts(route=BY_HAND)
    program = office.program()

    assert program.post(f"/api/v1/queue/{draft.id}/approve", json={"version": 1}).json()["state"] == "by_hand"
    url = "https://example.com/reply"
    done = program.post(f"/api/v1/queue/{draft.id}/posted", json={"url": url}).json()

    assert (done["state"], done["url"]) == ("posted_by_hand", url)


def test_a_post_we_may_not_answer_gets_no_draft(office: Office) -> None:
    mention_id = office.hears("I love the new box", route=BLOCKED)

    decision = office.program().get(f"/api/v1/mentions/{mention_id}/decision").json()

    assert "the thread is locked" in decision["notes"][0]


def test_a_draft_can_be_rejected_given_away_snoozed_and_escalated(office: Office) -> None:
    draft = office.drafts()
    program = office.program()
    office.person(name="lena_demo")
    base = f"/api/v1/queue/{draft.id}"

    assert program.post(f"{base}/assign", json={"to": "lena_demo"}).json()["assignee"] == "lena_demo"
    later = (office.clock.now() + timedelta(hours=1)).isoformat()
    assert program.post(f"{base}/snooze", json={"until": later}).json()["snoozed_until"]
    assert program.get("/api/v1/queue").json()["items"] == []
    assert len(program.get("/api/v1/queue?lane=snoozed").json()["items"]) == 1
    assert program.post(f"{base}/reject", json={"reason": " "}).status_code == 422
    assert program.post(f"{base}/reject", json={"reason": "wrong tone"}).json()["state"] == "rejected"
    assert program.post(f"{base}/undo").json()["state"] == "proposed"
    unknown = program.post(f"{base}/escalate", json={"team": "suport"})
    assert unknown.status_code == 422
    assert 'did you mean "support"' in unknown.json()["detail"]
    case = program.post(f"{base}/escalate", json={"team": "support", "severity": "urgent"}).json()
    assert (case["severity"], case["mention_ids"]) == ("urgent", [draft.mention_id])
    assert office.draft(draft.id).state == "withdrawn"
    assert program.post(f"{base}/undo").status_code == 409


def test_a_case_has_the_promised_shape_and_its_history(office: Office) -> None:
    case_id = office.opens_case()
    program = office.program()

    case = program.get(f"/api/v1/cases/{case_id}").json()

    assert set(case) >= CASE
    assert (case["state"], case["severity"], case["contacts"]) == ("new", "high", 1)
    assert "Something is broken" in case["why"]
    assert datetime.fromisoformat(case["first_reply_due_at"]) > office.clock.now()
    assert [mention["id"] for mention in case["mentions"]] == case["mention_ids"]
    assert [event["action"] for event in case["history"]] == ["case.opened", "case.contact"]


def test_a_case_is_worked_to_its_end_and_back(office: Office) -> None:
    case_id = office.opens_case()
    program = office.program(Role.SUPPORT)
    office.person(name="lena_demo")
    base = f"/api/v1/cases/{case_id}"

    assert program.post(f"{base}/ack").json()["assignee"] == "support_program"
    assert program.post(f"{base}/ack").status_code == 409
    offered = program.post(f"{base}/assign", json={"to": "lena_demo"}).json()
    assert (offered["assignee"], offered["handed_to"]) == ("support_program", "lena_demo")
    assert program.post(f"{base}/assign", json={"team": "nobody"}).status_code == 422
    noted = program.post(f"{base}/note", json={"text": "call them"}).json()
    assert noted["history"][-1]["detail"] == {"text": "call them"}
    later = (office.clock.now() + timedelta(hours=1)).isoformat()
    assert program.post(f"{base}/snooze", json={"until": later}).json()["state"] == "snoozed"
    assert program.post(f"{base}/snooze", json={"until": later}).status_code == 409
    even_later = (office.clock.now() + timedelta(hours=2)).isoformat()
    put_off = program.post(f"{base}/snooze", json={"until": even_later}).json()
    assert datetime.fromisoformat(put_off["snoozed_until"]) == datetime.fromisoformat(even_later)
    assert program.post(f"{base}/resolve", json={"outcome": "fixed"}).json()["outcome"] == "fixed"
    assert program.get("/api/v1/cases?state=resolved").json()["items"][0]["id"] == case_id
    assert program.get("/api/v1/cases?state=new&state=snoozed").json()["items"] == []
    assert program.post(f"{base}/reopen").json()["state"] == "reopened"


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59Z", "9999-12-31T23:00:00-14:00", "0001-01-01T00:00:00+14:00"]
)
def test_no_moment_at_the_end_of_the_calendar_is_taken(office: Office, moment: str) -> None:
    draft, case_id, program = office.drafts(), office.opens_case(), office.program(Role.OWNER)
    case = f"/api/v1/cases/{case_id}"
    for refused in (
        program.post(f"/api/v1/queue/{draft.id}/snooze", json={"until": moment}),
        program.post(f"{case}/snooze", json={"until": moment}),
        program.post(f"{case}/contacts", json={"channel": "phone", "at": moment}),
    ):
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:engagebot:problem:wrong-usage")
    assert program.get(f"/api/v1/queue/{draft.id}").json()["snoozed_until"] is None
    assert program.get(case).json()["state"] == "new"


def test_a_customer_is_shown_with_what_they_said(office: Office) -> None:
    author = make_author("maple_fan_demo")
    office.hears("seen you", author=author)
    office.opens_case(author=author)
    program = office.program()
    customer_id = program.get("/api/v1/mentions").json()["items"][0]["customer_id"]

    customer = program.get(f"/api/v1/customers/{customer_id}").json()

    assert (customer["handle"], customer["contacts"]) == ("maple_fan_demo", 2)
    assert len(customer["mentions"]) == 2
    assert customer["open_case_id"] == customer["cases"][0]["id"]


def test_a_person_may_correct_the_machine(office: Office) -> None:
    mention_id = office.hears("oh great, another outage")
    program = office.program(Role.SUPPORT)
    path = f"/api/v1/mentions/{mention_id}/correct"

    corrected = program.post(path, json={"sentiment": "very_negative", "intents": ["complaint"]}).json()

    assert (corrected["sentiment"], corrected["intents"]) == ("very_negative", ["complaint"])
    assert (
        program.post(path, json={"sentiment": "negativ"})
        .json()["detail"]
        .endswith('did you mean "negative"?')
    )
    assert program.post(path, json={}).status_code == 422


def test_a_correction_is_decided_by_at_once(office: Office) -> None:
    (office.app.settings.rules_folder / "05-sad.yaml").write_text(
        "- id: sad\n  name: Sad\n  status: live\n  when: {all: [{unhappiness: {at_least: 0.9}}]}\n"
        "  then:\n    - escalate: {team: support, severity: high}\n",
        encoding="utf-8",
    )
    office.app.rules.refresh()
    draft = office.drafts()
    program = office.program()
    path = f"/api/v1/mentions/{draft.mention_id}"
    before = program.get(f"{path}/decision").json()

    corrected = program.post(f"{path}/correct", json={"sentiment": "negative"}).json()

    assert (corrected["sentiment"], corrected["outcome"], corrected["state"]) == (
        "negative",
        "escalated",
        "decided",
    )
    after = program.get(f"{path}/decision").json()
    assert after["matched"] == ["sad", "praise"]
    assert after["decided_at"] >= before["decided_at"]
    assert program.get(f"/api/v1/queue/{draft.id}").json()["state"] == "withdrawn"


def test_the_status_counts(office: Office) -> None:
    office.drafts()
    office.opens_case()
    program = office.program(Role.LIGHT)

    status = program.get("/api/v1/status").json()

    assert (status["mode"], status["mentions"], status["undecided"]) == ("DRY RUN", 2, 0)
    assert status["drafts"] == {"proposed": 1}
    assert status["cases"] == {"new": 1}
    assert set(status["connectors"][0]) >= {"name", "healthy", "last_poll_at", "reads_today", "cost_today"}
    assert program.post("/api/v1/pause").json().items() >= {"paused": True, "changed": True}.items()
    assert program.post("/api/v1/pause").json().items() >= {"paused": True, "changed": False}.items()
    assert program.get("/api/v1/status").json()["mode"] == "PAUSED"
    assert program.post("/api/v1/resume").status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/mentions/999", 404),
        ("GET", "/api/v1/queue/999", 404),
        ("GET", "/api/v1/cases/999", 404),
        ("GET", "/api/v1/customers/999", 404),
        ("GET", "/api/v1/nothing", 404),
        ("DELETE", "/api/v1/mentions", 405),
        ("GET", "/api/v1/mentions/x", 422),
        ("POST", "/api/v1/queue/1/approve", 422),
    ],
)
def test_every_failure_is_a_problem_document(office: Office, method: str, path: str, status: int) -> None:
    response = office.program().request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) >= {"type", "title", "status", "detail"}
    assert problem["status"] == status


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/mentions", "GET, HEAD, POST"),
        ("/api/v1/mutes", "DELETE, GET, HEAD, POST"),
        ("/api/v1/queue/1/writing", "DELETE, GET, HEAD, PUT"),
        ("/healthz", "GET, HEAD"),
        ("/login", "GET, HEAD, POST"),
        ("/api/v1/pause", "POST"),
    ],
)
def test_a_wrong_method_is_told_which_ones_are_right(office: Office, path: str, allowed: str) -> None:
    response = office.program().patch(path)

    assert (response.status_code, response.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/", "/queue", "/api/v1/queue", "/static/app.css"])
def test_head_tells_what_get_would_bring(office: Office, path: str) -> None:
    browser = office.person()

    asked, told = browser.get(path), browser.head(path)

    assert (told.status_code, told.content) == (asked.status_code, b"")
    for name in ("content-type", "content-length", "cache-control", "content-security-policy"):
        assert told.headers[name] == asked.headers[name]


def test_head_does_nothing_where_nothing_is_read(office: Office) -> None:
    response = office.program().head("/api/v1/pause")

    assert (response.status_code, response.headers["allow"], response.content) == (405, "POST", b"")


def test_a_problem_does_not_repeat_what_was_sent(office: Office) -> None:
    response = office.visitor().post("/login", data={"name": "x" * 201, "password": "correct horse battery"})

    assert response.status_code == 422
    assert "correct horse" not in response.text


def test_a_stranger_is_asked_for_a_token(office: Office) -> None:
    response = office.visitor().get("/api/v1/mentions")

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["type"] == "urn:engagebot:problem:sign-in-needed"


def test_a_revoked_token_opens_nothing(office: Office) -> None:
    program = office.program()
    with office.app.store.write() as tx:
        accounts.revoke(tx, KeyKind.TOKEN)

    assert program.get("/api/v1/status").status_code == 401


def test_the_api_describes_itself(office: Office) -> None:
    schema = office.visitor().get("/openapi.json").json()

    assert "/api/v1/queue/{draft_id}/approve" in schema["paths"]
    assert all(path.startswith("/api/v1/") for path in schema["paths"])
    operation = schema["paths"]["/api/v1/mentions"]["get"]
    assert operation["security"] == [{"HTTPBearer": []}]
