"""What people later made of mentions, and how often a rule set agrees with them."""

from __future__ import annotations

from collections import Counter, defaultdict

from engagebot.domain.actions import Decision, Outcome
from engagebot.domain.heard.verdicts import OUTSPOKEN, Origin, merged
from engagebot.domain.ruling.replay import Said, agrees, opinion, path_of
from engagebot.store.engine import Tx
from engagebot.store.heard import replaying, verdicts

_SHOWN = 5


def opinions(tx: Tx) -> dict[int, Said]:
    """What people made of each mention that they had anything to do with, by its id."""
    given = verdicts.by_mention(tx)
    worked = set(replaying.mentions_in_worked_cases(tx))
    drafts: defaultdict[int, list[bool]] = defaultdict(list)
    for mention_id, is_approved in replaying.drafts_decided(tx):
        drafts[mention_id].append(is_approved)
    found: dict[int, Said] = {}
    for mention_id in given.keys() | worked | drafts.keys():
        of_mention = given.get(mention_id, ())
        said = opinion(
            is_unhappy=merged(each for each in of_mention if each.origin in OUTSPOKEN).is_unhappy,
            is_escalated_by_hand=any(
                each.origin is Origin.ESCALATED_BY_HAND and not each.labels.says_nothing
                for each in of_mention
            ),
            is_case_worked=mention_id in worked,
            drafts=drafts.get(mention_id, ()),
        )
        if said is not None:
            found[mention_id] = said
    return found


class Agreeing:
    """Counts how often decisions do what people showed to be right; keeps the newest that do not."""

    def __init__(self) -> None:
        self.asked: Counter[Said] = Counter()
        self.agreed: Counter[Said] = Counter()
        self.drafted: Counter[Said] = Counter()
        self.against: list[tuple[int, Said, str]] = []

    def add(self, mention_id: int, said: Said, decision: Decision) -> None:
        """Hold a decision against what people said; mentions come newest first."""
        self.asked[said] += 1
        self.drafted[said] += decision.outcome is Outcome.DRAFTED
        if agrees(said, decision.outcome):
            self.agreed[said] += 1
        elif len(self.against) < _SHOWN:
            self.against.append((mention_id, said, path_of(decision)))
