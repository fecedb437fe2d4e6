"""Environment, `.env` and `config/engagebot.yaml` become one `Settings`; every fault is told at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engagebot.errors import FilesInvalid, Finding
from engagebot.settings.communityfile import read_communities
from engagebot.settings.configfile import ConfigModel
from engagebot.settings.connectorfile import connector_modules, read_sections
from engagebot.settings.convert import Converted, convert, idle_budgets, names_of_watches
from engagebot.settings.environment import Environment, read_environment
from engagebot.settings.holdingfile import read_holding
from engagebot.settings.place import check_place, passwords_in, sqlite_at
from engagebot.settings.pricefile import read_prices
from engagebot.settings.values import Secret, Settings
from engagebot.settings.variables import APPRISE, key_of
from engagebot.yamlfile import Node, read_text, read_yaml, validate

CONFIG = "config/engagebot.yaml"
_Place = tuple[str | int, ...]
_HOOK, _BOT = "ENGAGEBOT_SLACK_WEBHOOK_URL", "ENGAGEBOT_SLACK_BOT_TOKEN"
_SECRETS = {
    "secret_key": "ENGAGEBOT_SECRET_KEY",
    "webhook_secret": "ENGAGEBOT_WEBHOOK_SECRET",
    "slack_webhook_url": "ENGAGEBOT_SLACK_WEBHOOK_URL",
    "slack_bot_token": "ENGAGEBOT_SLACK_BOT_TOKEN",
    "slack_app_token": "ENGAGEBOT_SLACK_APP_TOKEN",
    "slack_signing_secret": "ENGAGEBOT_SLACK_SIGNING_SECRET",
    "smtp_url": "ENGAGEBOT_SMTP_URL",
}


def connector_names() -> tuple[str, ...]:
    """The connectors that are installed; none of them is imported."""
    return tuple(connector_modules())


def load_settings(
    site: Path,
    environ: Mapping[str, str],
    *,
    connectors: Collection[str] | None = None,
    config: str = CONFIG,
) -> Settings:
    """Read a site's settings; `connectors` are the installed ones unless named.

    `config` is the YAML file, seen from the site: the demo has one of its own.

    Raises:
        FilesInvalid: all faults of the environment, `.env` and the YAML file together.
    """
    site = site.absolute()
    names = connector_names() if connectors is None else tuple(connectors)
    unfit: list[Finding] = []
    environment, findings = read_environment(site, environ, read_sections(names, unfit))
    findings += unfit + check_place(environment)
    now = _now(environment, findings)
    prices = read_prices(site, findings)
    communities = read_communities(site, names, findings)
    holding = read_holding(site, findings)
    converted: Converted | None = None
    try:
        root = read_yaml(_config_text(site, config), config)
        model, faults = validate(root, ConfigModel)
        findings += faults + names_of_watches(root, names)
        if model is not None:
            converted = convert(model, root, site=site, connectors=names)
            findings += converted.findings
            converted.values.update(prices=prices, communities=communities, holding=holding)
            findings += _missing(converted, environment, root) + idle_budgets(converted, prices, root)
    except FilesInvalid as error:
        findings += error.findings
    errors = [finding for finding in findings if not finding.is_warning]
    if errors or converted is None:
        raise FilesInvalid(findings)
    return _settings(site, environment, converted, now=now, warnings=tuple(sorted(findings)))


def _config_text(site: Path, config: str) -> str:
    path = site / config
    if not path.exists():
        message = f"there is no site here ({path} is missing); make one with `engagebot init {site}`"
        raise FilesInvalid([Finding(config, 0, 0, "EB001", message)])
    return read_text(path, config)


def _now(environment: Environment, findings: list[Finding]) -> datetime | None:
    given = environment.values.get("ENGAGEBOT_NOW")
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given.value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        example = "2026-03-02T09:00:00+00:00"
        findings.append(given.finding(f"ENGAGEBOT_NOW must be an ISO time with its zone, such as {example}"))
        return None
    return at.astimezone(UTC)


def _missing(converted: Converted, environment: Environment, root: Node) -> list[Finding]:
    """What the file asks for and the environment does not give."""
    findings = []
    if converted.values["webhooks"] and environment.text("ENGAGEBOT_WEBHOOK_SECRET") is None:
        message = "webhooks are signed, and ENGAGEBOT_WEBHOOK_SECRET is not set; write it into .env"
        findings.append(root.finding("EB030", message, key="webhooks"))
    told = _told(converted)
    for form, needed in (("slack", (_HOOK, _BOT)), ("email", ("ENGAGEBOT_SMTP_URL",))):
        if any(environment.text(name) for name in needed):
            continue
        for place, channels in told.items():
            for index, channel in enumerate(channels):
                if channel.partition(":")[0] == form:
                    node = root.at(*place, index)
                    message = f'"{channel}" reaches nobody until {" or ".join(needed)} is set in .env'
                    findings.append(node.finding("EB031", message, is_warning=True))
    has_place = converted.values["slack_channel"] is not None
    return findings + _half_set(told, environment, root, has_place=has_place)


def _told(converted: Converted) -> dict[_Place, tuple[str, ...]]:
    """All channels that the file names, by the place where it does."""
    told: dict[_Place, tuple[str, ...]] = {
        ("teams", team.name, key): channels
        for team in converted.values["teams"].values()
        for key, channels in (("notify", team.notify), ("fallback", team.fallback))
    }
    told["alarms", "notify"] = converted.values["alarms"].notify
    for ladder in converted.values["ladders"].values():
        for index, step in enumerate(ladder.steps):
            told["ladders", ladder.name, "steps", index, "notify"] = step.notify
    return told


def _half_set(
    told: Mapping[_Place, tuple[str, ...]], environment: Environment, root: Node, *, has_place: bool
) -> list[Finding]:
    """Channels that need more than what is set: an address for Apprise, a token or a place for Slack."""
    has_hook, has_bot = environment.text(_HOOK) is not None, environment.text(_BOT) is not None
    findings = []
    for place, channels in told.items():
        for index, channel in enumerate(channels):
            form, _, name = channel.partition(":")
            needed = None
            if form == "apprise" and key_of(name) not in environment.apprise:
                needed = f"{APPRISE}{key_of(name).upper()} is set in .env"
            elif form == "slack" and name and has_hook and not has_bot:
                needed = f"{_BOT} is set in .env"
            elif form == "slack" and has_bot and not (name or has_hook or has_place):
                needed = 'slack: {channel: "#care"} says where, or write "slack:#care" here'
            if needed is not None:
                message = f'"{channel}" reaches nobody until {needed}'
                findings.append(root.at(*place, index).finding("EB031", message, is_warning=True))
    return findings


def _settings(
    site: Path,
    environment: Environment,
    converted: Converted,
    *,
    now: datetime | None,
    warnings: tuple[Finding, ...],
) -> Settings:
    values: dict[str, Any] = dict(converted.values)
    for field, name in _SECRETS.items():
        text = environment.text(name)
        values[field] = Secret(text) if text else None
    if (base_url := environment.text("ENGAGEBOT_BASE_URL")) is not None:
        values["base_url"] = base_url.rstrip("/")
    if (level := environment.text("ENGAGEBOT_LOG_LEVEL")) is not None:
        values["log_level"] = level.upper()
    if (slack_url := environment.text("ENGAGEBOT_SLACK_BASE_URL")) is not None:
        values["slack_base_url"] = slack_url.rstrip("/") + "/"
    values["apprise_urls"] = {name: Secret(text) for name, text in environment.apprise.items()}
    handles = values["brand"].handles
    options: dict[str, dict[str, Any]] = {}
    for name, given in environment.options.items():
        options[name] = {**given, "handle": handles[name]} if name in handles else dict(given)
    return Settings(
        site=site,
        now=now,
        database_url=sqlite_at(site, environment.text("ENGAGEBOT_DATABASE_URL")),
        connector_options=options,
        secrets=passwords_in(environment.secrets),
        warnings=warnings,
        **values,
    )
