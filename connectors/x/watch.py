"""What a watch on X may say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.x.query import query_faults
from engagebot.errors import WatchInvalid
from engagebot.ports import Watch, WatchFault

PAGE_SIZE = 100
KEYS = {"mentions": {"page_size"}, "search": {"query", "page_size"}}


# The most that X lets anybody write; which account has how much is known with its keys.
_LONGEST = 4096


def watch_faults(watch: Watch) -> Sequence[WatchFault]:
    """Say what is wrong with a watch for everybody, before there are keys."""
    return list(faults_of(watch, _LONGEST))


def faults_of(watch: Watch, longest_query: int) -> Iterator[WatchFault]:
    """Say everything that is wrong with a watch, without asking X."""
    allowed = KEYS.get(watch.kind)
    if allowed is None:
        yield WatchFault("kind", f"X has no kind {watch.kind!r}; allowed are {', '.join(KEYS)}")
        return
    for key in sorted(watch.options.keys() - allowed):
        yield WatchFault(key, f"unknown key {key!r}; allowed are {', '.join(sorted(allowed))}")
    if not isinstance(_size(watch), int):
        yield WatchFault("page_size", f"page_size is a number up to {PAGE_SIZE}")
    if "query" in allowed:
        query = watch.options.get("query")
        if isinstance(query, str):
            for said in query_faults(query, longest_query):
                yield WatchFault("query", f"query, {said}")
        else:
            yield WatchFault("query", "query is missing: the words to search for")


def asked_by(watch: Watch, longest_query: int) -> tuple[str, int]:
    """Return the query, if the watch has one, and the size of its pages.

    Raises:
        WatchInvalid: with everything that is wrong.
    """
    wrong = "; ".join(fault.message for fault in faults_of(watch, longest_query))
    if wrong:
        raise WatchInvalid(f"watch {watch.name!r}: {wrong}")
    limit = PAGE_SIZE if watch.page_limit is None else watch.page_limit
    return str(watch.options.get("query")), min(_size(watch), limit, PAGE_SIZE)


def _size(watch: Watch) -> Any:
    return watch.options.get("page_size", PAGE_SIZE)
