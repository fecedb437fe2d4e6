from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from engagebot.errors import FilesInvalid
from engagebot.yamlfile import MAX_BYTES, nearest, read_text, read_yaml, validate


def faults(text: str) -> list[str]:
    with pytest.raises(FilesInvalid) as caught:
        read_yaml(text, "a.yaml")
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("7", 7), ("-7", -7),
        ("0.5", 0.5), ("-.5", -0.5), ("1e3", 1000.0), ("no", "no"), ("on", "on"), ("Yes", "Yes"),
        ("True", "True"), ("1:30", "1:30"), ("010", "010"), ("0x1f", "0x1f"), ("2026-01-02", "2026-01-02"),
        ("1_000", "1_000"), (".inf", ".inf"), (".nan", ".nan"), ("+5", "+5"), ("'7'", "7"),
        ('"true"', "true"),
        ("9" * 40, "9" * 40), ("2m", "2m"), ("1/30d", "1/30d"), ("[a, 1]", ["a", 1]),
        ("{a: {b: no}}", {"a": {"b": "no"}}),
        ("1: x", {"1": "x"}), ("- - a\n  - b\n- c", [["a", "b"], "c"]), ("\ufeffa: b", {"a": "b"}),
    ],
)  # fmt: skip
def test_only_true_false_null_and_numbers_are_not_text(text: str, value: object) -> None:
    found = read_yaml(text, "a.yaml").plain()

    assert found == value
    assert type(found) is type(value)


def test_every_value_and_key_knows_its_line_and_column() -> None:
    root = read_yaml("a: 1\nb:\n  - x\n  - {c: d}\né: ü\n", "a.yaml")

    assert (root.at("a").line, root.at("a").column) == (1, 4)
    assert (root.at("b", 1, "c").line, root.at("b", 1, "c").column) == (4, 9)
    assert root.keys["é"] == (5, 1)
    assert root.at("b", 7, "nothing") is root.at("b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2", "a.yaml:2:1 EBY03"),
        ("a: &x 1", "a.yaml:1:4 EBY04"),
        ("a: !!int 1", "a.yaml:1:4 EBY06"),
        ("<<: {a: 1}", "a.yaml:1:1 EBY05"),
        ("[a]: 1", "a.yaml:1:1 EBY08"),
        ("a\n---\nb", "a.yaml:3:1 EBY09"),
        ("[" * 30 + "]" * 30, "a.yaml:1:21 EBY07"),
        ("a: [1", "a.yaml:1:4 EBY01"),
        ("a: b: c", "a.yaml:1:5 EBY01"),
        ("a\x00b", "a.yaml:1:2 EBY01"),
        ("x: " + "y" * MAX_BYTES, "a.yaml:0:0 EBY02"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_place(text: str, expected: str) -> None:
    found = faults(text)

    assert len(found) == 1
    assert found[0].startswith(expected)


def test_all_faults_but_those_of_syntax_come_at_once() -> None:
    found = faults("a: 1\na: 2\nb: &x 1\nc: *x\nd: !t e\n")

    assert [line.split(" ")[1] for line in found] == ["EBY03", "EBY04", "EBY04", "EBY06"]


@pytest.mark.parametrize("text", ["- " * 20_000 + "x", "[" * 900, "{a: " * 900, "? " * 5_000])
def test_hostile_nesting_is_a_finding_and_no_crash(text: str) -> None:
    assert faults(text)


@given(st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"#?,<\n\t \\%@`~0.é\ud800\x00"))))
def test_any_text_is_read_or_told_in_findings(text: str) -> None:
    findings = None
    try:
        root = read_yaml(text, "a.yaml")
    except FilesInvalid as error:
        findings = error.findings
    else:
        root.plain()

    assert findings is None or all(finding.file == "a.yaml" for finding in findings)


def _even(value: int) -> int:
    if value % 2:
        raise PydanticCustomError("EB900", "{text}", {"text": f"{value} is odd {{really}}"})
    return value


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    level: Literal["low", "high"]
    words: list[str] = []


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    inner: Inner | None = None
    many: dict[str, Inner] = {}
    even: Annotated[int, AfterValidator(_even)] = 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ['1:1 EBY12 the key "name" is missing here']),
        ("", ['1:1 EBY12 the key "name" is missing here']),
        ("name: 3", ['1:7 EBY13 "name" must be text, not the number 3']),
        ("name: [a]", ['1:7 EBY13 "name" must be text, not a list']),
        ("name: x\nnam: y",
         ['2:1 EBY11 unknown key "nam"; allowed here: name, inner, many, even; did you mean "name"?']),
        ("name: x\ninner: {level: hihg}",
         ['2:16 EBY14 "inner.level" must be one of: low, high; it is the text "hihg"; did you mean "high"?']),
        ("name: x\ninner: {level: low, words: [a, 2]}",
         ['2:32 EBY13 "inner.words" must be text, not the number 2']),
        ("name: x\ninner: {level: low, word: a}",
         ['2:21 EBY11 unknown key "word"; allowed here: level, words; did you mean "words"?']),
        ("name: x\nmany:\n  a: {lvl: low}", ['3:6 EBY12 the key "level" is missing here',
         '3:7 EBY11 unknown key "lvl"; allowed here: level, words; did you mean "level"?']),
        ("name: x\neven: 3", ["2:7 EB900 3 is odd {really}"]),
        ("just text", ['1:1 EBY13 this must be a mapping (key: value), not the text "just text"']),
    ],
)  # fmt: skip
def test_a_schema_error_says_where_what_and_what_is_allowed(text: str, expected: list[str]) -> None:
    model, findings = validate(read_yaml(text, "a.yaml"), Outer)

    assert model is None
    assert [str(finding).removeprefix("a.yaml:") for finding in findings] == expected


def test_a_good_value_gives_the_model() -> None:
    model, findings = validate(read_yaml("name: x\ninner: {level: low}", "a.yaml"), Outer)

    assert findings == []
    assert model is not None
    assert model.inner is not None
    assert model.inner.level == "low"


@pytest.mark.parametrize(
    ("content", "place", "word"),
    [
        (b"ok\nbad \xff", "2:5", "UTF-8"),
        (b"x" * (MAX_BYTES + 1), "0:0", "larger"),
        (None, "0:0", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_finding(
    tmp_path: Path, content: bytes | None, place: str, word: str
) -> None:
    path = tmp_path / "a.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(FilesInvalid) as caught:
        read_text(path, "a.yaml")

    assert str(caught.value).startswith(f"a.yaml:{place} EBY")
    assert word in str(caught.value)


def test_nearest_word_is_found_in_any_case() -> None:
    assert nearest("SENTIMNT", ["sentiment", "intent"]) == "sentiment"
    assert nearest("zzz", ["sentiment"]) is None


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        pytest.param("- a: {b: 1\n- c: 2\n", "1:6", "not closed by line 2", id="bracket"),
        pytest.param("a: 1\nb: \"x\nc: 2\n", "2:4", "not closed by line 4", id="quote to the end"),
        pytest.param('- {a: "x, b: 1}\n- {c: 2}\n- {d: "@y"}\n', "1:7", "is a quote missing?", id="quote"),
        pytest.param("  a: 1\n  b: 2\n- c: 3\n", "1:3", "is a dash missing?", id="dash"),
        pytest.param("- a:\n    b:\n      - c\n      - d\n   f: 1\n", "2:5", "line missing", id="outdent"),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_began_and_not_where_reading_ended(text: str, place: str, said: str) -> None:
    found = faults(text)

    assert found[0].startswith(f"a.yaml:{place} EBY01 "), found
    assert said in found[0]


def test_a_missing_key_is_told_below_the_one_that_comes_before_it() -> None:
    class Model(BaseModel):
        name: str
        middle: dict[str, int]
        last: int

    _, found = validate(read_yaml("name: x\nmiddle:\n  a: 1\n  b: 2\n", "a.yaml"), Model)

    assert [(each.line, each.code) for each in found] == [(4, "EBY12")]
    _, found = validate(read_yaml("last: 1\nmiddle: {a: 1}\n", "a.yaml"), Model)
    assert [(each.line, each.code) for each in found] == [(1, "EBY12")]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_signs_that_end_lines_only_for_yaml_do_not_move_the_lines_below(sign: str) -> None:
    node = read_yaml(f'a: "x{sign}y"\nb: 1\n', "a.yaml")

    assert (node.plain(), node.at("b").line) == ({"a": "x y", "b": 1}, 2)
