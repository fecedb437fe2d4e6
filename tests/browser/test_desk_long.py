"""A queue that is longer than anybody sees at once, worked by keys."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from engagebot.domain.outbox import DraftState
from engagebot.store import tables
from engagebot.store.desk import queue
from engagebot.store.desk.queue_order import Sort
from engagebot.web.desk import lanes
from tests.browser.room import Room, chosen, comes, rows

pytestmark = pytest.mark.browser
CROWD, FIRST_PAGE = 905, 50


def crowd(room: Room, count: int) -> list[int]:
    """So many drafts, each with a mention of its own; answer them in the order of the queue."""
    drafts, mentions = tables.drafts, tables.mentions
    first = room.praise()
    with room.office.app.store.write() as tx:
        said = dict(tx.execute(sa.select(mentions).where(mentions.c.id == first.mention_id)).mappings().one())
        draft = dict(tx.execute(sa.select(drafts).where(drafts.c.id == first.id)).mappings().one())
        del said["id"], draft["id"]
        heard = [{**said, "native_id": f"crowd-{number}"} for number in range(count - 1)]
        ids = tx.execute(sa.insert(mentions).returning(mentions.c.id), heard).scalars().all()
        tx.execute(sa.insert(drafts), [{**draft, "mention_id": mention_id} for mention_id in ids])
        only = lanes.only(lanes.Name.REVIEW, room.office.clock.now())
        return queue.ids(tx, only, Sort.DUE, limit=count)


def test_a_long_queue_is_worked_by_keys_past_its_first_page(room: Room) -> None:
    order = crowd(room, CROWD)
    begins, reaches = FIRST_PAGE - 4, FIRST_PAGE + 8
    with room.visit() as visit:
        page = visit.page
        page.goto(f"/queue?item={order[begins]}")
        assert len(rows(page)) <= 2 * FIRST_PAGE
        for at in range(begins + 1, reaches + 1):
            page.keyboard.press("j")
            comes(page, order[at])
        expect(page.locator(".item-top")).to_contain_text(f"{reaches + 1} of {CROWD}")
        page.keyboard.press("a")
        comes(page, order[reaches + 1])
        page.keyboard.press("r")
        page.keyboard.press("3")
        comes(page, order[reaches + 2])
        page.keyboard.press("k")
        comes(page, order[reaches - 1])
        shown = rows(page)
        assert shown == order[: len(shown)], "rows are missing, doubled or in another order"
        row = page.locator(f"#row-{order[reaches - 1]}")
        expect(row).to_be_in_viewport()
        expect(page.get_by_role("link", name=f"To review {CROWD - 2}")).to_be_visible()
        page.reload()
        assert chosen(page) == order[reaches - 1]
        assert visit.complaints == []
    assert room.state(order[reaches]) is DraftState.APPROVED
    assert room.state(order[reaches + 1]) is DraftState.REJECTED
