from pathlib import Path
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


def test_a_file_of_customers_is_brought_in_whole_or_not_at_all(told: Cli, tmp_path: Path) -> None:
    customer_id = somebody(told)
    handle = told.json("customers", "show", customer_id)["handle"]
    file = tmp_path / "crm.csv"
    file.write_text(f"handle;since;vip;tags\n@{handle};2019-04;yes;north\nnobody_demo;2020;;\n", "utf-8")
    dry = told.json("customers", "import", file, "--dry-run")
    assert dry == {"read": 2, "changed": 1, "same": 0, "unknown": [3], "dry_run": True}
    assert told.json("customers", "show", customer_id)["since"] is None
    said = told("customers", "import", file).stdout
    assert "2 lines: 1 customer changed, 0 as they were, 1 of nobody who has spoken of us (lines 3)" in said
    assert told.json("customers", "import", file)["same"] == 1
    assert "April 2019" in told("customers", "show", customer_id).stdout
    told("customers", "since", customer_id, "2020")
    assert told.json("customers", "show", customer_id)["since"] == "2020"
    told("customers", "since", customer_id, "--remove")
    assert told.json("customers", "show", customer_id)["since"] is None
    for text, problem in (
        (f"handle,since\n{handle},soon\n{handle},2999\n", "line 3: since: 2999 is still to come"),
        ("name,since\nx,2019\n", "name a column handle"),
        (f"handle,since\n{handle}\n", "line 2: has 1 cells, the header has 2"),
        ("", "is empty"),
    ):
        file.write_text(text, "utf-8")
        result = told("customers", "import", file)
        assert (result.exit_code, problem in result.stderr) == (2, True), result.stderr
    assert told("customers", "since", customer_id).exit_code == 2
    assert told.json("customers", "show", customer_id)["since"] is None
