import json
import re

import pytest

from engagebot.store import audit
from engagebot.store.engine import Store
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from tests.fakes import FakeClock
from tests.integration.cli.conftest import Cli

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def store(cli: Cli) -> Store:
    return Store(f"sqlite:///{cli.site / 'var' / 'engagebot.db'}", clock=FakeClock())


def test_queue_lists_drafts_as_the_api_does(told: Cli) -> None:
    waiting = told.json("queue", "list")

    assert waiting
    assert {"id", "mention_id", "rule_id", "text", "version", "state", "reply_route"} <= set(waiting[0])
    assert {draft["state"] for draft in waiting} == {"proposed"}
    assert str(waiting[0]["id"]) in told("queue", "list").stdout


def test_approving_moves_a_draft_and_the_audit_names_the_person(told: Cli) -> None:
    draft = next(d for d in told.json("queue", "list") if d["reply_route"]["route"] == "api")

    approved = told.json("queue", "approve", draft["id"])

    assert (approved["state"], approved["approved_by"]) == ("approved", "keeper_demo")
    history = told.json("queue", "show", draft["id"])["history"]
    assert [(event["actor"], event["action"]) for event in history][-1] == ("keeper_demo", "draft.approved")
    again = told("queue", "approve", draft["id"], "--version", draft["version"])
    assert again.exit_code == 1
    assert "changed meanwhile" in again.stderr


def test_approving_what_a_person_must_post_tells_the_composer_s_link(told: Cli) -> None:
    draft = next(d for d in told.json("queue", "list") if d["reply_route"]["route"] == "by_hand")

    result = told("queue", "approve", draft["id"], "--reason", "they know")

    assert result.exit_code == 0
    assert "yours to post by hand: https://example.com/demo/compose?" in result.stdout


def test_what_was_posted_by_hand_is_told_and_can_be_taken_back(told: Cli) -> None:
    draft = next(d for d in told.json("queue", "list") if d["reply_route"]["route"] == "by_hand")

    told("queue", "approve", draft["id"], "--reason", "they know")
    posted = told.json("queue", "posted", draft["id"], "--url", "https://example.com/our-reply")
    undone = told.json("queue", "undo", draft["id"])

    assert (posted["state"], posted["url"]) == ("posted_by_hand", "https://example.com/our-reply")
    assert undone["state"] == "proposed"
    assert told("queue", "undo", draft["id"]).exit_code == 1


def test_several_drafts_at_once_and_one_that_fails_does_not_stop_the_others(told: Cli) -> None:
    first, second, *_ = (d["id"] for d in told.json("queue", "list"))

    result = told("queue", "reject", first, 9999, second, "--reason", "not our tone", "-o", "json")

    assert result.exit_code == 2
    assert [draft["state"] for draft in json.loads(result.stdout)] == ["rejected", "rejected"]
    assert "there is no draft 9999" in result.stderr


def test_edit_changes_the_wording_and_refuses_an_old_version(told: Cli) -> None:
    draft_id = told.json("queue", "list")[0]["id"]

    edited = told.json("queue", "edit", draft_id, "--text", "-", text="Thank you so much!\n")

    assert (edited["text"], edited["version"]) == ("Thank you so much!", 2)
    assert told("queue", "edit", draft_id, "--text", "x", "--version", 1).exit_code == 1
    blank = told("queue", "edit", draft_id, "--text", "Hello {{author.nmae}}")
    assert blank.exit_code == 0
    assert told("queue", "approve", draft_id).exit_code == 2


@pytest.mark.parametrize("args", [("reject", 1), ("edit", 1)])
def test_nobody_is_asked_where_nobody_can_answer(told: Cli, args: tuple[object, ...]) -> None:
    result = told("queue", *args, "--no-input")

    assert result.exit_code == 2
    assert "--reason" in result.stderr or "--text" in result.stderr


def test_case_from_new_to_resolved_and_back(told: Cli) -> None:
    case_id = told.json("cases", "list")[0]["id"]

    assert told.json("cases", "ack", case_id)["assignee"] == "keeper_demo"
    assert told("cases", "ack", case_id).exit_code == 1
    assert told.json("cases", "assign", case_id, "--to", "support")["assignee"] == "support"
    assert 'did you mean "keeper_demo"' in told("cases", "assign", case_id, "--to", "kepper_demo").output
    assert told("cases", "assign", case_id, "--team", "suport").exit_code == 2
    assert told("cases", "assign", case_id).exit_code == 2
    assert told("cases", "note", case_id, "called back").exit_code == 0
    assert told("cases", "note", case_id, "she is a catholic").exit_code == 2
    assert told.json("cases", "snooze", case_id, "--hours", 2)["state"] == "snoozed"
    assert told.json("cases", "snooze", case_id, "--hours", 4)["state"] == "snoozed"
    assert told.json("cases", "resolve", case_id, "--outcome", "fixed")["state"] == "resolved"
    assert case_id not in {case["id"] for case in told.json("cases", "list")}
    assert case_id in {case["id"] for case in told.json("cases", "list", "--all")}
    assert told.json("cases", "reopen", case_id)["state"] == "reopened"
    shown = told.json("cases", "show", case_id)
    assert {event["actor"] for event in shown["history"][-6:]} == {"keeper_demo"}
    assert {"contacts", "mention_ids", "why", "first_reply_due_at", "severity"} <= set(shown)


@pytest.mark.parametrize(
    "args",
    [("queue", "show"), ("queue", "approve"), ("cases", "show"), ("cases", "ack"), ("rules", "explain")],
)
def test_ids_that_are_not_there_are_told(told: Cli, args: tuple[str, ...]) -> None:
    result = told(*args, 9999)

    assert result.exit_code == 2
    assert re.search(r"there is no (draft|case|mention) 9999", result.stderr)


def test_strangers_cannot_write_to_the_terminal(cli: Cli) -> None:
    evil = {
        "id": "1", "author": "evil_demo", "posted_at": "2026-08-01T14:00:00Z", "addressed_to_us": "true",
        "text": "I hate it \x1b]0;owned\x07\x1b[2J\u202eworst service ever",
    }  # fmt: skip
    cli("import", cli.rows("posts.jsonl", [json.dumps(evil)]), "--source", "x", "--as-new")

    shown = cli("cases", "list").stdout + cli("cases", "show", 1).stdout + cli("rules", "explain", 1).stdout

    assert "I hate it" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_accounts_are_made_listed_closed_and_opened_again(cli: Cli) -> None:
    made = cli("users", "add", "ann", "--role", "owner", "--password-stdin", text=PASSWORD + "\n")
    assert made.exit_code == 0
    assert cli("users", "add", "ann", "--role", "lead", "--password-stdin", text=PASSWORD).exit_code == 2
    assert cli.json("users", "disable", "ann")["is_disabled"] is True
    assert (
        cli.json("users", "reset", "ann", "--password-stdin", text=PASSWORD + "!\n")["is_disabled"] is False
    )
    assert [user["name"] for user in cli.json("users", "list")] == ["ann"]
    with store(cli).read() as tx:
        found = accounts.by_name(tx, "ann")
        actions = [(event.actor, event.action) for event in audit.of(tx, "user:ann")]
    assert found is not None
    assert found.password_hash is not None
    assert PASSWORD not in found.password_hash
    assert actions == [
        ("keeper_demo", "user.added"), ("keeper_demo", "user.disabled"), ("keeper_demo", "user.reset"),
    ]  # fmt: skip


def test_a_reset_can_print_a_link_instead(cli: Cli) -> None:
    cli("users", "add", "ann", "--role", "owner", "--password-stdin", text=PASSWORD + "\n")

    told = cli.json("users", "reset", "ann", "--link")

    assert re.fullmatch(r"http://127\.0\.0\.1:8000/invite/[\w-]{43}", told["link"])
    with store(cli).read() as tx:
        found = accounts.opened_by(tx, KeyKind.INVITE, told["link"].rpartition("/")[2], FakeClock().now())
    assert found is not None
    assert (found.name, found.password_hash, told["name"]) == ("ann", None, "ann")
    assert cli("users", "reset", "ann", "--link", "--password-stdin", text=PASSWORD).exit_code == 2
    assert cli("users", "reset", "nobody", "--link").exit_code == 2


@pytest.mark.parametrize(
    ("args", "text", "said"),
    [
        (("ann", "--role", "owner", "--password-stdin"), "short", "at least 12"),
        (("ann", "--role", "owner", "--password-stdin"), "ann-password-1", "easy to guess"),
        (("ann", "--role", "boss"), None, "'boss' is not one of"),
        (("a b", "--role", "owner"), None, "is not a name"),
        (("ann", "--role", "owner", "--no-input"), None, "--password-stdin"),
    ],
)
def test_accounts_that_cannot_be_made(cli: Cli, args: tuple[str, ...], text: str | None, said: str) -> None:
    result = cli("users", "add", *args, text=text)

    assert result.exit_code == 2
    assert said in result.stderr
    assert cli.json("users", "list") == []


def test_token_is_the_last_word_and_opens_its_account(cli: Cli) -> None:
    line = cli("tokens", "create", "--role", "lead").stdout.splitlines()[-1]
    told = cli.json("tokens", "create", "--role", "operator", "--name", "crm")

    with store(cli).read() as tx:
        first = accounts.opened_by(tx, KeyKind.TOKEN, line.split()[-1], FakeClock().now())
        second = accounts.opened_by(tx, KeyKind.TOKEN, told["token"], FakeClock().now())
    assert first is not None
    assert second is not None
    assert (first.role, first.is_service) == ("lead", True)
    assert (second.name, second.role, told["name"], told["role"]) == ("crm", "operator", "crm", "operator")


def test_tokens_do_not_change_what_an_account_may_do(cli: Cli) -> None:
    cli("tokens", "create", "--role", "light", "--name", "crm")

    assert cli("tokens", "create", "--role", "light", "--name", "crm").exit_code == 0
    assert cli("tokens", "create", "--role", "owner", "--name", "crm").exit_code == 2
    cli("users", "add", "ann", "--role", "lead", "--password-stdin", text=PASSWORD)
    assert cli("tokens", "create", "--role", "lead", "--name", "ann").exit_code == 2
    assert cli("users", "reset", "crm", "--password-stdin", text=PASSWORD).exit_code == 2


def test_pause_and_resume_show_in_the_mode(told: Cli) -> None:
    paused = {"paused": True, "paused_by": "keeper_demo", "changed": True}
    assert told.json("pause").items() >= paused.items()
    assert told.json("pause")["changed"] is False
    assert told.json("status")["mode"] == "PAUSED"
    resumed = {"paused": False, "paused_by": None, "changed": True}
    assert told.json("resume").items() >= resumed.items()
    assert told.json("status")["mode"] == "DRY RUN"
