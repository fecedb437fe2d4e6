import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engagebot.cli.main import engagebot
from engagebot.scaffold import SHARED, differing, pack_names

every_pack = pytest.mark.parametrize("pack", pack_names()[1:])


def test_init_help_names_every_pack() -> None:
    text = CliRunner().invoke(engagebot, ["init", "--help"]).stdout

    assert [pack for pack in pack_names() if pack not in text] == []


def init(*args: object) -> Result:
    return CliRunner().invoke(engagebot, ["init", *map(str, args)])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@every_pack
def test_init_makes_a_site_of_a_pack_that_checks_fine(tmp_path: Path, pack: str) -> None:
    made = init(tmp_path / "site", "--pack", pack)

    assert made.exit_code == 0, made.output
    assert f"with the pack {pack}" in made.stdout
    for command in (("check",), ("rules", "check", "--strict")):
        checked = CliRunner().invoke(engagebot, ["--site", str(tmp_path / "site"), *command])
        assert checked.exit_code == 0, checked.stdout
        assert len(checked.stdout.splitlines()) == 1, "no warning stands before the one line that all is well"
    assert differing(tmp_path / "site", pack) == []


def test_unknown_pack_is_answered_with_the_packs_there_are(tmp_path: Path) -> None:
    result = init(tmp_path / "site", "--pack", "airlin")

    assert result.exit_code == 2
    assert "there is: starter, airline, shop, software, telecom" in result.stderr
    assert 'did you mean "airline"?' in result.stderr
    assert not (tmp_path / "site").exists()


def test_the_layer_that_all_packs_share_is_no_pack(tmp_path: Path) -> None:
    assert init(tmp_path / "site", "--pack", SHARED).exit_code == 2


@pytest.mark.parametrize(("there", "wanted"), [("shop", "airline"), ("starter", "shop"), ("shop", "starter")])
def test_a_second_pack_is_refused_with_the_way_to_change(tmp_path: Path, there: str, wanted: str) -> None:
    init(tmp_path, "--pack", there)
    before = contents(tmp_path)

    result = init(tmp_path, "--pack", wanted)

    assert result.exit_code == 2
    assert f'has the rules of the pack "{there}"' in result.stderr
    assert "rules diff" in result.stderr
    assert contents(tmp_path) == before


def test_a_pack_is_not_laid_beside_rules_of_the_site_own(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text("[]\n", encoding="utf-8")

    result = init(tmp_path, "--pack", "shop")

    assert result.exit_code == 2
    assert "has rules of its own" in result.stderr
    assert set(contents(tmp_path)) == {"rules/mine.yaml"}


def test_init_again_brings_back_what_is_missing_of_the_same_pack(tmp_path: Path) -> None:
    init(tmp_path, "--pack", "telecom")
    before = contents(tmp_path)
    (tmp_path / "rules" / "18-telecom-questions.yaml").unlink()
    (tmp_path / "rules" / "90-default.yaml").write_text("mine\n", encoding="utf-8")

    result = init(tmp_path)

    assert result.exit_code == 0
    assert "1 file written" in result.stdout
    assert "kept your own" in result.stderr
    assert contents(tmp_path) == {**before, "rules/90-default.yaml": b"mine\n"}


def test_settings_that_were_kept_hear_which_teams_they_lack(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "engagebot.yaml").write_text(
        "brand: {name: Acme}\nteams:\n  support: {notify: [console]}\n  returns: {notify: [console]}\n"
    )

    result = init(tmp_path, "--pack", "shop")

    assert result.exit_code == 0
    assert (
        "add below teams:\n  press: {notify: [console]}\n  delivery: {notify: [console]}\n" in result.stderr
    )
    assert "returns:" not in result.stderr


def test_two_packs_are_compared_on_the_mentions_of_one_site(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    init(ours, "--pack", "shop")
    init(other, "--pack", "telecom")
    posts = tmp_path / "posts.jsonl"
    row = {"id": "1", "author": "moss_demo", "posted_at": "2026-03-02T10:00:00Z"}
    posts.write_text(json.dumps({**row, "text": "@acme no internet since Monday, awful"}) + "\n")
    run = CliRunner()
    run.invoke(engagebot, ["--site", str(ours), "import", str(posts), "--source", "x"])

    result = run.invoke(engagebot, ["--site", str(ours), "rules", "diff", "disk", str(other / "rules")])

    assert result.exit_code == 0, result.output
    assert "escalate network as high" in result.stdout
