"""What reading rules needs beside the text: what the site knows, the findings so far, and plain shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from engagebot.domain.durations import FORMAT, parse_duration
from engagebot.errors import Finding
from engagebot.rulebook.index import TextIndex
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed

BOUNDS = ("at_least", "at_most", "above", "below", "between")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rules may refer to; `None` leaves that kind of name unchecked, as for a rule set of the past."""

    teams: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    webhooks: tuple[str, ...] | None = None
    reasons: tuple[str, ...] | None = None
    platforms: tuple[str, ...] | None = None
    watches: tuple[str, ...] | None = None
    lists_folder: Path | None = None


@dataclass(slots=True)
class Reading:
    """One reading of a rule set. `lists` and `templates` are texts by name; `used_lists` what rules named."""

    known: Known
    lists: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    used_lists: set[str] = field(default_factory=set)
    index: TextIndex = field(default_factory=TextIndex)

    def fail(self, node: Node, code: str, message: str, *, key: str | None = None) -> None:
        """Note an error at a value, or at one of its keys."""
        self.findings.append(node.finding(code, message, key=key))

    def warn(self, node: Node, code: str, message: str) -> None:
        """Note something that works and is probably not meant."""
        self.findings.append(node.finding(code, message, is_warning=True))

    def named_list(self, node: Node, name: str) -> tuple[str, ...] | None:
        """The terms of config/lists/NAME.txt: one a line, `#` begins a comment line."""
        text = self.lists.get(name)
        if text is None:
            near = did_you_mean(name, self.lists)
            message = (
                f'there is no list "{name}" (config/lists/{name}.txt); there: {listed(sorted(self.lists))}'
            )
            self.fail(node, "EB105", message + near)
            return None
        self.used_lists.add(name)
        lines = (line.strip() for line in text.splitlines())
        terms = tuple(line for line in lines if line and not line.startswith("# ") and line != "#")
        if not terms:
            self.fail(node, "EB105", f'the list "{name}" (config/lists/{name}.txt) is empty')
            return None
        return terms

    def chosen(
        self, node: Node, name: str, allowed: Iterable[str] | None, *, noun: str | None = None
    ) -> tuple[str, ...] | None:
        """One value or a list of them, each among `allowed`."""
        allowed = tuple(allowed) if allowed is not None else None
        nodes = node.content if isinstance(node.content, list) else [node]
        if not nodes:
            self.fail(
                node, "EB103", f'"{name}" has an empty list, which nothing can match; name at least one'
            )
            return None
        values = [self._one(each, name, allowed, noun or name) for each in nodes]
        return tuple(value for value in values if value is not None) if None not in values else None

    def _one(self, node: Node, name: str, allowed: tuple[str, ...] | None, noun: str) -> str | None:
        value = node.content
        if isinstance(value, bool | int | float) and allowed is None:
            value = str(value).lower()
        if not isinstance(value, str) or not value.strip():
            self.fail(
                node, "EB103", f'"{name}" must be one value or a list of values, not {kind_of(node.plain())}'
            )
            return None
        if allowed is not None and value not in allowed:
            near, article = did_you_mean(value, allowed), "an" if noun[0] in "aeiou" else "a"
            self.fail(node, "EB103", f'"{value}" is not {article} {noun}; allowed: {listed(allowed)}{near}')
            return None
        return value

    def flag(self, node: Node, name: str) -> bool | None:
        """True or false."""
        if isinstance(node.content, bool):
            return node.content
        self.fail(node, "EB103", f'"{name}" must be true or false, not {kind_of(node.plain())}')
        return None

    def numbers(self, node: Node, name: str, low: float | None, high: float | None) -> Bounds | None:
        """A range of numbers such as {at_least: 2}."""

        def read(value: object) -> float:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"must be a number, not {kind_of(value)}")
            if (low is not None and value < low) or (high is not None and value > high):
                limits = (
                    f"{low:g} to {high:g}" if low is not None and high is not None else f"{low:g} or more"
                )
                raise ValueError(f"must be {limits}, not {value:g}")
            return value

        return self._bounds(node, name, read, "{at_least: 2}" if high is None else "{at_most: 0.5}")

    def spans(self, node: Node, name: str) -> Bounds | None:
        """A range of spans of time such as {at_least: 30d}, in seconds."""

        def read(value: object) -> float:
            if not isinstance(value, str):
                raise ValueError(f"must be {FORMAT}, not {kind_of(value)}")
            return parse_duration(value).total_seconds()

        return self._bounds(node, name, read, "{at_least: 30d}")

    def _bounds(self, node: Node, name: str, read: Callable[[object], float], example: str) -> Bounds | None:
        if not isinstance(node.content, dict) or not node.content:
            message = f'"{name}" must be a range such as {example}, not {kind_of(node.plain())}'
            self.fail(node, "EB104", f"{message}; bounds: {listed(BOUNDS)}")
            return None
        before, bounds = len(self.findings), Bounds()
        for key, inner in node.items():
            if key not in BOUNDS:
                message = f'unknown bound "{key}"; allowed: {listed(BOUNDS)}{did_you_mean(key, BOUNDS)}'
                self.fail(node, "EB104", message, key=key)
                continue
            pair = inner.content if isinstance(inner.content, list) else None
            if (key == "between") is not (pair is not None and len(pair) == 2):
                shape = "a list of two: [low, high]" if key == "between" else "one value"
                self.fail(inner, "EB104", f'"{key}" must be {shape}')
                continue
            try:
                values = [read(each.content) for each in pair] if pair else [read(inner.content)]
            except ValueError as error:
                self.fail(inner, "EB104", f'"{key}" of "{name}" {error}')
                continue
            bounds = bounds.narrowed(key, values)
        if len(self.findings) > before:
            return None
        if bounds.is_empty:
            self.fail(
                node, "EB104", f'nothing can be in this range of "{name}"; its low end is above its high end'
            )
            return None
        return bounds


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range; an open end does not belong to it."""

    low: float = float("-inf")
    high: float = float("inf")
    is_low_open: bool = False
    is_high_open: bool = False

    def narrowed(self, bound: str, values: list[float]) -> Bounds:
        """This range with one more bound."""
        low, high = values[0], values[-1]
        result = self
        if bound in ("at_least", "above", "between") and low >= self.low:
            result = Bounds(low, result.high, bound == "above", result.is_high_open)
        if bound in ("at_most", "below", "between") and high <= self.high:
            result = Bounds(result.low, high, result.is_low_open, bound == "below")
        return result

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.is_low_open or self.is_high_open))

    def holds(self, value: float) -> bool:
        if self.low < value < self.high:
            return True
        return (value == self.low and not self.is_low_open) or (value == self.high and not self.is_high_open)


def span_text(span: timedelta) -> str:
    """A measured span for a person: its two largest units."""
    seconds = max(0, int(span.total_seconds()))
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


def handle_of(text: str) -> str:
    """An account's name without the platform's decoration and in one case."""
    name = text.strip()
    mark = next((mark for mark in ("@", "u/", "/u/") if name.startswith(mark)), "")
    return name[len(mark) :].casefold()


def community_of(text: str) -> str:
    """A community's name without r/ and in one case."""
    return re.sub(r"^/?r/", "", text.strip()).casefold()


Plain = Mapping[str, Any]
