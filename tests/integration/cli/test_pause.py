from __future__ import annotations

from tests.integration.cli.conftest import Cli


def test_a_pause_says_what_waits_and_the_end_of_it_lists_what_leaves(told: Cli) -> None:
    draft_id = told.json("queue", "list", "--limit", "1")[0]["id"]
    told("queue", "approve", draft_id, "--reason", "it is right")

    paused = told.json("pause")
    assert (paused["paused"], paused["changed"], paused["waiting"]["in_undo"]) == (True, True, 1)
    again = told("pause").stdout
    assert "paused already, by" in again
    assert "1 approved reply is in its time to undo" in again
    told("queue", "release", draft_id)
    assert "1 approved reply waits to leave" in told("status").stdout
    resumed = told("resume").stdout
    assert "resumed: things leave again; 1 approved reply waits to leave" in resumed
    assert "would leave now, but no process runs live:" in resumed
    assert [each["id"] for each in told.json("resume")["leaving"]] == [draft_id]
