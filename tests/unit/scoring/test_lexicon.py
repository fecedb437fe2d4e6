"""Lexicon files: what a line may say, and how faults in them are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engagebot.errors import FilesInvalid
from engagebot.scoring.kinds import KINDS, Side
from engagebot.scoring.lexicon import HEAVIEST, MOST_CHOICES, Lexicon, load_lexicon, read_entry
from engagebot.scoring.tokens import Names, tokenise
from tests.unit.scoring.texts import lexicon


def findings(line: str) -> list[tuple[int, int, str]]:
    with pytest.raises(FilesInvalid) as raised:
        read_entry(line, file="a.txt", number=7)
    return [(found.line, found.column, found.code) for found in raised.value.findings]


def message(line: str) -> str:
    with pytest.raises(FilesInvalid) as raised:
        read_entry(line, file="a.txt", number=7)
    return str(raised.value)


def heard(words: str, text: str, names: Names | None = None) -> bool:
    tokens = tokenise(text, names) if names else tokenise(text)
    return bool(lexicon(f"{words} | 1 | problem").find(tokens.forms))


def test_a_line_is_words_weight_kind_and_note() -> None:
    entry = read_entry("still .. waiting | 1.2 | waiting | asked | before", file="a.txt", number=3)
    assert (entry.words, entry.weight, entry.kind) == ("still .. waiting", 1.2, "waiting")
    assert (entry.file, entry.line, len(entry.places)) == ("a.txt", 3, 3)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("cant", "I can’t"),
        ("don't", "DONT"),
        ("SO late", "so late"),
        ("late !", "late!!!"),
        (":/", "hm :/"),
        (":/ late", ":/ late"),
        ("</3", "oh </3"),
        ("<3", "<3"),
        (":)/:-)", ":-)"),
        (":D", "nice :D"),
        ("24/7 late", "24 late"),
        ("n/a", "a"),
        ("👍/👎", "👎"),
        ("... late", "hm… late"),
        ("&amp; late", "so &amp; late"),
        ("café", "CAFÉ"),
        ("fail", "#FAIL"),
        ("sooooo late", "soooooooo late"),
        ("refund*", "Refunding"),
        ("lost NUMBER/MONEY", "lost $5"),
        ("URL", "see https://example.com"),
        ("HANDLE late", "@somebody late"),
    ],
)
def test_words_fit_texts_as_people_write_them(words: str, text: str) -> None:
    assert heard(words, text)


def test_stand_ins_are_written_in_capitals_and_mean_names() -> None:
    names = Names(["Acme"], ["Shaw"])
    assert heard("leaving BRAND for RIVAL", "leaving acme for @shaw", names)
    assert not heard("leaving brand", "leaving acme", names)
    assert heard("leaving brand", "leaving Brand", names)


def test_a_choice_that_a_stem_fits_anyway_is_found_once() -> None:
    assert [hit[1:] for hit in lexicon("delay*/delayed/delay*/delaying* | 1 | late").find(["delayed"])] == [
        (0, 0)
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("late", [(7, 1, "EB402")]),
        ("  late | 1", [(7, 3, "EB402")]),
        ("late | much | late", [(7, 8, "EB403")]),
        ("late |  | late", [(7, 9, "EB403")]),
        ("late | nan | late", [(7, 8, "EB403")]),
        ("late | inf | late", [(7, 8, "EB403")]),
        (f"late | {HEAVIEST + 0.1} | late", [(7, 8, "EB403")]),
        ("late | 1,2 | late", [(7, 8, "EB403")]),
        ("late | 0 | late", [(7, 8, "EB403")]),
        ("late | -1 | late", [(7, 8, "EB403")]),
        ("great | 1 | praise", [(7, 9, "EB403")]),
        ("great | 0 | praise", [(7, 9, "EB403")]),
        ("but | 1 | but", [(7, 7, "EB403")]),
        ("late | 1 | latte", [(7, 12, "EB404")]),
        ("late | 1 |  ", [(7, 13, "EB404")]),
        ("late | 1 | negated_praise", [(7, 12, "EB404")]),
        (" | 1 | late", [(7, 2, "EB405")]),
        (".. late | 1 | late", [(7, 1, "EB405")]),
        ("late .. | 1 | late", [(7, 1, "EB405")]),
        ("a .. .. b | 1 | late", [(7, 1, "EB405")]),
        ("la* | 1 | late", [(7, 1, "EB405")]),
        ("12345* | 1 | late", [(7, 1, "EB405")]),
        ("la*te | 1 | late", [(7, 1, "EB405")]),
        ("late/ | 1 | late", [(7, 1, "EB405")]),
        ("too,late | 1 | late", [(7, 1, "EB405")]),
        ("& | 1 | late", [(7, 1, "EB405")]),
        ("a b c d e f g h i j k | 1 | late", [(7, 1, "EB405")]),
        (".. late | x | latte", [(7, 1, "EB405"), (7, 11, "EB403"), (7, 15, "EB404")]),
    ],
)
def test_a_fault_is_told_with_its_place_and_code(line: str, expected: list[tuple[int, int, str]]) -> None:
    assert findings(line) == expected


def test_the_nearest_kind_is_proposed_and_all_are_named() -> None:
    said = message("late | 1 | watting")
    assert 'did you mean "waiting"?' in said
    assert all(kind in said for kind in KINDS)
    assert "did you mean" not in message("late | 1 | zzzzz")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("late | 9 | late", "between -4 and 4"),
        ("late | -1 | late", "something comes or came too late"),
        ("great | 1 | praise", "a weight below 0"),
        ("but | 1 | but", "its weight is 0"),
        ("la* | 1 | late", '"la*"'),
        ("too,late | 1 | late", '"too,late"'),
        ("late", "words | weight | kind | note"),
    ],
)
def test_a_fault_says_what_is_allowed(line: str, expected: str) -> None:
    assert expected in message(line)


def test_a_phrase_may_be_said_in_four_hundred_ways() -> None:
    twenty = "/".join(f"w{chr(97 + at)}" for at in range(20))
    assert MOST_CHOICES == 400
    assert read_entry(f"{twenty} .. {twenty} | 1 | late").places
    assert "420 ways" in message(f"{twenty} {twenty}/more | 1 | late")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_takes_weights_of_its_side_alone(kind: object) -> None:
    fitting = {Side.UNHAPPY: 1, Side.HAPPY: -1, Side.NEITHER: 0}[kind.side]
    for weight in (-1, 0, 1):
        line = f"word | {weight} | {kind.name}"
        if weight == fitting:
            assert read_entry(line).kind == kind.name
        else:
            assert findings(line)


def put(folder: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        (folder / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    folder = put(
        tmp_path,
        one="# late things\n\nlate | 1 | late\n  # indented\n",
        two="\ufefflost | 1 | lost\r\nrude | 1 | staff\r\n",
    )
    (folder / "notes.md").write_text("no entry")
    assert [(entry.words, entry.line) for entry in load_lexicon(folder).entries] == [
        ("late", 3),
        ("lost", 1),
        ("rude", 2),
    ]


def test_a_mark_at_the_start_of_a_file_and_old_line_ends_move_no_column(tmp_path: Path) -> None:
    put(tmp_path, one="\ufefflate | x | late\r\nlost | 1 | lots\r\n")
    with pytest.raises(FilesInvalid) as raised:
        load_lexicon(tmp_path, shown_as="config/lexicons")
    assert [(found.file, found.line, found.column, found.code) for found in raised.value.findings] == [
        ("config/lexicons/one.txt", 1, 8, "EB403"),
        ("config/lexicons/one.txt", 2, 12, "EB404"),
    ]


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    put(tmp_path, a="late | x | latte\n", b=b"\xff\xfe", c="late\nlost | 1 | lost\n", d="lost | 1 | lost\n")
    with pytest.raises(FilesInvalid) as raised:
        load_lexicon(tmp_path, shown_as="here")
    assert [str(found).split(" ")[:2] for found in raised.value.findings] == [
        ["here/a.txt:1:8", "EB403"],
        ["here/a.txt:1:12", "EB404"],
        ["here/b.txt:0:0", "EB401"],
        ["here/c.txt:1:1", "EB402"],
        ["here/d.txt:1:1", "EB406"],
    ]
    assert "here/c.txt:2" in raised.value.findings[-1].message


@pytest.mark.parametrize("second", ["still  late", "Still LATE"])
def test_the_same_words_may_stand_only_once(tmp_path: Path, second: str) -> None:
    put(tmp_path, one="still late | 1 | late\n", two=f"\n{second} | 0.5 | problem\n")
    with pytest.raises(FilesInvalid, match=r"two\.txt:2:1 EB406 .*one\.txt:1"):
        load_lexicon(tmp_path)


def test_an_empty_folder_is_an_empty_lexicon(tmp_path: Path) -> None:
    assert load_lexicon(tmp_path).find(["late"]) == []


def test_the_digest_names_what_the_files_say_and_not_where_they_lie(tmp_path: Path) -> None:
    one = load_lexicon(put(tmp_path, one="late | 1 | late\nlost | 1 | lost | note\n"))
    two = Lexicon([read_entry("lost | 1.0 | lost"), read_entry("late | 1 | late")])
    assert one.digest == two.digest
    others = [("late | 2 | late",), ("late | 1 | waiting",), ("later | 1 | late",), ()]
    digests = {Lexicon(map(read_entry, (*lines, "lost | 1 | lost"))).digest for lines in others}
    assert len(digests | {one.digest}) == 5
