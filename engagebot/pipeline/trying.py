"""Trying a channel: a message that says of itself that it is a test."""

from __future__ import annotations

import secrets

from engagebot.domain.roles import Act
from engagebot.errors import OutsideFailed, WrongUsage
from engagebot.ports import Notice, Sink


def try_channel(sink: Sink, act: Act, *, url: str) -> str | None:
    """Send a marked test; answer what went wrong, on one line, or `None` when it was taken.

    The words are those of whoever refused it: black out secrets before anybody sees them.
    """
    notice = Notice(
        id=f"test-{secrets.token_hex(8)}",
        kind="test",
        title="TEST: engagebot reaches you here",
        text=f"{act.by.name} tried this channel. Nothing has happened and nothing is to be done.",
        url=url,
        sent_at=act.at,
        payload={"schema": "engagebot.test.v1", "type": "test", "sent_at": act.at.isoformat()},
    )
    try:
        sink.deliver(notice)
    except (OutsideFailed, WrongUsage) as error:
        return " ".join(str(error).split())
    return None
