"""Items that a page has fetched ahead, and that a decision on another one leaves as they were.

To tell an item anew is most of what the answer to a decision costs. What the page holds already is spared
that, unless the decision bears on it: it is about the same person or thread, or its reply is nearly the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engagebot.bootstrap import App
from engagebot.domain.desk import searching
from engagebot.domain.roles import Person
from engagebot.guards.sameness import are_alike
from engagebot.store.desk import glances, preferences, queue
from engagebot.store.engine import Tx
from engagebot.store.persons import people
from engagebot.store.replying.recent import latest_replies
from engagebot.web.desk import lanes
from engagebot.web.desk.bench import Bench
from engagebot.web.desk.item import signed
from engagebot.web.desk.where import Where

MOST: Final = 4
LOCAL: Final = frozenset({"approved", "rejected", "snoozed"})
"""What is done to one draft alone; a case or a correction may bear on anything."""
COMING: Final = -1
"""Instead of the version of an item that is on its way to the page, which shows it once it is there."""
_HELD: Final = re.compile(r"([0-9]{1,9}):([0-9]{0,9}|~)")


def read_held(text: str) -> Mapping[int, int | None]:
    """What a page says it holds, as "12:3 13:~ 14:", by draft; `None` stands for what is not asked for yet.

    What cannot be read is not held.
    """
    found: dict[int, int | None] = {}
    for each in text.split()[:MOST]:
        if held := _HELD.fullmatch(each):
            found[int(held[1])] = COMING if held[2] == "~" else int(held[2]) if held[2] else None
    return found


def spared(
    tx: Tx, acted: int, held: Mapping[int, int | None], me: Person, *, is_approved: bool = True
) -> frozenset[int]:
    """Those of the items that a page holds which stand as they did before the draft `acted` was decided."""
    seen = glances.glance(tx, [acted, *held], me.name)
    decided = seen.pop(acted, None)
    if decided is None:
        return frozenset()
    theirs = people.accounts_of(tx, decided.customer_id) if decided.customer_id is not None else ()
    still = frozenset(
        each.id
        for each in seen.values()
        if each.is_open
        and not each.is_begun
        and held[each.id] in (None, COMING, each.version)
        and each.customer_id not in theirs
        and (each.thread is None or each.thread != decided.thread)
    )
    if not is_approved:
        return still
    likes = preferences.read(tx, me.name)
    alike = {id_ for id_ in still if are_alike(decided.text, signed(seen[id_].text, likes))}
    if not alike:
        return still
    # What reads like a form letter did so before, unless this is the first reply that it repeats.
    others = [text for draft_id, text in latest_replies(tx) if draft_id != acted]
    fresh = {
        id_ for id_ in alike if not any(are_alike(text, signed(seen[id_].text, likes)) for text in others)
    }
    return still - fresh


def around(app: App, tx: Tx, where: Where, me: Person) -> Bench:
    """What stands around an item of the queue, without the item itself and without the list."""
    now = app.clock.now()
    only = lanes.only(where.lane, now, search=searching.parse(where.q).search, me=me.name)
    near = queue.around(tx, only, lanes.sort_of(where.lane, where.sort), where.item or 0)
    place, total = near.position
    return Bench(
        where=where,
        counts=lanes.counts(tx, now),
        place=None if place is None else (place, total),
        previous=near.beside.previous,
        next=near.beside.next,
        me=me.name,
    )
