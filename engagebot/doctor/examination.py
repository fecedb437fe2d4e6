"""Checks: each answers within a time-out, fails in one line, and says what to paste."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engagebot.errors import EngagebotError

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found; `fix` is what to paste or change where it is not fine."""

    name: str
    ok: bool
    detail: str
    fix: str | None = None

    def __post_init__(self) -> None:
        if not self.ok and not self.fix:
            raise ValueError(f"check {self.name} fails without saying what to do")


Examine = Callable[[], Sequence[Check]]


def examine(plan: Mapping[str, Examine], *, timeout_s: float = TIMEOUT_S) -> list[Check]:
    """Run all checks side by side; one that is not done in time has failed, and is waited for no longer."""
    found: dict[str, Sequence[Check]] = {}

    def run(name: str, look: Examine) -> None:
        try:
            found[name] = look()
        except EngagebotError as error:
            found[name] = [Check(name, False, one_line(error), "engagebot doctor --only database")]
        except Exception as error:  # a check that breaks is itself a finding, and hides no other
            said = f"the check itself broke: {type(error).__name__}: {one_line(error)}"
            found[name] = [Check(name, False, said, f"engagebot --debug doctor --only '{name}'")]

    # Daemons: whoever hangs must not keep the command from ending.
    threads = [threading.Thread(target=run, args=item, daemon=True) for item in plan.items()]
    until = time.monotonic() + timeout_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    late = f"gave no answer within {timeout_s:g} s"
    return [
        check
        for name in plan
        for check in found.get(name, [Check(name, False, late, f"engagebot doctor --only '{name}'")])
    ]


def one_line(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
