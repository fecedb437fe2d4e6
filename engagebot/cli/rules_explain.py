"""`engagebot rules explain` and `route`: what the rules say of one mention, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from engagebot.cli.command import command
from engagebot.cli.opening import read_settings, shown_site, unopened_site
from engagebot.cli.terminal import Terminal, clean, fields, shorten
from engagebot.domain.actions import Planned, RuleTrace
from engagebot.domain.facts import Facts, facts_of
from engagebot.domain.interlock import INTERLOCK
from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.rules import decide
from engagebot.domain.ruling.explaining import explain as explain_rules
from engagebot.errors import NotFound, WrongUsage
from engagebot.pipeline.intake import RowContext, read_row
from engagebot.rulebook.tests import plainly
from engagebot.store.heard import decisions, mentions
from engagebot.store.heard.decisions import planned_json
from engagebot.yamlfile import did_you_mean, listed

_AROUND, _SHOWN = 30, 120  # characters
_MARKS = {True: "yes", False: "no", None: "not known"}
_PLACES = ("draft", "ignored", "nobody")


def _asked(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command its mention: a stored one by its id, or a made-up one."""
    for option in (
        click.option("--lang", metavar="CODE", help="Its language, as the platform would say."),
        click.option(
            "--addressed/--not-addressed", default=None, help="Whether it would be addressed to us."
        ),
        click.option("--author", metavar="HANDLE", help="Who would have said it."),
        click.option("--source", default="x", metavar="NAME", help="Where it would come from (default x)."),
        click.option("--text", metavar="TEXT", help="A made-up mention, instead of a stored one."),
        click.argument("mention_id", metavar="[ID]", type=int, required=False),
    ):
        function = option(function)
    return function


@command("explain")
@_asked
def explain(terminal: Terminal, mention_id: int | None, **row: Any) -> None:
    """Show what every rule says of a mention, condition by condition.

    ID explains a stored decision with the facts and the rules of its time; --text asks today's rules.
    """
    document = _document(terminal, mention_id, row)
    terminal.show(document, lambda: _text(document))


@command("route")
@_asked
@click.option(
    "--expect",
    metavar="WHERE",
    help="A team, draft, ignored or nobody: exit 1 when the mention goes elsewhere.",
)
def route(terminal: Terminal, mention_id: int | None, expect: str | None, **row: Any) -> None:
    """Show where a mention goes: the rules it passes in order, where it stops, and who gets it."""
    if expect is not None:
        _check_expected(terminal, expect)
    document = route_of(_document(terminal, mention_id, row))
    document |= {"expected": expect, "ok": expect is None or expect in document["goes_to"]}
    if not document["ok"]:
        terminal.fail(1)
    terminal.show(document, lambda: _route_text(document))


def route_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The way of a mention through the rules, from what `explain` says of it.

    `goes_to` are teams, `draft`, `ignored`, or `nobody` where it is at most marked.
    """
    kinds = {"draft": "draft", "ignore": "ignored"}
    actions = document["actions"]
    goes_to = [
        action["team"] if action["action"] == "escalate" else kinds[action["action"]]
        for action in actions
        if action["action"] == "escalate" or action["action"] in kinds
    ]
    passed = [
        {"id": rule["id"], "name": rule["name"], "note": rule["error"] or rule["note"]}
        for rule in document["rules"]
        if rule["matched"] or rule["error"]
    ]
    return {
        "text": document["text"],
        "rule_set": document["rule_set"],
        "path": passed,
        "stopped_by": next((rule["stopped_by"] for rule in document["rules"] if rule["stopped_by"]), None),
        "goes_to": list(dict.fromkeys(goes_to)) or ["nobody"],
        "actions": actions,
    }


def _check_expected(terminal: Terminal, expect: str) -> None:
    places = [*read_settings(terminal).teams, *_PLACES]
    if expect not in places:
        raise WrongUsage(
            f'"{clean(expect)}" is no place a mention can go to; there are: {listed(places)}'
            f"{did_you_mean(expect, places)}"
        )


def _route_text(document: Mapping[str, Any]) -> str:
    lines = [f'"{shorten(document["text"], 200)}"', ""]
    for rule in document["path"]:
        note = f" ({clean(rule['note'])})" if rule["note"] else ""
        lines.append(f"  {rule['id']}: {clean(rule['name'])}{note}")
    if document["stopped_by"]:
        lines.append(f"  stopped by {document['stopped_by']}: no later rule is asked")
    lines += ["", *(f"does: {_action(action)}" for action in document["actions"])]
    lines.append(f"goes to: {', '.join(document['goes_to'])}")
    if not document["ok"]:
        lines.append(f"expected: {document['expected']}")
    return "\n".join(lines)


def _document(terminal: Terminal, mention_id: int | None, row: Mapping[str, Any]) -> dict[str, Any]:
    if (mention_id is None) is (row["text"] is None):
        raise WrongUsage('give the ID of a stored mention, or --text "…"')
    if mention_id is not None:
        return _stored(terminal, mention_id)
    addressed = {"addressed_to_us": row["addressed"]}
    return _made_up(terminal, {name: value for name, value in row.items() if name != "addressed"} | addressed)


def _stored(terminal: Terminal, mention_id: int) -> dict[str, Any]:
    with shown_site(terminal) as app:
        with app.store.read() as tx:
            heard = mentions.get(tx, mention_id)
            decision = decisions.latest(tx, mention_id)
        if decision is None:
            raise NotFound(f"mention {mention_id} is not decided yet; `engagebot run --once` decides it")
        traces = app.trace(decision, heard)
        names = {rule.id: rule.name for rule in app.book_of(decision.rule_set).rules}
    about = {
        "mention": mention_id,
        "text": heard.mention.words,
        "rule_set": decision.rule_set,
        "outcome": decision.outcome.value,
        "notes": list(decision.notes),
    }
    return {**about, **_shape(heard.judgement, traces, decision.planned, names)}


def _made_up(terminal: Terminal, row: Mapping[str, Any]) -> dict[str, Any]:
    with unopened_site(terminal) as app:
        book = app.rules.load_checked()
        now = app.clock.now()
        handles = dict(app.settings.brand.handles)
        try:
            context = RowContext(source=None, now=now, handles=handles)
            mention = read_row({**row, "posted_at": now.isoformat()}, context)
        except ValueError as error:
            raise WrongUsage(str(error)) from error
        judgement = app.scorer.judge(mention.words, lang=mention.lang)
        hours = app.settings.hours
        here = now.astimezone(app.settings.timezone)
        facts: Facts = facts_of(
            mention, judgement, now=here, business_open=hours.is_open(now) if hours else None
        )
        decision = decide(book, facts)
        names = {rule.id: rule.name for rule in book.rules}
        about = {"text": mention.words, "rule_set": book.hash, "outcome": decision.outcome.value}
        return {**about, **_shape(judgement, explain_rules(book, facts), decision.planned, names)}


def _shape(
    judgement: Judgement | None,
    traces: Sequence[RuleTrace],
    planned: Sequence[Planned],
    names: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "sentiment": judgement.sentiment.value if judgement else None,
        "compound": judgement.compound if judgement else None,
        "unhappiness": judgement.unhappiness if judgement else None,
        "intents": [intent.value for intent in judgement.intents] if judgement else [],
        "language": judgement.language if judgement else None,
        "praise": judgement.praise if judgement else None,
        "reason": judgement.reason if judgement else None,
        "tender_topic": judgement.is_tender if judgement else None,
        "asks_for_human": judgement.asks_for_human if judgement else None,
        "mentions_rival": list(judgement.rivals) if judgement and judgement.rivals is not None else None,
        "other_meaning": judgement.is_other_meaning if judgement else None,
        "cues": [
            {
                "name": cue.name,
                "text": cue.text,
                "start": cue.start,
                "end": cue.end,
                "weight": cue.weight,
            }
            for cue in (judgement.cues if judgement else ())
        ],
        "rules": [
            {
                "id": trace.rule_id,
                "name": names.get(trace.rule_id, trace.rule_id),
                "matched": trace.matched,
                "conditions": [
                    {
                        "condition": check.condition,
                        "expected": check.expected,
                        "actual": check.actual,
                        "result": check.result,
                        "spans": [list(span) for span in check.spans],
                    }
                    for check in trace.checks
                ],
                "note": trace.note,
                "stopped_by": trace.stopped_by,
                "error": trace.error,
            }
            for trace in traces
        ],
        "actions": [planned_json(action) for action in planned if action.silenced is None],
        "silenced": [planned_json(action) for action in planned if action.silenced is not None],
    }


def _text(document: Mapping[str, Any]) -> str:
    lines = [
        f'"{shorten(document["text"], 200)}"',
        fields(
            {
                "sentiment": _sentiment(document),
                "unhappiness": document["unhappiness"],
                "praise": document["praise"],
                "compound": document["compound"],
                "language": document["language"],
                "intents": ", ".join(document["intents"]) or None,
                "reason": document["reason"],
                "found": ", ".join(_found(document)) or None,
                "outcome": document["outcome"],
            }
        ),
        *_pushes(document["cues"]),
        "",
    ]
    for rule in document["rules"]:
        lines.append(f"{'MATCHED' if rule['matched'] else 'no     '}  {rule['id']}: {clean(rule['name'])}")
        lines += [f"           ! {clean(rule[key])}" for key in ("error", "note") if rule[key]]
        for condition in rule["conditions"]:
            lines.append(f"           {_condition(condition)}")
            if condition["spans"]:
                lines.append(f"                      {_marked(document['text'], condition['spans'])}")
    lines.append("")
    lines += [f"does: {_action(action)}" for action in document["actions"]] or ["does nothing"]
    lines += [f"does not: {_action(action)}" for action in document["silenced"]]
    lines += [f"note: {clean(note)}" for note in document.get("notes", ())]
    return "\n".join(lines)


def _sentiment(document: Mapping[str, Any]) -> str | None:
    sentiment: str | None = document["sentiment"]
    return "unknown: this language is not scored" if sentiment == Sentiment.UNKNOWN else sentiment


def _found(document: Mapping[str, Any]) -> list[str]:
    names = ("tender_topic", "asks_for_human", "other_meaning")
    found = [name.replace("_", " ") for name in names if document[name]]
    return [*found, *(f"names {rival}" for rival in document["mentions_rival"] or ())]


def _pushes(cues: Sequence[Mapping[str, Any]]) -> list[str]:
    """What pushed, the strongest first. What has no place in the text stands without quotes."""
    if not cues:
        return []
    said = [clean(cue["text"]) for cue in cues]
    shown = [f'"{text}"' if cue["end"] else text for text, cue in zip(said, cues, strict=True)]
    width = max(map(len, shown))
    lines = [f"  {text:<{width}}  {cue['weight']:+.2f}" for text, cue in zip(shown, cues, strict=True)]
    return ["pushes (above 0: towards unhappy)", *lines]


def _condition(condition: Mapping[str, Any]) -> str:
    expected, actual = (shorten(plainly(condition[key]), 80) for key in ("expected", "actual"))
    return f"{_MARKS[condition['result']]:<9}  {condition['condition']}: {expected} (it is: {actual})"


def _marked(text: str, spans: Sequence[Sequence[int]]) -> str:
    """The words around the first places that a condition found, those marked like «this»."""
    first, first_end = spans[0]
    last = max(first_end, min(spans[-1][1], first + _SHOWN))
    place, parts = max(0, first - _AROUND), []
    for start, end in spans:
        if place <= start and end <= last:
            parts += [text[place:start], "«", text[start:end], "»"]
            place = end
    parts.append(text[place : last + _AROUND])
    before = "…" if first > _AROUND else ""
    after = "…" if last + _AROUND < len(text) else ""
    return before + clean(" ".join("".join(parts).split())) + after


def _action(action: Mapping[str, Any]) -> str:
    rest = ", ".join(
        f"{key} {plainly(value)}" for key, value in action.items() if key not in {"action", "rule"}
    )
    return f"{action['action']}{f' ({rest})' if rest else ''}, says {_named(action['rule'])}"


def _named(rule_id: str) -> str:
    return "the interlock" if rule_id == INTERLOCK else f"rule {rule_id}"
