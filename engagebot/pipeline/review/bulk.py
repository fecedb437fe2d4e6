"""Many at once: each in a transaction of its own; what needs a closer look is left out with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from engagebot.domain.mention import Route
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.risks import named
from engagebot.domain.roles import Act
from engagebot.errors import EngagebotError, StoreUnavailable, WrongUsage
from engagebot.pipeline.review.caution import risks_of
from engagebot.pipeline.review.deciding import approve, reject, wording_problem
from engagebot.pipeline.review.matter import matter_of
from engagebot.pipeline.review.moving import DECIDABLE
from engagebot.pipeline.review.terms import Result, Terms
from engagebot.store.engine import Store, Tx
from engagebot.store.replying import drafts, seeded


class Item(NamedTuple):
    """One of many, as it was read: `text_hash` names the words on the screen (`store.drafts.text_hash`)."""

    draft_id: int
    version: int | None = None
    text_hash: str | None = None


def unfit_for_many(tx: Tx, draft: DraftRecord, terms: Terms) -> str | None:
    """Why a draft cannot be approved among many and has to be looked at by itself, or `None`."""
    if draft.state not in DECIDABLE:
        return f"it is {draft.state}"
    if draft.reply_route.route is not Route.API:
        by_hand = draft.reply_route.route is Route.BY_HAND
        return "somebody has to post it by hand" if by_hand else f"not allowed: {draft.reply_route.reason}"
    if problem := wording_problem(draft, draft.text, terms.text_problem):
        return problem
    if found := risks_of(tx, matter_of(tx, draft), draft.text, terms):
        return f"risky: {named(found)}"
    return None


def approve_many(store: Store, items: Iterable[Item], act: Act, terms: Terms) -> list[Result]:
    """Approve what can go without a closer look; the answers stand in the order that was asked for.

    Raises:
        WrongUsage: these are more than `terms.most_in_bulk`.
    """

    def approve_one(tx: Tx, item: Item) -> DraftRecord:
        (draft,) = seeded.shown(tx, [drafts.get(tx, item.draft_id, lock=True)])
        if item.text_hash is not None and item.text_hash != drafts.text_hash(draft.text):
            raise WrongUsage("its words changed since you read them")
        # A moved version is told by `approve` itself, with the version that stands now.
        if item.version in (None, draft.version) and (unfit := unfit_for_many(tx, draft, terms)):
            raise WrongUsage(unfit)
        return approve(tx, item.draft_id, act, version=item.version, terms=terms.because(None))

    return _each(store, items, terms, approve_one)


def reject_many(store: Store, items: Iterable[Item], act: Act, terms: Terms, *, reason: str) -> list[Result]:
    """Refuse many for one reason; the answers stand in the order that was asked for.

    Raises:
        WrongUsage: these are more than `terms.most_in_bulk`, or there is no reason.
    """
    if not reason.strip():
        raise WrongUsage("a rejection needs a reason, so that the rule can learn from it")
    return _each(
        store,
        items,
        terms,
        lambda tx, item: reject(tx, item.draft_id, act, reason=reason, version=item.version),
    )


def _each(
    store: Store, items: Iterable[Item], terms: Terms, do: Callable[[Tx, Item], DraftRecord]
) -> list[Result]:
    wanted: Sequence[Item] = list({item.draft_id: item for item in items}.values())
    if len(wanted) > terms.most_in_bulk:
        raise WrongUsage(
            f"{len(wanted)} at once are too many to have read; {terms.most_in_bulk} are the most"
        )
    found = []
    for item in wanted:
        try:
            with store.write() as tx:
                was = drafts.get(tx, item.draft_id).state
                done = do(tx, item)
        except StoreUnavailable:
            raise
        except EngagebotError as error:
            found.append(Result(draft_id=item.draft_id, problem=str(error)))
        else:
            problem = done.check.words if done.check else None
            found.append(Result(draft_id=item.draft_id, draft=done, was=was, problem=problem))
    return found
