"""Making a site model: learned, proved on held-back decisions, adopted only if it is no worse than none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engagebot.domain.heard.verdicts import ModelState, SiteModelRecord
from engagebot.pipeline.learning.gathering import Gathered, LearningContext, gather
from engagebot.scoring.fitting import Example, fit_site
from engagebot.scoring.proving import Proof, as_json, prove, with_words
from engagebot.scoring.scorer import LayeredScorer
from engagebot.scoring.site import NO_DIALECT, Dialect, Leaning, SiteModel
from engagebot.store.heard import models


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one question: `why` says why what was learned is not used, `None` where it is.

    `leaning` is the dialect's part in it, `None` where decisions alone do better.
    """

    proof: Proof | None
    why: str | None
    leaning: Leaning | None = None


def learn(context: LearningContext, *, by: str) -> SiteModelRecord:
    """Make a site model of all decisions, and adopt it only if it is no worse on held-back ones.

    Whatever comes of it is stored; words of posts that were deleted since leave every stored model.

    Raises:
        AlreadyRunning: another learning ended meanwhile; its model stands.
    """
    gathered = gather(context)
    too_few = gathered.too_few(0)
    dialect = NO_DIALECT if too_few else gathered.heard.dialect()
    tried = [_try(gathered, question, dialect) for question in (0, 1)]
    model = _fit(gathered, tried)
    figures = _figures(context, gathered, tried, model)
    why = tried[0].why
    made = SiteModelRecord(
        version=model.version if model else "",
        made_at=context.clock.now(),
        state=ModelState.REFUSED if model is None else ModelState.ADOPTED,
        figures=figures,
        made_by=by,
        note=why,
    )
    words = gathered.words()
    with context.store.write() as tx:
        stored = models.save(tx, made, weights=model.dump() if model else None, after=gathered.newest_model)
        if too_few is not None:
            # What taught the model in use is not there any more: it is off, as it would be on a new site.
            models.retire(tx)
        models.rewrite(tx, lambda weights: _without_others(weights, words))
        return models.get(tx, stored.id)


def forget(context: LearningContext) -> int:
    """Take words that no kept post supports out of every stored model; answer how many models had some."""
    gathered = gather(context)
    words = gathered.words()
    with context.store.write() as tx:
        return models.rewrite(tx, lambda weights: _without_others(weights, words))


def outcome_words(record: SiteModelRecord) -> str:
    """What became of a model, in words."""
    return record.state.value if record.note is None else f"{record.state.value}: {record.note}"


def _try(gathered: Gathered, question: int, dialect: Dialect) -> Tried:
    """Prove what was learned, with the dialect and without, and keep the surer of those that are no worse."""
    why = gathered.too_few(question)
    if why is not None:
        return Tried(None, why)
    tried: list[Tried] = []
    for leaning in (dialect[question], None) if dialect[question] else (None,):
        proof = prove(gathered.lessons, question=question, names=gathered.names, leaning=leaning)
        if proof is None:
            return Tried(None, "too few different people wrote what was decided, so nothing can be held back")
        is_worse = proof.taught.is_worse_than(proof.shipped)
        why = f"on held-back decisions it is worse than none: {_compared(proof)}" if is_worse else None
        tried.append(Tried(proof, why, None if is_worse else leaning))
    return min(tried, key=_rank)


def _rank(tried: Tried) -> tuple[bool, float]:
    return tried.why is not None, tried.proof.taught.log_loss if tried.proof else 0.0


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
    words = gathered.words()
    examples = [_asked(with_words(lesson.example, words), tried) for lesson in gathered.lessons]
    count, newest = gathered.seen
    made_from = {"verdicts": len(examples), "mentions": count, "newest_verdict": newest}
    unhappy, praise = tried
    return fit_site(examples, made_from=made_from, dialect=(unhappy.leaning, praise.leaning))


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
        "heard": _heard(gathered, tried if model else ()),
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


def _heard(gathered: Gathered, tried: Sequence[Tried]) -> dict[str, Any]:
    """What the dialect was learned from, and which questions use it."""
    after, until, kept = gathered.span
    used = [name for name, one in zip(("unhappy", "praise"), tried, strict=False) if one.leaning is not None]
    return {
        "posts": len(gathered.heard),
        "people": gathered.heard.people,
        "share": round(gathered.heard.share, 3),
        "used_for": used,
        "after": after,
        "until": until,
        "kept": kept,
    }


def base_version(scorer: LayeredScorer) -> str:
    """The version of the layers below what a site teaches."""
    return scorer.taught(None).version


def _without_others(weights: str, words: frozenset[str]) -> tuple[str, str] | None:
    found = json.loads(weights)
    kept = {word: pair for word, pair in found["words"].items() if word in words}
    if len(kept) == len(found["words"]):
        return None
    smaller = SiteModel.parse(json.dumps({**found, "words": kept}))
    return smaller.version, smaller.dump()
