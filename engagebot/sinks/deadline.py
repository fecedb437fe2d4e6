"""A time limit for a whole exchange: whoever answers byte by byte cannot hold a worker."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

# Within the 15 to 30 seconds that receivers of webhooks are told to reckon with.
WHOLE_S = 20.0


class Deadline:
    """Cuts the connections it was shown when its time is over; a block within it then sees a closed line.

    Time-outs of sockets begin anew with each byte, and neither httpx nor smtplib has one for a whole
    exchange. Shutting a socket down, unlike closing it, wakes the thread that waits at it.
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    @property
    def left_s(self) -> float:
        """Seconds that are left, never quite none: 0 would mean "without waiting" to a socket."""
        return max(self._ends_at - time.monotonic(), 0.001)

    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._ends_at

    def holds(self, line: socket.socket) -> None:
        """Let this connection end with the time."""
        with self._lock:
            self._sockets.append(line)
        if self.is_over():
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            for line in self._sockets:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
