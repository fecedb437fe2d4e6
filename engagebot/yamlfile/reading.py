"""A YAML file as values that know their line and column; strict, with all errors at once.

Only a small, plain part of YAML is read: what is not `true`, `false`, `null` or a number stays text, so that
`no`, `on`, `1:30` and dates mean what they look like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engagebot.errors import FilesInvalid, Finding
from engagebot.yamlfile.nodes import Node

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(
    r"-?(?:0|[1-9][0-9]{0,17})?\.[0-9]{1,17}|-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?[eE][+-]?[0-9]{1,2}"
)
# To YAML these end a line, to editors they do not: the numbers of all lines below would be wrong.
_RARE_LINE_ENDS = dict.fromkeys((0x85, 0x2028, 0x2029), " ")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_text(path: Path, file_name: str) -> str:
    """Read a text file that people edit.

    Raises:
        FilesInvalid: it cannot be read, is not UTF-8 or is larger than `MAX_BYTES`.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FilesInvalid([Finding(file_name, 0, 0, "EBY10", f"cannot be read: {reason}")]) from None
    if len(raw) > MAX_BYTES:
        raise FilesInvalid([_too_large(file_name)])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = "is not UTF-8 text here; save the file with the encoding UTF-8"
        raise FilesInvalid([Finding(file_name, line, column, "EBY10", message)]) from None


def read_yaml(text: str, file_name: str) -> Node:
    """Read a document; an empty one is a node whose content is `None`.

    Raises:
        FilesInvalid: every place that is not plain YAML: syntax, duplicate keys, anchors, tags, depth, size.
    """
    # Surrogates would make libyaml's encoder raise; they cannot come from a file that was decoded.
    text = text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff").translate(_RARE_LINE_ENDS)
    if len(text.encode()) > MAX_BYTES:
        raise FilesInvalid([_too_large(file_name)])
    builder = _Builder(file_name)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise FilesInvalid(_syntax(error, builder)) from None
    except yaml.reader.ReaderError as error:
        position = int(error.position)
        line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
        message = f"the character {error.character!r} is not allowed in YAML; delete it"
        raise FilesInvalid([Finding(file_name, line, column, "EBY01", message)]) from None
    except yaml.YAMLError as error:
        raise FilesInvalid([Finding(file_name, 0, 0, "EBY01", f"is not YAML: {error}")]) from None
    if builder.findings:
        raise FilesInvalid(builder.findings)
    return builder.root or Node(None, file_name, 1, 1)


def _too_large(file_name: str) -> Finding:
    return Finding(file_name, 0, 0, "EBY02", f"is larger than {MAX_BYTES:,} bytes; split it")


def _syntax(error: yaml.MarkedYAMLError, builder: _Builder) -> list[Finding]:
    """Where the parser gave up and, where that is further down, where things went wrong."""
    context, problem = error.context or "", str(error.problem)
    given_up = _place(error.problem_mark or error.context_mark)
    line, column = given_up
    hint = ""
    if "flow" in context or "quoted scalar" in context:
        line, column = _place(error.context_mark)
        hint = f"; what opens here was not closed by line {given_up[0]}"
    elif "document start" in problem and builder.root is not None and not builder.is_list:
        line, column = builder.root.line, builder.root.column
        hint = f"; what begins here ends above line {given_up[0]}: is a dash missing?"
    elif "mapping values are not allowed" in problem:
        hint = "; put text that holds a colon into quotes, and check the indentation"
    elif "cannot start any token" in problem:
        hint = "; indent with spaces, and put text that begins with @, ` or % into quotes"
    said = f"is not YAML: {problem}{f' ({context})' if context else ''}{hint}"
    found = [Finding(builder.file, line, column, "EBY01", said)]
    closed = builder.last_closed
    if "expected key" in problem and closed is not None and closed.line < line - 1:
        message = f"what begins here ends above line {line}, which fits nowhere: is a line missing here?"
        found.insert(0, Finding(builder.file, closed.line, closed.column, "EBY01", message))
    if builder.long_text is not None and builder.long_text[2] >= line - 1:
        first, column, last = builder.long_text
        message = f"the text in quotes that begins here ends in line {last}: is a quote missing?"
        found.insert(0, Finding(builder.file, first, column, "EBY01", message))
    return found


def _place(mark: Any) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; `key` waits for its value."""

    node: Node
    key: str | None = None
    is_key_next: bool = True


class _Builder:
    """Turns parser events into nodes with a stack of its own: hostile nesting cannot exhaust Python's."""

    def __init__(self, file_name: str) -> None:
        self.file = file_name
        self.findings: list[Finding] = []
        self.root: Node | None = None
        self.last_closed: Node | None = None
        self.long_text: tuple[int, int, int] | None = None
        self._open: list[_Open] = []
        self._too_deep = 0

    @property
    def is_list(self) -> bool:
        return self.root is not None and isinstance(self.root.content, list)

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            if self._too_deep:
                self._too_deep -= 1
            else:
                self.last_closed = self._open.pop().node
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event)

    def _take_node(self, event: yaml.NodeEvent) -> None:
        is_nest = isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
        if self._too_deep:
            self._too_deep += is_nest
            return
        if event.anchor is not None:
            self._fail(
                event,
                "EBY04",
                "anchors (&) and aliases (*) are not read; write the value out, or quote the text",
            )
        elif getattr(event, "tag", None) is not None:
            self._fail(event, "EBY06", f"tags are not read; leave out {event.tag!r}, or quote the text")  # type: ignore[attr-defined]
        if is_nest and len(self._open) >= MAX_DEPTH:
            self._fail(event, "EBY07", f"is nested more than {MAX_DEPTH} levels deep")
            self._too_deep = 1
        node = self._node(event)
        if not self._is_key(event, node):
            self._place(event, node)
        if is_nest and not self._too_deep:
            self._open.append(_Open(node))

    def _node(self, event: yaml.NodeEvent) -> Node:
        content: Any = None
        if isinstance(event, yaml.MappingStartEvent):
            content = {}
        elif isinstance(event, yaml.SequenceStartEvent):
            content = []
        elif isinstance(event, yaml.ScalarEvent):
            content = _scalar(event.value) if event.implicit[0] else event.value
            first, last = _place(event.start_mark), _place(event.end_mark)
            if event.style in ("'", '"') and last[0] > first[0]:
                self.long_text = (*first, last[0])
        return Node(content, self.file, *_place(event.start_mark))

    def _is_key(self, event: yaml.NodeEvent, node: Node) -> bool:
        if not self._open:
            return False
        holder = self._open[-1]
        if not isinstance(holder.node.content, dict) or not holder.is_key_next:
            return False
        holder.is_key_next, holder.key = False, None
        if not isinstance(event, yaml.ScalarEvent):
            self._fail(event, "EBY08", "a key must be one word or text")
            return True
        key = event.value
        if key == "<<" and event.implicit[0]:
            self._fail(event, "EBY05", "merge keys (<<) are not read; write the keys out")
        elif key in holder.node.content:
            first = holder.node.keys[key][0]
            self._fail(
                event, "EBY03", f'the key "{key}" is already there, in line {first}; keep one of the two'
            )
        else:
            holder.key = key
            holder.node.keys[key] = (node.line, node.column)
        return True

    def _place(self, event: yaml.NodeEvent, node: Node) -> None:
        if not self._open:
            if self.root is not None:
                self._fail(
                    event, "EBY09", "a second document begins here; a file holds one (remove the line ---)"
                )
            self.root = self.root or node
            return
        holder = self._open[-1]
        if isinstance(holder.node.content, list):
            holder.node.content.append(node)
            return
        if holder.key is not None:
            holder.node.content[holder.key] = node
        holder.is_key_next = True

    def _fail(self, event: yaml.Event, code: str, message: str) -> None:
        self.findings.append(Finding(self.file, *_place(event.start_mark), code, message))


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
