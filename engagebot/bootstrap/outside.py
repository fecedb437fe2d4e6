"""The outside, opened by name: connectors by entry point, sinks by channel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from engagebot.domain.casework import look_after
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling import detours
from engagebot.errors import WrongUsage
from engagebot.ports import Clock, Connector, ConnectorFactory, Sink, Watch, WatchFault
from engagebot.settings import Settings
from engagebot.settings.variables import APPRISE, key_of
from engagebot.sinks import console, email, slack, webhook
from engagebot.sinks.outbound import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Things of the outside that are there already: a clock, connectors by name, sinks by channel.

    What is not named here is opened from the settings at its first use.
    """

    clock: Clock | None = None
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    sinks: Mapping[str, Sink] = field(default_factory=dict)


def connector_names() -> frozenset[str]:
    """The names of all installed connectors; nothing is imported."""
    return frozenset(_installed())


@cache
def _installed() -> Mapping[str, EntryPoint]:
    # Looking through all that is installed takes longer than a page may; nothing is installed meanwhile.
    return {entry.name: entry for entry in entry_points(group="engagebot.connectors")}


def open_connector(name: str, options: Mapping[str, object], clock: Clock) -> Connector:
    """Import and open a connector.

    Raises:
        WrongUsage: there is none with this name, or its options are wrong.
    """
    found = _installed().get(name)
    if found is None:
        known = ", ".join(sorted(connector_names()))
        raise WrongUsage(f"there is no connector {name!r}; there are: {known}")
    factory: ConnectorFactory = found.load()
    try:
        return factory(options, clock)
    except ValueError as error:
        raise WrongUsage(f"connector {name}: {error}") from error


def faults_without_keys(watch: Watch) -> Sequence[WatchFault] | None:
    """What is wrong with a watch whose connector cannot be opened yet; `None` where it only looks once it is.

    Beside its factory a connector may have a function `watch_faults(watch)`.
    """
    found = _installed().get(watch.connector)
    look = getattr(import_module(found.module), "watch_faults", None) if found else None
    return look(watch) if look else None


def open_sink(channel: str, settings: Settings, clock: Clock) -> Sink:
    """Open the way to a channel.

    Raises:
        WrongUsage: a setting is missing or wrong; the message names it.
    """
    kind, _, target = channel.partition(":")
    try:
        if kind == "console":
            return console.open_sink()
        if kind == "email":
            if settings.smtp_url is None:
                raise WrongUsage(f"channel {channel} needs ENGAGEBOT_SMTP_URL")
            return email.open_sink(
                settings.smtp_url.reveal(), target, name=channel, look_after=_look_after(settings)
            )
        if kind == "slack":
            return _open_slack(channel, target, settings, clock)
        if kind == "apprise":
            return _open_service(channel, target, settings)
        return _open_webhook(channel, target, settings, clock)
    except ValueError as error:
        raise WrongUsage(f"channel {channel}: {error}") from error


def _look_after(settings: Settings) -> email.LookAfter | None:
    key, base_url = settings.secret_key, settings.base_url
    if key is None:
        return None
    return lambda case_id, at: f"{base_url}/look-after/{look_after.sign(key.reveal(), case_id, at)}"


def _open_slack(channel: str, target: str, settings: Settings, clock: Clock) -> Sink:
    place = target or settings.slack_channel
    if settings.slack_bot_token is not None and place is not None:
        # Slack's client takes a while to import, and most commands write to nobody.
        from engagebot.sinks import slack_bot

        token = settings.slack_bot_token.reveal()
        return slack_bot.open_sink(token, place, clock, name=channel, base_url=settings.slack_base_url)
    if target:
        raise WrongUsage(f"channel {channel} needs ENGAGEBOT_SLACK_BOT_TOKEN")
    if settings.slack_webhook_url is not None:
        return slack.open_sink(settings.slack_webhook_url.reveal(), clock)
    if settings.slack_bot_token is not None:
        raise WrongUsage('channel slack needs a place: write slack: {channel: "#care"} into the settings')
    raise WrongUsage("channel slack needs ENGAGEBOT_SLACK_BOT_TOKEN or ENGAGEBOT_SLACK_WEBHOOK_URL")


def _open_service(channel: str, target: str, settings: Settings) -> Sink:
    url = settings.apprise_urls.get(key_of(target))
    if url is None:
        raise WrongUsage(f"channel {channel} needs {APPRISE}{key_of(target).upper()}")
    # As with Slack's client: most commands tell nobody.
    from engagebot.sinks import service

    return service.open_sink(url.reveal(), name=channel)


def _open_webhook(channel: str, target: str, settings: Settings, clock: Clock) -> Sink:
    url = _webhook_url(target, settings)
    if url is None:
        raise WrongUsage(f"channel {channel} is not in the settings; add it under webhooks")
    if settings.webhook_secret is None:
        raise WrongUsage(f"channel {channel} needs ENGAGEBOT_WEBHOOK_SECRET to sign what it sends")
    return webhook.open_sink(
        url, name=channel, secret=settings.webhook_secret.reveal(), clock=clock, way=Way(allow_private=True)
    )


def _webhook_url(name: str, settings: Settings) -> str | None:
    urls = settings.webhooks
    return urls.get(name) if name else next(iter(urls.values()), None)


def ways_of(delivery: DeliveryRecord, settings: Settings) -> tuple[str, ...]:
    """The channels that a notice may take, in order: its team's, those it falls back to, those of alarms.

    The console counts only where the settings name it for the team: nobody may be reading there.
    """
    alarms = settings.alarms.notify
    team = settings.teams.get(detours.team_of(delivery.payload) or "")
    if delivery.kind in {detours.ALARM, detours.SELF_TEST}:
        first = next(iter(settings.teams.values()), None)
        own, others = alarms, (*first.notify, *first.fallback) if first else ()
    else:
        own, others = (*team.notify, *team.fallback) if team else (), alarms
    return tuple(dict.fromkeys([*own, *(channel for channel in others if channel != "console")]))


def mark_of(channel: str, settings: Settings) -> str:
    """A mark of where a channel leads, which changes with the setting and does not tell it."""
    kind, _, target = channel.partition(":")
    place = channel
    if kind == "slack":
        # A token is long and made by chance: its mark cannot be tried out.
        keys = (settings.slack_bot_token, settings.slack_webhook_url)
        place = "\n".join([place, settings.slack_channel or "", *(key.reveal() for key in keys if key)])
    elif kind == "apprise":
        url = settings.apprise_urls.get(key_of(target))
        place = url.reveal() if url else place
    elif kind == "webhook":
        place = _webhook_url(target, settings) or ""
    # No password goes into it: few have so many forms that a mark could not be tried out.
    return hashlib.sha256(place.encode()).hexdigest()[:16]
