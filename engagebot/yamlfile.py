"""A YAML file as values that know their line and column; strict, with all errors at once.

Only a small, plain part of YAML is read: what is not `true`, `false`, `null` or a number stays text, so that
`no`, `on`, `1:30` and dates mean what they look like.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from engagebot.errors import FilesInvalid, Finding

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(
    r"-?(?:0|[1-9][0-9]{0,17})?\.[0-9]{1,17}|-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?[eE][+-]?[0-9]{1,2}"
)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
Loc = Sequence[str | int]


@dataclass(slots=True)
class Node:
    """One value of a file. `content` is a scalar, a list of nodes or a mapping of nodes by key."""

    content: Any
    file: str
    line: int
    column: int
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.content, dict):
            return {key: node.plain() for key, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def at(self, *loc: str | int) -> Node:
        """The value at a path, or the last one on the way that exists."""
        node = self
        for step in loc:
            inner = _child(node, step)
            if inner is None:
                break
            node = inner
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Keys and values of a mapping; nothing for anything else."""
        if isinstance(self.content, dict):
            yield from self.content.items()

    def finding(
        self, code: str, message: str, *, key: str | None = None, is_warning: bool = False
    ) -> Finding:
        """Say what is wrong with this value, or with one of its keys."""
        line, column = (
            self.keys.get(key, (self.line, self.column)) if key is not None else (self.line, self.column)
        )
        return Finding(self.file, line, column, code, message, is_warning)


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node.content, dict):
        return node.content.get(step)
    if isinstance(node.content, list) and isinstance(step, int) and step < len(node.content):
        return node.content[step]  # type: ignore[no-any-return]
    return None


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
    text = text.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff")
    if len(text.encode()) > MAX_BYTES:
        raise FilesInvalid([_too_large(file_name)])
    builder = _Builder(file_name)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise FilesInvalid([_syntax(error, file_name)]) from None
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


def _syntax(error: yaml.MarkedYAMLError, file_name: str) -> Finding:
    line, column = _place(error.problem_mark or error.context_mark)
    context = f" ({error.context})" if error.context else ""
    hint = ""
    if "mapping values are not allowed" in str(error.problem):
        hint = "; put text that holds a colon into quotes, and check the indentation"
    elif "cannot start any token" in str(error.problem):
        hint = "; indent with spaces, and put text that begins with @, ` or % into quotes"
    return Finding(file_name, line, column, "EBY01", f"is not YAML: {error.problem}{context}{hint}")


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
        self._open: list[_Open] = []
        self._too_deep = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            if self._too_deep:
                self._too_deep -= 1
            else:
                self._open.pop()
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


def did_you_mean(word: object, allowed: Iterable[str]) -> str:
    """The end of a message: `; did you mean "x"?`, or nothing when nothing is near."""
    near = nearest(word, allowed)
    return f'; did you mean "{near}"?' if near is not None else ""


def nearest(word: object, allowed: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The allowed word that looks most like this one, if any does."""
    by_lower = {name.lower(): name for name in allowed}
    found = difflib.get_close_matches(str(word).lower()[:80], by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    """Words for a message, in their order."""
    return ", ".join(words) or "none"


def kind_of(value: Any) -> str:
    """Name a value's kind in words of the file, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping (key: value)"
    if isinstance(value, int | float):
        return f"the number {value}"
    return f'the text "{shortened(value)}"'


def shortened(text: object, limit: int = 60) -> str:
    """A value for a message, cut to a line."""
    words = " ".join(str(text).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


_M = TypeVar("_M", bound=BaseModel)


def validate(node: Node, model: type[_M]) -> tuple[_M | None, list[Finding]]:
    """Hold a value against a pydantic model; each error becomes a finding at its own line and column.

    A validator of the model raises `PydanticCustomError(code, message)` to name its own code (`EB…`).
    """
    value = node.plain()
    try:
        return model.model_validate({} if value is None else value, strict=True), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, sorted({_finding(node, model, detail) for detail in details})


_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
}


def _finding(root: Node, model: type[BaseModel], detail: Any) -> Finding:
    loc: tuple[str | int, ...] = tuple(step for step in detail["loc"] if step != "[key]")
    kind, context = str(detail["type"]), detail.get("ctx", {})
    holder, last = root.at(*loc[:-1]), loc[-1] if loc else None
    name = str(last) if last is not None else ""
    if kind == "extra_forbidden":
        allowed = _allowed_keys(model, loc[:-1])
        message = f'unknown key "{name}"; allowed here: {listed(allowed)}{did_you_mean(name, allowed)}'
        return holder.finding("EBY11", message, key=name)
    if kind == "missing":
        return holder.finding("EBY12", f'the key "{name}" is missing here')
    place = root.at(*loc)
    if kind.startswith("EB"):
        is_key = "[key]" in detail["loc"]
        return holder.finding(kind, detail["msg"], key=name) if is_key else place.finding(kind, detail["msg"])
    subject = _subject(loc)
    if kind in _EXPECTED:
        message = f"{subject} must be {_EXPECTED[kind]}, not {kind_of(detail['input'])}"
        return place.finding("EBY13", message)
    if kind == "literal_error":
        allowed = tuple(_options(model, loc))
        value = detail["input"]
        near = did_you_mean(value, allowed)
        message = f"{subject} must be one of: {listed(allowed)}; it is {kind_of(value)}{near}"
        return place.finding("EBY14", message)
    reason = str(context.get("error", "") or detail["msg"])
    return place.finding("EBY15", f"{subject}: {reason}")


def _subject(loc: Loc) -> str:
    names = [step for step in loc if isinstance(step, str)]
    return f'"{".".join(names)}"' if names else "this"


def _annotation(model: Any, loc: Loc) -> Any:
    """The type that stands at a path of a model, followed through options, lists and mappings."""
    current = _bare(model)
    for step in loc:
        origin, args = get_origin(current), get_args(current)
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = {info.alias or key: info for key, info in current.model_fields.items()}
            info = fields.get(str(step))
            current = _bare(info.annotation) if info else None
        elif origin in (list, dict) and args:
            current = _bare(args[-1])
        else:
            return None
    return current


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(arg for arg in get_args(annotation) if arg is not type(None)))
    return annotation


def _allowed_keys(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    found = _annotation(model, loc)
    if isinstance(found, type) and issubclass(found, BaseModel):
        return tuple(info.alias or key for key, info in found.model_fields.items())
    return ()


def _options(model: type[BaseModel], loc: Loc) -> Iterator[str]:
    for option in get_args(_annotation(model, loc)):
        yield str(option)
