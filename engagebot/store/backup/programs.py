"""PostgreSQL's own programs, `pg_dump` and `pg_restore`: where they are and how they are called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from engagebot.errors import StoreUnavailable, WrongUsage

USUAL_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
# What opens the database must not stand in the list of processes, which every user of the machine can read.
_SECRET = {"password": "PGPASSWORD", "sslpassword": ""}
_SAID = 300


def find(name: str, *, at_least: int = 0) -> Path:
    """The program in the newest version; of those that are `at_least` so new, the oldest.

    `pg_dump` refuses servers that are newer than it, and writes for older ones what those understand.

    Raises:
        WrongUsage: it is not installed, or only too old.
    """
    found = sorted((version, path) for path in _candidates(name) if (version := _version(path)) is not None)
    fitting = [path for version, path in found if version >= at_least]
    if at_least and fitting:
        return fitting[0]
    if not at_least and found:
        return found[-1][1]
    which = f" of PostgreSQL {at_least} or newer" if at_least else ""
    has = f" (there is only one of PostgreSQL {found[-1][0]})" if found else ""
    raise WrongUsage(
        f"{name}{which} is needed and not installed{has}; install PostgreSQL's client programs "
        "(Debian: apt install postgresql-client, Fedora: dnf install postgresql, macOS: brew install libpq)"
    )


def reach(url: str) -> tuple[str, Mapping[str, str]]:
    """How a program reaches the database: a connection string without secrets, an environment with them."""
    engine = sa.create_engine(url)
    _, given = engine.dialect.create_connect_args(engine.url)
    engine.dispose()
    # Beside what libpq knows, the dialect gives the driver an object of its own.
    plain = {name: str(value) for name, value in given.items() if isinstance(value, str | int)}
    open_part = {name: value for name, value in plain.items() if name not in _SECRET}
    secret = {_SECRET[name]: plain[name] for name in _SECRET if name in plain and _SECRET[name]}
    return make_conninfo(**open_part), {**os.environ, **secret, "LC_ALL": "C"}


def run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a program to its end.

    Raises:
        StoreUnavailable: it failed; the message is its own.
    """
    done = subprocess.run(  # noqa: S603 - found above, with arguments of our own
        command, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StoreUnavailable(f"{Path(command[0]).name} failed: {said(done.stderr, done.returncode)}")


@contextmanager
def reading(command: Sequence[str]) -> Iterator[IO[bytes]]:
    """What a program writes, while it writes it.

    Raises:
        ProgramFailed: it did not come to a good end, which is only known when all was read.
    """
    with subprocess.Popen(  # noqa: S603 - found above, with arguments of our own
        command, env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        if running.stdout is None or running.stderr is None:
            raise ProgramFailed("it cannot be heard")
        try:
            yield running.stdout
        except BaseException:
            running.kill()
            raise
        complaint = running.stderr.read().decode("utf-8", "replace")
        if running.wait() != 0:
            raise ProgramFailed(said(complaint, running.returncode))


class ProgramFailed(Exception):
    """A program of PostgreSQL ended badly; the message is its own."""


def said(complaint: str, code: int) -> str:
    """What a program complained of, on one line."""
    return " ".join(complaint.split())[:_SAID] or f"it ended with {code} and said nothing"


def _candidates(name: str) -> Iterator[Path]:
    for pattern in USUAL_PLACES:
        for folder in Path("/").glob(pattern.removeprefix("/")):
            if os.access(folder / name, os.X_OK):
                yield folder / name
    if on_path := shutil.which(name):
        yield Path(on_path)


def _version(path: Path) -> int | None:
    done = subprocess.run(  # noqa: S603 - found above
        [str(path), "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else None
