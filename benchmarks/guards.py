"""How well the guards find what is wrong with replies, on made-up ones that people labelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from engagebot.bootstrap.judging import shipped_weights
from engagebot.domain.replying.advice import About, Check, Flag
from engagebot.guards import Guards, load_guards
from engagebot.scaffold import template_root
from engagebot.scoring import LayeredScorer, Layers, Names, load_lexicon

FOLDER: Final = Path(__file__).parents[1] / "tests" / "guards"
HALVES: Final = ("held_out", "worked")
FRESH: Final = "fresh"
"""Bad replies in other words than the lists hold, on purpose: what no list finds."""
_BY_SET: Final = {
    "tone": frozenset(Check),
    "opinion": frozenset({Check.OPINION}),
    "humour": frozenset({Check.HUMOUR, Check.HEATED}),
    "promises": frozenset({Check.PROMISE}),
    "selling": frozenset({Check.SELLING}),
}
SETS: Final = tuple(_BY_SET)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One reply; a bad one ought to be flagged by the checks of its set."""

    set: str
    is_bad: bool
    mention: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many were flagged: the bad ones, and the good ones by any check and by one that slows them."""

    bad: int
    bad_flagged: int
    good: int
    good_flagged: int
    good_slowed: int


def replies(half: str) -> list[Labelled]:
    """The labelled replies of one file."""
    lines = (FOLDER / f"{half}.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Labelled(name, label == "bad", mention, reply) for name, label, mention, reply in rows]


def flags_on(row: Labelled) -> tuple[Flag, ...]:
    """What the shipped guards say of a reply, the mention judged as a fresh site judges it."""
    about = About(mention_text=row.mention, judgement=_scorer().judge(row.mention, lang="en"), ours=("Acme",))
    return _guards().check(row.reply, about)


def is_found(row: Labelled) -> bool:
    """Whether a check of its set flags it."""
    return any(flag.check in _BY_SET[row.set] for flag in flags_on(row))


def figures(rows: Iterable[Labelled]) -> Figures:
    """Count flags on labelled replies."""
    rows = list(rows)
    bad, good = [row for row in rows if row.is_bad], [row for row in rows if not row.is_bad]
    return Figures(
        bad=len(bad),
        bad_flagged=sum(map(is_found, bad)),
        good=len(good),
        good_flagged=sum(bool(flags_on(row)) for row in good),
        good_slowed=sum(any(flag.is_risky for flag in flags_on(row)) for row in good),
    )


def table(half: str) -> Iterator[str]:
    """The figures of one file, a line for each set."""
    for name in SETS:
        found = figures(row for row in replies(half) if row.set == name)
        yield (
            f"{half:<9} {name:<9} bad flagged {found.bad_flagged:>2} of {found.bad:<3} "
            f"good flagged {found.good_flagged:>2} of {found.good:<3} slowed {found.good_slowed}"
        )


@cache
def _guards() -> Guards:
    return load_guards(template_root() / "config" / "guards")


@cache
def _scorer() -> LayeredScorer:
    lexicon = load_lexicon(template_root() / "config" / "lexicons")
    return LayeredScorer(Layers(lexicon=lexicon, weights=shipped_weights(), names=Names(["Acme", "@acme"])))


def main() -> None:
    """Print the figures of both halves, and of what no list finds."""
    for half in (*HALVES, FRESH):
        print("\n".join(table(half)))


if __name__ == "__main__":
    main()
