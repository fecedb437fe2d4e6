import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagebot.domain.actions import DraftReply, Escalate, Ignore, Tag, Webhook
from engagebot.domain.durations import Rate
from engagebot.domain.limits import Limit, Scope
from engagebot.domain.outbox import Severity
from engagebot.domain.rules import Group, Mode, RuleStatus
from engagebot.errors import FilesInvalid
from engagebot.rulebook import Known, check_sources, load_rulebook, load_sources
from engagebot.rulebook.given import facts_given
from engagebot.rulebook.tests import MONDAY
from tests.unit.rulebook.rule_sets import BAD, BESIDE, DEFAULT, KNOWN, WordScorer, check, errors, load

RULE = """\
- id: repeat-unhappy
  name: Repeat contact, still unhappy
  status: live
  when:
    all:
      - sentiment: [negative, very_negative]
      - customer.contacts_in_30_days: {at_least: 2}
    none:
      - author.in_list: staff
  then:
    - escalate: {team: support, severity: high}
    - tag: [repeat]
  stop: true
  tests:
    - name: third complaint
      mention: {text: "it is bad", customer: {contacts_in_30_days: 3}}
      expect: {matches: true}
- id: say-thanks
  when: {all: [{sentiment: positive}]}
  then:
    - draft: {template: thanks}
    - webhook: crm
  limits: {per_day: 20, per_author: 1/30d}
"""


def test_a_rule_becomes_what_its_file_says() -> None:
    rule, thanks, default = load(RULE).rules

    assert (rule.id, rule.name, rule.status, rule.stop) == (
        "repeat-unhappy", "Repeat contact, still unhappy", RuleStatus.LIVE, True,
    )  # fmt: skip
    assert rule.then == (Escalate(team="support", severity=Severity.HIGH), Tag(tags=("repeat",)))
    assert rule.when is not None
    assert [member.mode for member in rule.when.members if isinstance(member, Group)] == [Mode.ALL, Mode.NONE]
    assert (rule.file, rule.line, rule.tests[0].line) == ("rules/10-test.yaml", 1, 15)
    assert thanks.then == (DraftReply(template="thanks"), Webhook(name="crm"))
    assert thanks.limits == (
        Limit(rate=Rate(20, timedelta(days=1)), scope=Scope.OVERALL, name="per_day", rule_id="say-thanks"),
        Limit(rate=Rate(1, timedelta(days=30)), scope=Scope.AUTHOR, name="per_author", rule_id="say-thanks"),
    )
    assert thanks.name == "say-thanks"
    assert default.is_default
    assert default.then == (Ignore(reason="nothing to do"),)


def test_equal_files_give_an_equal_hash_whatever_the_editor_does_to_line_ends() -> None:
    one = load(RULE)
    other = load("\ufeff" + RULE.replace("\n", " \r\n") + "\n\n")

    assert one.hash == other.hash
    assert one.hash != load(RULE.replace("at_least: 2", "at_least: 3")).hash


def test_a_set_keeps_its_sources_with_the_lists_it_uses_and_loads_from_them_again() -> None:
    book = load(RULE)

    assert set(book.sources) == {"10-test.yaml", "90-default.yaml", "lists/staff.txt", "templates/thanks.md"}
    again = load_sources(book.sources, known=Known())
    assert again.hash == book.hash
    assert again.rules == book.rules
    assert again.human_team == book.human_team == "support"


def test_a_changed_list_changes_the_hash() -> None:
    changed = check(RULE, **{"lists/staff.txt": "somebody_else"})[0]

    assert changed is not None
    assert changed.hash != load(RULE).hash


def test_a_named_list_holds_a_term_a_line_in_any_typing_with_comments_between() -> None:
    lines = ["\ufeff# gr\u00fc\u00dfe", "  Stra\u00dfe ", "", "#fail", "#", "\uff52\uff45fund", "cafe\u0301"]
    text = "\r\n".join(lines)
    rule = "- {id: r, when: {all: [{text: {contains_any: {list: odd}}}]}, then: [{tag: x}]}"

    book = check(rule, **{"lists/odd.txt": text})[0]

    assert book is not None
    when = book.rules[0].when
    assert when is not None
    heard = ["in der STRASSE", "caf\u00e9!", "my Refund", "so #fail"]
    assert [when.holds(facts_given({"text": each}, WordScorer(), now=MONDAY)) for each in heard] == [True] * 4
    assert when.holds(facts_given({"text": "gr\u00fc\u00dfe, to fail"}, WordScorer(), now=MONDAY)) is False


BAD_FILES = sorted(BAD.glob("*.yaml"))


@pytest.mark.parametrize("path", BAD_FILES, ids=[path.stem for path in BAD_FILES])
def test_a_file_with_one_fault_gives_one_error_at_its_place(path: Path) -> None:
    text = path.read_text("utf-8")
    expected = re.search(r"# expected (\S+ \S+)", text)
    assert expected is not None

    found = errors(text)

    assert [line.split(" ")[0:2] for line in found] == [
        [f"rules/10-test.yaml:{expected[1].split(' ')[0]}", expected[1].split(" ")[1]]
    ], found


def test_an_error_names_place_allowed_values_and_the_nearest_one() -> None:
    assert errors("- id: a\n  when:\n    all:\n      - sentiment: negativ\n  then: [{tag: x}]\n") == [
        'rules/10-test.yaml:4:20 EB103 "negativ" is not a sentiment; allowed: very_negative, negative, '
        'neutral, positive, very_positive, unknown; did you mean "negative"?'
    ]


def test_an_id_that_stands_twice_is_told_beside_the_faults_of_either_rule() -> None:
    rule = "- {id: r, STATUS, when: {all: [{kind: post}]}, then: [{tag: [a]}]}\n"
    texts = rule.replace("STATUS", "status: lvie"), rule.replace("STATUS", "stop: false")
    for one, other in (texts, reversed(texts)):
        assert sorted(line.split(" ")[1] for line in errors(one + other)) == ["EB111", "EBY14"]


def test_no_rule_may_be_called_as_what_stands_above_all_rules() -> None:
    rule = "- {id: interlock, when: {all: [{kind: post}]}, then: [{tag: [a]}]}\n"
    assert errors(rule + DEFAULT) == [
        'rules/10-test.yaml:1:8 EB110 "interlock" is taken: it stands for what is above all rules'
    ]


def test_all_faults_of_all_files_come_at_once_and_sorted() -> None:
    bad = "- id: a\n  when: {all: [{kind: tweet}, {compound: 1}]}\n  then: [{escalate: {team: suport}}]\n"
    book, findings = check(bad, **{"20-more.yaml": "- id: [", "templates/x.md": "Hi {{ name }}"})

    assert book is None
    assert [(found.file, found.line) for found in findings] == [
        ("rules/10-test.yaml", 2), ("rules/10-test.yaml", 2), ("rules/10-test.yaml", 3),
        ("rules/20-more.yaml", 2), ("rules/templates/x.md", 1),
    ]  # fmt: skip
    assert list(findings) == sorted(findings)


@pytest.mark.parametrize(
    ("template", "place", "word"),
    [
        pytest.param("Hi {{author.nam}}", "1:4", "author.name", id="misspelt"),
        pytest.param("Hi\nthere {{ mention.text }}", "2:7", "mention.text", id="not allowed"),
        pytest.param("Hi {{author.name", "1:4", "placeholder", id="not closed"),
        pytest.param(" \n", "0:0", "empty", id="empty"),
    ],
)
def test_a_template_with_a_wrong_placeholder_is_an_error_of_its_own_file(
    template: str, place: str, word: str
) -> None:
    found = check(RULE, **{"templates/hello.md": template})[1]

    assert [str(finding).split(" ")[0] for finding in found if not finding.is_warning] == [
        f"rules/templates/hello.md:{place}"
    ]
    assert any(word in finding.message for finding in found)


def test_a_set_without_a_default_route_is_refused_with_the_remedy() -> None:
    book, findings = check_sources({**BESIDE, "10.yaml": RULE}, known=KNOWN)

    assert book is None
    assert any("default: true" in finding.message for finding in findings)


def test_doubtful_rules_load_with_warnings() -> None:
    text = DEFAULT + "- id: late\n  when: {all: [{kind: post}]}\n  then: [{tag: x}]\n  limits: {per_day: 3}\n"
    book, findings = check(text)

    assert book is not None
    assert [(finding.code, finding.is_warning) for finding in findings] == [
        ("EB113", True), ("EB192", True),
    ]  # fmt: skip


def test_names_that_are_not_known_pass_when_nothing_is_said_about_them() -> None:
    text = RULE.replace("team: support", "team: long_gone")

    assert check_sources({**BESIDE, "1.yaml": text, "2.yaml": DEFAULT}, known=Known())[0] is not None


def test_a_folder_is_read_in_the_order_of_file_names(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    lists = tmp_path / "lists"
    (folder / "templates").mkdir(parents=True)
    lists.mkdir()
    (folder / "20-b.yaml").write_text("- {id: b, when: {all: [{kind: post}]}, then: [{tag: b}]}")
    (folder / "10-a.yaml").write_text("- {id: a, when: {all: [{author.in_list: vips}]}, then: [{tag: a}]}")
    (folder / "90-z.yaml").write_text(DEFAULT)
    (folder / ".hidden.yaml").write_text("[")
    (lists / "vips.txt").write_text("maple_fan_demo\n")

    book = load_rulebook(folder, known=Known(lists_folder=lists))

    assert [rule.id for rule in book.rules] == ["a", "b", "default"]


@pytest.mark.parametrize("content", [None, b"\xff\xfe- id"], ids=["no files", "not UTF-8"])
def test_a_folder_that_cannot_be_read_is_told_in_one_finding(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "rules"
    if content is not None:
        folder.mkdir()
        (folder / "10.yaml").write_bytes(content)

    with pytest.raises(FilesInvalid) as caught:
        load_rulebook(folder, known=Known())

    assert len(caught.value.findings) == 1
    assert caught.value.findings[0].file.startswith("rules/")


PIECES = [
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "\n",
    "  ",
    "&a",
    "*a",
    '"',
    "'",
    "!!x",
    "<<",
    "|",
    "null",
    "-1e9",
    "\x00",
    "é",
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_file_loads_or_gives_findings_with_its_name(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([RULE, *(path.read_text("utf-8") for path in BAD_FILES)]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(st.sampled_from(PIECES) | st.text(max_size=5)) + text[end:]

    book, findings = check(text)

    assert book is not None or findings
    assert all(finding.file.startswith("rules/") for finding in findings)
