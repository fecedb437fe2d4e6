"""Who says that it was not fixed, as the machine decides it: by the words and the feeling that it reads."""

from __future__ import annotations

from engagebot.domain.outbox import CaseState
from engagebot.pipeline.triage.people import People
from tests.factories import make_mention
from tests.judgement.test_traps import scorer
from tests.unit.domain.casework import false_fix_phrases as phrases
from tests.unit.domain.casework.test_case_marks import heard, make_case

NOBODY = People(marks={}, contacts={}, open_cases={}, outcomes={})
RESOLVED = make_case(state=CaseState.RESOLVED)
LEAST_FOUND = 26
"""Of 30 held-out phrases; measured 26. Of 30 others one was taken for such words."""


def says_so(text: str) -> bool:
    record = heard(1)._replace(mention=make_mention("1", text))
    return NOBODY.says_not_fixed(record, scorer().judge(text), RESOLVED)


def test_held_out_words_of_a_false_fix_are_found_and_others_are_left_alone() -> None:
    missed = [text for text in phrases.HELD_OUT_NOT_FIXED if not says_so(text)]
    wrong = [text for text in phrases.HELD_OUT_OTHER if says_so(text)]
    assert (30 - len(missed) >= LEAST_FOUND, len(wrong) <= 1) == (True, True), (missed, wrong)
