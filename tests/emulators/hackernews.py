"""The emulated Hacker News: Algolia's search by date, and the site's own items.

with HackerNewsEmulator(clock=clock.now) as hn:
    story = hn.story(title="Acme opens its modem")
    hn.comment(text="mine is <i>dead</i>", on=story, author="maple_fan_demo")
    ...point the connector at hn.url (base_url and items_url)...
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.emulators.server import Emulator
from tests.emulators.wire import Answered, Clock, Request, Response, real_time

DEEPEST = 1_000


@dataclass
class Item:
    id: str
    author: str
    at: int
    text: str | None
    title: str | None = None
    url: str | None = None
    on: str | None = None
    story: str | None = None
    is_dead: bool = False


class HackerNewsEmulator(Emulator):
    """Items are numbered as they come; the search lists newest first."""

    def __init__(self, *, clock: Clock = real_time) -> None:
        super().__init__(clock=clock)
        self.items: dict[str, Item] = {}
        self.deleted: set[str] = set()
        self.largest_page = 1_000
        self._next = 40_000_000

    def story(
        self,
        *,
        title: str,
        text: str | None = None,
        url: str | None = None,
        author: str = "maple_fan_demo",
        at: int | None = None,
    ) -> str:
        return self._add(Item(self._number(), author, self._at(at), text, title=title, url=url))

    def comment(
        self, *, text: str, on: str | None = None, author: str = "maple_fan_demo", at: int | None = None
    ) -> str:
        on = on or next(iter(self.items), None) or self.story(title="Modems, 2026", author="oak_fan_demo")
        story = self.items[on].story or on
        return self._add(Item(self._number(), author, self._at(at), text, on=on, story=story))

    def delete(self, native_id: str) -> None:
        with self.mutex:
            del self.items[native_id]
            self.deleted.add(native_id)

    def rate_headers(self, reset_in_s: float) -> dict[str, str]:
        return {"retry-after": str(int(reset_in_s))}

    def answer(self, request: Request) -> Response:
        if request.path == "/api/v1/search_by_date":
            return Response.of(200, self._search(request))
        wanted = re.fullmatch(r"/v0/item/(\d+)\.json", request.path)
        if wanted is None:
            raise Answered(Response.of(404, {"error": "Not found"}))
        return Response.of(200, self._item(wanted[1]))

    def _number(self) -> str:
        with self.mutex:
            self._next += 1
            return str(self._next)

    def _at(self, at: int | None) -> int:
        return int(self.now().timestamp()) if at is None else at

    def _add(self, item: Item) -> str:
        with self.mutex:
            self.items[item.id] = item
        return item.id

    def _search(self, request: Request) -> object:
        query = request.query
        low, high, author = 0, 2**40, None
        for bound in filter(None, query.get("numericFilters", "").split(",")):
            parts = re.fullmatch(r"created_at_i(>=|<=)(-?\d+)", bound)
            if parts is None:
                raise Answered(Response.of(400, {"message": f"invalid numericFilters: {bound}"}))
            low, high = (int(parts[2]), high) if parts[1] == ">=" else (low, int(parts[2]))
        kinds = query.get("tags", "(story,comment)")
        if owner := re.search(r"author_(\w+)", kinds):
            author = owner[1]
        words = query.get("query", "").strip('"').lower()
        found = [
            item
            for item in self.items.values()
            if low <= item.at <= high
            and ("comment" if item.on else "story") in kinds
            and author in (None, item.author)
            and words in f"{item.title} {item.text} {item.url}".lower()
        ]
        found.sort(key=lambda item: (item.at, int(item.id)), reverse=True)
        size, page = min(int(query.get("hitsPerPage", "20")), self.largest_page), int(query.get("page", "0"))
        hits = [self._hit(item) for item in found[:DEEPEST][page * size : (page + 1) * size]]
        if request.has_quirk("out_of_order"):
            hits.reverse()
        if request.has_quirk("same_twice"):
            hits += hits[-1:]
        return {"hits": hits, "nbHits": len(found), "page": page, "hitsPerPage": size}

    def _hit(self, item: Item) -> dict[str, Any]:
        both = {"objectID": item.id, "author": item.author, "created_at_i": item.at}
        if item.on:
            above = {"parent_id": int(item.on), "story_id": int(item.story or item.on)}
            return {**both, **above, "comment_text": item.text, "story_title": "Modems, 2026"}
        counts = {"points": 3, "num_comments": 1}
        return {**both, **counts, "title": item.title, "url": item.url, "story_text": item.text}

    def _item(self, native_id: str) -> object:
        item = self.items.get(native_id)
        if item is None:
            return {"id": int(native_id), "deleted": True} if native_id in self.deleted else None
        both = {"id": int(item.id), "by": item.author, "time": item.at, "text": item.text}
        if item.is_dead:
            both["dead"] = True
        if item.on:
            return {**both, "type": "comment", "parent": int(item.on)}
        return {**both, "type": "story", "title": item.title, "url": item.url, "score": 3}
