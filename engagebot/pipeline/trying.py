"""Trying a channel: a message that says of itself that it is a test."""

from __future__ import annotations

import secrets
from datetime import timedelta

from engagebot.domain.roles import Act
from engagebot.errors import OutsideFailed, WrongUsage
from engagebot.ports import Notice, Sink

_DUE = timedelta(minutes=27)


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
    return _sent(sink, notice)


def try_escalation(sink: Sink, act: Act, *, url: str, team: str) -> str | None:
    """Send what an escalation to a team looks like, marked as a test; answer as `try_channel` does."""
    lines = (
        "TEST: there is no such customer, and nothing is to be done.",
        f"[High] very unhappy, may leave · made up · first reply due {(act.at + _DUE):%H:%M} UTC",
        f"@maple_fan_demo · 3rd contact · team {team}",
        "> (TEST) Third time I write. Fix it today or I am gone.",
        f"Why you: {act.by.name} tried how escalations reach the team {team}",
    )
    notice = Notice(
        id=f"test-{secrets.token_hex(8)}",
        kind="test",
        title="TEST: [High] 3rd contact, may leave: @maple_fan_demo",
        text="\n".join(lines),
        url=url,
        sent_at=act.at,
        payload={"schema": "engagebot.test.v1", "type": "test.escalation", "sent_at": act.at.isoformat()},
    )
    return _sent(sink, notice)


def _sent(sink: Sink, notice: Notice) -> str | None:
    try:
        sink.deliver(notice)
    except (OutsideFailed, WrongUsage) as error:
        return " ".join(str(error).split())
    return None
