"""Values of a file that know their line and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engagebot.errors import Finding


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

    @property
    def last_line(self) -> int:
        """The line in which the last of its values begins."""
        if not isinstance(self.content, dict | list):
            return self.line
        inner: list[Node] = list(self.content.values() if isinstance(self.content, dict) else self.content)
        return max([self.line, *(node.last_line for node in inner)])

    def gap(self, name: str, order: Sequence[str]) -> Node:
        """Where a missing key belongs: below the nearest key that stands before it in `order`."""
        before = order[: order.index(name)] if name in order else ()
        found = [key for key in before if isinstance(self.content, dict) and key in self.content]
        if not found:
            return self
        return Node(None, self.file, self.content[found[-1]].last_line, self.column)

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
