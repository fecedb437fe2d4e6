from typing import Any

import pytest

from tests.integration.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def test_a_mute_is_made_listed_and_taken_back(told: Cli) -> None:
    assert told.json("mutes", "add", "reddit", "--community", "r/Gadgets") == {
        "source": "reddit", "community": "gadgets", "muted": True, "changed": True,
    }  # fmt: skip
    told("mutes", "add", "x", "--author", "@Troll_Demo")
    listed = told.json("mutes", "list")
    assert [(each["source"], each.get("author"), each["muted_by"]) for each in listed] == [
        ("x", "troll_demo", "keeper_demo"), ("reddit", None, "keeper_demo"),
    ]  # fmt: skip
    assert "troll_demo" in told("mutes", "list").stdout
    assert "muted already" in told("mutes", "add", "x", "--author", "troll_demo").stdout
    assert told.json("mutes", "remove", "x", "--author", "troll_demo")["changed"]
    assert not told.json("mutes", "remove", "x", "--author", "troll_demo")["changed"]


@pytest.mark.parametrize("given", [[], ["--author", "a", "--community", "b"], ["--author", "@"]])
def test_a_mute_of_nobody_is_refused_in_words(told: Cli, given: list[str]) -> None:
    result = told("mutes", "add", "x", *given)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_an_opt_out_is_noted_and_taken_back(told: Cli) -> None:
    draft: dict[str, Any] = told.json("queue", "list")[0]
    customer_id = draft["mention"]["customer_id"]
    person = told.json("customers", "opt-out", customer_id)
    assert person["is_opted_out"] is True
    assert draft["id"] not in [each["id"] for each in told.json("queue", "list")]
    assert "may be written to" in told("customers", "opt-in", customer_id).stdout
    assert told("customers", "opt-out", 999_999).exit_code == 2
