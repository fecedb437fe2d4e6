"""Conditions that ask for names which nothing has."""

from dataclasses import replace

import pytest

from engagebot.errors import Finding
from engagebot.rulebook import check_sources
from tests.unit.rulebook.rule_sets import DEFAULT, KNOWN

HERE = replace(
    KNOWN, reasons=("late", "staff"), platforms=("demo", "forum_demo"), watches=("acme-talk", "acme-mentions")
)
RULE = "- id: r\n  when:\n    all:\n      - {}\n  then: [{{tag: x}}]\n"


def said(condition: str) -> tuple[bool, list[Finding]]:
    text = RULE.format(condition)
    book, findings = check_sources({"10-test.yaml": text, "90-default.yaml": DEFAULT}, known=HERE)
    return book is not None, list(findings)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (
            "reason: lat",
            '4:17 EB103 "lat" is not a reason; allowed: late, staff; did you mean "late"?',
        ),
        ("reason: [staff, foo]", '4:25 EB103 "foo" is not a reason; allowed: late, staff'),
        (
            "platform: forum_dem",
            '4:19 EB187 nothing came from "forum_dem", and no connector has that name; here are demo, '
            'forum_demo, and an import or a program can bring others; did you mean "forum_demo"?',
        ),
        (
            "watch: [acme-talk, acme-tlak]",
            '4:28 EB188 the settings have no watch "acme-tlak", so it hears nothing; there: acme-talk, '
            'acme-mentions; did you mean "acme-talk"?',
        ),
        ("watch: 12", '4:16 EB188 the settings have no watch "12", so it hears nothing; there: acme-talk, '
                      "acme-mentions"),
    ],
)  # fmt: skip
def test_what_nothing_has_is_told_with_what_there_is(condition: str, told: str) -> None:
    has_loaded, (finding,) = said(condition)

    assert str(finding) == f"rules/10-test.yaml:{told}"
    # What is right elsewhere, or will be, holds no rule back.
    assert finding.is_warning is has_loaded is ("EB103" not in told)


@pytest.mark.parametrize(
    "condition",
    ["reason: [Late, staff]", "reason: true", "platform: Demo",
     "platform: [demo, forum_demo]", "watch: ACME-talk"],
)  # fmt: skip
def test_what_is_there_is_taken_however_it_is_written(condition: str) -> None:
    assert said(condition) == (True, [])
