"""`config/holding.md`: what people are told who wait long, as a template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engagebot.domain.casework.holding import HOLDING
from engagebot.domain.drafting import (
    ANSWER_WHEN,
    MOST_WORDINGS,
    PLACEHOLDERS,
    Template,
    placeholders,
    wordings_in,
)
from engagebot.errors import FilesInvalid, Finding
from engagebot.yamlfile import did_you_mean, listed, read_text

FILE = "config/holding.md"
_KNOWN = (*PLACEHOLDERS, ANSWER_WHEN)


def read_holding(site: Path, findings: list[Finding]) -> Template:
    """A site's own text, in up to three wordings; a site without the file uses the one that is shipped."""
    path = site / FILE
    if not path.exists():
        return HOLDING
    try:
        text = read_text(path, FILE).replace("\r\n", "\n").removeprefix("\ufeff")
    except FilesInvalid as error:
        findings += error.findings
        return HOLDING
    wordings = list(wordings_in(text))
    faults = [fault for line, wording in wordings for fault in _faults(line, wording)]
    if len(wordings) > MOST_WORDINGS:
        message = f"it holds {MOST_WORDINGS} wordings at most; take some away"
        faults.append(Finding(FILE, wordings[MOST_WORDINGS][0], 1, "EB126", message))
    findings += faults
    first, *others = (wording.strip() for _, wording in wordings)
    return HOLDING if faults else Template(HOLDING.name, first, tuple(others))


def _faults(begun: int, wording: str) -> Iterator[Finding]:
    if not wording.strip():
        message = "this wording is empty; write one, or take the file away to use the text that is shipped"
        yield Finding(FILE, begun, 1, "EB122", message)
        return
    for number, line in enumerate(wording.split("\n"), start=begun):
        if line.count("{{") != len(placeholders(line)):
            message = f'"{{{{" begins no placeholder; write {{{{{ANSWER_WHEN}}}}}'
            yield Finding(FILE, number, line.find("{{") + 1, "EB123", message)
        for name in placeholders(line):
            if name not in _KNOWN:
                near = did_you_mean(name, _KNOWN)
                message = f'unknown placeholder "{name}"; allowed: {listed(_KNOWN)}{near}'
                yield Finding(FILE, number, line.find("{{") + 1, "EB123", message)
    if ANSWER_WHEN not in placeholders(wording):
        message = f"it does not say when a person answers; write {{{{{ANSWER_WHEN}}}}} where the time belongs"
        yield Finding(FILE, begun, 1, "EB123", message)
