"""Drafts that wait for review, put into a store without any rule."""

from __future__ import annotations

from engagebot.store.engine import Store
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from tests.factories import API, PLAIN, hear, id_of, make_mention
from tests.fakes import NOON


def draft_in(store: Store, native_id: str = "1") -> int:
    """Store a mention and a draft that answers it; answer the draft's id."""
    hear(store, make_mention(native_id, "what a lovely box"))
    with store.write() as tx:
        new = NewDraft(
            mention_id=id_of(tx, native_id),
            customer_id=None,
            rule_id="praise",
            source="fake",
            conversation_id=None,
            text="Thank you!",
            missing=(),
            reply_route=API,
            is_proactive=True,
            said_at=NOON,
            urgency=PLAIN,
        )
        draft_id = drafts.propose(tx, new, store.clock.now())
    assert draft_id is not None
    return draft_id
