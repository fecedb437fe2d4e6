"""What works in a rule set and is probably not meant: warnings for whoever wrote the rules.

Pure functions from a rule set that loaded, and from what was counted of it, to findings.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from engagebot.domain.actions import DraftReply, Escalate
from engagebot.domain.rules import Condition, Group, Mode, Rule, Rulebook, RuleStatus
from engagebot.errors import Finding
from engagebot.rulebook.implying import (
    Asked,
    conditions_of,
    contradiction,
    excludes,
    implies,
    needed_names,
    needed_text,
    text_marks,
)
from engagebot.rulebook.lengths import SHORT_POST, longest_filled
from engagebot.rulebook.patterns import Pattern

DOUBTS: Mapping[str, str] = {
    "EB113": "a rule stands after the default route, which acts last wherever it stands",
    "EB187": "a condition names a platform that no connector has and nothing came from",
    "EB188": "a condition names a watch that the settings do not have",
    "EB189": "a template can become longer than a post on X may be (280, wide letters count twice)",
    "EB190": "a rule that is asked has no tests",
    "EB191": "a rule drafts replies without a limit",
    "EB192": "a rule has limits and drafts nothing",
    "EB193": "a reply can reach unhappy people: nothing in the rule, and no earlier rule, keeps them away",
    "EB194": "a reply is given for words alone, which X forbids: ask who is spoken to, or what is wanted",
    "EB195": "a rule never acts: an earlier one that stops takes all it matches, or it contradicts itself",
    "EB196": "two rules ask the same",
    "EB197": "a pattern is heavy, or begins or ends with `.*`",
    "EB198": "a rule matched nothing for 30 days",
    "EB199": "a rule matched more than a fifth of everything",
}
"""Every code of a warning about rules, those of the loader too, and what it says."""

HEAVY_PATTERN = 6000
FEW_MENTIONS = 100
LARGE_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What the rules did lately: `matched` counts mentions by rule id, among `mentions` that were decided.

    `known` are the rules that were there all the time; of others that they never matched says nothing.
    """

    days: int = 30
    mentions: int = 0
    matched: Mapping[str, int] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


def lint(book: Rulebook, *, brand: str = "", matches: Matches | None = None) -> tuple[Finding, ...]:
    """Say what is doubtful in a rule set, sorted by place; all of it warnings."""
    found = chain(
        _untested(book),
        _drafting(book),
        _too_long(book, brand),
        _shadowed(book),
        _twice(book),
        _patterns(book),
        _counted(book, matches or Matches()),
    )
    return tuple(sorted(found))


def _warn(rule: Rule, code: str, message: str) -> Finding:
    return Finding(rule.file, rule.line, 3, code, f"{rule.id}: {message}", is_warning=True)


def _asked(book: Rulebook) -> list[tuple[Rule, Group]]:
    return [
        (rule, rule.when)
        for rule in book.rules
        if rule.when is not None and rule.status is not RuleStatus.DRAFT
    ]


def _drafts(rule: Rule) -> list[str]:
    return [action.template for action in rule.then if isinstance(action, DraftReply)]


def _untested(book: Rulebook) -> Iterator[Finding]:
    for rule, _ in _asked(book):
        if not rule.tests:
            message = (
                f"this {rule.status} rule has no tests; add a mention it is meant for, and one it is not"
            )
            yield _warn(rule, "EB190", message)


def _condition(name: str, expected: Any) -> Condition:
    def ask(_: object) -> Any:
        raise NotImplementedError("a condition to compare others with is never asked")

    return Condition(name, expected, ask)


# Each of these says alone that an author is unhappy; a rule that excludes one of them whole spares them.
UNHAPPY: tuple[tuple[Condition, ...], ...] = (
    (_condition("unhappiness", {"above": 0.5}),),
    (_condition("sentiment", "negative"), _condition("sentiment", "very_negative")),
    (_condition("intent", "complaint"),),
)
ON_X = _condition("platform", "x")
# They say where and when and by whom, and nothing of what somebody wants.
_CIRCUMSTANCES = (
    frozenset(("language", "platform", "watch", "subreddit", "kind", "age", "time", "mentions_rival"))
    | {"near_duplicate_of_recent", "author.followers", "author.in_list", "author.account_age"}
    | {"author.verified", "engagement.likes", "engagement.replies", "engagement.score", "engagement.growth"}
)


def _drafting(book: Rulebook) -> Iterator[Finding]:
    catches: list[Group] = []
    for rule, when in _asked(book):
        if _drafts(rule):
            if not rule.limits:
                example = "limits: {per_day: 20, per_author: 1/30d}"
                yield _warn(rule, "EB191", f"it drafts replies without a limit; add {example}")
            if not _spares(when) and not _is_caught(catches):
                message = (
                    "this reply can reach unhappy people; add - unhappiness: {at_most: 0.3} below all:, "
                    "or - sentiment: [negative, very_negative] below none:"
                )
                yield _warn(rule, "EB193", message)
            if not excludes(when, ON_X) and _asks_for_words_only(when):
                message = (
                    "it answers words alone, and X forbids automated replies to keywords; add "
                    "- addressed_to_us: true, or what the author wants, such as - intent: question"
                )
                yield _warn(rule, "EB194", message)
        is_taking = rule.stop or any(isinstance(action, Escalate) for action in rule.then)
        if rule.status is RuleStatus.LIVE and is_taking:
            catches.append(when)


def _spares(asked: Asked) -> bool:
    """Whether nobody unhappy can fulfil it."""
    if isinstance(asked, Group) and asked.mode is Mode.ANY:
        return all(_spares(member) for member in asked.members)
    if isinstance(asked, Group) and any(_spares(member) for member in _groups(asked)):
        return True
    return any(all(excludes(asked, sign) for sign in signs) for signs in UNHAPPY)


def _groups(group: Group) -> list[Group]:
    return [each for each in group.members if isinstance(each, Group)] if group.mode is Mode.ALL else []


def _is_caught(catches: Iterable[Group]) -> bool:
    """Whether an earlier rule stops at everybody unhappy, or escalates and so silences the reply."""
    takers = tuple(catches)
    return any(all(any(implies(sign, when) for when in takers) for sign in signs) for signs in UNHAPPY)


def _asks_for_words_only(when: Group) -> bool:
    wants = list(_wishes(when))
    names = {wish.name for wish in wants}
    is_summoned = any(wish.name == "addressed_to_us" and wish.expected is True for wish in wants)
    return not is_summoned and "text" in names and names <= {"text", "addressed_to_us", *_CIRCUMSTANCES}


def _wishes(asked: Asked) -> Iterator[Condition]:
    if isinstance(asked, Condition):
        yield asked
    elif asked.mode is not Mode.NONE:
        for member in asked.members:
            yield from _wishes(member)


def _too_long(book: Rulebook, brand: str) -> Iterator[Finding]:
    asked = [(rule, when) for rule, when in _asked(book) if not excludes(when, ON_X)]
    used = {name: rule.id for rule, _ in reversed(asked) for name in _drafts(rule)}
    folder = book.rules[0].file.partition("/")[0]
    for name, rule_id in used.items():
        longest = max(longest_filled(text, brand) for text in book.templates[name].wordings)
        if longest > SHORT_POST:
            message = (
                f"with the longest names this reply (rule {rule_id}) counts {longest} characters, and X "
                f"takes {SHORT_POST}: such a draft waits until somebody shortens it"
            )
            yield Finding(f"{folder}/templates/{name}.md", 1, 1, "EB189", message, is_warning=True)


def _shadowed(book: Rulebook) -> Iterator[Finding]:
    stops = _Stops()
    for rule, when in _asked(book):
        clash = contradiction(when)
        if clash is not None:
            pair = f'"{clash[0]}" twice' if clash[0] == clash[1] else f'"{clash[0]}" and "{clash[1]}"'
            yield _warn(rule, "EB195", f"it can never match: it asks {pair}, and one excludes the other")
            continue
        stop = stops.first_over(when)
        if stop is not None:
            place = f"{stop.file}:{stop.line}"
            message = f"it never acts: {stop.id} ({place}) matches all that it would, and stops the walk"
            yield _warn(rule, "EB195", f"{message}; move this rule above it, or narrow that one")
        if rule.stop and rule.status is RuleStatus.LIVE:
            stops.add(rule, when)


class _Stops:
    """The rules so far that end the walk, found by the words they ask for: most pairs need no comparing."""

    def __init__(self) -> None:
        self._stops: list[tuple[Rule, Group, frozenset[str]]] = []
        self._by_mark: defaultdict[str, list[int]] = defaultdict(list)
        self._unmarked: list[int] = []

    def add(self, rule: Rule, when: Group) -> None:
        place = len(self._stops)
        self._stops.append((rule, when, needed_names(when)))
        text = needed_text(when)
        for mark in text_marks(text) if text else ():
            self._by_mark[mark].append(place)
        if text is None:
            self._unmarked.append(place)

    def first_over(self, when: Group) -> Rule | None:
        """The first of them that matches whatever these conditions match."""
        names = frozenset(condition.name for condition in conditions_of(when))
        places = {*self._unmarked, *(at for mark in text_marks(when) for at in self._by_mark.get(mark, ()))}
        for rule, wider, needed in (self._stops[place] for place in sorted(places)):
            if needed <= names and implies(when, wider):
                return rule
        return None


def _twice(book: Rulebook) -> Iterator[Finding]:
    seen: dict[str, Rule] = {}
    for rule, when in _asked(book):
        first = seen.setdefault(_written(when), rule)
        if first is rule or (first.stop and first.status is RuleStatus.LIVE):
            continue
        place = f"{first.file}:{first.line}"
        if first.then == rule.then:
            yield _warn(
                rule, "EB196", f"it asks and does the same as {first.id} ({place}); delete one of them"
            )
        else:
            yield _warn(rule, "EB196", f"it asks the same as {first.id} ({place}); make them one rule")


def _written(asked: Asked) -> str:
    """One text for the same questions in any order."""
    if isinstance(asked, Condition):
        expected = sorted(asked.expected, key=str) if isinstance(asked.expected, list) else asked.expected
        return json.dumps([asked.name, expected], sort_keys=True)
    return f"{asked.mode}({','.join(sorted(map(_written, asked.members)))})"


def _patterns(book: Rulebook) -> Iterator[Finding]:
    for rule, when in _asked(book):
        for condition in conditions_of(when):
            source = condition.expected.get("matches") if condition.name == "text" else None
            if source is None:
                continue
            size = Pattern(source).size
            if size > HEAVY_PATTERN:
                message = (
                    f"its pattern is heavy ({size} steps, fine are {HEAVY_PATTERN}): it is asked of every "
                    "mention; use smaller counts in {…}, or words in contains_any"
                )
                yield _warn(rule, "EB197", message)
            elif source.startswith(".*") or source.endswith((".*", ".*?")):
                yield _warn(
                    rule, "EB197", "its pattern begins or ends with .*, which changes nothing; drop it"
                )


def _counted(book: Rulebook, matches: Matches) -> Iterator[Finding]:
    if matches.mentions < FEW_MENTIONS:
        return
    among = f"of {matches.mentions:,} mentions of the last {matches.days} days"

    for rule, _ in _asked(book):
        count = matches.matched.get(rule.id, 0)
        if not count and rule.id in matches.known:
            yield _warn(
                rule, "EB198", f"it matched none {among}; is a word misspelt, or is it needed no more?"
            )
        elif count > LARGE_SHARE * matches.mentions:
            share = f"{100 * count / matches.mentions:.0f} %"
            yield _warn(rule, "EB199", f"it matched {share} {among}; is it meant to be as wide as that?")
