"""The story of a customer who was let down four times, as it would reach us: one case all along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engagebot.bootstrap import App
from engagebot.domain.judgement import Intent
from engagebot.domain.outbox import CaseState, DraftState, Severity
from engagebot.domain.records import CaseRecord
from engagebot.settings.values import Brand, Team
from engagebot.store.casework import cases
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.store.telling import deliveries
from tests.factories import make_author
from tests.fakes import NOON, FakeClock
from tests.integration.web.office import RULES, Office, open_office

RULES_OF_CONTACTS = """\
- id: third-contact
  name: Third contact, for the seniors
  status: live
  when:
    all:
      - sentiment: [negative, very_negative]
      - customer.contacts_in_30_days: {at_least: 3}
  then:
    - escalate: {team: senior, severity: urgent}
  stop: true
- id: second-contact
  name: Repeat contact, still unhappy
  status: live
  when:
    all:
      - sentiment: [negative, very_negative]
      - customer.contacts_in_30_days: {at_least: 2}
  then:
    - escalate: {team: support, severity: high}
  stop: true
"""
POST = (
    "I thought the problem was fixed. Nope. My internet is dead again, after a new modem took them weeks. "
    "It is likely that I will still switch to Shaw."
)


@pytest.fixture
def office(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Office]:
    found = open_office(tmp_path / "site", database_url, clock)
    rules = tmp_path / "site" / "rules" / "10-all.yaml"
    first = RULES.replace("severity: high", "severity: medium", 1)
    rules.write_text(RULES_OF_CONTACTS + first, encoding="utf-8")
    settings = replace(
        found.app.settings,
        brand=Brand(name="Acme", handles={"fake": "acme"}, rivals=("Shaw", "Netflix")),
        teams={name: Team(name=name, notify=("console",)) for name in ("support", "senior")},
    )
    found.app.close()
    app = App(settings)
    app.clock = app.store.clock = app.rules._clock = clock
    again = Office(app, clock)
    yield again
    for client in again.clients:
        client.close()
    app.close()


def standing(office: Office, case_id: int) -> CaseRecord:
    with office.app.store.read() as tx:
        return cases.get(tx, case_id)


def test_four_contacts_over_weeks_are_one_case_that_rises(office: Office) -> None:
    began = NOON - timedelta(days=23)
    program = office.program()
    case_id = office.opens_case(
        POST, author=make_author("maple_fan_demo"), posted_at=NOON - timedelta(hours=1)
    )
    log = f"/api/v1/cases/{case_id}/contacts"
    first = standing(office, case_id)
    assert (first.contacts, first.severity, first.team) == (1, Severity.MEDIUM, "support")

    # Whoever takes the case finds the earlier calls in the telephone's own list, and notes them one by one.
    at = began.isoformat()
    program.post(log, json={"channel": "phone", "minutes": 65, "text": "reset it twice", "at": at})
    second = standing(office, case_id)
    assert (second.contacts, second.severity, second.team) == (2, Severity.HIGH, "support")
    at = (began + timedelta(days=2)).isoformat()
    program.post(log, json={"channel": "chat", "minutes": 60, "text": "promised a modem", "at": at})
    third = standing(office, case_id)
    assert (third.contacts, third.severity, third.team) == (3, Severity.URGENT, "senior")
    at = (began + timedelta(days=20)).isoformat()
    program.post(log, json={"channel": "direct_message", "minutes": 45, "text": "sent a modem", "at": at})
    told = program.post(log, json={"channel": "post", "minutes": 15}).json()

    assert told["effort"]["words"] == "4 contacts · 3 h 05 of their time · 23 days"
    assert (told["team"], told["severity"], told["state"]) == ("senior", "urgent", CaseState.NEW)
    assert "may leave for Shaw" in [mark["words"] for mark in told["marks"]]
    with office.app.store.read() as tx:
        mention_id = told["mention_ids"][0]
        judged = mentions.get(tx, mention_id).judgement
        assert judged is not None
        assert Intent.CHURN in judged.intents
        assert judged.rivals == ("Shaw",)
        assert [each for each in drafts.of_mention(tx, mention_id) if each.state is DraftState.PROPOSED] == []
        assert len(cases.page(tx).items) == 1
        assert "may leave for Shaw: @maple_fan_demo" in deliveries.page(tx).items[-1].payload["title"]
    page = office.person().get(f"/cases/{case_id}").text
    assert "4 contacts · 3 h 05 of their time · 23 days" in page
    assert "may leave for Shaw" in page
    actions = [event["action"] for event in told["history"]]
    assert actions.count("case.severity_raised") == 2

    assert "They spoke of leaving. Did they stay?" in page
    assert program.post(f"/api/v1/cases/{case_id}/resolve", json={"stayed": "maybe"}).status_code == 422
    done = program.post(f"/api/v1/cases/{case_id}/resolve", json={"stayed": "left"}).json()
    assert (done["state"], done["stayed"]) == ("resolved", "left")
    assert "they left" in office.person().get(f"/cases/{case_id}").text
    assert program.post(f"/api/v1/cases/{case_id}/reopen").json()["stayed"] is None
