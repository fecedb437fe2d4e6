"""The closed set of actions: how each is written and what it becomes; and a rule's limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engagebot.domain.actions import Action, Assign, DraftReply, Escalate, Ignore, Notify, Tag, Webhook
from engagebot.domain.durations import Rate, parse_rate
from engagebot.domain.limits import DAY, Limit, Scope
from engagebot.domain.outbox import Severity
from engagebot.rulebook.reading import Reading
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed, shortened

LIMITS = ("per_day", "per_hour", "per_author", "per_thread")
TAG = re.compile(r"[\w][\w .:/-]{0,39}")
_EMAIL = re.compile(r"email:[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s.,;<>\"]+")
_HOUR = timedelta(hours=1)
_LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Shape:
    """An action's keys: `required` ones first; `short` is the key meant when only a value is written."""

    name: str
    meaning: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    short: str | None = None

    def example(self, value: object = None) -> str:
        """How it is written; with the value that somebody gave without its key."""
        given = shortened(value) if isinstance(value, str) and value.strip() else "…"
        keys = ", ".join(f"{key}: {given}" for key in self.required)
        return f"{self.name}: {{{keys}}}"


ACTIONS: tuple[Shape, ...] = (
    Shape("escalate", "give it to a team as a case", ("team",), ("severity", "assignee")),
    Shape("draft", "put a friendly reply into the review queue", ("template",)),
    Shape("tag", "mark it with words of our own", ("tags",), short="tags"),
    Shape("assign", "suggest who should look at it", ("to",), short="to"),
    Shape("notify", "tell a channel, without a case", ("channel",), short="channel"),
    Shape("ignore", "leave it alone, and say why", ("reason",)),
    Shape("webhook", "post it to a webhook of the settings", ("name",), short="name"),
)
_SHAPES = {shape.name: shape for shape in ACTIONS}


def read_actions(node: Node, reading: Reading) -> tuple[Action, ...]:
    """Read `then`: a list of actions, each a mapping with one key."""
    if not isinstance(node.content, list):
        hint = "begin each action with a dash: - escalate: {team: support}"
        reading.fail(node, "EB120", f'"then" must be a list of actions, not {kind_of(node.plain())}; {hint}')
        return ()
    actions = [action for item in node.content for action in _read_one(item, reading)]
    if sum(isinstance(action, DraftReply) for action in actions) > 1:
        reading.fail(node, "EB120", "a rule drafts one reply at most; keep one draft")
    return tuple(actions)


def _read_one(node: Node, reading: Reading) -> list[Action]:
    if not isinstance(node.content, dict) or len(node.content) != 1:
        hint = "write one action after each dash, such as - tag: [refund]"
        if isinstance(node.content, str) and node.content in _SHAPES:
            hint = f"write - {_SHAPES[node.content].example()}"
        reading.fail(
            node, "EB120", f"an action must be a mapping with one key, not {kind_of(node.plain())}; {hint}"
        )
        return []
    ((name, value),) = node.items()
    shape = _SHAPES.get(name)
    if shape is None:
        near = did_you_mean(name, _SHAPES)
        reading.fail(node, "EB120", f'unknown action "{name}"; allowed: {listed(_SHAPES)}{near}', key=name)
        return []
    keys = _keys(shape, value, reading)
    if keys is None:
        return []
    action = _MAKERS[name](keys, reading)
    return [action] if action is not None else []


def _keys(shape: Shape, node: Node, reading: Reading) -> dict[str, Node] | None:
    if not isinstance(node.content, dict):
        if shape.short is not None and node.content is not None:
            return {shape.short: node}
        message = f'"{shape.name}" must be a mapping, not {kind_of(node.plain())}'
        reading.fail(node, "EB125", f"{message}; write {shape.example(node.content)}")
        return None
    allowed, before = (*shape.required, *shape.optional), len(reading.findings)
    for key, _ in node.items():
        if key not in allowed:
            near = did_you_mean(key, allowed)
            message = f'unknown key "{key}" in "{shape.name}"; allowed: {listed(allowed)}{near}'
            reading.fail(node, "EB125", message, key=key)
    for key in shape.required:
        if key not in node.content:
            reading.fail(node, "EB125", f'"{shape.name}" needs the key "{key}"')
    return dict(node.items()) if len(reading.findings) == before else None


def _text(node: Node, what: str, reading: Reading, limit: int = 200) -> str | None:
    value = node.content
    if isinstance(value, str) and value.strip() and len(value) <= limit:
        return value.strip()
    reading.fail(
        node, "EB125", f"{what} must be text of 1 to {limit} characters, not {kind_of(node.plain())}"
    )
    return None


def _escalate(keys: dict[str, Node], reading: Reading) -> Action | None:
    before, teams = len(reading.findings), reading.known.teams
    team = _text(keys["team"], "the team", reading)
    if team is not None and teams is not None and team not in teams:
        message = f'there is no team "{team}" in config/engagebot.yaml; there: {listed(teams)}'
        reading.fail(keys["team"], "EB121", message + did_you_mean(team, teams))
    severity = Severity.MEDIUM
    if "severity" in keys:
        chosen = reading.chosen(keys["severity"], "severity", tuple(Severity))
        if chosen is not None and len(chosen) == 1:
            severity = Severity(chosen[0])
        elif chosen is not None:
            reading.fail(keys["severity"], "EB125", "a case has one severity")
    assignee = _text(keys["assignee"], "the assignee", reading) if "assignee" in keys else None
    if team is None or len(reading.findings) > before:
        return None
    return Escalate(team=team, severity=severity, assignee=assignee)


def _draft(keys: dict[str, Node], reading: Reading) -> Action | None:
    name = _text(keys["template"], "the template", reading)
    if name is None:
        return None
    if name not in reading.templates:
        there = listed(sorted(reading.templates))
        message = f'there is no template "{name}" (rules/templates/{name}.md); there: {there}'
        reading.fail(keys["template"], "EB122", message + did_you_mean(name, reading.templates))
        return None
    return DraftReply(template=name)


def _tag(keys: dict[str, Node], reading: Reading) -> Action | None:
    tags = reading.chosen(keys["tags"], "tag", None)
    for tag in tags or ():
        if not TAG.fullmatch(tag):
            reading.fail(
                keys["tags"], "EB125", f'"{tag}" is not a tag; write at most 40 letters, digits, - and _'
            )
            return None
    return Tag(tags=tuple(dict.fromkeys(tags))) if tags else None


def _assign(keys: dict[str, Node], reading: Reading) -> Action | None:
    to = _text(keys["to"], "the person", reading)
    return Assign(to=to) if to else None


def _notify(keys: dict[str, Node], reading: Reading) -> Action | None:
    channel, channels = _text(keys["channel"], "the channel", reading), reading.known.channels
    if channel is None:
        return None
    if channels is not None and channel not in channels and not _EMAIL.fullmatch(channel):
        message = f'there is no channel "{channel}" in config/engagebot.yaml; there: {listed(channels)}'
        reading.fail(keys["channel"], "EB124", message + did_you_mean(channel, channels))
        return None
    return Notify(channel=channel)


def _ignore(keys: dict[str, Node], reading: Reading) -> Action | None:
    reason = _text(keys["reason"], "the reason", reading)
    return Ignore(reason=reason) if reason else None


def _webhook(keys: dict[str, Node], reading: Reading) -> Action | None:
    name, webhooks = _text(keys["name"], "the webhook's name", reading), reading.known.webhooks
    if name is None:
        return None
    if webhooks is not None and name not in webhooks:
        message = f'there is no webhook "{name}" in config/engagebot.yaml; there: {listed(webhooks)}'
        reading.fail(keys["name"], "EB124", message + did_you_mean(name, webhooks))
        return None
    return Webhook(name=name)


_MAKERS: dict[str, Callable[[dict[str, Node], Reading], Action | None]] = {
    "escalate": _escalate,
    "draft": _draft,
    "tag": _tag,
    "assign": _assign,
    "notify": _notify,
    "ignore": _ignore,
    "webhook": _webhook,
}


def read_limits(node: Node, rule_id: str, reading: Reading) -> tuple[Limit, ...]:
    """Read `{per_day: 20, per_author: 1/30d}`; they count the rule's drafts."""
    if not isinstance(node.content, dict):
        reading.fail(
            node, "EB130", f'"limits" must be a mapping with {listed(LIMITS)}, not {kind_of(node.plain())}'
        )
        return ()
    limits = []
    for key, inner in node.items():
        rate: Rate | None = None
        if key not in LIMITS:
            message = f'unknown limit "{key}"; allowed: {listed(LIMITS)}{did_you_mean(key, LIMITS)}'
            reading.fail(node, "EB130", message, key=key)
        elif key in ("per_day", "per_hour"):
            rate = _count(key, inner, reading)
        else:
            rate = _rate(key, inner, reading)
        if rate is not None:
            scope = {"per_author": Scope.AUTHOR, "per_thread": Scope.THREAD}.get(key, Scope.OVERALL)
            limits.append(Limit(rate=rate, scope=scope, name=key, rule_id=rule_id))
    return tuple(limits)


def _count(key: str, node: Node, reading: Reading) -> Rate | None:
    value: Any = node.content
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return Rate(value, DAY if key == "per_day" else _HOUR)
    reading.fail(node, "EB130", f'"{key}" must be a whole number, 1 or more, not {kind_of(node.plain())}')
    return None


def _rate(key: str, node: Node, reading: Reading) -> Rate | None:
    try:
        if not isinstance(node.content, str):
            raise ValueError(f"{kind_of(node.plain())} is not a rate; write one such as 1/30d")
        rate = parse_rate(node.content)
        if rate.count < 1:
            raise ValueError("a limit must leave room for one; set the rule's status to draft to stop it")
        if rate.per > _LONGEST:
            raise ValueError(f"a limit may reach back {_LONGEST.days}d at most")
    except ValueError as error:
        reading.fail(node, "EB130", f'"{key}": {error}')
        return None
    return rate
