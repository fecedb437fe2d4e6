"""Make a backup while the site goes on working."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engagebot.errors import StoreUnavailable, WrongUsage
from engagebot.store import audit, site
from engagebot.store.backup import parts, postgres, sqlite
from engagebot.store.backup.made import Backup
from engagebot.store.engine import Store


def make(store: Store, target: Path, *, by: str, may_replace: bool = False) -> Backup:
    """Write the database as it is at this moment into a file of its own, and look through what was written.

    The file appears whole or not at all, and only its owner may read it. Nobody else waits for it.

    Raises:
        WrongUsage: the place is taken, or a program that it takes is missing.
        StoreUnavailable: the database cannot be read, is damaged, or the disk is full.
    """
    target = target.resolve()
    parts.check_free(target, may_replace=may_replace)
    if store.is_sqlite and target.exists() and target.samefile(sqlite.path_of(store)):
        raise WrongUsage(f"{target} is the site's database itself; name another file")
    made_at = store.clock.now()
    with parts.appearing(target) as part:
        if store.is_sqlite:
            sqlite.copy(sqlite.path_of(store), part)
            found = sqlite.seal(part, made_at)
        else:
            found = postgres.dump(store, part, made_at)
    done = replace(found, file=target, made_at=made_at)
    try:
        with store.write() as tx:
            site.note_backup(tx, made_at)
            detail = {"file": str(target), "bytes": done.bytes}
            audit.add(tx, at=made_at, actor=by, action="site.backed_up", subject="site", detail=detail)
    except StoreUnavailable as error:
        # The site's own disk may be full, which is when a backup elsewhere is wanted most.
        return replace(done, unnoted=str(error))
    return done
