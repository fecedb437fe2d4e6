"""A site with something in every room: posts, decisions, drafts in all states, cases, notices, people."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.ports import Cursor
from engagebot.store import site, tables
from engagebot.store.engine import Store, Tx
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery
from tests.factories import API, PLAIN, hear, id_of, make_author, make_mention, make_watch
from tests.fakes import NOON

STATES = list(DraftState)


def fill(store: Store) -> None:
    """One mention, and one draft, for each state a draft can be in; a watch half through its posts."""
    names = [str(number) for number in range(len(STATES))]
    hear(store, *(make_mention(name, author=make_author(f"maple_{name}_demo")) for name in names))
    with store.write() as tx:
        for name, state in zip(names, STATES, strict=True):
            _draft(tx, id_of(tx, name), state)
        watches.register(tx, [make_watch()], NOON)
        (watch,) = watches.all_of(tx, ["talk"])
        lease = watches.claim(tx, watch.id, owner="worker", now=NOON, lease=timedelta(minutes=5))
        assert lease is not None
        watches.advance(tx, lease, cursor=Cursor("13"), at=NOON, next_poll_at=NOON, note=None)
        payload = {"title": "a case", "text": "of Maple"}
        new = NewDelivery(notice_id="case-1", channel="console", kind="case", payload=payload)
        deliveries.add(tx, new, NOON)
        person = accounts.add(tx, NewUser(name="agent_demo", role=Role.OWNER), NOON)
        for kind in KeyKind:
            accounts.issue(tx, kind, user_id=person.id, at=NOON)
        site.beat(tx, NOON)
        site.put(tx, site.RUNNING, None, NOON)


def _draft(tx: Tx, mention_id: int, state: DraftState) -> None:
    new = NewDraft(
        mention_id=mention_id, customer_id=None, rule_id="love", source="fake", conversation_id=None,
        text="Thank you!", missing=(), reply_route=API, is_proactive=False, said_at=NOON, urgency=PLAIN,
    )  # fmt: skip
    draft_id = drafts.propose(tx, new, NOON)
    tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == draft_id).values(state=state.value))
