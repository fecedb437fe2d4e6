"""A progress bar for people who watch; nothing for programs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from engagebot.cli.terminal import Terminal


class Progress:
    """Says how far a reading has come; this one keeps silent."""

    def show(self, rows: int) -> None:
        """Tell that so many rows are done."""


@contextmanager
def progress(terminal: Terminal, name: str, file: BinaryIO) -> Iterator[Progress]:
    """Show how far `file` has been read, with rate and time left, where stderr is a terminal."""
    if not terminal.is_animated:
        yield Progress()
        return
    size = os.fstat(file.fileno()).st_size
    with _bar(terminal, name, size, lambda _rows: os.lseek(file.fileno(), 0, os.SEEK_CUR)) as bar:
        yield bar


@contextmanager
def counted(terminal: Terminal, name: str, total: int) -> Iterator[Progress]:
    """Show how many of `total` rows are done, where stderr is a terminal."""
    if not terminal.is_animated:
        yield Progress()
        return
    with _bar(terminal, name, total, lambda rows: rows) as bar:
        yield bar


@contextmanager
def _bar(terminal: Terminal, name: str, total: int, place: Callable[[int], int]) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, no_color=not terminal.has_color)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]} rows"))
    with Bars(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        task = bars.add_task(name, total=total, rows=0)

        class Shown(Progress):
            def show(self, rows: int) -> None:
                bars.update(task, completed=place(rows), rows=rows)

        yield Shown()
