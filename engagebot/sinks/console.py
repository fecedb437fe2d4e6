"""Print notices for the person at the terminal."""

from __future__ import annotations

import sys
import unicodedata
from typing import TextIO

from engagebot.errors import DeliveryFailed
from engagebot.ports import Notice, Sink


class ConsoleSink:
    """Writes to `stream`, or to whatever standard error is at the moment of delivery."""

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def deliver(self, notice: Notice) -> None:
        stream = self._stream or sys.stderr
        lines = [f"engagebot: {inert(notice.title)}"]
        lines += [f"  {line}" for line in inert(notice.text).splitlines()]
        if notice.url:
            lines.append(f"  {inert(notice.url)}")
        try:
            stream.write("\n".join(lines) + "\n")
            stream.flush()
        except (OSError, ValueError) as error:
            raise DeliveryFailed(f"the console cannot be written to: {error}") from error


def open_sink(stream: TextIO | None = None) -> Sink:
    """Make the sink that needs nothing from outside."""
    return ConsoleSink(stream)


def inert(text: str) -> str:
    """Drop what a terminal would obey: escape sequences and direction changes in a stranger's words."""
    return "".join(ch for ch in text if ch in "\n\t" or unicodedata.category(ch) not in {"Cc", "Cf"})
