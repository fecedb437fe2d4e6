"""Learning: what people decided becomes a site model, which judges only if it proves better than none."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from engagebot.domain.heard.verdicts import Labels, ModelState, Origin, SiteModelRecord, Verdict, merged
from engagebot.domain.records import MentionRecord
from engagebot.ports import Clock
from engagebot.scoring.fitting import Example, fit_site
from engagebot.scoring.proving import Lesson, Proof, as_json, keepable, prove, with_words
from engagebot.scoring.scorer import LayeredScorer
from engagebot.scoring.site import SiteModel
from engagebot.scoring.tokens import form_of
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import models, verdicts

log = logging.getLogger(__name__)

ENOUGH: Final = 200
ENOUGH_OF_EITHER: Final = 30
MOST_WEIGHT: Final = 1.5
"""However rare answers to the audit sample are, one counts for no more than so many decisions.

Measured, up to there posts that nobody routed are ranked a little better and the rest as before; larger
weights make everything worse, for a few answers drown all others (docs/learning.md).
"""
NIGHT: Final = timedelta(hours=3)
BY: Final = "engagebot"
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
    """What there is to learn from; `left_out` counts by reason what is not used."""

    lessons: list[Lesson] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    audited: int = 0
    audit_weight: float = 1.0
    newest_model: int = 0
    seen: tuple[int, int] = (0, 0)

    def counts(self, question: int) -> tuple[int, int]:
        """How many answered this question with yes, and how many with no."""
        answers = [_answers(lesson.example)[question] for lesson in self.lessons]
        return answers.count(True), answers.count(False)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one question: `why` says why what was learned is not used, `None` where it is."""

    proof: Proof | None
    why: str | None


def learn(context: LearningContext, *, by: str) -> SiteModelRecord:
    """Make a site model of all decisions, and adopt it only if it is no worse on held-back ones.

    Whatever comes of it is stored; words of posts that were deleted since leave every stored model.

    Raises:
        AlreadyRunning: another learning ended meanwhile; its model stands.
    """
    gathered = gather(context)
    tried = [_try(gathered, question) for question in (0, 1)]
    model = _fit(gathered, tried)
    figures = _figures(context, gathered, tried, model)
    too_few = _too_few(gathered, 0)
    why = tried[0].why
    made = SiteModelRecord(
        version=model.version if model else "",
        made_at=context.clock.now(),
        state=ModelState.REFUSED if model is None else ModelState.ADOPTED,
        figures=figures,
        made_by=by,
        note=why,
    )
    words = keepable(gathered.lessons, gathered.names)
    with context.store.write() as tx:
        stored = models.save(tx, made, weights=model.dump() if model else None, after=gathered.newest_model)
        if too_few is not None:
            # What taught the model in use is not there any more: it is off, as it would be on a new site.
            models.retire(tx)
        models.rewrite(tx, lambda weights: _without_others(weights, words))
        return models.get(tx, stored.id)


def learn_nightly(
    context: LearningContext, zone: ZoneInfo, *, only_forgets: bool = False
) -> SiteModelRecord | None:
    """Learn once a day, after three in the morning, if there is something new to learn from or to forget.

    It may be called as often as one likes and by several processes: one of them does it. With `only_forgets`,
    and where learning is switched off, stored models lose the words of deleted posts, and that is all.
    """
    now = context.clock.now()
    local = now.astimezone(zone)
    day = local.date().isoformat()
    with context.store.read() as tx:
        if local < local.replace(hour=0, minute=0, second=0, microsecond=0) + NIGHT:
            return None
        if models.looked(tx) == day:
            return None
    with context.store.write() as tx:
        if not models.claim_day(tx, day, now):
            return None
        is_due, is_off = _is_due(context, tx), only_forgets or models.off_by(tx) is not None
    if not is_due:
        return None
    if is_off:
        forget(context)
        return None
    record = learn(context, by=BY)
    log.info("learned from %d verdicts: %s", record.figures["verdicts"], outcome_words(record))
    return record


def forget(context: LearningContext) -> int:
    """Take words that no kept post supports out of every stored model; answer how many models had some."""
    gathered = gather(context)
    words = keepable(gathered.lessons, gathered.names)
    with context.store.write() as tx:
        return models.rewrite(tx, lambda weights: _without_others(weights, words))


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
    return found


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


def outcome_words(record: SiteModelRecord) -> str:
    """What became of a model, in words."""
    return record.state.value if record.note is None else f"{record.state.value}: {record.note}"


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
    person = record.customer_id if record.customer_id is not None else f"mention {record.id}"
    return Lesson(example=replace(example, weight=weight), person=person, copies=record.copy_of or record.id)


def _try(gathered: Gathered, question: int) -> Tried:
    why = _too_few(gathered, question)
    if why is not None:
        return Tried(None, why)
    proof = prove(gathered.lessons, question=question, names=gathered.names)
    if proof is None:
        return Tried(None, "too few different people wrote what was decided, so nothing can be held back")
    if proof.taught.is_worse_than(proof.shipped):
        return Tried(proof, f"on held-back decisions it is worse than none: {_compared(proof)}")
    return Tried(proof, None)


def _too_few(gathered: Gathered, question: int) -> str | None:
    yes, no = gathered.counts(question)
    name = _QUESTIONS[question]
    if yes + no < ENOUGH:
        return f"{yes + no} verdicts on {name} are fewer than {ENOUGH}"
    if min(yes, no) < ENOUGH_OF_EITHER:
        return (
            f"{yes} of {yes + no} verdicts say {name}; at least {ENOUGH_OF_EITHER} of either kind are needed"
        )
    return None


def _compared(proof: Proof) -> str:
    taught, shipped = proof.taught, proof.shipped
    return (
        f"AUC {taught.auc:.3f} after {shipped.auc:.3f}, log-loss {taught.log_loss:.3f} after "
        f"{shipped.log_loss:.3f}"
    )


def _fit(gathered: Gathered, tried: Sequence[Tried]) -> SiteModel | None:
    """The model of what proved itself; the question of praise stays as shipped where it did not."""
    if tried[0].why is not None:
        return None
    words = keepable(gathered.lessons, gathered.names)
    examples = [_asked(with_words(lesson.example, words), tried) for lesson in gathered.lessons]
    count, newest = gathered.seen
    made_from = {"verdicts": len(examples), "mentions": count, "newest_verdict": newest}
    return fit_site(examples, made_from=made_from)


def _asked(example: Example, tried: Sequence[Tried]) -> Example:
    return example if tried[1].why is None else replace(example, is_praise=None)


def _figures(
    context: LearningContext, gathered: Gathered, tried: Sequence[Tried], model: SiteModel | None
) -> dict[str, Any]:
    yes, no = gathered.counts(0)
    praised, unpraised = gathered.counts(1)
    return {
        "verdicts": len(gathered.lessons),
        "unhappy": yes,
        "not_unhappy": no,
        "people": len({lesson.person for lesson in gathered.lessons}),
        "audited": gathered.audited,
        "audit_weight": gathered.audit_weight,
        "left_out": {name: count for name, count in gathered.left_out.items() if count},
        "held_back": None if tried[0].proof is None else as_json(tried[0].proof),
        "praise": {
            "verdicts": praised + unpraised,
            "praise": praised,
            "held_back": None if tried[1].proof is None else as_json(tried[1].proof),
            "is_taught": model is not None and tried[1].why is None,
            "why_not": tried[1].why,
        },
        "words": len(model.words) if model else 0,
        "scorer": base_version(context.scorer),
        "mentions": gathered.seen[0],
        "newest_verdict": gathered.seen[1],
    }


def base_version(scorer: LayeredScorer) -> str:
    """The version of the layers below what a site teaches."""
    return scorer.taught(None).version


def _is_due(context: LearningContext, tx: Tx) -> bool:
    count, newest = verdicts.standing(tx)
    last = models.newest(tx)
    if last is None:
        return count >= ENOUGH
    figures = last.figures
    known = (figures["mentions"], figures["newest_verdict"], figures["scorer"])
    return (count, newest, base_version(context.scorer)) != known


def _without_others(weights: str, words: frozenset[str]) -> tuple[str, str] | None:
    found = json.loads(weights)
    kept = {word: pair for word, pair in found["words"].items() if word in words}
    if len(kept) == len(found["words"]):
        return None
    smaller = SiteModel.parse(json.dumps({**found, "words": kept}))
    return smaller.version, smaller.dump()


def _answers(example: Example) -> tuple[bool | None, bool | None]:
    return example.is_unhappy, example.is_praise
