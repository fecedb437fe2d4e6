"""Restores, one a line, each in a child that is killed after so many steps; 0 only counts them.

Forked from one process that has everything imported; a child is killed like any other.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from engagebot.store import backup
from engagebot.store.backup import sqlite
from engagebot.store.engine import Store
from tests.fakes import FakeClock

ROOM = str(Path(backup.__file__).parent)
# What touches a disk or a database, and whatever lies between two of these is one step with the first.
STEPS = {
    "execute", "exec_driver_sql", "backup", "look", "fsync", "mkstemp", "copyfile", "replace", "unlink",
    "chmod", "upgrade", "upgrade_within", "leave", "run", "copy", "write", "commit", "close", "invalidate",
}  # fmt: skip


def main(url: str, file: str, folder: str) -> None:
    sqlite._PAGES = 16  # so that a small database takes several steps as well
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            os._exit(_restore(url, file, folder, die_after=int(line), tell=write))
        os.close(write)
        with os.fdopen(read) as told:
            steps = told.read()
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(ended, steps or "0", flush=True)


def _restore(url: str, file: str, folder: str, *, die_after: int, tell: int) -> int:
    taken = 0

    def count(frame: FrameType, event: str, what: Any) -> None:
        nonlocal taken
        caller = frame if event == "c_call" else frame.f_back
        if event not in {"c_call", "call"} or caller is None:
            return
        name = what.__name__ if event == "c_call" else frame.f_code.co_name
        is_ours = caller.f_code.co_filename.startswith(ROOM) or name == "look"
        if is_ours and name in STEPS:
            taken += 1
            if taken == die_after:
                os.kill(os.getpid(), signal.SIGKILL)

    store = Store(url, clock=FakeClock(), uses_database_time=False)
    try:
        sys.setprofile(count)
        found = backup.examine(store, Path(file))
        backup.restore(store, found, by="agent_demo", keep_in=Path(folder))
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        return 1
    finally:
        sys.setprofile(None)
        store.close()
    os.write(tell, str(taken).encode())
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
