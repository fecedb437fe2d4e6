"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a unix socket, gone afterwards."""

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.machine import install_command

_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_USUAL_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_USER = "engagebot"
# Before, files were all that it copied; since then it goes block by block unless it is asked.
_COPIES_FILES_FROM = 150_000
# The cluster lives for one test run, so nothing in it needs to survive a power cut.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}


class PostgresFailed(Exception):
    """The server could not be made or started; the message holds what it said."""


def find_binaries() -> Path | None:
    """The folder with initdb, pg_ctl and postgres: the one on PATH, else the newest in the usual places."""
    if on_path := shutil.which("initdb"):
        folder = Path(on_path).resolve().parent
        if _is_complete(folder):
            return folder
    found = [
        folder
        for pattern in _USUAL_PLACES
        for folder in Path("/").glob(pattern.removeprefix("/"))
        if _is_complete(folder)
    ]
    return max(found, key=_version, default=None)


def how_to_install() -> str:
    return f"PostgreSQL's server binaries are missing. Fix: {install_command('postgresql')}"


class PostgresServer:
    """One running cluster, as a context manager: it stops when the block ends, however that happens."""

    def __init__(self, binaries: Path | None = None, *, keeps_commits: bool = False) -> None:
        """With `keeps_commits` what was committed survives `crash`, as it does on a real server."""
        self._settings = {**_SETTINGS, "synchronous_commit": "on" if keeps_commits else "off"}
        chosen = binaries or find_binaries()
        if chosen is None:
            raise PostgresFailed(how_to_install())
        self._binaries = chosen
        self._owner = _unprivileged_user() if os.geteuid() == 0 else None
        self._folder = Path()
        self._admin: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        # A unix socket's path may have about 100 characters, so the folder's name is short.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        atexit.register(self.stop)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, dbname: str) -> str:
        return f"postgresql+psycopg://{_USER}@/{dbname}?host={quote(str(self._folder), safe='/')}"

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Make a database as a copy of `template`, which nobody may be connected to, and return its URL."""
        names = sql.Identifier(name), sql.Identifier(template)
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names)
        if self._admin is not None and self._admin.info.server_version >= _COPIES_FILES_FROM:
            made += sql.SQL(" STRATEGY FILE_COPY")
        self._execute(made)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def database(self, *, template: str = "template1") -> Iterator[str]:
        """A database with a name of its own, dropped afterwards, connections or not; yields its URL."""
        name = f"test_{uuid.uuid4().hex}"
        url = self.create_database(name, template=template)
        try:
            yield url
        finally:
            self.drop_database(name)

    def stop(self) -> None:
        """Stop the server and remove its folder. May be called again."""
        atexit.unregister(self.stop)
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", ["stop", "-D", "data", "-m", "immediate", "-w"], check=False)
        if self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def is_running(self) -> bool:
        """Whether it was started and neither crashed nor stopped."""
        return self._admin is not None

    def crash(self) -> None:
        """End the server without a goodbye; `start_again` brings it back with what it had committed."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        self._run("pg_ctl", ["stop", "-D", "data", "-m", "immediate", "-w"])

    def start_again(self) -> None:
        """Start the server after `crash`."""
        self._run("pg_ctl", ["start", "-D", "data", "-l", "log", "-w", "-t", "60"])
        self._connect()

    def _start(self) -> None:
        if self._owner is not None:
            os.chown(self._folder, self._owner.pw_uid, self._owner.pw_gid)
        # Upper and lower case of every language, as on a server that was installed the usual way.
        locale = "C.UTF-8" if sys.platform == "linux" else "C"
        self._run(
            "initdb",
            ["-D", "data", "-U", _USER, "-A", "trust", "-E", "UTF8", f"--locale={locale}", "--no-sync"],
        )
        with (self._folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"unix_socket_directories = '{self._folder}'\n")
            conf.writelines(f"{name} = '{value}'\n" for name, value in self._settings.items())
        self._run("pg_ctl", ["start", "-D", "data", "-l", "log", "-w", "-t", "60"])
        self._connect()

    def _connect(self) -> None:
        self._admin = psycopg.connect(
            host=str(self._folder), user=_USER, dbname="postgres", autocommit=True, connect_timeout=10
        )

    def _execute(self, statement: sql.Composed) -> None:
        if self._admin is None:
            raise PostgresFailed(
                "The server is not running; use it inside `with PostgresServer() as server:`."
            )
        self._admin.execute(statement)

    def _run(self, program: str, arguments: Sequence[str], *, check: bool = True) -> None:
        # The server refuses to run as root, so root hands it to a user who owns the folder and nothing else.
        owner = self._owner
        with (self._folder / "output").open("w") as output:
            done = subprocess.run(
                [str(self._binaries / program), *arguments],
                cwd=self._folder,
                env={"PATH": os.defpath, "HOME": str(self._folder), "LC_ALL": "C"},
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if check and done.returncode != 0:
            raise PostgresFailed(f"{program} ended with {done.returncode}:\n{self._said()}")

    def _said(self) -> str:
        parts = (self._folder / "output", self._folder / "log")
        return "\n".join(part.read_text(errors="replace")[-2000:] for part in parts if part.exists())


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in _PROGRAMS)


def _version(folder: Path) -> int:
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresFailed(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody."
    )
