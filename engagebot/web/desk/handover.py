"""Giving a draft's person to a team: what a form or a request names, checked against the settings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from engagebot.bootstrap import App
from engagebot.domain.outbox import Severity
from engagebot.errors import WrongUsage
from engagebot.pipeline.review import Handover
from engagebot.store.escalations import Announcement
from engagebot.yamlfile import did_you_mean


def handover(app: App, *, team: str, severity: str, note: str | None = None) -> Handover:
    """Say where somebody goes and how the team hears of it.

    Raises:
        WrongUsage: there is no such team or severity.
    """
    settings = app.settings
    chosen = settings.teams[named("team", team, settings.teams.keys())]
    return Handover(
        team=chosen.name,
        severity=Severity(named("severity", severity, list(Severity))),
        told=Announcement(channels=chosen.notify, base_url=settings.base_url, zone=settings.timezone),
        due_at=settings.first_reply_due,
        note=(note or "").strip(),
    )


def named(what: str, name: str, known: Collection[str]) -> str:
    """A name out of a closed set.

    Raises:
        WrongUsage: it is none of them.
    """
    if name in known:
        return name
    allowed = ", ".join(known) or "nothing: the settings name none"
    raise WrongUsage(f"{what}: {name[:60]!r} is not one of {allowed}{did_you_mean(name, known)}")


def utc(at: datetime) -> datetime:
    """The same moment in the zone that everything is stored in."""
    return at.astimezone(UTC)
