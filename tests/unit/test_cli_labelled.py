from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from engagebot.cli.labelled import Labelled, read_labelled
from engagebot.domain.heard.evaluation import Label
from engagebot.errors import WrongUsage


def written(tmp_path: Path, content: str, name: str = "posts.csv") -> Path:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def complaint(path: Path) -> str:
    with pytest.raises(WrongUsage) as caught:
        read_labelled(path)
    return str(caught.value)


def test_csv_and_json_lines_hold_the_same_rows(tmp_path: Path) -> None:
    table = written(tmp_path, 'id,label,text,brand\n1,NEGATIVE,"dead, again",Acme\n2, Pos ,lovely,\n')
    lines = written(
        tmp_path,
        '{"text": "dead, again", "label": "neg", "brand": "Acme"}\n\n{"text": "lovely", "label": "POS"}\n',
        "posts.jsonl",
    )
    wanted = (Labelled("dead, again", Label.NEGATIVE, "Acme"), Labelled("lovely", Label.POSITIVE, None))
    assert read_labelled(table).rows == read_labelled(lines).rows == wanted


def test_the_checksum_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_bytes(b"\xef\xbb\xbftext,label\r\nlovely,positive\r\n")
    found = read_labelled(path)
    assert found.checksum == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.name, len(found.rows)) == (str(path), 1)


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = b"text,label\nlovely,positive\n"
    writer = threading.Thread(target=path.write_bytes, args=(content,))
    writer.start()
    found = read_labelled(path)
    writer.join()
    assert found.checksum == hashlib.sha256(content).hexdigest()
    assert found.rows == (Labelled("lovely", Label.POSITIVE),)


def test_all_bad_rows_are_counted_and_the_first_ten_told_with_their_lines(tmp_path: Path) -> None:
    bad = ["lovely,meh", ",positive", "lovely,", "lovely,positive,more", *["lovely,2"] * 9]
    said = complaint(written(tmp_path, "\n".join(["text,label", "fine,neutral", *bad]) + "\n")).splitlines()

    assert said[0].startswith("13 of 14 rows of ")
    assert said[1:6] == [
        "  line 3: label: 'meh' is not negative, neutral or positive",
        "  line 4: text: missing or empty",
        "  line 5: label: missing or empty",
        "  line 6: has 3 cells, the header has 2",
        "  line 7: label: '2' is not negative, neutral or positive",
    ]
    assert said[10:12] == ["  line 12: label: '2' is not negative, neutral or positive", "  and 3 more"]
    assert said[12].startswith(
        "Every row needs text and label (negative, neutral or positive; neg, neu and pos"
    )
    assert len(said) == 13


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"text": 5, "label": "positive"}', "text: 5 is not a text"),
        ('{"text": " ", "label": "positive"}', "text: missing or empty"),
        ('{"text": "lovely", "label": 1}', "label: 1 is not negative, neutral or positive"),
        ('{"text": "lovely", "label": ["positive"]}', "label: ['positive'] is not negative"),
        ('{"text": "lovely", "label": "positive"', "is not JSON at column"),
        ("[1]", "is not a JSON object"),
    ],
)
def test_a_row_that_is_no_labelled_text_is_told(tmp_path: Path, line: str, said: str) -> None:
    good = '{"text": "lovely", "label": "positive"}'
    found = complaint(written(tmp_path, f"{good}\n{line}\n", "posts.jsonl"))
    assert f"  line 2: {said}" in found


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("text,label\n", "holds no row below its header"),
        ("text,feeling\nlovely,positive\n", "no field label; give the column with negative"),
        ("body,label\nlovely,positive\n", 'no field text; give the column with the posts the name "text"'),
    ],
)
def test_a_file_without_rows_or_columns_is_told(tmp_path: Path, content: str, said: str) -> None:
    assert said in complaint(written(tmp_path, content))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot read" in complaint(tmp_path / "none.csv")
