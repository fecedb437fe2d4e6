"""Known-bad replies for seeded checks: one a line, `kind | because | reply`, a file for each language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engagebot.domain.replying.seeded import KINDS, KnownBad
from engagebot.errors import FilesInvalid, Finding
from engagebot.rulebook.languages import NAMES
from engagebot.rulebook.templates import template_faults, template_of
from engagebot.yamlfile import did_you_mean, listed, read_text

SUFFIX = ".txt"
_COLUMNS = "kind | because | reply"


def load_known_bad(folder: Path, shown_as: str = "config/seeded_checks") -> tuple[KnownBad, ...]:
    """Read a folder of known-bad replies, in the order of its files; none where there is no such folder.

    Raises:
        FilesInvalid: everything that is wrong, in all files.
    """
    found: list[KnownBad] = []
    findings: list[Finding] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        file = f"{shown_as}/{path.name}"
        if path.suffix != SUFFIX or path.stem not in NAMES:
            message = "a file is named by its language: en.txt for English replies, de.txt for German ones"
            findings.append(Finding(file, 0, 0, "EB128", message))
            continue
        try:
            text = read_text(path, file).removeprefix("\ufeff")
        except FilesInvalid as error:
            findings += error.findings
            continue
        found += _read(text, file, path.stem, findings)
    if findings:
        raise FilesInvalid(findings)
    return tuple(found)


def _read(text: str, file: str, language: str, findings: list[Finding]) -> Iterator[KnownBad]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        kind, because, reply = [*(part.strip() for part in line.split("|", 2)), "", ""][:3]
        faults = list(_faults(kind, because, reply, file, number))
        if faults:
            findings += faults
        else:
            yield KnownBad(kind, because, template_of(f"{language}:{number}", reply), language)


def _faults(kind: str, because: str, reply: str, file: str, number: int) -> Iterator[Finding]:
    if not reply or not because:
        yield Finding(file, number, 1, "EB128", f"a line is `{_COLUMNS}`, and all three are needed")
        return
    if kind not in KINDS:
        near = did_you_mean(kind, KINDS)
        yield Finding(file, number, 1, "EB128", f'"{kind}" is no kind; the kinds: {listed(KINDS)}{near}')
    for fault in template_faults(reply, file):
        yield Finding(file, number, fault.column, fault.code, fault.message)
