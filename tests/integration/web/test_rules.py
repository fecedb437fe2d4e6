"""The rules in the API and on their page: what runs, which versions there were, what holds itself back."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.roles import Role
from engagebot.domain.ruling.rule_holds import Fault, Pause
from engagebot.store import audit
from engagebot.store.ruling import rule_counts, rule_faults, rule_pauses, rule_sets
from engagebot.store.ruling.rule_counts import Matches
from tests.integration.web.office import RULES, Office

NOTE = {"note": "fewer words"}


def rewrite(office: Office, old: str, new: str) -> None:
    path = office.app.settings.rules_folder / "10-all.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def marks(office: Office) -> dict[str, str]:
    _, live = office.app.rules.live()
    return dict(live.marks or {})


def hold(office: Office) -> None:
    """The praise rule raised once and rushed once."""
    mark, now = marks(office)["praise"], office.clock.now()
    with office.app.store.write() as tx:
        rule_faults.add(
            tx,
            Fault(
                rule_id="praise", mark=mark, rule_set="s", first_at=now, last_at=now, count=1,
                error="KeyError", mention_id=7,
            ),
        )  # fmt: skip
        rule_pauses.add(tx, Pause(rule_id="praise", mark=mark, paused_at=now, matched=101, allowed=100))


def test_the_api_tells_the_rules_in_words_with_what_they_match(office: Office) -> None:
    office.hears("I love the new box")
    with office.app.store.write() as tx:
        rule_counts.add(tx, {"broken": Matches(live=4, shadow=2)}, office.clock.now() - timedelta(days=3))
    body = office.program(Role.LIGHT).get("/api/v1/rules").json()
    assert (body["version"], body["author"], body["problem"]) == (1, "watcher", None)
    broken, praise, default = body["rules"]
    assert (broken["id"], broken["status"], broken["state"], broken["held"]) == (
        "broken",
        "live",
        "running",
        [],
    )
    assert broken["sentence"].startswith("When the text mentions ")
    assert [broken[key] for key in ("matched_24h", "matched_7d", "shadow_24h", "shadow_7d")] == [0, 4, 0, 2]
    assert (praise["matched_24h"], praise["matched_7d"], default["default"]) == (1, 1, True)


def test_each_rule_tells_which_of_its_drafts_people_throw_away(office: Office) -> None:
    browser, program = office.person(), office.program()
    ids = [office.drafts(f"I love box number {number}").id for number in range(5)]
    for draft_id, reason in zip(ids, ("tone", "facts", "tone: too loud"), strict=False):
        program.post(f"/api/v1/queue/{draft_id}/reject", json={"reason": reason})
    program.post(f"/api/v1/queue/{ids[3]}/approve", json={"version": 1})
    browser.post(f"/queue/{ids[4]}/skip", data={"reason": "<b>no idea</b>", "base": "/queue/play"})
    program.post(f"/api/v1/queue/{ids[4]}/skip")

    praise = program.get("/api/v1/rules").json()["rules"][1]
    assert [praise[key] for key in ("decided_30d", "rejected_30d", "rejected_for", "skipped_30d")] == [
        4, 3, {"tone": 2, "facts": 1}, 2,
    ]  # fmt: skip
    page = browser.get("/rules").text
    said = "People rejected 3 of 4 in 30 days: wrong tone 2, wrong facts 1; passed by 2 times."
    assert page.count(said) == page.count("People ") == 1
    assert "<bdi>&lt;b&gt;no idea&lt;/b&gt;</bdi>" in page
    office.clock.forward(days=31)
    assert "rejected 3" not in office.person().get("/rules").text


def test_what_is_wrong_with_the_files_is_told_as_data_and_goes_once_mended(office: Office) -> None:
    program = office.program()
    assert program.get("/api/v1/rules").json()["problem"] is None
    rewrite(office, "contains_any: [dead]", "contains_amy: [dead]")
    office.app.rules.refresh()
    body = program.get("/api/v1/rules").json()
    (finding,) = body["problem"]["findings"]
    assert (body["problem"]["errors"], len(body["rules"])) == (1, 3)
    assert (finding["file"], finding["line"], finding["level"]) == ("rules/10-all.yaml", 4, "error")
    assert program.get("/api/v1/status").json()["rules_problem"].startswith("rules/10-all.yaml:4")
    assert "engagebot_rules_last_reload_successful 0.0" in program.get("/metrics").text
    page = office.person().get("/rules").text
    assert "Running v1. The files on disk have 1 error." in page
    assert "rules/10-all.yaml:4:" in page

    rewrite(office, "contains_amy: [dead]", "contains_any: [dead]")
    office.app.rules.refresh()
    assert program.get("/api/v1/rules").json()["problem"] is None
    assert program.get("/api/v1/status").json()["rules_problem"] is None
    assert "engagebot_rules_last_reload_successful 1.0" in program.get("/metrics").text
    assert "The files on disk have" not in office.person().get("/rules").text


def test_a_site_whose_files_never_held_shows_what_is_wrong(office: Office) -> None:
    rewrite(office, "contains_any: [dead]", "contains_amy: [dead]")
    body = office.program().get("/api/v1/rules").json()
    assert (body["version"], body["rules"], body["problem"]["errors"]) == (None, [], 1)
    assert "The files on disk have 1 error." in office.person().get("/rules").text


def test_a_lead_publishes_with_a_note(office: Office) -> None:
    office.app.rules.refresh()
    lead = office.program(Role.LEAD)
    rewrite(office, "severity: high", "severity: low")
    done = lead.post("/api/v1/rules/publish", json=NOTE)
    assert done.status_code == 200
    body = done.json()
    assert (body["changed"], body["signed"], body["version"]) == (True, False, 2)
    assert (body["author"], body["note"], body["changes"]) == (
        "lead_program", "fewer words", ["changed broken: then"],
    )  # fmt: skip
    again = lead.post("/api/v1/rules/publish", json=NOTE).json()
    assert (again["changed"], again["version"]) == (False, 2)
    with office.app.store.read() as tx:
        (event,) = audit.of(tx, "rules:2")
    assert (event.actor, event.action, event.detail["note"]) == (
        "lead_program",
        "rules.published",
        "fewer words",
    )


def test_rules_with_faults_are_not_published(office: Office) -> None:
    office.app.rules.refresh()
    rewrite(office, "severity: high", "severity: huge")
    answer = office.program(Role.OWNER).post("/api/v1/rules/publish", json=NOTE)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "The rules do not hold"
    assert answer.json()["findings"][0]["file"] == "rules/10-all.yaml"
    assert office.program().get("/api/v1/rules").json()["version"] == 1


def test_versions_are_listed_and_restored(office: Office) -> None:
    office.app.rules.refresh()
    office.hears("I love the new box")
    owner = office.program(Role.OWNER)
    rewrite(office, "severity: high", "severity: low")
    owner.post("/api/v1/rules/publish", json=NOTE)
    body = owner.get("/api/v1/rules/versions?limit=1").json()
    assert [(each["version"], each["live"], each["decisions"]) for each in body["items"]] == [(2, True, 0)]
    rest = owner.get(f"/api/v1/rules/versions?cursor={body['next_cursor']}").json()
    assert [(each["version"], each["live"], each["decisions"]) for each in rest["items"]] == [(1, False, 1)]
    assert rest["next_cursor"] is None

    done = owner.post("/api/v1/rules/versions/1/restore", json={"note": "as it was"}).json()
    assert (done["version"], done["note"], done["changed"]) == (3, "as it was", True)
    assert done["kept"].startswith("rules-before-restore-")
    path = office.app.settings.rules_folder / "10-all.yaml"
    assert path.read_text("utf-8") == RULES
    assert owner.get("/api/v1/rules").json()["version"] == 3
    assert owner.get("/api/v1/rules/versions?cursor=x").status_code == 422
    assert owner.post("/api/v1/rules/versions/77/restore", json=NOTE).status_code == 404


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": "   "}, {"note": "x", "other": 1}])
def test_a_note_is_needed(office: Office, body: dict[str, Any]) -> None:
    owner = office.program(Role.OWNER)
    assert owner.post("/api/v1/rules/publish", json=body).status_code == 422
    with office.app.store.read() as tx:
        assert rule_sets.live(tx) is None


@pytest.mark.parametrize("role", [Role.MARKETING, Role.OPERATOR, Role.COMMUNITY])
def test_publishing_is_for_leads_and_the_owner(office: Office, role: Role) -> None:
    office.app.rules.refresh()
    program = office.program(role)
    for path in ("publish", "versions/1/restore", "praise/resume"):
        answer = program.post(f"/api/v1/rules/{path}", json=NOTE)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


def test_held_rules_are_told_everywhere_and_resumed(office: Office) -> None:
    office.app.rules.refresh()
    hold(office)
    lead = office.program(Role.LEAD)
    (praise,) = [each for each in lead.get("/api/v1/rules").json()["rules"] if each["id"] == "praise"]
    assert [each["state"] for each in praise["held"]] == ["paused", "quarantined"]
    assert praise["state"] == "paused"
    assert len(lead.get("/api/v1/status").json()["rules_held"]) == 2
    figures = lead.get("/metrics").text
    assert "engagebot_rules_quarantined 1.0" in figures
    assert "engagebot_rules_paused 1.0" in figures
    page = html.unescape(office.person(Role.LEAD).get("/rules").text)
    assert "Thank people who praise us is paused." in page
    assert "It matched 101 mentions within the hour" in page
    assert "/rules/praise/resume" in page
    assert "/rules/praise/resume" not in office.person(Role.MARKETING).get("/rules").text

    assert lead.post("/api/v1/rules/praise/resume").json() == {"rule": "praise", "changed": True}
    assert lead.post("/api/v1/rules/praise/resume").json() == {"rule": "praise", "changed": False}
    assert lead.post("/api/v1/rules/nothing/resume").status_code == 404
    assert lead.get("/api/v1/status").json()["rules_held"] == []


def test_a_held_rule_is_let_go_from_the_page(office: Office) -> None:
    office.app.rules.refresh()
    hold(office)
    browser = office.person(Role.LEAD)
    answer = browser.post("/rules/praise/resume")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules?done=rule_resumed")
    assert "is paused." not in browser.get("/rules").text
    with office.app.store.read() as tx:
        (event,) = audit.of(tx, "rule:praise")
    assert event.detail == {"paused": True, "quarantined": True}


def test_the_page_lists_versions_with_who_and_why(office: Office) -> None:
    office.app.rules.refresh()
    rewrite(office, "severity: high", "severity: low")
    office.program(Role.LEAD).post("/api/v1/rules/publish", json={"note": "<b>softer</b>"})
    page = office.person().get("/rules").text
    assert "v2 (live)" in page
    assert "&lt;b&gt;softer&lt;/b&gt;" in page
    assert "changed broken: then" in page
