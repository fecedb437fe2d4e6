from __future__ import annotations

import pytest

from tests.integration.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def test_a_case_is_filled_and_ended_from_a_terminal(told: Cli) -> None:
    listed = told.json("cases", "list")[0]
    case_id, mention_id = listed["id"], listed["mention_ids"][-1]

    logged = told.json("cases", "log", case_id, "--channel", "phone", "--minutes", 65, "told to reset it")
    assert (logged["contacts"], logged["minutes"]) == (listed["contacts"] + 1, 65)
    assert logged["first_reply_at"] is not None, "who speaks with one of us has their answer"
    said = told("cases", "log", case_id, "--channel", "email", "--by-us", "--unanswered").stdout
    assert f"case {case_id} has {logged['contacts']} contacts, 65 minutes of their time" in said
    words = told.json("cases", "show", case_id)["mentions"][-1]["text"].split()[0]
    assert told.json("cases", "quote", case_id, words)["titled_by"] == "keeper_demo"
    assert (
        told.json("cases", "want", case_id, "a modem that works")["desired_outcome"] == "a modem that works"
    )
    shown = told("cases", "show", case_id).stdout
    assert "1 h 05 of their time" in shown
    assert "phone, 65 min  told to reset it" in shown
    assert "phone (65 min)  keeper_demo  told to reset it" in told("cases", "timeline", case_id).stdout
    assert [each["channel"] for each in told.json("cases", "timeline", case_id, "--channel", "phone")] == [
        "phone"
    ]
    assert told.json("cases", "join", case_id, mention_id)["id"] == case_id
    ended = told.json(
        "cases", "resolve", case_id, "--remedy", "new modem", "--cause", "ours", "--reached", "partly",
        "--stayed", "stayed",
    )  # fmt: skip
    assert (ended["remedy"], ended["cause"], ended["was_reached"]) == ("new modem", "ours", "partly")
    assert ended["stayed"] == "stayed"


def test_a_ticket_is_linked_and_taken_off_in_a_terminal(told: Cli) -> None:
    case_id = told.json("cases", "list")[0]["id"]

    linked = told.json("cases", "ticket", case_id, "jira", "X-12", "--url", "https://jira.example/X-12")

    assert (linked["key"], linked["url"], linked["linked_by"]) == (
        "X-12", "https://jira.example/X-12", "keeper_demo",
    )  # fmt: skip
    assert "jira X-12" in told("cases", "show", case_id).stdout
    assert "ticket linked: jira X-12" in told("cases", "timeline", case_id).stdout
    assert "jira X-12 no more" in told("cases", "ticket", case_id, "jira", "X-12", "--off").stdout
    assert told.json("cases", "show", case_id)["tickets"] == []
    told.environ["ENGAGEBOT_WEBHOOK_SECRET"] = "whsec_bWFkZSB1cCBmb3IgdGVzdHMgb25seQ=="
    path = told.site / "config" / "engagebot.yaml"
    webhooks = "webhooks: {jira: {url: https://jira.example/in, tickets: true}}\n"
    path.write_text(path.read_text("utf-8") + webhooks, "utf-8")
    assert told.json("cases", "ticket", case_id, "Jira")["id"] == f"case-{case_id}-ticket-jira"
    assert [each["system"] for each in told.json("cases", "show", case_id)["tickets_wanted"]] == ["jira"]


def test_what_makes_no_sense_is_refused_in_a_terminal(told: Cli) -> None:
    case_id = told.json("cases", "list")[0]["id"]
    for arguments, says in (
        (("log", case_id, "--channel", "shop", "--at", "soon"), "is not a time"),
        (("log", case_id, "--channel", "shop", "--minutes", 0), "not between 1 and 1440"),
        (("log", case_id, "--channel", "shop", "she is pregnant"), "pregnant"),
        (("quote", case_id, "our own words"), "none of their messages"),
        (("part", case_id, 4711), "no mention 4711"),
        (("ticket", case_id, "jira"), "`tickets: true`"),
        (("ticket", case_id, "jira", "--off"), "name the ticket"),
        (("ticket", case_id, "jira", "X-1", "--url", "X-1"), "no address of a ticket"),
    ):
        refused = told("cases", *arguments)
        assert refused.exit_code == 2, arguments
        assert says in refused.stderr
