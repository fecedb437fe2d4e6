"""Who says that it is still broken is told from who says something else; all of it is made up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engagebot.domain.casework.false_fix import says_not_fixed
from tests.unit.domain.casework import false_fix_phrases as phrases

NOT_FIXED = (
    "Still broken.",
    "it's still not working",
    "Still no internet here",
    "my line is still down, three days after you closed this",
    "This still isn't fixed!",
    "Nope, not fixed.",
    "you said it was fixed. it is not",
    "Thought the problem was fixed. Nope.",
    "Same problem again",
    "the exact same issue as last week",
    "The noise is back",
    "The error came back this morning",
    "and it's dead again",
    "Router keeps dropping, same as before",
    "the box stopped working again",
    "Down again. Third time this month.",
    "charged twice again!",
    "You have charged me again for what was refunded, still wrong",
    "Fixed? No. It crashes every hour",
    "so much for the repair",
    "back to square one with @acme",
    "That didn't help at all",
    "no better since your technician came",
    "The fix lasted two days.",
    "it was never resolved, whatever your mail says",
    "This problem has returned",
    "I was told this was sorted, and my parcel is still missing",
    "the app hasn't worked since you closed my case",
    "Once again the whole thing is frozen",
    "my bill is still wrong",
    "issue is not solved yet",
    "Your update did not change a thing",
    "still the same error when I log in",
    "yet again no signal, it keeps cutting out",
    "Still waiting for the refund you promised",
    "the picture is freezing again",
)
OTHER_WORDS = (
    "Thank you, it works again!",
    "thanks again for the quick help",
    "Still working fine a week later, well done",
    "Back online again, cheers",
    "Do you sell the blue one too?",
    "When does the shop in the high street open?",
    "I would buy it again",
    "Great support, no problems since",
    "Still happy with the new box",
    "The new update looks nice",
    "My bill is higher than last month, why?",
    "Where is my second parcel?",
    "Can I move my number to the new plan?",
    "all fixed now, you are stars",
    "Sorted within an hour. Impressed.",
    "how do I reset my password",
    "your new advert is awful",
    "I moved house, what about my contract?",
    "Not a single problem so far",
    "the driver was rude to my mother",
    "The app crashes when I open the map",
    "Love the same day delivery",
    "happy again, all good",
    "Is there an outage in the north?",
)
# Once held out, when there was but a list of words: it found 6 of these.
UNTUNED = (
    "The box restarts by itself like it did before your visit",
    "I was so glad on Monday and now this: no dial tone",
    "not again... picture gone",
    "your agent lied, it is exactly as it was",
    "Still a no go here",
    "I thought we were done with this but the app logs me out",
    "it fails every evening, same time, same error",
    "nothing works",
    "That refund? Still not on my account",
    "Hmm, it only held for a weekend",
    "You fixed nothing",
    "the buzzing hasn't gone away",
    "you call this repaired?",
    "it's back!!",
    "same parcel, lost a second time",
    "and down we go again",
    "I want my case opened again, it isn't solved",
    "is it too much to ask that it stays on",
    "third call about it, still nothing",
    "The drip is worse than before",
)


KNOWN = (
    (*NOT_FIXED, *UNTUNED, *phrases.TUNED_NOT_FIXED, *phrases.LEARNED_NOT_FIXED),
    (*OTHER_WORDS, *phrases.TUNED_OTHER, *phrases.LEARNED_OTHER, *phrases.DODGING_OTHER),
)


def measured(said: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    return [text for text in said if not says_not_fixed(text)], [
        text for text in other if says_not_fixed(text)
    ]


def test_false_fixes_are_told_from_the_words_that_the_patterns_know_nearly_always() -> None:
    missed, wrong = measured(*KNOWN)
    assert len(missed) / len(KNOWN[0]) <= 0.02, missed
    assert wrong == []


def test_words_that_were_held_out_are_found_four_times_in_five() -> None:
    """What docs/cases.md says; these words are for measuring, not for tuning."""
    missed, wrong = measured(phrases.HELD_OUT_NOT_FIXED, phrases.HELD_OUT_OTHER)
    assert len(phrases.HELD_OUT_NOT_FIXED) == len(phrases.HELD_OUT_OTHER) == 30
    assert (len(missed) <= 6, len(wrong) <= 2) == (True, True), (missed, wrong)


def test_a_hint_is_enough_where_somebody_is_unhappy() -> None:
    assert not says_not_fixed("and me on the phone to you all day again")
    assert says_not_fixed("and me on the phone to you all day again", is_unhappy=True)
    assert not says_not_fixed("Thank you, it works again!", is_unhappy=True)


@pytest.mark.parametrize("text", ["", " ", "🙃", "still " * 5_000, "not " * 5_000, "again " * 5_000])
def test_odd_texts_are_read_at_a_bounded_cost(text: str) -> None:
    assert says_not_fixed(text) is False
