"""Two routings over the same stored mentions: which mentions move where. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engagebot.domain.actions import Outcome
from engagebot.domain.ruling.replay import Past, Routing, Said, harm, path_of
from engagebot.pipeline.replay.backtest import DAYS, period_of
from engagebot.pipeline.replay.people import Agreeing, opinions
from engagebot.pipeline.replay.reading import Place, read
from engagebot.pipeline.replay.results import Difference, Move, Protected, Sample, Side
from engagebot.pipeline.replay.showing import Picked, agreement, samples, seed_of, words
from engagebot.pipeline.replay.wording import changes
from engagebot.settings import Settings
from engagebot.store.engine import Tx
from engagebot.store.heard import replaying

_PROTECTED_SHOWN = 20


@dataclass(slots=True)
class _SideTally:
    routing: Routing
    outcomes: Counter[str] = field(default_factory=Counter)
    agreeing: Agreeing = field(default_factory=Agreeing)


@dataclass(slots=True)
class _Tally:
    old: _SideTally
    new: _SideTally
    seed: int
    mentions: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    picked: dict[tuple[str, str], Picked] = field(default_factory=dict)
    protected: list[tuple[int, str, str, str]] = field(default_factory=list)
    protected_count: int = 0

    def take(self, past: Past, said: Said | None) -> tuple[str, str]:
        """Decide one more mention both ways."""
        self.mentions += 1
        before, after = self.old.routing.decide(past.facts), self.new.routing.decide(past.facts)
        for side, decision in ((self.old, before), (self.new, after)):
            side.outcomes[decision.outcome.value] += 1
            if said is not None:
                side.agreeing.add(past.id, said, decision)
        paths = path_of(before), path_of(after)
        if paths[0] != paths[1]:
            self.moves[paths] += 1
            if paths not in self.picked:
                self.picked[paths] = Picked(self.seed)
            self.picked[paths].add(past.id)
        why = harm(said, before, after)
        if why is not None:
            self.protected_count += 1
            if len(self.protected) < _PROTECTED_SHOWN:
                self.protected.append((past.id, *paths, why))
        return paths


def difference(
    tx: Tx,
    sides: tuple[Routing, Routing],
    settings: Settings,
    *,
    days: int = DAYS,
    said: Callable[[Past], Said | None] | None = None,
    each: Callable[[Past, tuple[str, str]], None] | None = None,
) -> Difference:
    """Replay an old and a new routing over the newest days of stored mentions; limits are left aside.

    `said` stands in place of what people made of the mentions. `each` is told of every mention and its paths.
    """
    old, new = sides
    tally = _Tally(_SideTally(old), _SideTally(new), seed_of(old.hash + new.hash))
    period = period_of(tx, days)
    if said is None:
        heard = opinions(tx)

        def said(past: Past) -> Said | None:
            return heard.get(past.id)

    left_out = 0
    if period is not None:
        _, left_out = replaying.count(tx, period)
        for past in read(tx, period, Place(settings.timezone, settings.hours)):
            paths = tally.take(past, said(past))
            if each is not None:
                each(past, paths)
    shown = [mention_id for picked in tally.picked.values() for mention_id in picked.random]
    shown += [mention_id for mention_id, *_ in tally.protected]
    shown += [mention_id for side in (tally.old, tally.new) for mention_id, _, _ in side.agreeing.against]
    known = words(tx, shown)
    return Difference(
        old=_side(tally.old, known),
        new=_side(tally.new, known),
        days=days,
        since=period.since if period else None,
        until=period.until if period else None,
        mentions=tally.mentions,
        left_out=left_out,
        moved=tally.moves.total(),
        moves=tuple(
            Move(old=paths[0], new=paths[1], count=count, examples=samples(known, tally.picked[paths].random))
            for paths, count in sorted(tally.moves.items(), key=lambda item: (-item[1], item[0]))
        ),
        protected_count=tally.protected_count,
        protected=tuple(
            Protected(mention=known[mention_id], old=before, new=after, why=why)
            for mention_id, before, after, why in tally.protected
            if mention_id in known
        ),
        changes=changes(old, new),
    )


def _side(tally: _SideTally, known: Mapping[int, Sample]) -> Side:
    return Side(
        name=tally.routing.name,
        rule_set=tally.routing.hash,
        outcomes={
            outcome.value: tally.outcomes[outcome.value]
            for outcome in Outcome
            if tally.outcomes[outcome.value]
        },
        agreement=agreement(tally.agreeing, known),
    )
