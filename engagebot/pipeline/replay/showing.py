"""Examples: which mentions of many are shown, and their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappush, heapreplace

from engagebot.domain.ruling.replay import Miss
from engagebot.pipeline.replay.people import Agreeing
from engagebot.pipeline.replay.results import Agreement, Disagreement, NearMissed, Sample
from engagebot.store.engine import Tx
from engagebot.store.heard import replaying

SHOWN = 5
"""So many of each kind are shown."""
_PRIME = 2_147_483_647


class Picked:
    """The newest and some random ones of many mentions, which come newest first.

    The random ones are those that a number from the rule set's hash puts first, so that the same input gives
    the same ones in whatever order it comes.
    """

    __slots__ = ("_drawn", "_factor", "newest")

    def __init__(self, seed: int) -> None:
        self._factor = seed % (_PRIME - 2) + 2
        self.newest: list[int] = []
        self._drawn: list[tuple[int, int]] = []

    def add(self, mention_id: int) -> None:
        """Look at one more mention."""
        if len(self.newest) < SHOWN:
            self.newest.append(mention_id)
        turn = -(mention_id % _PRIME * self._factor % _PRIME)
        if len(self._drawn) < SHOWN:
            heappush(self._drawn, (turn, mention_id))
        elif turn > self._drawn[0][0]:
            heapreplace(self._drawn, (turn, mention_id))

    @property
    def random(self) -> list[int]:
        """Those that chance chose, newest ids first."""
        return sorted((mention_id for _, mention_id in self._drawn), reverse=True)


def seed_of(set_hash: str, rule_id: str = "") -> int:
    """A number that the same rule set always gives, another one for each rule."""
    return int.from_bytes(f"{set_hash[:16]}{rule_id}".encode(), "big")


def words(tx: Tx, mention_ids: Iterable[int]) -> dict[int, Sample]:
    """These mentions as examples, by id."""
    return {
        mention_id: Sample(
            id=mention_id,
            source=mention.ref.source,
            posted_at=mention.posted_at,
            author=mention.author.handle if mention.author else None,
            text=mention.words,
            url=mention.url,
        )
        for mention_id, mention in replaying.words_of(tx, mention_ids).items()
    }


def samples(known: Mapping[int, Sample], mention_ids: Iterable[int]) -> tuple[Sample, ...]:
    """The examples with these ids, in their order."""
    return tuple(known[mention_id] for mention_id in mention_ids if mention_id in known)


def near_misses(known: Mapping[int, Sample], found: Iterable[tuple[int, Miss]]) -> tuple[NearMissed, ...]:
    """Near misses with their words."""
    return tuple(
        NearMissed(
            mention=known[mention_id],
            condition=miss.condition,
            expected=miss.expected,
            actual=miss.actual,
            result=miss.result,
        )
        for mention_id, miss in found
        if mention_id in known
    )


def agreement(agreeing: Agreeing, known: Mapping[int, Sample]) -> Agreement:
    """What was counted, with the newest mentions on which people and rules disagree."""
    asked, agreed = agreeing.asked.total(), agreeing.agreed.total()
    return Agreement(
        decided_by_people=asked,
        agreed=agreed,
        share=round(agreed / asked, 4) if asked else None,
        by={
            said.value: (agreeing.asked[said], agreeing.agreed[said])
            for said in sorted(agreeing.asked, key=lambda said: said.value)
        },
        drafted={said.value: count for said, count in sorted(agreeing.drafted.items()) if count},
        disagreements=tuple(
            Disagreement(mention=known[mention_id], said=said.value, does=does)
            for mention_id, said, does in agreeing.against
            if mention_id in known
        ),
    )
