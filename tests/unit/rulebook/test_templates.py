import pytest

from engagebot.domain.drafting import Template, fill
from engagebot.rulebook.lint import lint
from engagebot.rulebook.templates import template_faults, template_of
from tests.unit.rulebook.rule_sets import check

RULE = "- {id: r, when: {all: [{kind: post}]}, then: [{draft: {template: thanks}}]}"
THREE = "One {{author.name}}\n---\nTwo\non two lines\n--- \nThree\n"


def faults(text: str) -> list[str]:
    return [str(finding) for finding in template_faults(text, "t.md")]


def test_a_file_holds_up_to_three_wordings() -> None:
    assert template_of("t", THREE) == Template("t", "One {{author.name}}", ("Two\non two lines", "Three"))
    assert template_of("t", "Only one\n\n--- not alone on its line\n").others == ()
    assert faults(THREE) == []


def test_each_wording_has_its_turn_to_be_first() -> None:
    template = template_of("t", "A\n---\nB\n---\nC\n")
    turns = [[fill(each, {}).text for each in template.in_turn(number)] for number in range(4)]
    assert turns == [["A", "B", "C"], ["B", "C", "A"], ["C", "A", "B"], ["A", "B", "C"]]
    assert [each.text for each in template_of("t", "Only").in_turn(7)] == ["Only"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A\n---\nB\n---\nC\n---\nD\n", ["t.md:7:1 EB126 a template holds 3 wordings at most"]),
        ("A\n---\nB\n---\nC\n---\nD\n---\nE\n", ["t.md:7:1 EB126 a template holds 3 wordings at most"]),
        ("A\n---\n\n---\nC\n", ["t.md:3:1 EB122 wording 2 is empty"]),
        ("---\nA\n", ["t.md:1:1 EB122 wording 1 is empty"]),
        ("A\n---\n", ["t.md:3:1 EB122 wording 2 is empty"]),
        (" \n", ["t.md:0:0 EB122 the template is empty"]),
        ("A\n---\nHi {{autor.name}}\n", ['t.md:3:4 EB123 unknown placeholder "autor.name"']),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, expected: list[str]) -> None:
    found = faults(text)
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_the_check_of_a_rule_set_tells_it_too() -> None:
    book, findings = check(RULE, **{"templates/thanks.md": "A\n---\nB\n---\nC\n---\nD\n"})
    assert book is None
    assert [(each.file, each.line, each.code) for each in findings] == [
        ("rules/templates/thanks.md", 7, "EB126")
    ]


def test_every_wording_is_measured() -> None:
    book, _ = check(RULE, **{"templates/thanks.md": f"Short\n---\n{'long ' * 70}\n"})
    assert book is not None
    assert "EB189" in [each.code for each in lint(book)]


def test_braces_of_other_languages_are_doubted_and_ours_are_not() -> None:
    text = 'Hi {first_name},\n{% if vip %}dear {{author.name | default("you")}}{% endif %} {} {1} :{\n'

    book, findings = check(RULE, **{"templates/thanks.md": text})

    told = [each for each in findings if each.code == "EB123"]
    assert book is not None
    assert all(each.is_warning and "is sent as it stands" in each.message for each in told)
    assert [(each.line, each.column) for each in told] == [(1, 4), (2, 1), (2, 50)]
