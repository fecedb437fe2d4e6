"""Other wordings of a draft: the one in the draft itself is number 1, the others begin at 2."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engagebot.domain.drafting import Drafted
from engagebot.domain.heard.removal import without_author
from engagebot.domain.mention import Author
from engagebot.domain.outbox import DraftState
from engagebot.store.engine import Tx
from engagebot.store.tables import drafts, variants, writings

FIRST = 2
_CHOOSABLE = (DraftState.PROPOSED.value, DraftState.HELD.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Another wording; `missing` names placeholders that had no value."""

    number: int
    text: str
    missing: tuple[str, ...] = ()


def put(tx: Tx, draft_id: int, wordings: Sequence[Drafted]) -> None:
    """Keep other wordings of a draft that has none."""
    for number, wording in enumerate(wordings, start=FIRST):
        values = {"number": number, "text": wording.text, "missing": list(wording.missing) or None}
        tx.execute(sa.insert(variants).values(draft_id=draft_id, **values))


# Asked for each item that is shown; putting it together takes as long as its answer.
_OF_DRAFT = (
    sa.select(variants)
    .join_from(variants, drafts, drafts.c.id == variants.c.draft_id)
    .where(variants.c.draft_id == sa.bindparam("draft"), drafts.c.state.in_(_CHOOSABLE))
    .order_by(variants.c.number)
)


def of(tx: Tx, draft_id: int) -> list[Variant]:
    """The other wordings that can be chosen now; none once the draft is decided."""
    return [
        Variant(number=row["number"], text=row["text"], missing=tuple(row["missing"] or ()))
        for row in tx.execute(_OF_DRAFT, {"draft": draft_id}).mappings()
    ]


def replace(tx: Tx, draft_id: int, number: int, wording: Drafted) -> None:
    """Put another wording in the place of one."""
    is_it = (variants.c.draft_id == draft_id, variants.c.number == number)
    values = {"text": wording.text, "missing": list(wording.missing) or None}
    tx.execute(sa.update(variants).where(*is_it).values(**values))


def forget_beside(tx: Tx, draft_ids: Collection[int]) -> None:
    """Drop whatever is kept beside these drafts: other wordings, and words half written."""
    for table in (variants, writings):
        tx.execute(sa.delete(table).where(table.c.draft_id.in_(sorted(draft_ids))))


def unname_beside(tx: Tx, draft_ids: Iterable[int], author: Author | None) -> None:
    """Take an author's name out of whatever is kept beside these drafts."""
    for table, key in ((variants, variants.c.number), (writings, writings.c.person)):
        query = sa.select(table.c.draft_id, key, table.c.text).where(table.c.draft_id.in_(sorted(draft_ids)))
        for draft_id, part, text in tx.execute(query).all():
            clean = without_author(text, author)
            if clean != text:
                is_it = (table.c.draft_id == draft_id, key == part)
                tx.execute(sa.update(table).where(*is_it).values(text=clean))
