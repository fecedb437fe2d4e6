"""Rows of a file, CSV or JSON Lines: each with its line, or the reason why it cannot be used."""

from __future__ import annotations

import codecs
import csv
import io
import json
import shutil
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from engagebot.cli.terminal import shorten
from engagebot.errors import WrongUsage
from engagebot.yamlfile import did_you_mean

LINE_CHARS = 1_000_000
_PEEK_BYTES = 65_536
_FIRST_ROWS = 100
_SHOWN_NAMES = 30
_NAME_CHARS = 40
_SUFFIXES = {".jsonl": True, ".ndjson": True, ".csv": False, ".tsv": False}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values`, or the `reason` why there are none, with the text as it stands in the file."""

    line: int
    values: Mapping[str, Any]
    reason: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a file: its name for messages, the fields' columns and the encoding where no BOM tells.

    `needed` are fields that no file can do without, each with what to do where it is missing.
    """

    name: str
    columns: Mapping[str, str]
    encoding: str = "utf-8"
    needed: Mapping[str, str] = field(default_factory=dict)


def name_of(file: Path) -> str:
    """What messages call a file that a command was given; "-" is standard input."""
    return "standard input" if str(file) == "-" else str(file)


def encoding_of(name: str) -> str:
    """The encoding that --encoding names.

    Raises:
        WrongUsage: there is none of this name.
    """
    try:
        found = codecs.lookup(name)
        "".encode(name)
    except (LookupError, TypeError):
        raise WrongUsage(f'--encoding: there is no encoding "{name}"; try utf-8, cp1252 or utf-16') from None
    return found.name


@contextmanager
def open_file(file: Path) -> Iterator[BinaryIO]:
    """Open a file, or standard input for "-", so that it can be read twice.

    Raises:
        WrongUsage: it cannot be read.
    """
    if str(file) == "-":
        with _copied(sys.stdin.buffer) as copy:
            yield copy
        return
    try:
        opened = file.open("rb")
    except OSError as error:
        raise WrongUsage(f"cannot read {file}: {error.strerror}") from error
    with opened:
        if opened.seekable():
            yield opened
            return
        with _copied(opened) as copy:
            yield copy


@contextmanager
def _copied(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A pipe cannot be read twice, so it goes into a file of its own first."""
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield copy


@contextmanager
def read_rows(file: BinaryIO, reading: Reading) -> Iterator[Iterator[Row]]:
    """Read rows one by one; `file` must be seekable, and stays open.

    Raises:
        WrongUsage: the file as a whole cannot be read: empty, binary, no header, a needed field missing.
    """
    head = file.read(_PEEK_BYTES)
    file.seek(0)
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), reading.encoding)
    start = _beginning(head, encoding, reading)
    # Bad bytes stay visible in UTF-8 text as lone halves, so that their row alone is refused.
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")
    lines = _Lines(text)
    is_json = _SUFFIXES.get(PurePath(reading.name).suffix.lower(), start == "{")
    try:
        yield _renamed(_json_rows(lines) if is_json else _csv_rows(lines, reading), reading)
    finally:
        text.detach()


def _beginning(head: bytes, encoding: str, reading: Reading) -> str:
    if not head:
        raise WrongUsage(f"{reading.name} is empty")
    if encoding in {"utf-8", "utf-8-sig"} and _is_binary(head):
        raise WrongUsage(
            f"{reading.name} is not a text file; save it as CSV or JSON Lines in UTF-8 (UTF-16 needs its BOM)"
        )
    start = head.decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")[:1]
    if not start:
        raise WrongUsage(f"{reading.name} is empty")
    if start == "[":
        raise WrongUsage(
            f"{reading.name} holds one JSON list; write one object a line, as `jq -c '.[]' FILE` does"
        )
    return start


def _is_binary(head: bytes) -> bool:
    """Whether this is no text at all. A NUL far down is one bad cell, which must not cost the other rows."""
    first = head.split(b"\n", 1)[0]
    if b"\0" not in first:
        return False
    controls = sum(1 for byte in first if byte < 0x20 and byte not in b"\t\r")
    return controls * 10 > len(first) or not _is_utf8(first)


def _is_utf8(line: bytes) -> bool:
    try:
        # The peek may end within a character, which an incremental decoder waits for.
        codecs.getincrementaldecoder("utf-8")().decode(line)
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """Lines with their numbers. What a record has taken can be given back, all but its first line."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._read()
        if not line:
            raise StopIteration
        if len(line) == LINE_CHARS and not line.endswith("\n"):
            while (rest := self._read()) and not rest.endswith("\n"):
                pass
            line += "\n"
        self.number += 1
        self.taken.append(line)
        return line

    def _read(self) -> str:
        try:
            return self._text.readline(LINE_CHARS)
        except UnicodeError as error:
            raise WrongUsage(
                f"the file is not {self._text.encoding} after line {self.number}: {error}; save it as UTF-8"
            ) from error

    def begin(self) -> int:
        """Start a record; answer the number of its first line."""
        self.taken.clear()
        return self.number + 1

    def keep_first(self) -> str:
        """Give back all lines of this record but the first, and answer that one."""
        self._back.extendleft(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        return self.taken[0] if self.taken else ""


def _json_rows(lines: _Lines) -> Iterator[Row]:
    while True:
        number = lines.begin()
        text = next(lines, None)
        if text is None:
            return
        text = text.lstrip("\ufeff")
        if not text.strip():
            continue
        yield _json_row(number, text)


def _json_row(number: int, text: str) -> Row:
    if len(text) >= LINE_CHARS:
        return Row(number, {}, f"the line is longer than {LINE_CHARS} characters", text[:200])
    if not _is_sound(text):
        return Row(number, {}, "is not UTF-8; save the file as UTF-8, or give --encoding", text)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return Row(number, {}, f"is not JSON{place}: {getattr(error, 'msg', error)}", text)
    if not isinstance(values, dict):
        return Row(number, {}, "is not a JSON object {…}", text)
    return Row(number, _flat(values))


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Our own export, and the API's objects, have names of their own for some fields."""
    author = values.get("author")
    if isinstance(author, dict) and "native_id" in values:
        engagement = values.get("engagement") or {}
        values = {**values, **engagement, "author": author.get("handle"), "id": values["native_id"]}
        values |= {f"author_{name}": author.get(name) for name in ("name", "url")}
        values |= {"followers": author.get("followers"), "parent_id": values.get("parent_native_id")}
    elif "native_id" in values and author is None:
        values = {**values, "id": values["native_id"], "parent_id": values.get("parent_native_id")}
    return {key: _mended(value) for key, value in values.items()}


def _mended(value: Any) -> Any:
    """Half a character (a post that was cut) and NUL cannot be stored; show where they were."""
    if not isinstance(value, str) or (_is_sound(value) and "\0" not in value):
        return value
    text = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def _csv_rows(lines: _Lines, reading: Reading) -> Iterator[Row]:
    csv.field_size_limit(LINE_CHARS)
    lines.begin()
    first = next(lines).lstrip("\ufeff")
    if not _is_sound(first):
        raise WrongUsage(f"{reading.name}:1:1 the header is not UTF-8; save it as UTF-8, or give --encoding")
    delimiter = max(",;\t", key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated or not any(header):
        what = f"names {_names(repeated)} twice" if repeated else "names no column"
        raise WrongUsage(f"{reading.name}:1:1 the header {what}; the first line must name each column once")
    known = set(reading.columns.values())
    if unknown := sorted(known - set(header)):
        near = did_you_mean(unknown[0], header)
        raise WrongUsage(
            f"{reading.name}:1:1 has no column {_names(unknown)}; it has: {_names(header)}{near}"
        )
    records = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        row = _csv_row(lines, records, header)
        if row is None:
            return
        if row.values or row.reason:
            yield row


def _csv_row(lines: _Lines, records: Iterator[list[str]], header: list[str]) -> Row | None:
    number = lines.begin()
    try:
        cells = next(records, None)
    except csv.Error as error:
        # A quote that never closes swallows what follows; those lines get their turn again.
        is_open = len(lines.taken) > 1
        why = "a quote opens here and does not close" if is_open else str(error)
        return Row(number, {}, f"is not CSV: {why}", lines.keep_first())
    if cells is None:
        return None
    if not cells or cells == [""]:
        return Row(number, {})
    raw = "".join(lines.taken)
    if len(cells) != len(header):
        return Row(number, {}, f"has {len(cells)} cells, the header has {len(header)}", raw)
    if not all(_is_sound(cell) for cell in cells):
        return Row(number, {}, "is not UTF-8; save the file as UTF-8, or give --encoding", raw)
    return Row(number, {name: _mended(cell) for name, cell in zip(header, cells, strict=True)}, None, raw)


def _renamed(rows: Iterator[Row], reading: Reading) -> Iterator[Row]:
    """Give mapped columns the field's name; a column that is missing everywhere is a slip of the pen."""
    columns = reading.columns
    first = []
    for row in rows:
        first.append(row)
        if len(first) == _FIRST_ROWS:
            break
    seen = {name for row in first for name in row.values}
    if seen and (unknown := sorted(set(columns.values()) - seen)):
        near = did_you_mean(unknown[0], seen)
        raise WrongUsage(
            f"{reading.name} has no field {_names(unknown)}; it has: {_names(sorted(seen))}{near}"
        )
    for name, remedy in reading.needed.items():
        if seen and name not in columns and name not in seen:
            raise WrongUsage(f"{reading.name} has no field {name}; {remedy}; it has: {_names(sorted(seen))}")
    return (_rename(row, columns) for row in chain(first, rows))


def _names(names: Sequence[str]) -> str:
    shown = [shorten(name, _NAME_CHARS) for name in names[:_SHOWN_NAMES]]
    return ", ".join(shown) + (" …" if len(names) > _SHOWN_NAMES else "")


def _rename(row: Row, columns: Mapping[str, str]) -> Row:
    if not columns or row.reason:
        return row
    values = {name: value for name, value in row.values.items() if name not in columns.values()}
    values |= {field: row.values.get(column) for field, column in columns.items()}
    return Row(row.line, values, None, row.raw)


def _is_sound(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
