"""`engagebot queue list` with a search and in another order."""

from __future__ import annotations

from tests.integration.cli.conftest import Cli


def test_the_list_takes_a_search_and_an_order(told: Cli) -> None:
    everything = told.json("queue", "list")
    newest = told.json("queue", "list", "--sort", "newest")
    assert sorted(each["id"] for each in newest) == sorted(each["id"] for each in everything)
    said_at = [each["mention"]["posted_at"] for each in newest]
    assert said_at == sorted(said_at, reverse=True)
    wanted = everything[0]["id"]
    assert wanted in [each["id"] for each in told.json("queue", "list", "--filter", f"#{wanted}")]
    assert told.json("queue", "list", "--filter", "zeppelin") == []


def test_a_search_that_cannot_be_read_is_refused_with_the_way_out(told: Cli) -> None:
    result = told("queue", "list", "--filter", "feelin:happy")
    assert result.exit_code == 2
    assert "did you mean 'feeling'?" in result.stderr
    assert told("queue", "list", "--sort", "loudest").exit_code == 2
