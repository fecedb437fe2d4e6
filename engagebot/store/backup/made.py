"""What a backup file is, as far as its beginning and what it holds tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engagebot.errors import WrongUsage

SQLITE, POSTGRES = b"SQLite format 3\x00", b"PGDMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was found whole; `made_at` is the moment it shows, `None` where no engagebot made it.

    `unnoted` says why the site could not write down that it was made.
    """

    file: Path
    bytes: int
    revision: str
    mentions: int
    made_at: datetime | None
    unnoted: str | None = None


def check_kind(file: Path, *, is_sqlite: bool) -> None:
    """Refuse a file that is no backup of a site on this database.

    Raises:
        WrongUsage: there is no such file, or it is something else.
    """
    if not file.is_file():
        raise WrongUsage(f"there is no file {file}")
    with file.open("rb") as opened:
        start = opened.read(len(SQLITE))
    if start.startswith(SQLITE if is_sqlite else POSTGRES):
        return
    if start.startswith(POSTGRES if is_sqlite else SQLITE):
        theirs, ours = ("PostgreSQL", "SQLite") if is_sqlite else ("SQLite", "PostgreSQL")
        raise WrongUsage(
            f"{file} is a backup of a site on {theirs}, and this site is on {ours}; "
            "name the right database in ENGAGEBOT_DATABASE_URL"
        )
    raise WrongUsage(f"{file} is no backup of engagebot; `engagebot backup FILE` makes one")


def no_site(file: Path) -> WrongUsage:
    """Say that a database in a file is not engagebot's."""
    return WrongUsage(f"{file} holds a database, but not one of engagebot")


def torn(file: Path, why: str) -> WrongUsage:
    """Say that a backup is not whole."""
    return WrongUsage(f"{file} is damaged or was cut off ({why}); use another backup")
