"""How often intents and reasons are right.

    python -m benchmarks.judgement.intents
    DATA=airline-dev.jsonl python -m benchmarks.judgement.intents     # also reasons that people gave

The made-up posts carry intents and a reason that their authors meant; no weight is fitted on these two
columns. The file of DATA has `reason` in the words of the Twitter US Airline Sentiment set.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.judgement.fit import ROOT
from benchmarks.judgement.rows import POSTS
from engagebot.bootstrap.judging import shipped_weights
from engagebot.domain.heard.metrics import class_figures
from engagebot.domain.judgement import Intent, Judgement
from engagebot.scoring.lexicon import load_lexicon
from engagebot.scoring.scorer import LayeredScorer, Layers

# Which of our reasons say what the airline set's reason says.
SAME = {
    "Late Flight": {"late", "waiting"},
    "Cancelled Flight": {"cancelled"},
    "Lost Luggage": {"lost"},
    "Damaged Luggage": {"damaged"},
    "Customer Service Issue": {"staff", "no_answer", "waiting"},
    "Flight Attendant Complaints": {"staff"},
    "Flight Booking Problems": {"booking", "outage", "product"},
    "longlines": {"waiting", "late"},
}


def main() -> None:
    lexicon = load_lexicon(ROOT / "config" / "lexicons")
    scorer = LayeredScorer(Layers(lexicon=lexicon, weights=shipped_weights()))
    rows = [
        line.split("\t")
        for path in sorted(POSTS.glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line
    ]
    judged = scorer.judge_all([(text, None) for _, _, _, text in rows])
    meant = [set(intents.split(",")) for _, intents, _, _ in rows]
    print(f"{len(rows):,} made-up posts\n{'intent':16} {'meant':>6} {'precision':>10} {'recall':>7}")
    for intent in Intent:
        truth = [intent.value in each for each in meant]
        found = class_figures(truth, [intent in each.intents for each in judged], True)
        print(f"{intent:16} {sum(truth):6,} {found.precision:10.2f} {found.recall:7.2f}")
    wanted = [reason if reason not in ("-", "other") else None for _, _, reason, _ in rows]
    _reasons("reasons of the made-up posts", wanted, judged, {})
    if path := os.environ.get("DATA"):
        _labelled(Path(path), scorer)


def _labelled(path: Path, scorer: LayeredScorer) -> None:
    content = path.read_bytes()
    rows = [json.loads(line) for line in content.decode("utf-8").split("\n") if line.strip()]
    told = [row for row in rows if row.get("reason") in SAME]
    title = f"{path.name}, sha256 {hashlib.sha256(content).hexdigest()[:16]}"
    _reasons(title, [row["reason"] for row in told], [scorer.judge(row["text"]) for row in told], SAME)


def _reasons(
    title: str, wanted: Sequence[str | None], judged: Sequence[Judgement], same: dict[str, set[str]]
) -> None:
    told = [(want, each.reason) for want, each in zip(wanted, judged, strict=True) if want]
    named = [(want, reason) for want, reason in told if reason]
    right = sum(reason in same.get(want, {want}) for want, reason in named)
    share = right / len(named) if named else 0.0
    print(f"\n{title}: {len(told):,} with a reason, named {len(named) / len(told):.0%}, right {share:.0%}")
    missed = Counter((want, reason) for want, reason in named if reason not in same.get(want, {want}))
    for (want, reason), count in missed.most_common(6):
        print(f"  {count:4} × {want} taken for {reason}")


if __name__ == "__main__":
    main()
