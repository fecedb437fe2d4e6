"""How a text feels, why, and what its author wants."""

from engagebot.scoring.lexicon import Lexicon, load_lexicon
from engagebot.scoring.model import Weights
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.scoring.tokens import Names
from engagebot.scoring.vader import LONGEST_TEXT, VaderScorer

__all__ = [
    "LONGEST_TEXT",
    "LayeredScorer",
    "Layers",
    "Lexicon",
    "Names",
    "VaderScorer",
    "Weights",
    "load_lexicon",
]
