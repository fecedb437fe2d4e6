"""What two rule sets have in common, and what changed, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engagebot.domain.actions import DraftReply, Tag
from engagebot.domain.rules import Condition, RuleStatus, RuleTest
from engagebot.domain.ruling.rule_changes import changes, mark, marks
from tests.factories import make_book, make_rule, says

THANKS = make_rule("thanks", says("love"), then=[DraftReply(template="thanks")])
STAFF = Condition("author.in_list", "staff", lambda facts: None)  # type: ignore[arg-type, return-value]
FILES = {"10-all.yaml": "- id: x\n", "templates/thanks.md": "Thank you!\n", "lists/staff.txt": "maple_demo\n"}


def test_a_first_set_says_how_many_rules_it_holds() -> None:
    assert changes(None, make_book(THANKS)) == ("first set, 2 rules",)


def test_what_was_added_removed_and_changed_is_named_with_its_keys() -> None:
    old = make_book(THANKS, make_rule("old", says("old")))
    new = make_book(
        replace(THANKS, name="Thank them", status=RuleStatus.SHADOW, stop=True),
        make_rule("new", says("new"), status=RuleStatus.DRAFT),
    )
    assert changes(old, new) == (
        "added new (draft)",
        "removed old",
        "changed thanks: name, status live → shadow, stop",
    )


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        (replace(THANKS, when=replace(THANKS.when, members=(says("adore"),))), "when"),  # type: ignore[type-var]
        (replace(THANKS, then=(Tag(tags=("praise",)),)), "then"),
        (replace(THANKS, tests=(RuleTest(name="it thanks", given={"text": "love"}, matches=True),)), "tests"),
    ],
)
def test_each_key_of_a_rule_is_told_apart(changed: object, key: str) -> None:
    assert changes(make_book(THANKS), make_book(changed)) == (f"changed thanks: {key}",)  # type: ignore[arg-type]


def test_a_new_order_and_changed_files_are_told() -> None:
    other = make_rule("other", says("other"))
    old = make_book(THANKS, other, sources=FILES)
    new = make_book(
        other,
        THANKS,
        sources={**FILES, "templates/thanks.md": "Thanks!\n", "lists/staff.txt": "oak_demo\nelm_demo\n"},
    )
    assert changes(old, new) == (
        "changed the order of rules",
        "changed list staff (2 lines new, 1 gone)",
        "changed template thanks",
    )


def test_a_set_that_only_reads_otherwise_says_so() -> None:
    old, new = (
        make_book(THANKS, sources={"a.yaml": "# old\n"}),
        make_book(THANKS, sources={"a.yaml": "# new\n"}),
    )
    assert changes(old, new) == ("the same rules; only comments, blanks or names of files differ",)


def test_a_mark_stays_with_name_and_tests_and_goes_with_everything_that_acts() -> None:
    rule = make_rule("thanks", says("love"), STAFF, then=[DraftReply(template="thanks")])
    before = mark(rule, make_book(rule, sources=FILES))
    same = replace(rule, name="Thank them", tests=(RuleTest(name="t", given={}),), file="b.yaml", line=9)
    assert mark(same, make_book(same, sources=FILES)) == before
    others = [
        (replace(rule, stop=True), FILES),
        (replace(rule, status=RuleStatus.SHADOW), FILES),
        (rule, {**FILES, "lists/staff.txt": "oak_demo\n"}),
        (rule, {**FILES, "templates/thanks.md": "Thanks!\n"}),
    ]
    assert before not in {mark(each, make_book(each, sources=files)) for each, files in others}
    assert marks(make_book(rule, sources=FILES))["thanks"] == before
