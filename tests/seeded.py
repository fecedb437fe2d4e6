"""A seeded check, laid over a draft without waiting for its turn."""

from __future__ import annotations

from engagebot.store.engine import Store
from engagebot.store.replying import drafts, seeded
from engagebot.store.replying.seeded import Planted

BAD = "Thank you! If you ever change your mind, you get all your money back."
BECAUSE = "it promised a refund nobody gave"


def plant(store: Store, draft_id: int, text: str = BAD) -> None:
    with store.write() as tx:
        draft = drafts.get(tx, draft_id)
        seeded.plant(tx, draft, kind="promise", because=BECAUSE, text=text, at=store.clock.now())


def standing(store: Store) -> Planted | None:
    with store.read() as tx:
        return seeded.standing(tx)
