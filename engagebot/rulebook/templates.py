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


def _unfit_braces(text: str, file: str, known: Collection[str]) -> Iterator[Finding]:
    for match in _BRACES.finditer(text):
        start = match.start()
        line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
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
