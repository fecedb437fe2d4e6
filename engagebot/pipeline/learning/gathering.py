"""Gathering: what people decided about posts, and how those posts speak of which nobody decided."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engagebot.domain.heard.verdicts import Labels, Origin, Verdict, merged
from engagebot.domain.records import MentionRecord
from engagebot.ports import Clock
from engagebot.scoring.dialect import Heard
from engagebot.scoring.fitting import Example
from engagebot.scoring.proving import Lesson, keepable
from engagebot.scoring.scorer import LayeredScorer
from engagebot.scoring.tokens import form_of
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import models, unlabelled, verdicts

ENOUGH: Final = 200
ENOUGH_OF_EITHER: Final = 30
MOST_WEIGHT: Final = 1.5
"""However rare answers to the audit sample are, one counts for no more than so many decisions.

Measured, up to there posts that nobody routed are ranked a little better and the rest as before; larger
weights make everything worse, for a few answers drown all others (docs/learning.md).
"""
MOST_HEARD: Final = 20_000
"""The dialect is learned from so many of the newest mentions: how people speak here now."""
_AT_ONCE: Final = 500
_WORD: Final = re.compile(r"[^\W_]+")
_SCORED: Final = "en"
_QUESTIONS: Final = ("unhappy", "praise")


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningContext:
    """What learning needs. Of the scorer only the layers that are the same everywhere count."""

    store: Store
    clock: Clock
    scorer: LayeredScorer


@dataclass(slots=True)
class Gathered:
    """What there is to learn from; `left_out` counts by reason what is not used.

    `heard` is empty where neither a fit nor the forgetting needs it. `span` are the ids that it was sought
    between, the first left out, and how many mentions of these were kept (`unlabelled.kept`).
    """

    lessons: list[Lesson] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    heard: Heard = field(default_factory=Heard)
    span: tuple[int, int, int] = (0, 0, 0)
    audited: int = 0
    audit_weight: float = 1.0
    newest_model: int = 0
    seen: tuple[int, int] = (0, 0)

    def counts(self, question: int) -> tuple[int, int]:
        """How many answered this question with yes, and how many with no."""
        answers = [_answers(lesson.example)[question] for lesson in self.lessons]
        return answers.count(True), answers.count(False)

    def too_few(self, question: int) -> str | None:
        """Why there are not enough answers to this question, or `None` where there are."""
        yes, no = self.counts(question)
        name = _QUESTIONS[question]
        if yes + no < ENOUGH:
            return f"{yes + no} verdicts on {name} are fewer than {ENOUGH}"
        if min(yes, no) < ENOUGH_OF_EITHER:
            return (
                f"{yes} of {yes + no} verdicts say {name}; at least {ENOUGH_OF_EITHER} of either kind are "
                "needed"
            )
        return None

    def words(self) -> frozenset[str]:
        """The words that a model may hold."""
        return keepable(self.lessons, self.names) | self.heard.keepable().keys()


def gather(context: LearningContext) -> Gathered:
    """Everything that people have decided, but on posts that are gone, copied or in another language."""
    found = Gathered()
    with context.store.read() as tx:
        found.newest_model, found.seen = models.newest_id(tx), verdicts.standing(tx)
        given = verdicts.by_mention(tx)
        routing = verdicts.counts(tx)
        usable = list(_usable(tx, given, found))
    audited = sum(is_audit for *_, is_audit in usable)
    found.audited = audited
    found.audit_weight = audit_weight(routing, audited=audited, others=len(usable) - audited)
    for record, labels, is_audit in usable:
        weight = found.audit_weight if is_audit else 1.0
        found.lessons.append(_lesson(context.scorer, record, labels, weight))
        if record.mention.author is not None:
            author = record.mention.author
            found.names.update(map(form_of, _WORD.findall(f"{author.handle} {author.name or ''}")))
    if found.too_few(0) is None or found.newest_model:
        _hear(context, found)
    return found


def _hear(context: LearningContext, found: Gathered) -> None:
    """Read what nobody decided about, a part at a time: no transaction lasts while posts are read."""
    with context.store.read() as tx:
        newest = unlabelled.newest(tx)
        after = max(newest - MOST_HEARD, 0)
        found.span = after, newest, unlabelled.kept(tx, after=after, until=newest)
    while True:
        with context.store.read() as tx:
            records = unlabelled.some(tx, after=after, until=newest, limit=_AT_ONCE)
        if not records:
            return
        after = records[-1].id
        for record in records:
            example = context.scorer.example(record.mention.words, is_unhappy=None, is_praise=None)
            found.heard.add(example, _person(record))


def audit_weight(routing: Mapping[str, int], *, audited: int, others: int) -> float:
    """How much an answer to the audit sample counts beside a decision on a post that was routed.

    Each stands for all posts of its kind: with 20 answers for 8,000 posts that nobody routed, one stands for
    400; with 500 decisions on 1,000 routed ones, one stands for 2.
    """
    if not (audited and others and routing["unrouted"] and routing["routed"]):
        return 1.0
    unrouted_each = routing["unrouted"] / audited
    routed_each = routing["routed"] / others
    return round(min(max(unrouted_each / routed_each, 1.0), MOST_WEIGHT), 3)


def _usable(
    tx: Tx, given: Mapping[int, Sequence[Verdict]], found: Gathered
) -> Iterator[tuple[MentionRecord, Labels, bool]]:
    heard = {record.id: record for record in verdicts.judged_mentions(tx, given)}
    found.left_out["forgotten"] = len(given) - len(heard)
    roots: set[int] = set()
    # Of copies the one that was judged last speaks for all: a bandwagon is one voice.
    for mention_id in sorted(heard, key=lambda number: -max(each.id for each in given[number])):
        record, labels = heard[mention_id], merged(given[mention_id])
        judgement = record.judgement
        root = record.copy_of or record.id
        if labels.says_nothing:
            found.left_out["taken_back"] += 1
        elif judgement is not None and judgement.language not in (None, _SCORED):
            found.left_out["other_language"] += 1
        elif root in roots:
            found.left_out["copies"] += 1
        else:
            roots.add(root)
            is_audit = any(
                each.origin is Origin.AUDIT_SAMPLE and not each.labels.says_nothing
                for each in given[mention_id]
            )
            yield record, labels, is_audit


def _lesson(scorer: LayeredScorer, record: MentionRecord, labels: Labels, weight: float) -> Lesson:
    example = scorer.example(record.mention.words, is_unhappy=labels.is_unhappy, is_praise=labels.is_praise)
    copies = record.copy_of or record.id
    return Lesson(example=replace(example, weight=weight), person=_person(record), copies=copies)


def _person(record: MentionRecord) -> int | str:
    return record.customer_id if record.customer_id is not None else f"mention {record.id}"


def _answers(example: Example) -> tuple[bool | None, bool | None]:
    return example.is_unhappy, example.is_praise
