import pytest

from engagebot.bootstrap import SystemClock
from engagebot.store.desk import presence
from engagebot.store.engine import Store
from tests.integration.cli.conftest import Cli
from tests.seeded import BAD, BECAUSE, plant


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def waiting(told: Cli, route: str = "api") -> int:
    found: int = next(d["id"] for d in told.json("queue", "list") if d["reply_route"]["route"] == route)
    return found


def store_of(told: Cli) -> Store:
    return Store(f"sqlite:///{told.site}/var/engagebot.db", clock=SystemClock())


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


def test_what_somebody_else_writes_is_taken_over_on_purpose(told: Cli) -> None:
    draft_id = waiting(told)
    store = store_of(told)
    with store.write() as tx:
        presence.here(tx, draft_id, "ben_demo", store.clock.now(), is_typing=True)
    for deed in (("approve", draft_id, "--reason", "so"), ("edit", draft_id, "--text", "Thanks!")):
        refused = told("queue", *deed)
        assert (refused.exit_code, "being written by ben_demo" in refused.output) == (1, True)
    edited = told.json("queue", "edit", draft_id, "--text", "Thanks!", "--take-over")
    assert edited["text"] == "Thanks!"
    with store.write() as tx:
        presence.take_over(tx, draft_id, "ben_demo", store.clock.now())
    approved = told.json("queue", "approve", draft_id, "--reason", "so", "--take-over")
    assert approved["state"] == "approved"
    store.close()


def test_a_seeded_check_is_told_and_ends_with_one(told: Cli) -> None:
    draft_id = waiting(told)
    store = store_of(told)
    plant(store, draft_id)
    assert BAD in told("queue", "show", draft_id).stdout
    answered = told("queue", "approve", draft_id)
    assert (answered.exit_code, f"This was a check: {BECAUSE}. Nothing was sent" in answered.output) == (
        1,
        True,
    )
    assert told.json("queue", "show", draft_id)["state"] == "proposed"
    plant(store, draft_id)
    answered = told("queue", "reject", draft_id, "--reason", "facts")
    assert (answered.exit_code, "well seen" in answered.output) == (1, True)
    store.close()
