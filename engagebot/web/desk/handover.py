"""Giving work to somebody: what a form or a request names, checked against accounts and settings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial

from engagebot.bootstrap import App
from engagebot.domain.outbox import Severity
from engagebot.domain.persons.recovery import LastTalk
from engagebot.domain.roles import Person
from engagebot.errors import WrongUsage
from engagebot.pipeline.review import Handover
from engagebot.store.casework.escalations import Announcement
from engagebot.store.engine import Tx
from engagebot.store.entry import accounts
from engagebot.yamlfile import did_you_mean


def handover(app: App, *, team: str, severity: str, note: str | None = None) -> Handover:
    """Say where somebody goes and how the team hears of it.

    Raises:
        WrongUsage: there is no such team or severity.
    """
    settings = app.settings
    chosen = settings.teams[named("team", team, settings.teams.keys())]
    level = Severity(named("severity", severity, list(Severity)))
    return Handover(
        team=chosen.name,
        severity=level,
        told=Announcement(channels=chosen.notify, base_url=settings.base_url, zone=settings.timezone),
        due_at=partial(settings.first_reply_due, severity=level, team=chosen.name),
        note=(note or "").strip(),
    )


def assignee(app: App, tx: Tx, name: str | None, me: Person) -> str | None:
    """Whom something is given to: a person with an open account, a team, oneself, or nobody.

    Raises:
        WrongUsage: nobody here has that name.
    """
    if not name or name == me.name:
        return name or None
    known = [*people_of(tx), *app.settings.teams, me.name]
    if name in known:
        return name
    raise WrongUsage(
        f"nobody here and no team is called {name[:60]!r}{did_you_mean(name, known)}", field="to"
    )


def familiar(app: App, last: LastTalk | None, people: Collection[str], *, team: str | None) -> str | None:
    """Who looked after somebody's last case and can have them again: here still, and at work by the hours."""
    if last is None or last.who not in people:
        return None
    hours = app.settings.open_hours(team or "")
    return last.who if hours is None or hours.is_open(app.clock.now()) else None


def people_of(tx: Tx) -> list[str]:
    """The people who can be given something."""
    return [user.name for user in accounts.all_of(tx) if not user.is_service and not user.is_disabled]


def refuse_sensitive(app: App, note: str, field: str | None = None) -> None:
    """Keep out of notes what people have not told us of their health, faith and the like.

    `field` is the one that the note was written in, where a form has several.

    Raises:
        WrongUsage: the note holds such a trait.
    """
    for flag in app.guards.check_note(note):
        raise WrongUsage(f"“{flag.words}”: {flag.advice.rstrip('.')}", field=field)


def named(what: str, name: str, known: Collection[str]) -> str:
    """A name out of a closed set.

    Raises:
        WrongUsage: it is none of them.
    """
    if name in known:
        return name
    allowed = ", ".join(known) or "nothing: the settings name none"
    raise WrongUsage(f"{what}: {name[:60]!r} is not one of {allowed}{did_you_mean(name, known)}", field=what)


def utc(at: datetime) -> datetime:
    """The same moment in the zone that everything is stored in.

    Raises:
        WrongUsage: its year there would be 0 or 10000.
    """
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise WrongUsage(f"{at.isoformat()} lies beyond the years that can be kept") from None
