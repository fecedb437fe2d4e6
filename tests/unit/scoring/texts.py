"""Small lexicons, weights and scorers to judge made-up texts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engagebot.scoring.cues import Found, find_cues
from engagebot.scoring.features import Reading
from engagebot.scoring.lexicon import Lexicon, read_entry
from engagebot.scoring.model import Pair, Weights, Words
from engagebot.scoring.tokens import NO_NAMES, Names, tokenise

LINES = (
    "late | 1.0 | late",
    "still .. waiting | 1.5 | waiting",
    "rude | 1.0 | staff",
    "broken | 1.0 | product",
    "great/good/lovely | -1.0 | praise",
    "thank* | -0.5 | thanks",
    "recommend | -0.8 | recommendation",
    "not/no/never | 0 | not",
    "please | 0 | polite",
    "but | 0 | but",
    "how do i | 0 | question",
    "refund | 0 | money",
    "funeral | 0 | tender",
    "speak to .. manager | 0 | human",
    "the BRAND of | 0 | other_meaning",
)


def lexicon(*lines: str) -> Lexicon:
    return Lexicon(read_entry(line) for line in lines or LINES)


def weights(
    *,
    bias: Pair = (-1.0, -1.0),
    features: Mapping[str, Pair] | None = None,
    words: Mapping[str, Pair] | None = None,
) -> Weights:
    usual = {
        "cue late": (2.0, -1.0),
        "cue waiting": (1.5, -0.5),
        "cue staff": (2.0, -1.0),
        "cue product": (2.0, -1.0),
        "cue praise": (-1.5, 3.0),
        "cue negated_praise": (1.0, -1.0),
        "exclaims": (0.5, 0.25),
    }
    return Weights(
        bias=bias,
        features=usual if features is None else features,
        words=Words({"again": (1.2, -0.6), "so late": (0.9, -0.3)} if words is None else words),
    )


def reading(text: str, *lines: str, names: Names = NO_NAMES, masked: float = 0.0) -> Reading:
    tokens = tokenise(text, names)
    return Reading(tokens, find_cues(tokens, lexicon(*lines)), masked, masked)


def kinds(cues: Sequence[Found]) -> list[str]:
    return [cue.kind for cue in cues]
