import pytest

from tests.integration.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def waiting(told: Cli, route: str = "api") -> int:
    found: int = next(d["id"] for d in told.json("queue", "list") if d["reply_route"]["route"] == route)
    return found


def test_an_approved_reply_is_released(told: Cli) -> None:
    draft_id = waiting(told)
    approved = told.json("queue", "approve", draft_id, "--reason", "it is right")
    released = told.json("queue", "release", draft_id)
    assert (approved["state"], released["state"]) == ("approved", "approved")
    assert released["due_at"] <= approved["due_at"]
    assert told.json("queue", "undo", draft_id)["state"] == "proposed"
    assert told("queue", "release", draft_id).exit_code == 1


def test_drafts_are_put_off_and_given_to_people(told: Cli) -> None:
    draft_id = waiting(told)
    assert told.json("queue", "assign", draft_id, "--to", "support")["assignee"] == "support"
    assert 'did you mean "support"' in told("queue", "assign", draft_id, "--to", "suport").output
    assert told.json("queue", "assign", draft_id)["assignee"] is None
    assert told.json("queue", "snooze", draft_id, "--hours", 2)["snoozed_until"] is not None
    assert draft_id not in [each["id"] for each in told.json("queue", "list")]
    assert told.json("queue", "snooze", draft_id, "--until-answer")["snoozed_until"].startswith("9999")
    for wrong in ((), ("--hours", 2, "--until-answer")):
        assert told("queue", "snooze", draft_id, *wrong).exit_code == 2


def test_a_draft_is_given_to_a_team(told: Cli) -> None:
    case = told.json(
        "queue", "escalate", waiting(told), "--team", "support", "--severity", "high", "--note", "call"
    )
    assert (case["team"], case["severity"]) == ("support", "high")
    joined = told.json("queue", "join", waiting(told), "--case", case["id"])
    assert joined["contacts"] == 2
    assert told("queue", "join", waiting(told), "--case", 9999).exit_code == 2
    assert told("queue", "escalate", waiting(told), "--team", "nobody").exit_code == 2


def test_a_hand_that_did_not_post_says_so(told: Cli) -> None:
    draft_id = waiting(told, "by_hand")
    told("queue", "approve", draft_id, "--reason", "they know")
    assert told.json("queue", "not-posted", draft_id)["state"] == "proposed"
    assert told("queue", "settle", draft_id, "--there").exit_code == 1


def test_replies_and_notes_of_ones_own(told: Cli) -> None:
    draft_id = waiting(told)
    noted = told("queue", "note", draft_id, "a friend of the house")
    assert (noted.exit_code, f"draft {draft_id}" in noted.stdout) == (0, True)
    told("queue", "reject", draft_id, "--reason", "3")
    assert told.json("queue", "show", draft_id)["last_error"] == "wrong tone"
    mention_id = told.json("queue", "show", draft_id)["mention"]["id"]
    begun = told.json("queue", "write", mention_id, "--text", "Hello!")
    assert (begun["rule_id"], begun["text"]) == ("by_hand", "Hello!")
    assert told("queue", "write", mention_id).exit_code == 1
