"""What a saved view's query asks for: a lane, a search and an order."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from engagebot.domain.desk import searching
from engagebot.domain.desk.searching import SearchRefused
from engagebot.errors import WrongUsage
from engagebot.store.desk.queue import QueueFilter
from engagebot.store.desk.queue_order import Sort
from engagebot.web.desk import lanes

_MOST_FIELDS = 8


def tidy(query: str) -> str:
    """A query as it is kept.

    Raises:
        WrongUsage: it names something that the queue does not know.
    """
    try:
        given = dict(parse_qsl(query.removeprefix("?"), max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise WrongUsage("a view has a lane, q and sort; this query has too many parts") from None
    for name in given.keys() - {"lane", "q", "sort"}:
        raise WrongUsage(f"{name[:40]!r} is no part of a view; use lane, q and sort")
    kept = {"lane": _named(lanes.Name, given.get("lane", lanes.Name.REVIEW.value), "lane")}
    if (search := searching.read(given.get("q", ""))).terms:
        kept["q"] = search.text
    if "sort" in given:
        kept["sort"] = _named(Sort, given["sort"], "sort")
    return urlencode(kept)


def filter_of(query: str, now: datetime, me: str) -> QueueFilter | None:
    """The drafts that a kept query shows; `None` for one of old that cannot be read any more."""
    given = dict(parse_qsl(query))
    try:
        lane = lanes.Name(_named(lanes.Name, given.get("lane", lanes.Name.REVIEW.value), "lane"))
        search = searching.read(given.get("q", ""))
    except (WrongUsage, SearchRefused):
        return None
    return lanes.only(lane, now, search=search, me=me)


def _named(words: type[lanes.Name] | type[Sort], name: str, what: str) -> str:
    try:
        return words(name).value
    except ValueError:
        raise WrongUsage(f"there is no {what} {name[:40]!r}; there are {', '.join(words)}") from None
