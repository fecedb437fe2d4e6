import csv
import io
import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Cli

AT = "2026-08-01T14:00:00Z"
GOOD = [
    {"id": "1", "text": "The modem is dead again", "author": "maple_fan_demo", "posted_at": AT},
    {"id": "2", "text": "Thank you, it works", "author": "two_dogs_demo", "posted_at": AT},
]


def lines(rows: list[dict[str, str]]) -> list[str]:
    return [json.dumps(row) for row in rows]


def test_rows_are_stored_once_and_decided(cli: Cli) -> None:
    file = cli.rows("posts.jsonl", lines(GOOD))

    first = cli.json("import", file, "--source", "x")
    second = cli.json("import", file, "--source", "x")

    assert {key: first[key] for key in ("read", "added", "known", "rejected", "decided")} == {
        "read": 2, "added": 2, "known": 0, "rejected": 0, "decided": 2,
    }  # fmt: skip
    assert (second["added"], second["known"], second["decided"]) == (0, 2, 0)
    status = cli.json("status")
    assert (status["mentions"], status["undecided"]) == (2, 0)


def test_import_is_history_unless_it_is_said_to_be_new(cli: Cli) -> None:
    angry = [{"id": "1", "text": "I hate this. Worst service ever!", "author": "a_demo", "posted_at": AT}]
    old = cli.json("import", cli.rows("old.jsonl", lines(angry)), "--source", "x")
    angry[0] |= {"id": "2", "author": "b_demo", "addressed_to_us": "true"}
    new = cli.json("import", cli.rows("new.jsonl", lines(angry)), "--source", "x", "--as-new")

    assert (old["escalated"], new["escalated"]) == (0, 1)
    assert cli.json("status")["cases"] == {"new": 1}


def test_bad_rows_are_kept_aside_with_their_reasons(cli: Cli) -> None:
    file = cli.rows(
        "posts.csv",
        [
            "id,text,author,posted_at",
            f"1,fine,ann_demo,{AT}",
            f'2,"a quote that stays open,bob_demo,{AT}',
            f"3,fine too,carl_demo,{AT}",
            f"4,one,cell,too many,{AT}",
            f"5,,dora_demo,{AT}",
            f'6,"two\nlines",eve_demo,{AT}',
            "7,no date,eve_demo,yesterday",
            f"8,the last one,eve_demo,{AT}",
        ],
    )

    result = cli("import", file, "--source", "yelp", "-o", "json")

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (told["read"], told["added"], told["rejected"]) == (8, 4, 4)
    rejected = [json.loads(line) for line in (cli.site / "posts.csv.rejected").read_text().splitlines()]
    assert [reject["line"] for reject in rejected] == [3, 5, 6, 9]
    assert [reject["reason"].split(":")[0] for reject in rejected] == [
        "is not CSV", "has 5 cells, the header has 4", "text", "posted_at",
    ]  # fmt: skip
    assert "a quote that stays open" in rejected[0]["row"]
    assert "4 of 8 rows rejected" in result.stderr


def test_rejects_of_an_earlier_attempt_do_not_stay(cli: Cli) -> None:
    file = cli.rows("posts.jsonl", ["nonsense", *lines(GOOD)])
    assert cli("import", file, "--source", "x").exit_code == 1
    assert (cli.site / "posts.jsonl.rejected").exists()
    cli.rows("posts.jsonl", lines(GOOD))

    assert cli("import", file, "--source", "x").exit_code == 0
    assert not (cli.site / "posts.jsonl.rejected").exists()


def test_standard_input_and_columns_by_other_names(cli: Cli) -> None:
    text = f"nr;body;when\n1;hello there;{AT}\n"

    told = cli.json(
        "import", "-", "--source", "forum", "--map", "text=body", "--map", "posted_at=when", "--map", "id=nr",
        text=text,
    )  # fmt: skip

    assert told["added"] == 1
    assert json.loads(cli("export").stdout)["native_id"] == "1"


def test_dry_run_says_what_would_happen_and_stores_nothing(cli: Cli) -> None:
    file = cli.rows("posts.jsonl", [*lines(GOOD), "{"])

    told = cli.json("import", file, "--source", "x", "--dry-run")

    assert (told["added"], told["rejected"], told["dry_run"]) == (2, 1, True)
    assert not (cli.site / "posts.jsonl.rejected").exists()
    assert cli("export").stdout == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_say_so_are_read(cli: Cli, encoding: str) -> None:
    file = cli.site / "posts.csv"
    file.write_bytes(f"id,text,posted_at\n1,grüezi 👋,{AT}\n".encode(encoding))

    assert cli("import", file, "--source", "forum").exit_code == 0
    assert json.loads(cli("export").stdout)["text"] == "grüezi 👋"


def test_one_row_in_another_encoding_is_refused_and_the_rest_kept(cli: Cli) -> None:
    file = cli.site / "posts.csv"
    file.write_bytes(f"id,text,posted_at\n1,gr\xfcezi,{AT}\n2,hello,{AT}\n".encode("latin-1"))

    result = cli("import", file, "--source", "forum")
    again = cli("import", file, "--source", "forum", "--encoding", "cp1252")

    assert result.exit_code == 1
    assert "line 2: is not UTF-8; save the file as UTF-8, or give --encoding" in result.stderr
    assert again.exit_code == 0


def test_half_characters_and_nul_are_mended(cli: Cli) -> None:
    text = json.dumps({"text": "cut \ud83d off\0", "posted_at": AT})

    assert cli("import", "-", "--source", "forum", text=text + "\n").exit_code == 0
    assert json.loads(cli("export").stdout)["text"] == "cut \ufffd off\ufffd"


def test_a_nul_in_one_cell_costs_no_other_row(cli: Cli) -> None:
    content = f"id,text,posted_at\n1,he\0llo,{AT}\n2,fine,{AT}\n".encode()
    file = cli.site / "posts.csv"
    file.write_bytes(content)

    assert cli("import", file, "--source", "forum").exit_code == 0
    assert [row["text"] for row in cli.json("export")] == ["fine", "he\ufffdllo"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_no_text(cli: Cli, encoding: str) -> None:
    file = cli.site / "posts.csv"
    file.write_bytes(f"id,text,posted_at\n1,hello,{AT}\n".encode(encoding))

    result = cli("import", file, "--source", "forum")

    assert (result.exit_code, "UTF-16 needs its BOM" in result.stderr) == (2, True)


BINARY = bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("content", "args", "said"),
    [
        pytest.param(None, (), "cannot read", id="missing"),
        pytest.param(b"", (), "is empty", id="empty"),
        pytest.param(b"  \n\n", (), "is empty", id="blank"),
        pytest.param(BINARY, (), "is not a text file", id="binary"),
        pytest.param(b'[{"text": 1}]', (), "one object a line", id="json list"),
        pytest.param(b"id,text,text\n", (), "names text twice", id="column twice"),
        pytest.param(b"id,body\n1,x\n", (), "no field text", id="no text"),
        pytest.param(b"id,text\n1,x\n", ("--map", "url=lnk"), "has no column lnk", id="mapped column"),
        pytest.param(b'  {"txet": "x"}\n', ("--map", "text=txt"), 'did you mean "txet"', id="mapped field"),
        pytest.param(b"a,b\n", ("--map", "txt=a"), 'did you mean "text"', id="field"),
        pytest.param(b"a,b\n", ("--map", "text"), "must look like field=column", id="pair"),
        pytest.param(b"a,b\n", ("--encoding", "utf-9"), "there is no encoding", id="encoding"),
    ],
)
def test_file_that_cannot_be_read_at_all_gets_one_message(
    cli: Cli, content: bytes | None, args: tuple[str, ...], said: str
) -> None:
    file = cli.site / "posts.txt"
    if content is not None:
        file.write_bytes(content)

    result = cli("import", file, "--source", "x", *args)

    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path(f"{file}.rejected").exists()


def test_rows_without_any_source_ask_for_one(cli: Cli) -> None:
    result = cli("import", cli.rows("posts.jsonl", lines(GOOD)))

    assert result.exit_code == 2
    assert "--source NAME" in result.stderr


def test_broken_rules_stop_an_import_before_anything_is_stored(cli: Cli) -> None:
    (cli.site / "rules" / "10-escalate.yaml").write_text("- id: [\n", encoding="utf-8")

    result = cli("import", cli.rows("posts.jsonl", lines(GOOD)), "--source", "x")

    assert result.exit_code == 2
    assert "rules/10-escalate.yaml:" in result.stderr


def test_export_goes_back_in_as_it_came_out(told: Cli, tmp_path: Path) -> None:
    for watch in ("source", "demo"):  # both spellings of a filter that finds everything
        assert told("export", "--source", "demo").exit_code == 0, watch
    exported = told("export").stdout
    (tmp_path / "all.jsonl").write_text(exported, encoding="utf-8")

    again = told.json("import", tmp_path / "all.jsonl")

    assert again["added"] == 0
    assert again["known"] == len(exported.splitlines())


def test_export_as_json_is_one_list_of_the_api_s_mentions(told: Cli) -> None:
    listed = json.loads(told("export", "-o", "json").stdout)

    assert len(listed) == told.json("status")["mentions"]
    assert {
        "id", "source", "native_id", "url", "kind", "author", "text", "lang", "posted_at", "fetched_at",
        "compound", "sentiment", "unhappiness", "intents", "reply_route", "state",
    } <= set(listed[0])  # fmt: skip
    assert {"route", "reason"} <= set(listed[0]["reply_route"])


def test_formulas_are_defused_in_csv(cli: Cli) -> None:
    rows = [{"id": "1", "text": '=HYPERLINK("http://example.com")', "posted_at": AT, "author": "+1_demo"}]
    cli("import", cli.rows("posts.jsonl", lines(rows)), "--source", "x")

    row = next(csv.DictReader(io.StringIO(cli("export", "--format", "csv").stdout)))

    assert row["text"] == '\'=HYPERLINK("http://example.com")'
    assert row["author"] == "'+1_demo"


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_two_forms_at_once_are_refused(cli: Cli, form: str) -> None:
    result = cli("export", "--format", form, "-o", "json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--format {form}" in result.stderr


def test_export_into_a_file_and_into_a_folder_that_is_not_there(told: Cli, tmp_path: Path) -> None:
    assert told("export", "--to", tmp_path / "out.jsonl").exit_code == 0
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8").count("\n") > 50

    lost = told("export", "--to", tmp_path / "no" / "out.jsonl")
    assert lost.exit_code == 2
    assert "cannot write" in lost.stderr
