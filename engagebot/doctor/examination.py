"""Checks: each answers within a time-out, fails in one line, and says what to paste."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from engagebot.errors import EngagebotError

TIMEOUT_S = 5.0
# Reading and trying rules is work of this machine; one that is busy is not one that is broken.
AT_WORK = 6


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


def examine(
    plan: Mapping[str, Examine], *, timeout_s: float = TIMEOUT_S, at_work: Collection[str] = ()
) -> list[Check]:
    """Run all checks side by side; one that is not done in time has failed, and is waited for no longer.

    Those named in `at_work` ask nobody outside and get six times as long.
    """
    found: dict[str, Sequence[Check]] = {}
    patience = {name: timeout_s * (AT_WORK if name in at_work else 1) for name in plan}

    def run(name: str, look: Examine) -> None:
        try:
            found[name] = look()
        except EngagebotError as error:
            found[name] = [Check(name, False, one_line(error), "engagebot doctor --only database")]
        except Exception as error:  # a check that breaks is itself a finding, and hides no other
            said = f"the check itself broke: {type(error).__name__}: {one_line(error)}"
            found[name] = [Check(name, False, said, f"engagebot --debug doctor --only '{name}'")]

    # Daemons: whoever hangs must not keep the command from ending.
    threads = {
        name: threading.Thread(target=run, args=(name, look), daemon=True) for name, look in plan.items()
    }
    begun = time.monotonic()
    for thread in threads.values():
        thread.start()
    for name, thread in threads.items():
        thread.join(max(0.0, begun + patience[name] - time.monotonic()))
    return [check for name in plan for check in found.get(name, [_late(name, patience[name])])]


def _late(name: str, after_s: float) -> Check:
    return Check(name, False, f"gave no answer within {after_s:g} s", f"engagebot doctor --only '{name}'")


def one_line(error: BaseException) -> str:
    """What an error says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
