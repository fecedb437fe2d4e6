"""What makes a reply risky: such replies are sent more slowly, with a reason, some after a second reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.records import CaseRecord, CustomerRecord
from engagebot.domain.replying.advice import CHECK_NAMES, Check, Flag

LARGE_REACH: Final = 50_000


class RiskKind(StrEnum):
    """Why a reply cannot be approved by one key."""

    TENDER_TOPIC = "tender_topic"
    FEELS_CHEATED = "feels_cheated"
    LAST_PLEA = "last_plea"
    ASKS_FOR_HUMAN = "asks_for_human"
    VIP = "vip"
    LARGE_REACH = "large_reach"
    UNKNOWN_LANGUAGE = "unknown_language"
    OPEN_CASE = "open_case"
    FRIENDLY_TO_UNHAPPY = "friendly_to_unhappy"
    TAKES_A_SIDE = "takes_a_side"
    WORDING = "wording"


WORDS: Final = {
    RiskKind.TENDER_TOPIC: "a tender topic or a threat",
    RiskKind.FEELS_CHEATED: "they feel cheated",
    RiskKind.LAST_PLEA: "a last plea: they are about to leave us",
    RiskKind.ASKS_FOR_HUMAN: "they ask for a person",
    RiskKind.VIP: "somebody marked as important",
    RiskKind.LARGE_REACH: "many people read along",
    RiskKind.UNKNOWN_LANGUAGE: "a language we cannot judge",
    RiskKind.OPEN_CASE: "a team works on a case of theirs",
    RiskKind.FRIENDLY_TO_UNHAPPY: "a cheerful reply to somebody unhappy",
    RiskKind.TAKES_A_SIDE: "the reply takes a side in politics, religion or identity",
    RiskKind.WORDING: "the wording of the reply",
}
SECOND_READER: Final = (RiskKind.TENDER_TOPIC, RiskKind.FEELS_CHEATED, RiskKind.TAKES_A_SIDE)
"""What is read by a second person unless the site says otherwise."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One reason to be slow; `words` say it to the person who decides."""

    kind: RiskKind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is about to be sent: what was found in its wording, whether a cheerful template made it.

    `reach` is how many people may read along, `None` where nobody knows.
    """

    flags: tuple[Flag, ...] = ()
    is_friendly: bool = False
    reach: int | None = None


def risks(
    judgement: Judgement | None,
    customer: CustomerRecord | None,
    case: CaseRecord | None,
    reply: Reply,
    *,
    large_reach: int = LARGE_REACH,
) -> tuple[Risk, ...]:
    """List what speaks for being slow with a reply, the gravest first, each kind once.

    `case` is the customer's open one. What is not known is no risk, save a language that nobody could judge.
    """
    found = dict.fromkeys(_of_post(judgement))
    if customer is not None and customer.is_vip:
        found[RiskKind.VIP] = None
    if reply.reach is not None and reply.reach >= large_reach:
        found[RiskKind.LARGE_REACH] = None
    if case is not None:
        found[RiskKind.OPEN_CASE] = None
    if reply.is_friendly and judgement is not None and judgement.sentiment in _UNHAPPY:
        found[RiskKind.FRIENDLY_TO_UNHAPPY] = None
    if any(flag.check is Check.OPINION for flag in reply.flags):
        found[RiskKind.TAKES_A_SIDE] = None
    risky = [flag for flag in reply.flags if flag.is_risky and flag.check is not Check.OPINION]
    if risky:
        found[RiskKind.WORDING] = None
    order = list(RiskKind)
    return tuple(
        Risk(kind, _in_wording(risky) if kind is RiskKind.WORDING else _in_words(kind, case, reply))
        for kind in sorted(found, key=order.index)
    )


def named(kinds: Iterable[Risk]) -> str:
    """The risks in one line, as a refusal names them."""
    return ", ".join(risk.words for risk in kinds)


_UNHAPPY: Final = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE})


def _of_post(judgement: Judgement | None) -> Iterator[RiskKind]:
    if judgement is None:
        return
    if judgement.is_tender:
        yield RiskKind.TENDER_TOPIC
    if judgement.feels_cheated:
        yield RiskKind.FEELS_CHEATED
    if Intent.LAST_PLEA in judgement.intents:
        yield RiskKind.LAST_PLEA
    if judgement.asks_for_human:
        yield RiskKind.ASKS_FOR_HUMAN
    if judgement.sentiment is Sentiment.UNKNOWN:
        yield RiskKind.UNKNOWN_LANGUAGE


def _in_words(kind: RiskKind, case: CaseRecord | None, reply: Reply) -> str:
    if kind is RiskKind.LARGE_REACH:
        return f"{reply.reach:,} people may read along"
    if kind is RiskKind.OPEN_CASE and case is not None:
        return f"team {case.team} works on case {case.id} of theirs"
    return WORDS[kind]


def _in_wording(flags: Iterable[Flag]) -> str:
    return f"the wording: {', '.join(dict.fromkeys(CHECK_NAMES[flag.check] for flag in flags))}"
