"""Word lists are loaded strictly, and found in words of their own only."""

from __future__ import annotations

from pathlib import Path

import pytest

from engagebot.domain.replying.advice import About, Check, Flag
from engagebot.errors import FilesInvalid
from engagebot.guards import load_guards
from engagebot.guards.lists import LISTS
from engagebot.scaffold import template_root

SHIPPED = template_root() / "config" / "guards"
NOBODY = About()


def found(folder: Path, reply: str, check: Check = Check.CONDESCENSION) -> list[str]:
    return [flag.words for flag in load_guards(folder).check(reply, NOBODY) if flag.check is check]


def write(folder: Path, text: str, name: str = "condescension.txt") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_list_is_shipped_and_says_what_it_is_for() -> None:
    assert {path.stem for path in SHIPPED.glob("*")} == set(LISTS)
    for name in LISTS:
        assert (SHIPPED / f"{name}.txt").read_text("utf-8").startswith("# "), name
    load_guards(SHIPPED)


@pytest.mark.parametrize(
    ("words", "reply", "marked"),
    [
        ("just", "Please adjust it, just so.", ["just"]),
        ("just", "Justice for all, JUST now", ["JUST"]),
        ("you should have", "You should  have asked.", ["You should  have"]),
        ("dont worry", "Don’t worry, don't worry, dont worry", ["Don’t worry", "don't worry", "dont worry"]),
        ("obvious*", "Obviously. How obvious!", ["Obviously", "obvious"]),
        ("as i/we said", "As we said. As I said. As you said.", ["As we said", "As I said"]),
        ("you .. late", "You are a bit late. You are so very much too late.", ["You are a bit late"]),
        ("so late", "It was so. Late trains run.", []),
        ("100%", "I'm 100% sure, 1000% sure", ["100%"]),
        ("calm down\ncalm", "Calm down", ["Calm down"]),
        ("just\n! just now", "Just now I just did it, just nowhere.", ["just", "just"]),
        ("schön*", "Ganz schönes Wetter 🙂 schön", ["schönes", "schön"]),
    ],
)
def test_words_are_found_where_they_stand_as_words(
    tmp_path: Path, words: str, reply: str, marked: list[str]
) -> None:
    assert found(write(tmp_path, words), reply) == marked


def test_places_are_code_points(tmp_path: Path) -> None:
    reply = "👩🏽‍🔧 naïve \U0001d4b3 just"
    (flag,) = load_guards(write(tmp_path, "just | leave it out | a note | with a bar")).check(reply, NOBODY)
    assert flag == Flag(
        Check.CONDESCENSION, len(reply) - 4, len(reply), "just", "leave it out", is_risky=False
    )
    assert reply[flag.start : flag.end] == flag.words


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("| advice", (2, 1, "EB502")),
        ("  ju* | advice", (2, 3, "EB502")),
        ("a, b", (2, 1, "EB502")),
        (".. late", (2, 1, "EB502")),
        ("a .. .. b", (2, 1, "EB502")),
        ("a b c d e f g h i j k", (2, 1, "EB502")),
        ("a/ b", (2, 1, "EB502")),
        (f"late |  {'x' * 201}", (2, 9, "EB503")),
        ("! late | advice", (2, 10, "EB503")),
        ("JUST", (2, 1, "EB504")),
    ],
)
def test_a_line_that_does_not_hold_is_told_with_its_place(
    tmp_path: Path, line: str, place: tuple[int, int, str]
) -> None:
    write(tmp_path, f"just | so\n{line}\n")
    with pytest.raises(FilesInvalid) as raised:
        load_guards(tmp_path, shown_as="config/guards")
    (finding,) = raised.value.findings
    assert finding.file == "config/guards/condescension.txt"
    assert (finding.line, finding.column, finding.code) == place


def test_all_errors_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "ju*\n& | and")
    write(tmp_path, "ch* | no", "avoid.txt")
    (tmp_path / "blame.txt").write_bytes(b"\xff\xfe")
    write(tmp_path, "word", "condesension.txt")
    write(tmp_path, "word", "list.csv")
    write(tmp_path, "word", ".hidden.txt")
    with pytest.raises(FilesInvalid) as raised:
        load_guards(tmp_path)
    codes = [(Path(each.file).name, each.line, each.code) for each in raised.value.findings]
    assert codes == [
        ("avoid.txt", 1, "EB502"),
        ("blame.txt", 0, "EB501"),
        ("condescension.txt", 1, "EB502"),
        ("condescension.txt", 2, "EB502"),
        ("condesension.txt", 0, "EB505"),
        ("list.csv", 0, "EB505"),
    ]
    assert 'did you mean "condescension.txt"?' in str(raised.value)


def test_a_list_that_a_site_lacks_is_the_shipped_one_and_an_empty_one_is_off(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (own, shipped):
        folder.mkdir()
        write(folder, "just")
        write(folder, "obviously", "blame.txt")
    (own / "condescension.txt").unlink()
    write(own, "# nothing\n", "blame.txt")
    flags = load_guards(own, otherwise=shipped).check("just obviously", NOBODY)
    assert [(flag.check, flag.words) for flag in flags] == [(Check.CONDESCENSION, "just")]


def test_a_list_saved_by_a_windows_editor_holds(tmp_path: Path) -> None:
    (tmp_path / "condescension.txt").write_bytes("\ufeffjust | out\r\nsimply\r\n".encode())
    assert found(tmp_path, "just simply") == ["just", "simply"]
