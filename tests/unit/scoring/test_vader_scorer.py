from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from vaderSentiment import vaderSentiment as vader

from benchmarks.texts import service_posts
from engagebot.domain.judgement import VADER_BORDERS, Borders, Judgement, Sentiment
from engagebot.ports import Scorer
from engagebot.scoring import LONGEST_TEXT, VaderScorer

SCORER = VaderScorer()


def test_it_answers_with_everything_a_judgement_needs() -> None:
    scorer: Scorer = SCORER
    assert scorer.judge("The new router is great!", lang="en") == Judgement(
        compound=0.6588,
        sentiment=Sentiment.VERY_POSITIVE,
        version=scorer.version,
        language="en",
    )


def test_the_language_stays_unknown_when_nobody_said_it() -> None:
    assert SCORER.judge("great").language is None


@pytest.mark.parametrize(
    ("text", "compound", "sentiment"),
    [
        ("The worst, most horrible service ever", -0.8357, Sentiment.VERY_NEGATIVE),
        ("the app is slow and a bit annoying", -0.4019, Sentiment.NEGATIVE),
        ("the parcel comes on Tuesday", 0.0, Sentiment.NEUTRAL),
        ("", 0.0, Sentiment.NEUTRAL),
        ("the shop is nice", 0.4215, Sentiment.POSITIVE),
        ("I love it, thank you so much", 0.7717, Sentiment.VERY_POSITIVE),
    ],
)
def test_compound_and_level_of_plain_texts(text: str, compound: float, sentiment: Sentiment) -> None:
    judgement = SCORER.judge(text)
    assert (judgement.compound, judgement.sentiment) == (compound, sentiment)


@pytest.mark.parametrize(
    ("borders", "sentiment"),
    [
        (VADER_BORDERS, Sentiment.POSITIVE),
        (replace(VADER_BORDERS, very_positive=0.4215), Sentiment.VERY_POSITIVE),
        (replace(VADER_BORDERS, very_positive=0.4216), Sentiment.POSITIVE),
        (replace(VADER_BORDERS, positive=0.4215), Sentiment.POSITIVE),
        (replace(VADER_BORDERS, positive=0.4216), Sentiment.NEUTRAL),
        (replace(VADER_BORDERS, negative=0.4215, positive=0.5), Sentiment.NEGATIVE),
        (
            replace(VADER_BORDERS, very_negative=0.4215, negative=0.4215, positive=0.5),
            Sentiment.VERY_NEGATIVE,
        ),
    ],
)
def test_a_score_on_a_border_has_the_stronger_level(borders: Borders, sentiment: Sentiment) -> None:
    assert VaderScorer(borders).judge("the shop is nice").sentiment is sentiment


def test_the_version_names_package_cap_and_borders() -> None:
    assert SCORER.version == "vader-3.3.2 first-50000 borders-0.6-0.05+0.05+0.6"
    assert VaderScorer(replace(VADER_BORDERS, very_positive=0.7)).version != SCORER.version
    assert VaderScorer(VADER_BORDERS).version == SCORER.version


def test_threads_that_share_a_scorer_get_the_same_answers_as_one_alone() -> None:
    texts = [post["text"] for post in service_posts(400, seed=5)]
    alone = [SCORER.judge(text) for text in texts]
    with ThreadPoolExecutor(max_workers=8) as threads:
        together = list(threads.map(lambda _: [SCORER.judge(text) for text in texts], range(16)))
    assert all(answers == alone for answers in together)


def test_scoring_changes_neither_the_package_nor_the_scorer() -> None:
    tables = (vader.BOOSTER_DICT, vader.SPECIAL_CASES, vader.NEGATE)
    before = copy.deepcopy(tables)
    first = SCORER.judge("Never so bad, but the bomb!! \N{POUTING FACE}")
    assert tables == before
    assert SCORER.judge("Never so bad, but the bomb!! \N{POUTING FACE}") == first


def test_a_text_of_the_longest_length_is_read_to_its_end() -> None:
    assert SCORER.judge("x " * (LONGEST_TEXT // 2 - 2) + "good").compound > 0


def test_a_longer_text_is_read_up_to_the_last_whole_word() -> None:
    filler = "x " * (LONGEST_TEXT // 2 - 2)
    assert len(filler) == LONGEST_TEXT - 4
    assert SCORER.judge(filler + "good bad bad bad").compound == SCORER.judge("good").compound
    # "good" would be left of "goodbyes" if the cut fell inside the word.
    assert SCORER.judge(filler + "goodbyes").compound == 0.0
    assert SCORER.judge(filler + "\ngoodbyes").compound == 0.0


def test_a_wall_of_emoji_is_cut_without_losing_its_beginning() -> None:
    wall = "great " + "\N{CRYING FACE}" * (3 * LONGEST_TEXT)
    assert SCORER.judge(wall) == SCORER.judge(wall[:LONGEST_TEXT])
    assert SCORER.judge(wall).sentiment is Sentiment.VERY_NEGATIVE
