"""Saved replies: texts that people put into the composer, one a file, with the templates' placeholders.

What a reply asks its sender for is a name of their own, such as {{order_number}}: it stays in the text as it
is, and a text that holds one cannot be sent.
"""

from __future__ import annotations

import re
from pathlib import Path

from engagebot.domain.drafting import PLACEHOLDERS, SavedReply, Template, placeholders
from engagebot.errors import FilesInvalid, Finding
from engagebot.rulebook.templates import template_faults, template_of
from engagebot.yamlfile import nearest, read_text

SUFFIX = ".md"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_OWN = re.compile(r"[a-z][a-z0-9_]{0,39}")


def load_saved(folder: Path, shown_as: str = "config/replies") -> tuple[SavedReply, ...]:
    """Read a folder of saved replies, by name; none where there is no such folder.

    Raises:
        FilesInvalid: everything that is wrong, in all files.
    """
    if not folder.is_dir():
        return ()
    found: list[SavedReply] = []
    findings: list[Finding] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        file = f"{shown_as}/{path.name}"
        faults, reply = _read(path, file)
        findings += faults
        if reply is not None:
            found.append(reply)
    if findings:
        raise FilesInvalid(findings)
    return tuple(found)


def _read(path: Path, file: str) -> tuple[list[Finding], SavedReply | None]:
    if path.suffix != SUFFIX or not path.is_file() or not _NAME.fullmatch(path.stem):
        message = "here belong saved replies alone: NAME.md, with small letters, digits, - and _ in its name"
        return [Finding(file, 0, 0, "EB127", message)], None
    try:
        text = read_text(path, file).replace("\r\n", "\n").removeprefix("\ufeff")
    except FilesInvalid as error:
        return list(error.findings), None
    own = {name for name in placeholders(text) if _OWN.fullmatch(name) and not _is_slip(name)}
    faults = template_faults(text, file, known=(*PLACEHOLDERS, *sorted(own)))
    if not faults and template_of(path.stem, text).others:
        faults.append(Finding(file, 0, 0, "EB126", "a saved reply is one text; take the line --- away"))
    return faults, None if faults else SavedReply(Template(path.stem, text.strip()))


def _is_slip(name: str) -> bool:
    # {{author_name}} would never be filled, and nobody means it so.
    return nearest(name, PLACEHOLDERS, cutoff=0.85) is not None
