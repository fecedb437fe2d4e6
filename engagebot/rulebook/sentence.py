"""A rule in one plain English sentence, for people who do not read YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engagebot.domain.actions import (
    Action,
    Assign,
    DraftReply,
    Escalate,
    Ignore,
    Notify,
    Tag,
    Webhook,
)
from engagebot.domain.durations import format_duration, parse_duration
from engagebot.domain.hours import WEEKDAYS
from engagebot.domain.limits import DAY, Limit, Scope
from engagebot.domain.rules import Condition, Group, Mode, Rule
from engagebot.rulebook.languages import NAMES
from engagebot.rulebook.reading import BOUNDS

_JOINS = {Mode.ALL: " and ", Mode.ANY: " or "}
_BOUND_WORDS = {
    "at_least": "at least {}",
    "at_most": "at most {}",
    "above": "more than {}",
    "below": "less than {}",
}
_TEXT_WORDS = {
    "contains_any": "mentions any of",
    "contains_all": "mentions all of",
    "matches": "matches the pattern",
}
_UNITS = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_INTENTS = {
    "complaint": "a complaint",
    "question": "a question",
    "bug": "a report of a fault",
    "billing": "about money",
    "delivery": "about a delivery",
    "churn": "a sign of leaving",
    "last_plea": "a last plea",
    "recommendation": "a recommendation",
    "other": "about something else",
}


def sentence(rule: Rule) -> str:
    """Say what a rule does: when, what, how often, and whether it ends the walk."""
    then = _joined([_action(action) for action in rule.then], " and ") or "do nothing"
    ends = "; then stop" if rule.stop else ""
    limits = f" ({_joined([_limit(limit) for limit in rule.limits], ', ')})" if rule.limits else ""
    if rule.when is None:
        return f"When no other rule matches, {then}{limits}{ends}."
    if rule.when.mode is Mode.NONE:
        unless = _joined([_member(each) for each in rule.when.members], " or ")
        return f"Always, unless {unless}, {then}{limits}{ends}."
    return f"When {_group(rule.when, is_top=True)}, {then}{limits}{ends}."


def _joined(parts: list[str], word: str) -> str:
    if len(parts) < 2 or word not in (" and ", " or "):
        return word.join(parts)
    return ", ".join(parts[:-1]) + word + parts[-1]


def _group(group: Group, *, is_top: bool = False) -> str:
    said = [(each, _member(each, is_choice=group.mode is Mode.ANY)) for each in group.members]
    if group.mode is Mode.NONE and len(said) == 1:
        return f"it is not so that {said[0][1]}"
    if group.mode is Mode.NONE:
        return "none of these is so: " + _joined([text for _, text in said], " or ")
    exceptions = [each for each, _ in said if is_top and isinstance(each, Group) and each.mode is Mode.NONE]
    parts = [text for each, text in said if each not in exceptions]
    unless = [_joined([_member(inner) for inner in each.members], " or ") for each in exceptions]
    if not parts:
        return _joined([text for _, text in said], " and ")
    text = _joined(parts, _JOINS[group.mode])
    if group.mode is Mode.ANY and not is_top and len(parts) > 1:
        text = f"either {text}"
    return f"{text}, unless {_joined(unless, ' or ')}" if unless else text


def _member(member: Condition | Group, *, is_choice: bool = False) -> str:
    if not isinstance(member, Group):
        return condition(member)
    # Among choices it must be heard which things belong together.
    both = "both " if is_choice and member.mode is Mode.ALL and len(member.members) > 1 else ""
    return both + _group(member)


def condition(asked: Condition) -> str:
    """Say one condition."""
    name, expected = asked.name, asked.expected
    if (contacts := re.fullmatch(r"customer\.contacts_in_([0-9]+)_days", name)) is not None:
        return f"the customer has contacted us {_bounds(expected)} times in {contacts[1]} days"
    say = _SAID.get(name)
    return say(expected) if say else f"{name} is {_values(expected)}"


def _listed(expected: Any) -> list[Any]:
    return expected if isinstance(expected, list) else [expected]


def _values(expected: Any) -> str:
    return _joined([str(value).replace("_", " ") for value in _listed(expected)], " or ")


def _languages(expected: Any) -> str:
    return _joined([NAMES.get(str(value).lower(), str(value)) for value in _listed(expected)], " or ")


def _intents(expected: Any) -> str:
    return _joined([_INTENTS.get(str(value), str(value)) for value in _listed(expected)], " or ")


def _bounds(expected: Any, say: Callable[[Any], str] | None = None) -> str:
    say = say or _amount
    parts = []
    for bound in BOUNDS:
        if bound in expected:
            value = expected[bound]
            words = _BOUND_WORDS.get(bound)
            parts.append(words.format(say(value)) if words else f"from {say(value[0])} to {say(value[1])}")
    return _joined(parts, " and ")


def _amount(value: Any) -> str:
    if isinstance(value, str):
        return _span(parse_duration(value))
    return f"{value:,}"


def _span(span: timedelta) -> str:
    """A span of time in words: 30 days, 1 hour."""
    text = format_duration(span)
    count, unit = int(text[:-1]), _UNITS[text[-1]]
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _share(value: Any) -> str:
    return f"{100 * value:g} %"


def _terms(expected: Any) -> str:
    if isinstance(expected, dict):
        return f'the list "{expected["list"]}"'
    quoted = [f'"{value}"' for value in _listed(expected)]
    shown = quoted if len(quoted) <= 6 else [*quoted[:5], f"{len(quoted) - 5} more"]
    return ", ".join(shown)


def _text(expected: Any) -> str:
    parts = []
    for key, words in _TEXT_WORDS.items():
        if key in expected:
            value = expected[key]
            is_one = key != "matches" and not isinstance(value, dict) and len(_listed(value)) == 1
            parts.append(f"the text {'mentions' if is_one else words} {_terms(value)}")
    return _joined(parts, " and ")


def _time(expected: Any) -> str:
    parts = []
    if "business" in expected:
        parts.append("in business hours" if expected["business"] else "outside business hours")
    if "weekdays" in expected:
        parts.append(f"on {_joined([_days(days) for days in _listed(expected['weekdays'])], ' or ')}")
    if "between" in expected:
        start, end = re.split("[-–]", expected["between"])
        parts.append(f"between {start.strip()} and {end.strip()}")
    return "it is " + " ".join(parts)


def _days(text: str) -> str:
    names = [_DAYS[WEEKDAYS.index(name.strip().lower()[:3])] for name in re.split("[-–]", text)]
    return " to ".join(names)


def _is(subject: str) -> Callable[[Any], str]:
    return lambda expected: f"{subject} is {_values(expected)}"


def _range(subject: str, after: str = "") -> Callable[[Any], str]:
    return lambda expected: f"{subject} {_bounds(expected)}{after}"


def _either(if_true: str, if_false: str, named: str = "{}") -> Callable[[Any], str]:
    def say(expected: Any) -> str:
        if isinstance(expected, bool):
            return if_true if expected else if_false
        return named.format(_values(expected))

    return say


_SAID: dict[str, Callable[[Any], str]] = {
    "text": _text,
    "time": _time,
    "sentiment": _is("sentiment"),
    "compound": _range("VADER's score is"),
    "unhappiness": lambda expected: f"the chance that the author is unhappy is {_bounds(expected, _share)}",
    "intent": lambda expected: f"it is {_intents(expected)}",
    "reason": _is("the reason"),
    "language": lambda expected: f"the language is {_languages(expected)}",
    "platform": lambda expected: (
        f"the platform is {_joined([str(each).capitalize() for each in _listed(expected)], ' or ')}"
    ),
    "watch": _is("the watch"),
    "subreddit": lambda expected: f"it was said in r/{_values(expected).replace(' or ', ' or r/')}",
    "kind": lambda expected: f"it is a {_values(expected)}".replace("a other", "another kind of mention"),
    "addressed_to_us": _either("it is addressed to us", "it is not addressed to us"),
    "author.followers": _range("the author has", " followers"),
    "author.in_list": lambda expected: f'the author is in the list "{expected}"',
    "author.account_age": _range("the author's account is", " old"),
    "author.verified": _either("the author is verified", "the author is not verified"),
    "customer.open_case": _either("the customer has an open case", "the customer has no open case"),
    "customer.last_outcome": _is("the customer's last outcome"),
    "customer.vip": _either("the customer is a VIP", "the customer is not a VIP"),
    "customer.opted_out": _either("the customer has opted out", "the customer has not opted out"),
    "engagement.likes": _range("it has", " likes"),
    "engagement.replies": _range("it has", " replies"),
    "engagement.score": _range("its score is"),
    "engagement.growth": _range("its reactions grow by", " an hour"),
    "mentions_rival": _either("it names a rival", "it names no rival", "it names the rival {}"),
    "tender_topic": _either(
        "it touches a tender topic", "it touches no tender topic", "the tender topic is {}"
    ),
    "asks_for_human": _either("the author asks for a person", "the author does not ask for a person"),
    "age": _range("it is", " old"),
    "near_duplicate_of_recent": _either(
        "it nearly repeats a recent mention", "it does not repeat a recent mention"
    ),
}


def _action(action: Action) -> str:
    match action:
        case Escalate(team=team, severity=severity, assignee=assignee):
            return f"escalate to {team} as {severity}" + (f", assigned to {assignee}" if assignee else "")
        case DraftReply(template=template):
            return f'draft a reply from the template "{template}"'
        case Tag(tags=tags):
            return f"tag it {', '.join(tags)}"
        case Assign(to=to):
            return f"suggest {to}"
        case Notify(channel=channel):
            return f"notify {channel}"
        case Webhook(name=name):
            return f"post it to the webhook {name}"
        case Ignore(reason=reason):
            return f"ignore it ({reason})"


def _limit(limit: Limit) -> str:
    each = {Scope.AUTHOR: " per author", Scope.THREAD: " per thread", Scope.OVERALL: ""}[limit.scope]
    span = {DAY: "a day", timedelta(hours=1): "an hour"}.get(limit.rate.per)
    return f"at most {limit.rate.count} {span or f'in {_span(limit.rate.per)}'}{each}"
