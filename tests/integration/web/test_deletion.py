"""What is gone looks gone on every page, in the API, in exports and in the figures."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.cli.main import engagebot
from engagebot.domain.heard.removal import Removal
from engagebot.domain.roles import Role
from engagebot.store.casework import cases
from engagebot.store.heard import mentions, redaction
from engagebot.web.figures.deletion import DeletionJson, age_words, receipt_words
from tests.fakes import FakeConnector
from tests.integration.web.office import Office

WORDS = ("zebra", "maple_fan_1_demo", "Maple Fan")


def remove(office: Office, mention_id: int, reason: Removal = Removal.GONE) -> None:
    office.clock.forward(minutes=2)
    with office.app.store.write() as tx:
        redaction.redact(tx, [mention_id], office.clock.now(), reason)


def assert_gone(text: str) -> None:
    for word in WORDS:
        assert word not in text


def test_a_removed_mention_shows_when_it_went_on_every_page(office: Office) -> None:
    mention_id = office.hears("my zebra is dead")
    with office.app.store.read() as tx:
        case = cases.of_mention(tx, mention_id)
        customer_id = mentions.get(tx, mention_id).customer_id
    assert case is not None
    remove(office, mention_id)
    browser = office.person(Role.OWNER)
    pages = (f"/mentions/{mention_id}", "/mentions", f"/cases/{case.id}", f"/customers/{customer_id}")
    for page in pages:
        text = browser.get(page).text
        assert_gone(text)
        assert "removed by author, <time" in text, page
        assert "14:02</time>" in text, page  # two in the afternoon in Berlin
    for page in ("/", "/cases", "/customers", "/audit", "/queue"):
        response = browser.get(page)
        assert response.status_code == 200
        assert_gone(response.text)
    assert "(removed by its author)" in browser.get("/cases").text


def test_a_removed_mention_leaves_the_queue_and_its_draft_says_why(office: Office) -> None:
    draft = office.drafts("I love my zebra")
    remove(office, draft.mention_id)
    browser = office.person()
    assert_gone(browser.get("/queue").text)
    shown = browser.get(f"/queue?item={draft.id}").text
    assert_gone(shown)
    assert "the post is not there any more" in shown
    assert "removed by author, <time" in shown


def test_an_expired_mention_says_that_it_is_no_longer_kept(office: Office) -> None:
    mention_id = office.hears("a zebra")
    remove(office, mention_id, Removal.EXPIRED)
    assert "no longer kept, <time" in office.person().get(f"/mentions/{mention_id}").text


def test_the_api_has_no_words_of_a_removed_mention(office: Office) -> None:
    mention_id = office.hears("my zebra is dead")
    program = office.program(Role.OWNER)
    before = program.get(f"/api/v1/mentions/{mention_id}").json()
    assert before["redacted_at"] is None
    remove(office, mention_id)
    after = program.get(f"/api/v1/mentions/{mention_id}").json()
    assert (after["text"], after["title"], after["author"], after["url"]) == ("", None, None, None)
    assert after["redacted_at"] == office.clock.now().isoformat().replace("+00:00", "Z")
    kept = ("id", "source", "native_id", "posted_at", "sentiment", "outcome", "tags", "state", "customer_id")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["reply_route"] == {**after["reply_route"], "route": "blocked", "reason": "removed by author"}
    decision = program.get(f"/api/v1/mentions/{mention_id}/decision").json()
    assert decision["rules"] is None
    assert decision["problem"] == "the mention's words are not kept any more"
    assert decision["matched"] == ["broken"]
    for path in ("mentions", "cases", "queue"):
        assert_gone(program.get(f"/api/v1/{path}").text)


def test_status_and_metrics_account_for_what_is_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeConnector(office.clock, name="demo")
    monkeypatch.setattr(App, "_connector_of", lambda self, source: fake if source == "demo" else None)
    gone, _ = office.hears("a zebra"), office.hears("a quagga")
    remove(office, gone)
    office.clock.forward(hours=5, minutes=10)
    deletion = office.program().get("/api/v1/status").json()["deletion"]
    assert deletion == {
        "stored": 1,
        "oldest_check_age_s": 18_720,
        "redacted": 1,
        "overdue": 0,
        "unchecked": {},
        "sources": [
            {
                "source": "demo",
                "checked": True,
                "stored": 1,
                "oldest_check_age_s": 18_720,
                "redacted": 1,
                "overdue": 0,
                "problem": None,
            }
        ],
    }
    figures = office.visitor().get("/metrics").text
    assert 'engagebot_deletion_stored{source="demo"} 1.0' in figures
    assert 'engagebot_deletion_redacted{source="demo"} 1.0' in figures
    assert 'engagebot_deletion_overdue{source="demo"} 0.0' in figures
    assert 'engagebot_deletion_oldest_check_seconds{source="demo"} 18720.0' in figures
    shown = office.person().get("/connectors").text
    assert "1 stored, oldest check 5 h 12 m, 1 redacted, 0 overdue" in shown
    office.clock.forward(hours=24)
    assert office.program().get("/api/v1/status").json()["deletion"]["overdue"] == 1


def test_a_source_that_nobody_can_ask_is_named(office: Office) -> None:
    office.hears("a zebra")
    shown = office.person().get("/connectors").text
    assert "1 stored, no check, 0 redacted, 0 overdue; cannot be checked: 1 of demo" in shown
    assert "nobody can be asked whether these still stand" in shown
    assert "engagebot_deletion_overdue{" not in office.visitor().get("/metrics").text


def test_the_ticks_check_and_expire(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeConnector(office.clock, name="demo")
    monkeypatch.setattr(App, "_connector_of", lambda self, source: fake if source == "demo" else None)
    mention_id = office.hears("a zebra")
    office.clock.forward(hours=23, minutes=30)
    scheduler.check_deletions(office.app)
    assert fake.looked_up == [["post-1"]]
    assert office.program().get(f"/api/v1/mentions/{mention_id}").json()["text"] == ""
    other = office.hears("a quagga")
    office.clock.forward(days=366)
    scheduler.expire(office.app)
    assert office.program().get(f"/api/v1/mentions/{other}").json()["text"] == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 m"), (719, "11 m"), (18_720, "5 h 12 m"), (47 * 3600, "47 h 0 m"), (273_600, "3 d 4 h")],
)
def test_ages_are_said_to_the_minute(seconds: int, expected: str) -> None:
    assert age_words(seconds) == expected


def test_the_receipt_is_one_line() -> None:
    receipt = DeletionJson(
        stored=12_431, oldest_check_age_s=18_720, redacted=37, overdue=0, unchecked={}, sources=[]
    )
    assert receipt_words(receipt) == "12,431 stored, oldest check 5 h 12 m, 37 redacted, 0 overdue"


def test_commands_and_exports_have_no_words_of_a_removed_mention(office: Office) -> None:
    draft = office.drafts("I love my zebra")
    case_id = office.opens_case("my zebra is dead")
    remove(office, draft.mention_id)
    with office.app.store.write() as tx:
        redaction.redact(tx, cases.get(tx, case_id).mention_ids, office.clock.now(), Removal.GONE)
    config = "brand: {name: Acme}\nteams: {support: {notify: [console]}}\n"
    (office.app.settings.site / "config" / "engagebot.yaml").write_text(config, encoding="utf-8")
    office.app.close()
    environ = {
        "ENGAGEBOT_DATABASE_URL": office.app.settings.database_url,
        "ENGAGEBOT_NOW": (office.clock.now() + timedelta(hours=1)).isoformat(),
    }

    def run(*args: str) -> str:
        result = CliRunner(env=environ).invoke(engagebot, ["--site", str(office.app.settings.site), *args])
        assert result.exit_code == 0, result.output
        return result.stdout

    for args in (["export"], ["export", "--format", "csv"], ["queue", "list"], ["cases", "list"]):
        assert_gone(run(*args))
    lines = [json.loads(line) for line in run("export").splitlines()]
    assert [(line["text"], bool(line["redacted_at"])) for line in lines] == [("", True), ("", True)]
    assert "(removed by author, 2026-08-03 12:0" in run("cases", "show", str(case_id))
    assert "(removed by author, 2026-08-03 12:0" in run("queue", "show", str(draft.id))
    deletion = json.loads(run("status", "-o", "json"))["deletion"]
    assert {"stored", "oldest_check_age_s", "redacted", "overdue"} <= deletion.keys()
    assert (deletion["stored"], deletion["redacted"]) == (0, 2)
    assert "0 stored, no check, 2 redacted, 0 overdue" in run("status")
