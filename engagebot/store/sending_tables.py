"""The rows of sending, private to the store."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from engagebot.store.tables import metadata
from engagebot.store.types import UtcTime, Words

# A platform that failed several times in a row: from `opened_at` on nothing is sent there, until one reply
# may try again at `probe_at`.
breakers = Table(
    "breakers",
    metadata,
    Column("source", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("opened_at", UtcTime),
    Column("probe_at", UtcTime),
    Column("reason", Words),
)
