"""Where somebody stands in the queue: lane, search, order and item, as addresses carry them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from engagebot.store.desk.queue_order import Sort
from engagebot.web.desk import lanes
from engagebot.web.rendering import with_query

PLAY = "/queue/play"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which part of the queue a page shows; `item` is the selected draft.

    `base` is the page itself: the queue with its list, or one item at a time. `held` are the items that the
    page has fetched ahead, with their versions, or is about to; no address carries them.
    """

    lane: lanes.Name = lanes.Name.REVIEW
    item: int | None = None
    cursor: str | None = None
    q: str = ""
    sort: Sort | None = None
    base: str = "/queue"
    held: Mapping[int, int | None] = field(default_factory=dict)

    @property
    def chosen(self) -> dict[str, str]:
        """What makes the list, by the names of the address; what is as usual is left out."""
        given = {"q": self.q, "sort": self.sort.value if self.sort else ""}
        return {"lane": self.lane.value, **{name: value for name, value in given.items() if value}}

    @property
    def carried(self) -> Iterator[tuple[str, str]]:
        """What forms carry along beside the lane."""
        yield from ((name, value) for name, value in self.chosen.items() if name != "lane")
        if self.base != "/queue":
            yield "base", self.base

    @property
    def query(self) -> str:
        """The list as a view keeps it."""
        return with_query("", **self.chosen).removeprefix("?")

    @property
    def path(self) -> str:
        """The address of the list."""
        return with_query(self.base, **self.chosen)

    def item_path(self, item: int | None, **more: object) -> str:
        """The address of one item in this list."""
        return with_query(self.base, **self.chosen, item=item, cursor=self.cursor, **more)

    def at(self, item: int | None) -> Where:
        """The same list with another item selected."""
        return replace(self, item=item)

    @property
    def is_alone(self) -> bool:
        """Whether one item is shown at a time, without the list."""
        return self.base == PLAY

    @property
    def is_bulk(self) -> bool:
        """Whether items of this lane can be decided together."""
        return self.lane is lanes.Name.REVIEW or self.lane in lanes.PARTS
