"""Work on a batch without the garbage collector: what it makes is in use until its end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_batches = 0
_was_on = True


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector from looking through what a batch holds, again and again as it grows.

    That costs a tenth of the time of a batch. What other threads leave meanwhile is collected after it, so
    batches have to be bounded. Threads may be inside at once; the last one out lets the collector go on.
    """
    global _batches, _was_on
    with _lock:
        if _batches == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _batches += 1
    try:
        yield
    finally:
        with _lock:
            _batches -= 1
            if _batches == 0 and _was_on:
                gc.enable()
