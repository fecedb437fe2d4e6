"""Why a database cannot be used, in words and with the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engagebot.errors import StoreUnavailable, StoreUnreachable, WrongUsage

_REMEDIES = (
    ("readonly", "is read-only; give this user write access to the file and its folder"),
    ("read-only", "is read-only; give this user write access to the file and its folder"),
    ("is locked", "is locked by another program; stop it or wait, then try again"),
    ("is full", "cannot grow: the disk is full; free some space, then try again"),
    ("unable to open", "cannot be opened; check that the folder exists and this user may write to it"),
    ("not a database", "is not a SQLite database; check ENGAGEBOT_DATABASE_URL"),
    ("malformed", "is damaged; restore a backup with `engagebot restore FILE`"),
    ("no such table", "has no tables yet; run `engagebot db upgrade`"),
    ("does not exist", "lacks a table or a database; create it, then run `engagebot db upgrade`"),
    ("authentication failed", "refuses the user or the password in ENGAGEBOT_DATABASE_URL"),
    (
        "is the server running",
        "does not answer; check that PostgreSQL runs and ENGAGEBOT_DATABASE_URL is right",
    ),
    (
        "server closed the connection",
        "went away in the middle; it is asked again, check that PostgreSQL runs",
    ),
    ("terminating connection", "is being stopped; it is asked again, check that PostgreSQL runs"),
    ("starting up", "is starting up; it is asked again in a moment"),
    ("shutting down", "is being stopped; it is asked again, check that PostgreSQL runs"),
    ("connection refused", "does not answer; check that PostgreSQL runs and ENGAGEBOT_DATABASE_URL is right"),
)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Say in words why the database cannot be used; a fault of our own passes through as it is.

    Raises:
        StoreUnavailable: with the remedy.
        WrongUsage: a number or a text from outside is none that a database can hold.
    """
    try:
        yield
    except (OverflowError, UnicodeEncodeError, DataError) as error:
        if (problem := _unholdable(error)) is None:
            raise
        raise WrongUsage(problem) from error
    except PoolTimeout as error:
        raise StoreUnavailable(f"{_masked(url)} is busy: no connection became free in 15 s") from error
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(url, str(error.orig or error)) from error
    except DBAPIError as error:
        if _is_from_outside(error):
            raise _unavailable(url, str(error.orig)) from error
        raise


def _unholdable(error: OverflowError | UnicodeEncodeError | DataError) -> str | None:
    # Whoever asks for draft 10**30 asks for none there is; each driver has its own way to say so.
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        return "a text holds half a character (a lone surrogate); send whole ones"
    if "SQLite INTEGER" in str(error) or getattr(getattr(error, "orig", None), "sqlstate", "") == "22003":
        return "a number is larger than any that is kept here"
    if isinstance(error, DataError) and "NUL" in str(error.orig):
        return "a text holds the sign U+0000, which cannot be kept; leave it out"
    return None


def _is_from_outside(error: DBAPIError) -> bool:
    # SQLite says "not a database" and "malformed" with the error class that all others descend from;
    # PostgreSQL calls a missing table (42P01) a programming error and a read-only server an internal one.
    return (
        error.connection_invalidated
        or type(error) is DatabaseError
        or "read-only" in str(error.orig)
        or getattr(error.orig, "sqlstate", None) == "42P01"
    )


def _unavailable(url: str, detail: str) -> StoreUnavailable:
    # A file of SQLite is held or spoilt on this machine; PostgreSQL is a service like any other outside.
    kind = StoreUnreachable if sa.make_url(url).get_backend_name() == "postgresql" else StoreUnavailable
    return kind(_remedy(url, detail))


def _remedy(url: str, detail: str) -> str:
    for needle, remedy in _REMEDIES:
        if needle in detail.lower():
            return f"the database {_masked(url)} {remedy}"
    first = re.sub(r"\s+", " ", detail).strip()
    return f"the database {_masked(url)} cannot be used: {first}"


def _masked(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)
