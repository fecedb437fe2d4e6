"""What is wrong with the guards' word lists, as `check`, `status` and `doctor` tell it."""

from __future__ import annotations

from tests.integration.cli.conftest import Cli

WHERE = "config/guards/blame.txt:1:1 EB502"


def test_init_lays_the_word_lists_into_a_site(cli: Cli) -> None:
    assert (cli.site / "config" / "guards" / "condescension.txt").is_file()


def test_a_broken_word_list_is_told_everywhere(cli: Cli) -> None:
    site = cli.listens()
    assert site.json("status")["word_lists_problem"] is None
    assert site("check").exit_code == 0
    (site.site / "config" / "guards" / "blame.txt").write_text("& | and\n", encoding="utf-8")
    (site.site / "config" / "guards" / "blaming.txt").write_text("you\n", encoding="utf-8")
    checked = site("check")
    assert checked.exit_code == 1
    assert WHERE in checked.stdout
    assert "config/guards/blaming.txt:0:0 EB505" in checked.stdout
    assert WHERE in site.json("status")["word_lists_problem"]
    assert "word lists" in site("status").stdout
    (check,) = site.json("doctor", "--offline", "--only", "guards")["checks"]
    assert (check["ok"], check["fix"]) == (False, "engagebot check")
    assert WHERE in check["detail"]
