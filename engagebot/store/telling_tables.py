"""The rows of telling people, private to the store: channels that have ended, news that reached nobody."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from engagebot.store.tables import Id, metadata
from engagebot.store.types import UtcTime, Words

# A channel whose receiver said that it is gone. `mark` tells the setting it had then from a later one.
shut_channels = Table(
    "shut_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("shut_at", UtcTime, nullable=False),
    Column("reason", Words, nullable=False),
    Column("mark", Text, nullable=False),
)

# Few rows, so that every page can ask: a notice is here while each of its ways has failed.
unreached = Table(
    "unreached",
    metadata,
    Column("notice_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("case_id", Id, ForeignKey("cases.id")),
    Column("since", UtcTime, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("known_by", Words),
    Column("known_at", UtcTime),
)
