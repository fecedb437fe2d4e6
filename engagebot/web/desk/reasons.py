"""Why a mention is where it is: one sentence with real values, and the words that made the difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engagebot.bootstrap import App
from engagebot.domain.actions import Check, RuleTrace
from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import Mention
from engagebot.domain.records import DecisionRecord, MentionRecord
from engagebot.errors import FilesInvalid, NotFound
from engagebot.web.wording import FEELINGS, chance, ordinal

_QUOTED = 4
_HARD = 0.5

_FLAGS = {"tender_topic": "touches a tender topic", "asks_for_human": "asks for a person"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `is_marked` where a rule matched or a cue was heard."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A rule's trace with the rule's name and its place in the files."""

    name: str
    trace: RuleTrace
    place: str = ""

    @property
    def missed(self) -> tuple[Check, ...]:
        """The conditions that did not hold."""
        return tuple(check for check in self.trace.checks if check.result is False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision laid out for a person; `problem` says why the conditions cannot be shown."""

    sentence: str
    rules: tuple[Named, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    problem: str | None = None

    @property
    def matched(self) -> tuple[Named, ...]:
        """The rules that matched."""
        return tuple(rule for rule in self.rules if rule.trace.matched)

    @property
    def nearest(self) -> Named | None:
        """The rule that came nearest to matching too: with the fewest conditions that did not hold."""
        missing = [rule for rule in self.rules if not rule.trace.matched and rule.missed]
        return min(missing, key=lambda rule: (len(rule.missed), -len(rule.trace.checks)), default=None)


def explain(app: App, mention: MentionRecord, decision: DecisionRecord) -> Explanation:
    """Compute a decision's trace again and put it into words; never fails, so that a page can be shown."""
    try:
        book = app.book_of(decision.rule_set)
        traces = app.trace(decision, mention)
    except (NotFound, FilesInvalid) as error:
        names = ", ".join(decision.matched)
        return Explanation(sentence=f"Rules {names} matched.", problem=str(error))
    rules = []
    for trace in traces:
        rule = book.rule(trace.rule_id)
        name, place = (rule.name, f"{rule.file}:{rule.line}") if rule else (trace.rule_id, "")
        rules.append(Named(name=name, trace=trace, place=place))
    acting = [rule for rule in rules if rule.trace.rule_id in decision.matched]
    checks = [check for rule in acting for check in rule.trace.checks if check.result is True]
    spans = tuple(span for check in checks for span in check.spans)
    above = next((planned.why for planned in decision.planned if planned.why is not None), None)
    sentence = f"{_sentence(acting)}; interlock: {above}" if above else _sentence(acting)
    return Explanation(sentence=sentence, rules=tuple(rules), spans=spans + _heard(mention))


def _heard(mention: MentionRecord) -> tuple[tuple[int, int], ...]:
    """Where the words stand that pushed hard enough to be pointed at."""
    cues = mention.judgement.cues if mention.judgement else ()
    return tuple((cue.start, cue.end) for cue in cues if abs(cue.weight) >= _HARD)


def _sentence(acting: Sequence[Named]) -> str:
    checks = [check for rule in acting for check in rule.trace.checks if check.result is True]
    said = [words for check in checks if check.condition != "text" and (words := _said(check))]
    heard = dict.fromkeys(word for check in checks if check.condition == "text" for word in check.actual)
    if heard:
        said.append(f"says {', '.join(f'“{word}”' for word in list(heard)[:_QUOTED])}")
    names = _joined([f"“{rule.name}”" for rule in acting])
    rules = f"rule {names}" if len(acting) == 1 else f"rules {names}"
    reason = _joined(said) or "no condition needed"
    return f"{reason[0].upper()}{reason[1:]} → {rules}"


def _joined(said: Sequence[str]) -> str:
    shown = list(dict.fromkeys(said))
    if len(shown) > _QUOTED:
        shown[_QUOTED - 1 :] = [f"{len(shown) - _QUOTED + 1} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _said(check: Check) -> str | None:
    """A condition that held, with its value, as a person would say it; `None` where it says nothing new."""
    name, actual = check.condition, check.actual
    if name.startswith("not ") or actual is None:
        return None
    if name == "sentiment" and actual in set(Sentiment):
        unscored = actual == Sentiment.UNKNOWN
        return "in a language that is not scored" if unscored else FEELINGS[Sentiment(actual)].text
    if name == "unhappiness":
        return f"unhappy with {chance(actual)}"
    if name.startswith("customer.contacts_in_") and isinstance(actual, int):
        days = name.removeprefix("customer.contacts_in_").removesuffix("_days")
        return f"{ordinal(actual)} contact in {days} days"
    if name == "addressed_to_us":
        return "addressed to us" if actual else "not addressed to us"
    if name == "intent":
        return f"reads as {_listed(actual)}"
    if name == "mentions_rival" and isinstance(actual, list | tuple) and actual:
        return f"names {_listed(actual)}"
    if actual is True and name in _FLAGS:
        return _FLAGS[name]
    return f"{name.replace('_', ' ').replace('.', ' ')} {said_value(actual)}"


def found_value(actual: Any) -> str:
    """What was found, as a person would write it."""
    if isinstance(actual, list | tuple) and actual:
        return ", ".join(f"“{part}”" for part in actual)
    return said_value(actual)


def _listed(actual: Any) -> str:
    return ", ".join(actual) if isinstance(actual, list | tuple) else said_value(actual)


def _pair(key: str, part: Any) -> str:
    joint = " " if key == "list" or isinstance(part, int | float) else ": "
    return f"{key.replace('_', ' ')}{joint}{said_value(part)}"


def said_value(value: Any) -> str:
    """A value of a rule file or of a fact, as a person would write it."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, dict):
        return ", ".join(_pair(str(key), part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return " or ".join(said_value(part) for part in value) or "nothing"
    return str(value).replace("_", " ") if str(value) in set(Sentiment) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an author wrote, in pieces: the title, where there is one, and the text."""

    title: tuple[Piece, ...]
    text: tuple[Piece, ...]


def said(mention: Mention, spans: Iterable[tuple[int, int]] = ()) -> Said:
    """Mark the spans, which index title and text together, in both."""
    kept = list(spans)
    shift = len(mention.title) + 1 if mention.title else 0
    return Said(
        title=marked(mention.title or "", kept),
        text=marked(mention.text, [(start - shift, end - shift) for start, end in kept]),
    )


def marked(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut a text so that each piece is marked or not; spans may overlap, touch, or reach outside of it."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(start, 0), min(end, len(text))) for start, end in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    pieces: list[Piece] = []
    position = 0
    for start, end in joined:
        pieces += [Piece(text[position:start], False), Piece(text[start:end], True)]
        position = end
    return tuple(piece for piece in [*pieces, Piece(text[position:], False)] if piece.text)
