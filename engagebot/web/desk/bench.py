"""What the queue shows: its lanes, one list, and one item with all it takes to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engagebot.bootstrap import App
from engagebot.domain.desk import searching
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import QueueItem, Slice
from engagebot.domain.roles import Person
from engagebot.store.desk import helped, presence, queue
from engagebot.store.desk.helped import Helped
from engagebot.store.desk.presence import Presence
from engagebot.store.desk.queue import Around
from engagebot.store.desk.queue_order import Sort
from engagebot.store.engine import Tx
from engagebot.web.desk import lanes
from engagebot.web.desk.emptiness import emptiness
from engagebot.web.desk.item import Desk, read_desk
from engagebot.web.desk.kept_views import KeptView, kept_views
from engagebot.web.desk.where import Where

PER_PAGE = 50
_LOOKED_AHEAD = 50
NOTHING: Slice[QueueItem] = Slice(())
NOBODY_HELPED = Helped(0, 0, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The queue page, or, without a list, the part of it that follows a decision."""

    where: Where
    counts: Mapping[lanes.Name, int]
    waiting: int = 0
    listed: Slice[QueueItem] = NOTHING
    desk: Desk | None = None
    place: tuple[int, int] | None = None
    previous: int | None = None
    next: int | None = None
    views: tuple[KeptView, ...] = ()
    problems: tuple[str, ...] = ()
    here: Mapping[int, tuple[Presence, ...]] = field(default_factory=dict)
    me: str = ""
    helped: Helped = NOBODY_HELPED
    emptiness: str = ""

    @property
    def sort(self) -> Sort:
        """The order of the list."""
        return lanes.sort_of(self.where.lane, self.where.sort)

    @property
    def following(self) -> int | None:
        """The item at the same place once the selected one is gone: the next one, at the end the previous."""
        return self.next or self.previous

    def who(self, draft_id: int) -> str:
        """Who else is at a draft, in words."""
        others = [each for each in self.here.get(draft_id, ()) if each.name != self.me]
        return ", ".join(f"{each.name} {'is writing' if each.is_typing else 'is here'}" for each in others)


def bench(
    app: App, tx: Tx, where: Where, me: Person, *, has_list: bool = True, text: str | None = None
) -> Bench:
    """Read everything for a queue page; `text` is what the person has just written and must not lose.

    Raises:
        NotFound: the selected draft does not exist.
    """
    now = app.clock.now()
    found = searching.parse(where.q)
    problems = tuple(str(problem) for problem in found.problems)
    only = lanes.only(where.lane, now, search=found.search, me=me.name)
    sort = lanes.sort_of(where.lane, where.sort)
    here = presence.who(tx, now)
    listed = NOTHING
    if where.item is None and (where.is_alone or not (has_list or problems)):
        where = where.at(_first(queue.ids(tx, only, sort, limit=_LOOKED_AHEAD), where, here, me))
    if has_list and not problems:
        listed = queue.page(tx, only, sort, limit=PER_PAGE, cursor=where.cursor)
    chosen = _chosen(tx, where, listed)
    desk = read_desk(app, tx, chosen, me, text=text) if chosen else None
    counts = lanes.counts(tx, now)
    near = None
    if chosen and not problems:
        near = _near(where, listed, chosen, counts) or queue.around(tx, only, sort, chosen.draft.id)
    is_empty = not listed.items and (has_list or chosen is None)
    return Bench(
        where=where,
        counts=counts,
        waiting=queue.waiting(tx, now),
        listed=listed,
        desk=desk,
        place=_place(near, chosen),
        previous=near.beside.previous if near else None,
        next=near.beside.next if near else None,
        views=kept_views(tx, where, me, now) if has_list else (),
        problems=problems,
        here=here,
        me=me.name,
        helped=helped.since(tx, midnight(app, now)) if is_empty else NOBODY_HELPED,
        emptiness=emptiness(app, tx, where, counts) if is_empty else "",
    )


def _first(
    ahead: Sequence[int], where: Where, here: Mapping[int, tuple[Presence, ...]], me: Person
) -> int | None:
    """The first item of a list; one at a time, the first that nobody else looks at, if there is any."""
    taken = {draft_id for draft_id, people in here.items() if any(each.name != me.name for each in people)}
    free = (draft_id for draft_id in ahead if draft_id not in taken) if where.is_alone else iter(ahead)
    return next(free, ahead[0] if ahead else None)


def _chosen(tx: Tx, where: Where, listed: Slice[QueueItem]) -> QueueItem | None:
    if where.item is None:
        return listed.items[0] if listed.items else None
    for item in listed.items:
        if item.draft.id == where.item:
            return item
    return queue.item(tx, where.item)


def _near(
    where: Where, listed: Slice[QueueItem], chosen: QueueItem, counts: Mapping[lanes.Name, int]
) -> Around | None:
    """What the list on the page tells already of where an item stands in it; `None` where it does not."""
    ids = [item.draft.id for item in listed.items]
    if where.q or where.cursor or chosen.draft.id not in ids[:-1]:
        return None
    at = ids.index(chosen.draft.id)
    position = queue.Position(at + 1, min(counts[where.lane], queue.COUNTED))
    return Around(position, queue.Beside(ids[at - 1] if at else None, ids[at + 1]))


def _place(near: Around | None, chosen: QueueItem | None) -> tuple[int, int] | None:
    if near is None or chosen is None or chosen.draft.state not in (DraftState.PROPOSED, DraftState.HELD):
        return None
    place, total = near.position
    return None if place is None else (place, total)


def midnight(app: App, now: datetime) -> datetime:
    """When the team's day began."""
    local = now.astimezone(app.settings.timezone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
