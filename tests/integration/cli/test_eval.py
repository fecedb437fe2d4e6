import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engagebot.cli.main import engagebot
from tests.integration.cli.conftest import Cli

POSTS = (
    ("negative", "@acme my modem is dead again, worst service ever, I am furious"),
    ("negative", "@acme terrible, I hate this awful box"),
    ("negative", "@acme charged twice for the third month, this is a rip-off"),
    ("neutral", "The Acme van is parked in front of the bakery."),
    ("neutral", "@acme the parcel comes on Tuesday"),
    ("positive", "@acme love you all, great service, thank you!"),
    ("positive", "@acme what a wonderful team, thank you, great work"),
    ("positive", "@acme awesome job, I love it"),
)
CONTENT = "".join(json.dumps({"text": text, "label": label}) + "\n" for label, text in POSTS)


def labelled(folder: Path, times: int = 1) -> Path:
    path = folder / "posts.jsonl"
    path.write_text(CONTENT * times, encoding="utf-8")
    return path


def test_the_document_has_the_shape_that_scripts_rely_on(cli: Cli) -> None:
    path = labelled(cli.site)
    found = cli.json("eval", path)

    assert (found["file"], found["rows"]) == (str(path), 8)
    assert found["checksum"] == hashlib.sha256(CONTENT.encode()).hexdigest()
    assert found["labels"] == {"negative": 3, "neutral": 2, "positive": 3}
    for scorer in ("vader", "engagebot"):
        assert set(found[scorer]) == {"accuracy", "macro_f1", "unhappy", "recall_at_precision_90"}
        assert set(found[scorer]["unhappy"]) == {"precision", "recall", "f1", "auc"}
    assert len(found["friendly_lane"]) == 20
    assert set(found["friendly_lane"][0]) == {"threshold", "coverage", "unhappy_share", "drafted"}
    assert found["friendly_lane"][-1]["coverage"] == 1.0
    assert set(found["shipped_rules"]) == {"drafted", "unhappy_share", "praise_coverage", "human"}
    assert sum(found["languages"].values()) == 8
    assert "learned" not in found


def test_the_shipped_rules_thank_for_praise_and_bring_anger_to_people(cli: Cli) -> None:
    rules = cli.json("eval", labelled(cli.site))["shipped_rules"]

    assert rules["unhappy_share"] == 0.0
    assert rules["praise_coverage"] > 0
    assert rules["human"]["recall"] == 1.0


def test_the_sites_own_rules_are_asked(cli: Cli) -> None:
    for path in (cli.site / "rules").glob("[0-8]*.yaml"):
        path.unlink()
    (cli.site / "rules" / "90-default.yaml").write_text(
        "- id: all\n  name: All\n  default: true\n  then: [{escalate: {team: support, severity: low}}]\n",
        encoding="utf-8",
    )
    assert cli.json("eval", labelled(cli.site))["shipped_rules"]["human"] == {"recall": 1.0, "share": 1.0}


def test_rules_can_be_left_out(cli: Cli) -> None:
    (cli.site / "rules" / "90-default.yaml").write_text("- nonsense\n", encoding="utf-8")

    assert cli("eval", labelled(cli.site)).exit_code == 2
    assert cli.json("eval", labelled(cli.site), "--no-rules")["shipped_rules"] is None


def test_people_read_a_table_with_vader_beside(cli: Cli) -> None:
    result = cli("eval", labelled(cli.site))

    assert result.exit_code == 0, result.output
    assert "8 posts scored (3 negative, 2 neutral, 3 positive)" in result.stdout
    assert "VADER  ENGAGEBOT" in result.stdout
    assert "OF ALL PRAISE" in result.stdout
    assert "The rules draft a friendly answer to" in result.stdout
    assert max(map(len, result.stdout.splitlines()[1:])) <= 110


def test_standard_input_is_read(cli: Cli) -> None:
    found = cli.json("eval", "-", text=CONTENT)

    assert (found["file"], found["rows"]) == ("standard input", 8)
    assert found["checksum"] == hashlib.sha256(CONTENT.encode()).hexdigest()


def test_what_cannot_be_read_is_told_and_ends_with_2(cli: Cli) -> None:
    path = cli.rows("bad.csv", ["text,label", "lovely,great", "dead,negative"])
    result = cli("eval", path)

    assert result.exit_code == 2
    assert "1 of 2 rows of " in result.stderr
    assert "  line 2: label: 'great' is not negative, neutral or positive" in result.stderr
    assert result.stdout == ""
    assert cli("eval", cli.rows("empty.csv", [])).exit_code == 2
    assert cli("eval", cli.site / "none.csv").exit_code == 2


def test_learning_shows_figures_with_and_without_and_is_the_same_for_a_seed(cli: Cli) -> None:
    path = labelled(cli.site, times=4)
    first, again, other = (
        cli.json("eval", path, "--learn", 12, "--seed", seed, "--no-rules") for seed in (5, 5, 6)
    )

    assert first == again
    assert first["learned"]["models"] != other["learned"]["models"]
    assert (first["rows"], first["learned"]["rows"], first["learned"]["seed"]) == (20, 12, 5)
    assert set(first["engagebot"]) <= set(first["before_learning"])
    assert "200 decisions" in first["learned"]["note"]
    said = cli("eval", path, "--learn", 12).stdout
    assert "VADER  ENGAGEBOT  LEARNED" in said
    assert "careful: a site learns only from" in said
    assert "no dialect: it needs 300 posts" in said
    many = cli("eval", labelled(cli.site, times=90), "--learn", 12, "--no-rules").stdout
    assert "scored by a model that heard the other one, 354 posts" in many


def test_learning_has_to_leave_rows(cli: Cli) -> None:
    result = cli("eval", labelled(cli.site), "--learn", 8)
    assert result.exit_code == 2
    assert "leaves none of 8 rows to score" in result.stderr


def outside(*args: str) -> Result:
    return CliRunner().invoke(engagebot, list(args))


def test_outside_a_site_the_shipped_rules_are_asked_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = labelled(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = outside("eval", path.name, "-o", "json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["shipped_rules"]["human"]["recall"] == 1.0
    assert list(tmp_path.iterdir()) == [path]


def test_a_site_that_was_named_and_is_not_there_is_told(tmp_path: Path) -> None:
    result = outside("--site", str(tmp_path / "none"), "eval", str(labelled(tmp_path)))
    assert result.exit_code == 2
    assert "there is no site here" in result.stderr


def test_no_database_is_opened(cli: Cli) -> None:
    database = cli.site / "var" / "engagebot.db"
    database.write_bytes(b"not a database")

    assert cli("eval", labelled(cli.site)).exit_code == 0
    assert database.read_bytes() == b"not a database"
