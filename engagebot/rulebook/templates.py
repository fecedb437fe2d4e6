"""Template files: up to three wordings of one reply, with placeholders of a closed set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from engagebot.domain.drafting import (
    MOST_WORDINGS,
    PLACEHOLDERS,
    SEPARATOR,
    Template,
    placeholders,
    wordings_in,
)
from engagebot.errors import Finding
from engagebot.yamlfile import did_you_mean, listed

# What other template languages read, and this one sends as it stands.
_FOREIGN = re.compile(r"\{\{[^{}]*\}\}|(\{%[^%]*%\}|\{[A-Za-z_][\w.]*\})")
_BRACES = re.compile(r"\{\{(?:[^{}]|\"[^\"]*\")*\}\}|\{\{")


def template_of(name: str, text: str) -> Template:
    """The template in a text that holds no faults."""
    first, *others = (wording.strip() for _, wording in wordings_in(text))
    return Template(name, first, tuple(others))


def template_faults(text: str, file: str, *, known: Collection[str] = PLACEHOLDERS) -> list[Finding]:
    """What is wrong with a template file; `known` are the placeholders that it may hold."""
    if not text.strip():
        return [Finding(file, 0, 0, "EB122", "the template is empty")]
    findings = []
    for number, (line, wording) in enumerate(wordings_in(text), start=1):
        if not wording.strip():
            message = f"wording {number} is empty; write one, or take a line {SEPARATOR} away"
            findings.append(Finding(file, line, 1, "EB122", message))
        if number == MOST_WORDINGS + 1:
            message = f"a template holds {MOST_WORDINGS} wordings at most, and this is one more"
            findings.append(Finding(file, line, 1, "EB126", message))
    return [*findings, *_unfit_braces(text, file, known)]


def foreign_braces(text: str, file: str) -> Iterator[Finding]:
    """Warnings of what looks like a placeholder and would reach a customer letter by letter."""
    for match in _FOREIGN.finditer(text):
        if match[1] is None:
            continue
        line, column = _place(text, match.start())
        message = f'"{match[1]}" is no placeholder and is sent as it stands; write {{{{author.name}}}}, say'
        yield Finding(file, line, column, "EB123", message, is_warning=True)


def _place(text: str, start: int) -> tuple[int, int]:
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _unfit_braces(text: str, file: str, known: Collection[str]) -> Iterator[Finding]:
    for match in _BRACES.finditer(text):
        line, column = _place(text, match.start())
        names = placeholders(match[0])
        if not names:
            message = (
                '"{{" begins no placeholder; write {{author.name}} or {{author.name | default("there")}}'
            )
            yield Finding(file, line, column, "EB123", message)
        elif names[0] not in known:
            near = did_you_mean(names[0], known)
            message = f'unknown placeholder "{names[0]}"; allowed: {listed(known)}{near}'
            yield Finding(file, line, column, "EB123", message)
