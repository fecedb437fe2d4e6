"""The audit sample over HTTP: blind, for reviewers, answered by corrections."""

from __future__ import annotations

import pytest

from engagebot.domain.heard.verdicts import FINE, UNHAPPY
from engagebot.domain.roles import Role
from engagebot.store.heard import verdicts
from tests.integration.web.office import Office


def test_the_sample_shows_posts_without_what_the_machine_says(office: Office) -> None:
    seen = office.hears("the van of acme stood there all day, lang may vary", lang="en")
    office.hears("the modem is dead again", lang="en")
    answer = office.program().get("/api/v1/audit-sample?limit=5").json()
    assert [item["id"] for item in answer["items"]] == [seen]
    assert (answer["wanted"], answer["answered"], answer["next_cursor"]) == (10, 0, None)
    (item,) = answer["items"]
    assert item["text"].startswith("the van")
    assert item.keys().isdisjoint({"compound", "sentiment", "unhappiness", "praise", "intents", "outcome"})


def test_an_answer_leaves_the_sample_and_counts(office: Office) -> None:
    first = office.hears("the van of acme stood there", lang="en")
    second = office.hears("a bus of acme stood there", lang="en")
    program = office.program()
    sent = program.post(f"/api/v1/mentions/{first}/correct", json={"sentiment": "negative"})
    assert sent.status_code == 200
    answer = program.get("/api/v1/audit-sample").json()
    assert ([item["id"] for item in answer["items"]], answer["answered"]) == ([second], 1)
    program.post(f"/api/v1/mentions/{second}/correct", json={"sentiment": "neutral"})
    with office.app.store.read() as tx:
        found = {
            key: [(v.origin.value, v.labels) for v in given] for key, given in verdicts.by_mention(tx).items()
        }
    assert found == {first: [("audit_sample", UNHAPPY)], second: [("audit_sample", FINE)]}
    assert program.get("/api/v1/audit-sample").json()["items"] == []


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
def test_a_limit_out_of_bounds_is_a_problem(office: Office, limit: str) -> None:
    answer = office.program().get(f"/api/v1/audit-sample?limit={limit}")
    assert answer.status_code in {400, 422}
    assert "limit" in answer.text


def test_the_sample_is_for_reviewers(office: Office) -> None:
    codes = {role: office.program(role).get("/api/v1/audit-sample").status_code for role in Role}
    assert {role for role, code in codes.items() if code == 200} == {"community", "lead", "owner"}
    assert set(codes.values()) == {200, 403}


def test_mentions_show_praise_and_reason(office: Office) -> None:
    number = office.hears("I love the new box", lang="en")
    shown = office.program().get(f"/api/v1/mentions/{number}").json()
    assert {"praise", "reason"} <= shown.keys()
    assert 0 <= shown["praise"] <= 1
