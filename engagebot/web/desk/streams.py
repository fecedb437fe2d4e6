"""The open streams of this process: one poller reads the store while anybody listens, and tells everybody.

The poller alone puts frames into the listeners' queues, so each hears what happened in the poller's order.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engagebot.bootstrap import App
from engagebot.domain.records import Event
from engagebot.errors import StoreUnavailable
from engagebot.store.desk import happenings, presence
from engagebot.store.desk.presence import Presence
from engagebot.store.engine import Tx
from engagebot.web.desk.newest import TOLD_MOST, Newest
from engagebot.web.desk.news import Message, of_new, of_presence, of_site, told

log = logging.getLogger(__name__)

EVERY_S = 0.5
CLOSE_S = 2.0
IN_ALL = 200
PER_PERSON = 12
ROOM = 1200
# A sign of life every 15 seconds, keys looked at every 30, and what wakes from a snooze every 5.
BEAT_TICKS = 30
CHECK_TICKS = 60
AWAKE_TICKS = 10


class Full(Exception):
    """Nobody else can listen now; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who wants to listen: from which line on, whether for good, and whether they still may."""

    name: str
    may_stay: Callable[[Tx, datetime], bool]
    after: int | None = None
    is_staying: bool = True
    is_one_of_many: bool = False


class Listener:
    """One open stream: the poller's thread puts frames in, the event loop that answers takes them out."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.is_new = True
        self.has_ended = False
        self._frames: deque[str] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._lock = threading.Lock()

    def put(self, messages: Sequence[Message]) -> None:
        """Hand over what concerns this guest; whoever does not keep up is cut off, and hears it by replay."""
        own = [each.frame() for each in messages if each.only_for in (None, self.guest.name)]
        with self._lock:
            if self.has_ended:
                return
            if len(self._frames) + len(own) > ROOM:
                self._frames.clear()
                self.has_ended = True
            else:
                self._frames.extend(own)
        self._call()

    def end(self) -> None:
        """Let the stream end once everything that was put in is out."""
        self.has_ended = True
        self._call()

    def taken(self) -> list[str]:
        """Take out what waits."""
        with self._lock:
            frames = list(self._frames)
            self._frames.clear()
        return frames

    async def frames(self) -> AsyncIterator[str]:
        """Everything in order, until the end."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            has_ended = self.has_ended
            if frames := self.taken():
                yield "".join(frames)
            elif has_ended:
                return
            else:
                await self._wake.wait()

    def _call(self) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:
            # The loop has gone, and its streams with it.
            self.has_ended = True


class Streams:
    """Everybody who listens to this process."""

    def __init__(self, app: App, *, every_s: float | None = EVERY_S) -> None:
        """Read every so many seconds; with `None` only when `tick` is called."""
        self._app = app
        self._every_s = every_s
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._is_closed = False
        self._reading = Newest(is_in_order=app.store.is_sqlite)
        self._ticks = 0
        self._present: dict[int, tuple[Presence, ...]] = {}
        self._awake_until: datetime | None = None

    def join(self, guest: Guest) -> Listener:
        """Let somebody listen; `leave` ends it.

        Raises:
            Full: too many listen already.
        """
        listener = Listener(guest)
        with self._lock:
            if self._is_closed:
                raise Full("engagebot is stopping")
            if len(self._listeners) >= IN_ALL:
                raise Full(
                    f"{IN_ALL} pages are kept up to date already; load this one again to see what is new"
                )
            own = sum(each.guest.name == guest.name for each in self._listeners)
            if own >= PER_PERSON and not guest.is_one_of_many:
                raise Full(f"{guest.name} has engagebot open in {own} browsers; close some of them")
            self._listeners.append(listener)
            if self._thread is None and self._every_s is not None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget somebody; the poller stops when nobody is left."""
        listener.end()
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
            if not self._listeners:
                self._stop.set()

    def close(self) -> None:
        """End every stream, because the process is about to end; nothing reads the store afterwards."""
        with self._lock:
            self._is_closed = True
            open_now = list(self._listeners)
            thread = self._thread
        for listener in open_now:
            listener.end()
        self._stop.set()
        if thread is not None:
            thread.join(CLOSE_S)

    @property
    def count(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._listeners or self._is_closed:
                    self._thread = None
                    self._begin_again()
                    return
                self._stop.clear()
            try:
                self.tick()
            except StoreUnavailable as error:
                # No sign of life goes out either, so the pages say that engagebot does not answer.
                log.warning("nobody could be told what is new: %s", error)
            except Exception:
                # What cannot be told must not keep everything after it from being told.
                log.exception("nobody could be told what is new")
                self._begin_again()
            self._stop.wait(self._every_s)

    def _begin_again(self) -> None:
        self._reading = Newest(is_in_order=self._app.store.is_sqlite)
        self._awake_until = None

    def tick(self) -> None:
        """Read once what is new, and tell everybody."""
        with self._lock:
            listening = list(self._listeners)
        now = self._app.clock.now()
        self._ticks += 1
        with self._app.store.read() as tx:
            if self._reading.is_fresh:
                self._reading.begin(tx)
            events, is_too_much = self._reading.news(tx)
            messages = self._messages(tx, now, events)
            if is_too_much:
                messages.insert(0, Message(name="reload", data={}, id=self._reading.head))
            for listener in listening:
                if listener.is_new:
                    listener.put(self._welcome(tx, listener.guest))
                else:
                    listener.put(messages)
            self._check(tx, now, listening, events)
        for listener in listening:
            if listener.is_new and not listener.guest.is_staying:
                listener.end()
            listener.is_new = False
        with self._lock:
            self._listeners = [each for each in self._listeners if not each.has_ended]

    def _messages(self, tx: Tx, now: datetime, events: Sequence[Event]) -> list[Message]:
        messages = told(self._app, tx, events)
        if self._awake_until is None:
            self._awake_until = now
        elif self._ticks % AWAKE_TICKS == 0:
            awake = happenings.awoken(tx, self._awake_until, now, limit=TOLD_MOST)
            self._awake_until = now
            messages += [of_new(awake, is_awake=True)] if awake else []
        present = presence.who(tx, now)
        if present != self._present:
            self._present = present
            messages.append(of_presence(present))
        if self._ticks % BEAT_TICKS == 0:
            messages.append(Message(name="beat", data={}))
        return messages

    def _welcome(self, tx: Tx, guest: Guest) -> list[Message]:
        """How things stand, and what was missed."""
        head = self._reading.head
        stand = [of_site(self._app, tx), of_presence(self._present)]
        if guest.after is None:
            return [Message(name="hello", data={"me": guest.name}, id=head), *stand]
        begin = [Message(name="hello", data={"me": guest.name}), *stand]
        if guest.after > head:
            # Another database than before: a backup was restored.
            return [*begin, Message(name="reload", data={}, id=head)]
        missed = self._reading.missed(tx, guest.after)
        if len(missed) > TOLD_MOST:
            return [*begin, Message(name="reload", data={}, id=head)]
        return [*begin, *told(self._app, tx, missed)]

    def _check(self, tx: Tx, now: datetime, listening: Sequence[Listener], events: Sequence[Event]) -> None:
        # What happens to accounts is looked at once; a session that simply ends, after half a minute.
        has_changed = any(event.subject.startswith("user:") for event in events)
        if self._ticks % CHECK_TICKS and not has_changed:
            return
        for listener in listening:
            if not listener.guest.may_stay(tx, now):
                listener.put([Message(name="bye", data={})])
                listener.end()
