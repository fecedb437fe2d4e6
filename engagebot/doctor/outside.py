"""Checks of what lies outside: platforms and the ways to people. Nothing is posted and nothing is sent."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from engagebot.bootstrap import App, chatting, open_sink
from engagebot.doctor.examination import Check, Examine, one_line
from engagebot.domain.listening.hearing import REMEDIES
from engagebot.domain.telling.proving import OLD, Stage, stage_of
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    DeliveryFailed,
    OutOfCredit,
    RateLimited,
    WatchInvalid,
    WrongUsage,
)
from engagebot.pipeline.hearing import deaf_watches
from engagebot.ports import ChecksChannel, Connector, Identity, TellsTime
from engagebot.store.telling import channels, proofs, unreached

MOST_SKEW = timedelta(minutes=2)
REACH_S = 4.0
_MAIL_PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}
_KEEP_TIME = "sudo timedatectl set-ntp true"


def plan(app: App, *, is_offline: bool) -> dict[str, Examine]:
    """The checks of connectors and channels; offline, only what is known of them here."""
    found: dict[str, Examine] = {}
    for name in _connectors(app):
        if not is_offline:
            found[f"connector {name}"] = partial(_connector, app, name)
        if any(watch.connector == name for watch in app.settings.watches):
            found[f"listening {name}"] = partial(_listening, app, name)
    found["notices"] = partial(_notices, app)
    for channel in app.settings.channels:
        found[f"channel {channel}"] = partial(_channel, app, channel, is_offline=is_offline)
        if app.settings.tests_channels:
            found[f"proof {channel}"] = partial(_proof, app, channel)
    if app.settings.slack_app_token is not None and not is_offline:
        found["buttons slack"] = partial(_buttons, app)
    return found


def _connectors(app: App) -> list[str]:
    settings = app.settings
    given = {name for name, options in settings.connector_options.items() if options.keys() - {"handle"}}
    return sorted(given | {watch.connector for watch in settings.watches})


def _connector(app: App, name: str) -> Sequence[Check]:
    title = f"connector {name}"
    try:
        connector = app.connector(name)
    except WrongUsage as error:
        return [Check(title, False, one_line(error), f"set ENGAGEBOT_{name.upper()}_… in .env as it says")]
    try:
        checks = [_identified(app, name, connector.verify())]
    except ConnectorError as error:
        checks = [_refused(app, name, error)]
    # A clock that was stopped for a rehearsal is wrong on purpose.
    return checks if app.settings.now else [*checks, *_clock(name, connector)]


def _identified(app: App, name: str, identity: Identity) -> Check:
    title, settings = f"connector {name}", app.settings
    ours = settings.brand.handles.get(name, "").lstrip("@").lower()
    if identity.handle is None:
        sends = "reads only; replies are posted by hand"
        return Check(title, True, f"the key is good; it {sends}")
    if ours != identity.handle.lower():
        said = f"the keys belong to {identity.handle}, brand.handles says {ours or 'nothing'}"
        fix = f"in config/engagebot.yaml: brand: {{handles: {{{name}: {identity.handle}}}}}"
        return Check(title, False, said, fix)
    if settings.sending and not identity.can_reply:
        said = f"{identity.handle} may not reply, and sending is on"
        return Check(title, False, said, 'give the key the right to write, or set sending: "off"')
    able = "may reply" if identity.can_reply else "may not reply"
    return Check(title, True, f"the key is good; {identity.handle} {able}")


def _refused(app: App, name: str, error: ConnectorError) -> Check:
    title, said = f"connector {name}", one_line(error)
    if isinstance(error, AuthFailed):
        lines = ", ".join(_key_lines(app, name))
        return Check(title, False, said, f"make a new key at the platform and write into .env: {lines}")
    if isinstance(error, OutOfCredit):
        return Check(title, False, said, "add credit or raise the cap in the platform's console")
    if isinstance(error, RateLimited):
        return Check(title, True, f"the key is good; resting until {error.retry_at:%H:%M} UTC")
    if isinstance(error, WatchInvalid):
        return Check(title, False, said, "correct brand.handles in config/engagebot.yaml")
    base_url = app.settings.connector_options.get(name, {}).get("base_url")
    where = f"curl -sSI {base_url}" if base_url else "look at the platform's status page and at this network"
    return Check(title, False, said, where)


def _key_lines(app: App, name: str) -> list[str]:
    """The lines of `.env` that hold the keys in use, without their values."""
    given = app.settings.connector_options.get(name, {})
    keys = [key for key in given if key.endswith(("token", "secret", "password", "key", "client_id"))]
    return [f"ENGAGEBOT_{name.upper()}_{key.upper()}=" for key in keys] or [f"ENGAGEBOT_{name.upper()}_…="]


def _clock(name: str, connector: Connector) -> Sequence[Check]:
    skew = connector.clock_skew if isinstance(connector, TellsTime) else None
    if skew is None:
        return []
    seconds = skew.total_seconds()
    where = "ahead of" if seconds > 0 else "behind"
    said = f"this machine's clock is {abs(seconds):.0f} s {where} the platform's"
    if abs(skew) > MOST_SKEW:
        said = f"{said}: signed requests are refused, times are noted wrong"
        return [Check(f"clock {name}", False, said, _KEEP_TIME)]
    return [Check(f"clock {name}", True, said)]


def _listening(app: App, name: str) -> Sequence[Check]:
    title, now = f"listening {name}", app.clock.now()
    watches = [watch for watch in app.settings.watches if watch.connector == name]
    with app.store.read() as tx:
        deaf = deaf_watches(tx, watches, now)
    if not deaf:
        return [Check(title, True, f"{len(watches)} watches, none of them deaf")]
    return [
        Check(title, False, f"{each.watch}: {each.why}", REMEDIES[each.cause].removeprefix("Fix: "))
        for each in deaf.values()
    ]


def _notices(app: App) -> Sequence[Check]:
    with app.store.read() as tx:
        told = unreached.summary(tx)
    if told is None:
        return [Check("notices", True, "nothing has reached nobody")]
    words = told.words(app.clock.now(), app.settings.timezone)
    return [Check("notices", False, words, "engagebot notify list --state dead")]


def _channel(app: App, channel: str, *, is_offline: bool) -> Sequence[Check]:
    title, settings = f"channel {channel}", app.settings
    try:
        sink = open_sink(channel, settings, app.clock)
    except WrongUsage as error:
        return [Check(title, False, one_line(error), "set it in .env as it says")]
    with app.store.read() as tx:
        closed = channels.all_shut(tx).get(channel)
    if closed is not None and closed.mark == app.mark(channel):
        said = f"shut since {closed.shut_at:%Y-%m-%d %H:%M} UTC: {closed.reason}"
        again = f"correct the setting, or once it is mended: engagebot notify test --channel {channel}"
        return [Check(title, False, said, again)]
    if is_offline:
        return [Check(title, True, "is configured")]
    address = _address(app, channel)
    if address is not None and (away := _unreachable(*address)) is not None:
        return [Check(title, False, *away)]
    if isinstance(sink, ChecksChannel):
        return [_tried(app, title, sink.check)]
    if address is None:
        return [Check(title, True, "is configured")]
    return [Check(title, True, f"{address[0]}:{address[1]} answers; `engagebot notify test` sends")]


def _proof(app: App, channel: str) -> Sequence[Check]:
    """What the weekly tests of a channel say, once it has had one."""
    title, now = f"proof {channel}", app.clock.now()
    with app.store.read() as tx:
        test = proofs.latest(tx, [channel]).get(channel)
        arrived_at = proofs.arrived_at(tx, channel)
    if test is None:
        return []
    again = f"engagebot notify test --channel {channel}"
    if stage_of(test) is Stage.FAILED:
        said = error_words(app, test.last_error or "")
        return [Check(title, False, f"the weekly test did not get through: {said}", again)]
    if arrived_at is None or now - arrived_at > OLD:
        since = f"none since {arrived_at:%Y-%m-%d}" if arrived_at else "none so far"
        return [Check(title, False, f"no weekly test got through lately, {since}", "engagebot run --live")]
    return [Check(title, True, f"a test got through on {arrived_at:%Y-%m-%d}")]


def _unreachable(host: str, port: int) -> tuple[str, str] | None:
    """What is said and what to paste where nobody answers at an address."""
    try:
        socket.create_connection((host, port), timeout=REACH_S).close()
    except OSError as error:
        return f"{host}:{port} cannot be reached ({error.strerror or error})", f"nc -zv {host} {port}"
    return None


def _tried(app: App, title: str, check: Callable[[], str]) -> Check:
    try:
        return Check(title, True, " ".join(check().split()))
    except DeliveryFailed as error:
        said = error_words(app, one_line(error))
        return Check(title, False, said, "mend it as it says, then: engagebot notify test")


def error_words(app: App, said: str) -> str:
    """What went wrong, without the secrets of the settings."""
    for secret in app.settings.secrets:
        said = said.replace(secret, "***")
    return said


def _buttons(app: App) -> Sequence[Check]:
    return [_tried(app, "buttons slack", lambda: chatting.check_socket(app))]


def _address(app: App, channel: str) -> tuple[str, int] | None:
    kind, _, target = channel.partition(":")
    settings = app.settings
    if kind == "email" and settings.smtp_url is not None:
        parts = urlsplit(settings.smtp_url.reveal())
        return parts.hostname or "", parts.port or _MAIL_PORTS.get(parts.scheme, 25)
    url = None
    if kind == "slack" and settings.slack_webhook_url is not None:
        url = settings.slack_webhook_url.reveal()
    elif kind == "webhook":
        url = settings.webhooks.get(target) if target else next(iter(settings.webhooks.values()), None)
    if url is None:
        return None
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
