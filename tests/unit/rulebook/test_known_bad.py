"""The replies that seeded checks show: shipped ones that hold, and files that say what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engagebot.domain.drafting import fill
from engagebot.domain.replying.seeded import KINDS, CheckAnswer, CheckOutcome, holds, spaced
from engagebot.errors import FilesInvalid
from engagebot.rulebook import load_known_bad

SHIPPED = Path(__file__).parents[3] / "config" / "seeded_checks"


def test_the_shipped_ones_are_of_every_kind_and_need_nothing_that_may_be_missing() -> None:
    known = load_known_bad(SHIPPED)
    assert {each.kind for each in known} == set(KINDS)
    for bad in known:
        filled = fill(bad.template, {"brand.name": "Acme"})
        assert filled.missing == ()
        assert len(filled.text) <= 280
        assert bad.because.startswith("it ")
        answer = CheckAnswer(CheckOutcome.MISSED, bad.because)
        assert answer.words.startswith(f"This was a check: {bad.because}. Nothing was sent")


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text(
        "# fine\n\npromise | it promised | Hi {{author.name}}\nlie | it lied | Hello\njoke | | Hello\n"
        "joke | it joked\nblame | it blamed | Hi {{name}}\n",
        encoding="utf-8",
    )
    (tmp_path / "english.txt").write_text("promise | it promised | Hi\n", encoding="utf-8")
    with pytest.raises(FilesInvalid) as caught:
        load_known_bad(tmp_path)
    told = [str(finding) for finding in caught.value.findings]
    assert [line.split(" ")[:2] for line in told] == [
        ["config/seeded_checks/en.txt:4:1", "EB128"],
        ["config/seeded_checks/en.txt:5:1", "EB128"],
        ["config/seeded_checks/en.txt:6:1", "EB128"],
        ["config/seeded_checks/en.txt:7:4", "EB123"],
        ["config/seeded_checks/english.txt:0:0", "EB128"],
    ]
    assert '"lie" is no kind' in told[0]
    assert load_known_bad(tmp_path / "nowhere") == ()


def test_checks_come_once_in_so_many_decisions_and_not_at_every_so_many() -> None:
    gaps = [spaced(40, str(number)) for number in range(400)]
    assert (min(gaps) >= 20, max(gaps) <= 60, len(set(gaps)) > 20) == (True, True, True)
    assert 37 < sum(gaps) / len(gaps) < 43


def test_words_are_known_again_in_other_letters_and_between_others() -> None:
    assert holds("Hi!  ALL your\nmoney back ^KIM", "all your money back")
    assert not holds("All your mail is back", "all your money back")
