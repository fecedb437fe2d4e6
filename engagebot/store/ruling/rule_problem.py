"""What is wrong with the rule files on disk, while the last good set goes on running."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engagebot.errors import Finding
from engagebot.store import site
from engagebot.store.engine import Tx

_FINDINGS = "rules_findings"


def note(tx: Tx, findings: Sequence[Finding], at: datetime) -> None:
    """Remember what is wrong with the files on disk; no finding means that they are the live set."""
    problem = "\n".join(str(finding) for finding in findings) or None
    told = [finding.as_json() for finding in findings] or None
    if site.rules_problem(tx) == problem and site.get(tx, _FINDINGS) == told:
        return
    site.note_rules_problem(tx, problem, at)
    site.put(tx, _FINDINGS, told, at)


def findings(tx: Tx) -> list[dict[str, Any]]:
    """What is wrong with the files on disk, one by one; empty while they are the live set."""
    return site.get(tx, _FINDINGS) or []
