"""Put the files of an earlier rule set back in place, so that a crash in the middle loses nothing.

The present files are copied away first. While files are exchanged a journal stands beside the database; one
that outlives its writer says that the folder may hold a mixture, which must not go live.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engagebot.errors import AlreadyRunning, Finding, WrongUsage

_NAME = re.compile(r"(?:templates/|lists/)?[^/\\.\x00][^/\\\x00]*")
_JOURNAL: Final = "rules-restore.json"
_LOCK: Final = "rules-restore.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where a site keeps rules (with their templates), named lists, and its own state."""

    rules: Path
    lists: Path
    state: Path

    @property
    def journal(self) -> Path:
        """Stands while files are exchanged."""
        return self.state / _JOURNAL


def is_underway(folders: Folders) -> bool:
    """Whether another process exchanges files at this moment."""
    if not folders.journal.exists():
        return False
    try:
        with (folders.state / _LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def cut_off(folders: Folders) -> Finding | None:
    """Say that an exchange was cut off, where the earlier files are and what to do; `None` when none was."""
    told = _told(folders)
    if told is None:
        return None
    version, kept = told.get("version", "N"), told.get("kept", f"{folders.state.name}/")
    message = (
        f"putting version {version} of the rules back was cut off; the files of before are in {kept}. "
        f"Finish with `engagebot rules restore {version} --note …`; or put files right by hand, then "
        "`engagebot rules publish --note …`"
    )
    return Finding(f"{folders.rules.name}/", 0, 0, "EB151", message)


def forget(folders: Folders) -> None:
    """A whole set is in place again, whoever put it there."""
    folders.journal.unlink(missing_ok=True)


@contextmanager
def exchange(sources: Mapping[str, str], folders: Folders, *, version: int, stamp: str) -> Iterator[Path]:
    """Keep the present files, put those of a set in place, and yield the folder that keeps the former.

    Rule files and templates that the set does not have are taken away; lists that it does not ask stay. The
    journal goes when the block ends well; where it fails, the former files are put back.

    Raises:
        AlreadyRunning: another process exchanges files now.
        WrongUsage: a name in the set is not that of a rule file, a template or a list, or a file cannot be
            written.
    """
    places = {_place(name, folders): text.encode("utf-8") for name, text in sources.items()}
    folders.state.mkdir(parents=True, exist_ok=True)
    handle = os.open(folders.state / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("another process puts rules back now; wait for it, then try again") from None
        kept = _keep(folders, stamp)
        # After an exchange that was cut off, the files worth naming are those from before it.
        before = _told(folders) or {"version": version, "kept": f"{folders.state.name}/{kept.name}"}
        is_first = not folders.journal.exists()
        _write(folders.journal, json.dumps({**before, "version": version}).encode())
        try:
            _put(places, folders)
            yield kept
        except BaseException:
            _put(_kept_files(kept, folders), folders)
            if is_first:
                forget(folders)
            raise
        forget(folders)
    except OSError as error:
        where = error.filename or folders.rules
        raise WrongUsage(
            f"{where} cannot be written: {error.strerror}; give this user write access, then try again"
        ) from error
    finally:
        os.close(handle)


def _told(folders: Folders) -> dict[str, Any] | None:
    try:
        told = json.loads(folders.journal.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _place(name: str, folders: Folders) -> Path:
    if not _NAME.fullmatch(name):
        raise WrongUsage(f"the stored set names a file {name!r}, which is no rule file, template or list")
    return folders.lists / name[len("lists/") :] if name.startswith("lists/") else folders.rules / name


def _files_of_sets(folders: Folders) -> list[Path]:
    wanted = ((folders.rules, {".yaml", ".yml"}), (folders.rules / "templates", {".md"}))
    return [
        path
        for folder, suffixes in wanted
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix in suffixes and not path.name.startswith(".") and path.is_file()
    ]


def _keep(folders: Folders, stamp: str) -> Path:
    """Copy everything there is; the folder gets its name once it is whole."""
    name = f"rules-before-restore-{stamp}"
    kept = folders.state / name
    number = 1
    while kept.exists():
        number += 1
        kept = folders.state / f"{name}-{number}"
    part = kept.with_name(f".{kept.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for folder in (folders.rules, folders.lists):
        if folder.is_dir():
            shutil.copytree(folder, part / folder.name)
    for path in part.rglob("*"):
        if path.is_file():
            _flush(path)
    part.rename(kept)
    _flush(folders.state)
    return kept


def _put(places: Mapping[Path, bytes], folders: Folders) -> None:
    """Write these files, and take away the other files of rule sets."""
    for place, data in places.items():
        _write(place, data)
    for place in _files_of_sets(folders):
        if place not in places:
            place.unlink()


def _kept_files(kept: Path, folders: Folders) -> dict[Path, bytes]:
    return {
        folder / path.relative_to(kept / folder.name): path.read_bytes()
        for folder in (folders.rules, folders.lists)
        for path in (kept / folder.name).rglob("*")
        if path.is_file()
    }


def _write(path: Path, data: bytes) -> None:
    """Replace one file in one step; who reads it sees the old one or the new one."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
