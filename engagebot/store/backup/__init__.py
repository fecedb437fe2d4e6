"""Backups: one file that holds a site's database as it was at one moment, and the way back to it."""

from engagebot.store.backup.made import Backup
from engagebot.store.backup.making import make
from engagebot.store.backup.restoring import Restored, examine, restore

__all__ = ["Backup", "Restored", "examine", "make", "restore"]
