"""How a text feels, why, and what its author wants."""

from engagebot.scoring.compiled import JUDGEMENT, use

IS_COMPILED = use(JUDGEMENT, __path__)

from engagebot.scoring.lexicon import Lexicon, load_lexicon
from engagebot.scoring.model import Weights
from engagebot.scoring.scorer import LayeredScorer, Layers
from engagebot.scoring.tokens import Names
from engagebot.scoring.vader import LONGEST_TEXT, VaderScorer

__all__ = [
    "IS_COMPILED",
    "LONGEST_TEXT",
    "LayeredScorer",
    "Layers",
    "Lexicon",
    "Names",
    "VaderScorer",
    "Weights",
    "load_lexicon",
]
