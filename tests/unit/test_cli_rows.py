import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.cli.rows import Reading, Row, read_rows
from engagebot.errors import WrongUsage

CSV_PIECES = st.sampled_from(['"', '""', ",", ";", "a", "b c", "\n", "\r\n", "\n\n", "é", " "])


def read(content: bytes, name: str = "x", **more: str) -> list[Row]:
    with read_rows(io.BytesIO(content), Reading(name=name, columns={}, **more)) as rows:
        return list(rows)


@given(st.lists(CSV_PIECES, max_size=60).map("".join))
def test_no_letter_of_a_csv_file_is_lost_however_its_quotes_stand(body: str) -> None:
    rows = read(f"one,two\n{body}".encode(), "posts.csv")

    kept = "".join(row.raw or "" for row in rows)
    for letter in "abcé":
        assert kept.count(letter) == body.count(letter)


@given(
    st.binary(max_size=300), st.sampled_from(["x", "x.csv", "x.jsonl"]), st.sampled_from(["utf-8", "cp1252"])
)
def test_any_bytes_give_rows_reasons_or_one_message(content: bytes, name: str, encoding: str) -> None:
    said: str | None = None
    rows: list[Row] = []
    try:
        rows = read(content, name, encoding=encoding)
    except WrongUsage as error:
        said = str(error)
    assert said is None or len(said.splitlines()) == 1
    for row in rows:
        json.dumps(dict(row.values)).encode("utf-8")
        assert row.line >= 1


@given(st.lists(st.sampled_from(['{"text": "a"}', "{", "[]", "nonsense", "", "  "]), max_size=12))
def test_each_line_of_json_lines_counts_once(lines: list[str]) -> None:
    content = "".join(f"{line}\n" for line in lines)
    wanted = [number for number, line in enumerate(lines, start=1) if line.strip()]
    if not wanted:
        with pytest.raises(WrongUsage):
            read(content.encode(), "x.jsonl")
        return
    if content.lstrip().startswith("["):
        return

    assert [row.line for row in read(content.encode(), "x.jsonl")] == wanted


def test_semicolons_and_tabs_are_understood() -> None:
    for delimiter in ";\t":
        content = f"id{delimiter}text\n1{delimiter}a, b\n".encode()
        assert dict(read(content)[0].values) == {"id": "1", "text": "a, b"}


def test_our_own_objects_read_like_rows() -> None:
    mention = {
        "id": 7, "source": "x", "native_id": "n7", "author": {"handle": "maple_demo", "name": "Maple"},
        "parent_native_id": "n6", "engagement": {"likes": 3}, "text": "hi",
    }  # fmt: skip

    values = read(json.dumps(mention).encode())[0].values

    assert {key: values[key] for key in ("id", "author", "author_name", "parent_id", "likes")} == {
        "id": "n7", "author": "maple_demo", "author_name": "Maple", "parent_id": "n6", "likes": 3,
    }  # fmt: skip


def test_lines_without_end_are_refused_without_filling_the_memory() -> None:
    rows = read(b'{"text": "' + b"a" * 2_500_000 + b'"}\n{"text": "b"}\n', "x.jsonl")

    assert [bool(row.reason) for row in rows] == [True, False]
    assert all(len(row.raw or "") <= 200 for row in rows)


def test_encoding_that_breaks_off_is_told() -> None:
    with pytest.raises(WrongUsage, match="UTF-8"):
        read(b"id,text\n1,x\n", encoding="utf-16")
