"""Learning: what people decided becomes a site model, which judges only if it proves better than none."""

from engagebot.pipeline.learning.gathering import ENOUGH, ENOUGH_OF_EITHER, LearningContext
from engagebot.pipeline.learning.making import forget, learn, outcome_words
from engagebot.pipeline.learning.nights import learn_nightly

__all__ = [
    "ENOUGH",
    "ENOUGH_OF_EITHER",
    "LearningContext",
    "forget",
    "learn",
    "learn_nightly",
    "outcome_words",
]
