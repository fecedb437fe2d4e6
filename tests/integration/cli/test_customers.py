from typing import Any

import pytest

from tests.integration.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def somebody(told: Cli) -> int:
    draft: dict[str, Any] = told.json("queue", "list")[0]
    found: int = draft["mention"]["customer_id"]
    return found


def test_a_record_is_kept_and_shown(told: Cli) -> None:
    customer_id = somebody(told)
    basis = ("--basis", "their post of May: no calls please")
    assert told.json("customers", "note", customer_id, "asks for Kim")["noted_by"] == "keeper_demo"
    told("customers", "note", customer_id, "phone", "--kind", "dislikes_channel", *basis)
    assert told.json("customers", "tag", customer_id, "Beta Tester")["tag"] == "beta-tester"
    assert told.json("customers", "vip", customer_id)["is_vip"] is True
    assert told.json("customers", "mark", customer_id, "press")["mark"] == "press"
    record = told.json("customers", "show", customer_id)
    assert [note["text"] for note in record["notes"]] == ["phone", "asks for Kim"]
    assert record["said"]
    shown = told("customers", "show", customer_id).stdout
    assert "does not want: phone calls (their post of May: no calls please)" in shown
    assert "beta-tester" in shown
    told("customers", "tag", customer_id, "beta-tester", "--remove")
    assert told.json("customers", "vip", customer_id, "--remove")["is_vip"] is False
    assert told.json("customers", "mark", customer_id, "none")["mark"] is None
    assert told.json("customers", "show", customer_id)["tags"] == []


def test_a_trait_is_refused_in_the_terminal_too(told: Cli) -> None:
    result = told("customers", "note", somebody(told), "she is pregnant")
    assert result.exit_code == 2
    assert "Note what they need instead" in result.stderr


def test_a_record_is_handed_out_and_forgotten(told: Cli) -> None:
    customer_id = somebody(told)
    handle = told.json("customers", "show", customer_id)["handle"]
    exported = told.json("customers", "export", f"@{handle}")
    assert exported["id"] == customer_id
    assert handle in told("customers", "export", customer_id).stdout
    for refused in (("--no-input",), ()):
        result = told("customers", "forget", customer_id, *refused)
        assert result.exit_code == 2
        assert "say --yes where it is meant" in result.stderr
    gone = told.json("customers", "forget", f"@{handle}", "--source", exported["source"], "--yes")
    assert gone["customer_ids"] == [customer_id]
    assert gone["mentions"] == exported["contacts"]
    assert handle not in told("customers", "show", customer_id).stdout
    assert told("customers", "forget", f"@{handle}", "--yes").exit_code == 2


def test_links_are_made_with_a_basis_and_undone(told: Cli) -> None:
    mentions = {each["customer_id"] for each in (draft["mention"] for draft in told.json("queue", "list"))}
    one, other = sorted(mentions)[:2]
    assert told("customers", "link", one, other, "--reason", "they look alike").exit_code == 2
    made = told.json("customers", "link", one, other, "--basis", "opted_in", "--reason", "form of 2 May")
    assert len(told.json("customers", "show", other)["accounts"]) == 2
    assert told.json("customers", "unlink", one, made["id"])["ended_by"] == "keeper_demo"
    assert len(told.json("customers", "show", other)["accounts"]) == 1
