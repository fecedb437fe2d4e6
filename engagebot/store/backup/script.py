"""The script that `pg_restore` makes of a dump, in pieces that a driver can take: statements and rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_END = b"\\.\n"
# Commands of psql, a setting that servers before 17 do not know, and the schema, which is there.
_LEFT_OUT = (
    *(b"\\restrict ", b"\\unrestrict ", b"SET transaction_timeout "),
    *(b"CREATE SCHEMA ", b"COMMENT ON SCHEMA ", b"ALTER SCHEMA "),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """Statements that stand together."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table; they have to be read before the next piece is asked for."""

    head: bytes
    table: str
    columns: tuple[str, ...]
    lines: Iterator[bytes]


def pieces(script: IO[bytes]) -> Iterator[Statements | Rows]:
    """Take a script apart, in its order."""
    waiting: list[bytes] = []
    for line in script:
        if line.startswith(_LEFT_OUT):
            continue
        if not (line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")):
            waiting.append(line)
            continue
        if waiting:
            yield Statements(b"".join(waiting))
            waiting = []
        yield _rows(line, script)
    if waiting:
        yield Statements(b"".join(waiting))


def _rows(head: bytes, script: IO[bytes]) -> Rows:
    name, _, rest = head.decode().removeprefix("COPY ").partition(" (")
    columns = tuple(column.strip(' "') for column in rest.partition(")")[0].split(","))
    return Rows(head, name.rpartition(".")[2].strip('"'), columns, _lines(script))


def _lines(script: IO[bytes]) -> Iterator[bytes]:
    for line in iter(script.readline, _END):
        if not line:  # cut off; how the program ended tells why
            return
        yield line
