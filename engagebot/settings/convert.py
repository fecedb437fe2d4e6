"""From the checked file to the program's values, with the checks that need more than one key."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from engagebot.domain.judgement import Borders
from engagebot.domain.listening.costs import POST_UNITS, Budget, Prices
from engagebot.domain.replying.leaving import CapScope
from engagebot.errors import Finding
from engagebot.ports import Watch
from engagebot.settings.configfile import ConfigModel, WatchModel
from engagebot.settings.promisefile import promised
from engagebot.settings.values import (
    Alarms,
    Brand,
    ContactPolicy,
    Deletion,
    Learning,
    Retention,
    Review,
    Server,
    Team,
)
from engagebot.yamlfile import Node, did_you_mean, listed, nearest

_WATCH_KEYS = tuple(WatchModel.model_fields)
_OFTEN_ENOUGH, _DAILY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Converted:
    """Fields of `Settings` by name, and what is wrong with them."""

    values: dict[str, Any]
    findings: list[Finding]


def convert(model: ConfigModel, root: Node, *, site: Path, connectors: Collection[str]) -> Converted:
    """Make the values; a file with findings still gives values, so that all findings come at once."""
    findings: list[Finding] = []
    values: dict[str, Any] = {
        "brand": _brand(model, root, connectors, findings),
        "timezone": model.timezone,
        "sending": model.sending,
        "watches": _watches(model, root, findings),
        "budgets": _budgets(model, root, connectors, findings),
        "teams": _teams(model, root, findings),
        "alarms": _alarms(model, root, findings),
        "contact_policy": ContactPolicy(
            proactive_per_author=model.contact_policy.proactive_per_author,
            proactive_per_day=model.contact_policy.proactive_per_day,
            replies={scope: getattr(model.contact_policy, f"replies_per_{scope}") for scope in CapScope},
            quiet_hours=model.contact_policy.quiet_hours,
            opt_out_words=tuple(model.contact_policy.opt_out_words),
        ),
        "retention": Retention(mentions=model.retention.mentions),
        "deletion": _deletion(model, root, findings),
        "learning": Learning(nightly=model.learning.nightly, audit_share=model.learning.audit_share),
        "borders": _borders(model, root, findings),
        "undo_seconds": model.undo_seconds,
        "review": Review(
            second_reader=tuple(dict.fromkeys(model.review.second_reader)),
            large_reach=model.review.large_reach,
            by_hand_returns_after=model.review.by_hand_returns_after,
            approval_lasts=model.review.approval_lasts,
            most_in_bulk=model.review.most_in_bulk,
            seeded_every=model.review.seeded_checks.every if model.review.seeded_checks else None,
        ),
        "webhooks": {name: webhook.url for name, webhook in model.webhooks.items()},
        "ticket_webhooks": _ticket_webhooks(model, root, findings),
        "slack_channel": model.slack.channel,
        "masks_notices": model.notifications.mask,
        "tests_channels": model.notifications.self_test,
        "server": Server(
            trusted_proxies=tuple(model.server.trusted_proxies),
            allowed_hosts=tuple(model.server.allowed_hosts),
        ),
    }
    values |= promised(model, root, site, findings)
    return Converted(values, findings)


def _brand(model: ConfigModel, root: Node, connectors: Collection[str], findings: list[Finding]) -> Brand:
    handles = {}
    for source, handle in model.brand.handles.items():
        handles[source] = re.sub(r"^(?:@|/?u/)", "", handle.strip())
        near = nearest(source, connectors, cutoff=0.7)
        if source not in connectors and near is not None:
            node = root.at("brand", "handles")
            message = f'"{source}" is not a connector; did you mean "{near}"?'
            findings.append(node.finding("EB022", message, key=source))
    return Brand(name=model.brand.name, handles=handles, rivals=tuple(model.brand.rivals))


def names_of_watches(root: Node, connectors: Collection[str]) -> list[Finding]:
    """Names and connectors of watches that do not hold, told whatever else is wrong with the file."""
    findings: list[Finding] = []
    watches = root.content.get("watches") if isinstance(root.content, dict) else None
    seen = set()
    for node in watches.content if watches is not None and isinstance(watches.content, list) else ():
        inner = {key: value for key, value in node.items() if isinstance(value.content, str)}
        if (name := inner.get("name")) is not None:
            if name.content in seen:
                message = f'another watch is named "{name.content}" already; names are unique'
                findings.append(name.finding("EB023", message))
            seen.add(name.content)
        connector = inner.get("connector")
        if connector is not None and connector.content not in connectors:
            near = did_you_mean(str(connector.content), connectors)
            message = f'"{connector.content}" is not a connector; installed: {listed(connectors)}{near}'
            findings.append(connector.finding("EB022", message))
    return findings


def _watches(model: ConfigModel, root: Node, findings: list[Finding]) -> tuple[Watch, ...]:
    watches = []
    for index, item in enumerate(model.watches):
        node = root.at("watches", index)
        options = dict(item.__pydantic_extra__ or {})
        for key in options:
            slip = nearest(key, _WATCH_KEYS, cutoff=0.8)
            if slip is not None:
                message = f'unknown key "{key}"; did you mean "{slip}"?'
                findings.append(node.finding("EBY11", message, key=key))
        watches.append(
            Watch(
                name=item.name, connector=item.connector, kind=item.kind,
                every=item.every, lookback=item.lookback, options=options,
                budget=Budget(**item.budget.model_dump()),
            )
        )  # fmt: skip
    return tuple(watches)


def _budgets(
    model: ConfigModel, root: Node, connectors: Collection[str], findings: list[Finding]
) -> dict[str, Budget]:
    budgets = {}
    for name, budget in model.budgets.items():
        if name in connectors:
            budgets[name] = Budget(**budget.model_dump())
            continue
        near = did_you_mean(name, connectors)
        message = f'"{name}" is not a connector; installed: {listed(connectors)}{near}'
        findings.append(root.at("budgets").finding("EB022", message, key=name))
    return budgets


def idle_budgets(converted: Converted, prices: Prices, root: Node) -> list[Finding]:
    """Budgets that can never be reached, because nothing that the connector counts falls under them."""
    found = []
    for index, watch in enumerate(converted.values["watches"]):
        node, units = root.at("watches", index, "budget"), prices.units(watch.connector)
        if watch.budget.posts_per_day is not None and units and not set(POST_UNITS) & set(units):
            message = f"{watch.connector} counts {listed(units)}, not posts, so this holds nothing back"
            found.append(node.finding("EB032", message, key="posts_per_day", is_warning=True))
        if watch.budget.usd_per_day is not None and not any(units.values()):
            found.append(_no_price(node, watch.connector, "usd_per_day"))
    for name, budget in converted.values["budgets"].items():
        if not any(prices.units(name).values()):
            node = root.at("budgets", name)
            found += [_no_price(node, name, key) for key in budget.limits]
    return found


def _no_price(node: Node, connector: str, key: str) -> Finding:
    message = f"config/prices.yaml lists nothing of {connector} that costs, so this holds nothing back"
    return node.finding("EB032", message, key=key, is_warning=True)


def _alarms(model: ConfigModel, root: Node, findings: list[Finding]) -> Alarms:
    for index, channel in enumerate(model.alarms.notify):
        problem = _webhook_problem(channel, tuple(model.webhooks))
        if problem is not None:
            findings.append(root.at("alarms", "notify", index).finding("EB024", problem))
    return Alarms(notify=tuple(model.alarms.notify))


def _teams(model: ConfigModel, root: Node, findings: list[Finding]) -> dict[str, Team]:
    for name, ladder in model.ladders.items():
        for number, step in enumerate(ladder.steps):
            for index, channel in enumerate(step.notify):
                problem = _webhook_problem(channel, tuple(model.webhooks))
                if problem is not None:
                    node = root.at("ladders", name, "steps", number, "notify", index)
                    findings.append(node.finding("EB024", problem))
    for name, team in model.teams.items():
        for key, channels in (("notify", team.notify), ("fallback", team.fallback)):
            for index, channel in enumerate(channels):
                problem = _webhook_problem(channel, tuple(model.webhooks))
                if problem is not None:
                    node = root.at("teams", name, key, index)
                    findings.append(node.finding("EB024", problem))
    return {
        name: Team(
            name=name,
            notify=tuple(team.notify),
            fallback=tuple(team.fallback),
            ladder=team.ladder,
            hours=team.hours,
        )
        for name, team in model.teams.items()
    }


def _ticket_webhooks(model: ConfigModel, root: Node, findings: list[Finding]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name, webhook in model.webhooks.items():
        if webhook.tickets and (other := found.setdefault(name.lower(), name)) != name:
            message = (
                f'"{name}" and "{other}" would be one ticket system, as capital letters do not count there; '
                "rename one"
            )
            findings.append(root.at("webhooks", name).finding("EB023", message, key="tickets"))
    return tuple(found.values())


def _webhook_problem(channel: str, webhooks: tuple[str, ...]) -> str | None:
    form, _, name = channel.partition(":")
    if form != "webhook" or name in webhooks:
        return None
    if name:
        near = did_you_mean(name, webhooks)
        return f'there is no webhook "{name}" under "webhooks"; there: {listed(webhooks)}{near}'
    if len(webhooks) == 1:
        return None
    how = f"name one of: {listed(f'webhook:{each}' for each in webhooks)}" if webhooks else "add one"
    return f'"webhook" means the only one under "webhooks", and there are {len(webhooks)}; {how}'


def _deletion(model: ConfigModel, root: Node, findings: list[Finding]) -> Deletion:
    node = root.at("deletion")
    spans = [(node, "check_every", model.deletion.check_every)]
    spans += [(node.at("sources"), source, span) for source, span in model.deletion.sources.items()]
    for place, key, span in spans:
        if span < _OFTEN_ENOUGH:
            findings.append(
                place.finding("EB025", "asking more than once an hour costs much; write 1h", key=key)
            )
        elif span > _DAILY:
            message = "X and Reddit want deleted posts forgotten within a day; write 24h or less"
            findings.append(place.finding("EB033", message, key=key, is_warning=True))
    return Deletion(check_every=model.deletion.check_every, sources=dict(model.deletion.sources))


def _borders(model: ConfigModel, root: Node, findings: list[Finding]) -> Borders:
    levels = model.sentiment
    borders = Borders(levels.very_negative, levels.negative, levels.positive, levels.very_positive)
    if not borders.very_negative < borders.negative < borders.positive < borders.very_positive:
        message = (
            "the borders must rise: very_negative < negative < positive < very_positive; they are "
            f"{borders.very_negative}, {borders.negative}, {borders.positive}, {borders.very_positive}"
        )
        findings.append(root.finding("EB025", message, key="sentiment"))
    return borders
