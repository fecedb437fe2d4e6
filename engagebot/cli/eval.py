"""`engagebot eval`: how good judgement and rules are on labelled posts, beside plain VADER."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from engagebot.bootstrap import App
from engagebot.cli import log
from engagebot.cli.command import command
from engagebot.cli.evaluating import Asked, Evaluation, as_json, evaluate, evaluate_vader, learn, rounded
from engagebot.cli.labelled import Labelled, Rows, read_labelled
from engagebot.cli.opening import read_settings
from engagebot.cli.progress import counted
from engagebot.cli.terminal import Terminal, clean, table
from engagebot.ports import Scorer
from engagebot.rulebook import Setting, load_rulebook
from engagebot.scaffold import template_root
from engagebot.scoring.dialect import FEWEST_HEARD
from engagebot.settings import Settings, load_settings

_SHOWN_BRANDS = 12
_FIGURES = (
    ("right level of three", "accuracy"),
    ("macro-F1 of the three", "macro_f1"),
    ("unhappy: precision", "unhappy.precision"),
    ("unhappy: recall", "unhappy.recall"),
    ("unhappy: F1", "unhappy.f1"),
    ("unhappy: AUC", "unhappy.auc"),
    ("unhappy: recall at precision 0.90", "recall_at_precision_90"),
)
_MEANING = (
    "AUC is how often an unhappy post ranks above another one: 0.5 is chance, 1 is perfect. The last line\n"
    "is the share of unhappy posts that is found where 90 % of the posts called unhappy have to be so."
)
_LANE = "The friendly lane: had the friendliest posts got a friendly draft, who would have got one?"


@command("eval")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--learn", "wanted", type=click.IntRange(min=1), metavar="N",
    help="Learn from N random rows first, and score the rest.",
)  # fmt: skip
@click.option("--seed", default=0, metavar="S", help="Which rows --learn takes (default 0).")
@click.option(
    "--rules/--no-rules", "asks_rules", default=True, help="Ask the rules about each row (default)."
)
@click.option("--encoding", default="utf-8", metavar="NAME", help="For files without a BOM (default utf-8).")
def eval_file(
    terminal: Terminal, file: Path, wanted: int | None, seed: int, asks_rules: bool, encoding: str
) -> None:
    """Measure judgement and rules on labelled posts, beside plain VADER; "-" reads standard input.

    FILE is CSV or JSON Lines with text and label: negative, neutral or positive, in any case; neg, neu and
    pos are understood. With a column brand the AUC is shown for each brand too. Nothing is stored.

    Rows count as first posts to us and limits are off. The site's rule files are asked; outside a site, those
    that come with engagebot. A row in a language that is not scored is never right, stands in the middle of
    the ranking of unhappiness, last in the friendly lane, and goes to people.

    With --learn the rows that are scored are heard too, without their labels, as a site hears more than its
    people decide about; no row is scored by a model that heard it.
    """
    with _site(terminal) as app:
        rows = read_labelled(file, encoding=encoding)
        asked = _asked(app.settings, app) if asks_rules else None
        scorer = app.scorer
        if wanted is None:
            found = _measured(terminal, rows, [(rows.rows, scorer)], asked)
            document = _document(rows, rows.rows, scorer.version, found)
        else:
            lesson = learn(rows.rows, wanted, seed=seed, scorer=scorer)
            before = _measured(terminal, rows, [(lesson.rest, scorer)], asked)
            found = _measured(terminal, rows, [*zip(lesson.halves, lesson.scorers, strict=True)], asked)
            document = _document(rows, lesson.rest, scorer.version, found)
            document["before_learning"] = _before(before)
            document["learned"] = dict(lesson.about)
    document = rounded(document)
    terminal.show(document, lambda: _text(document))


@contextmanager
def _site(terminal: Terminal) -> Iterator[App]:
    """The site without its database; outside a site, the one that comes with engagebot."""
    log.set_up(terminal, level="ERROR")
    with tempfile.TemporaryDirectory() as nowhere:
        app = App(_settings(terminal, Path(nowhere)))
        try:
            yield app
        finally:
            app.close()


def _settings(terminal: Terminal, nowhere: Path) -> Settings:
    was_named = terminal.site != Path() or "ENGAGEBOT_SITE" in os.environ
    if was_named or (terminal.site / "config" / "engagebot.yaml").exists():
        return read_settings(terminal)
    # Nothing may be written beside the templates, not even an empty folder for a database.
    return load_settings(template_root(), {"ENGAGEBOT_DATABASE_URL": f"sqlite:///{nowhere / 'none.db'}"})


def _asked(settings: Settings, app: App) -> Asked:
    """The rule files as they stand, asked at the moment that their own tests have."""
    now = Setting().now
    hours = settings.hours
    return Asked(
        book=load_rulebook(settings.rules_folder, known=app.rules.known),
        now=now.astimezone(settings.timezone),
        business_open=hours.is_open(now) if hours else None,
    )


def _measured(
    terminal: Terminal, rows: Rows, parts: Sequence[tuple[Sequence[Labelled], Scorer]], asked: Asked | None
) -> Evaluation:
    with counted(terminal, rows.name, sum(len(part) for part, _ in parts)) as bar:
        return evaluate(parts, asked, bar)


def _document(rows: Rows, scored: Sequence[Labelled], scorer: str, found: Evaluation) -> dict[str, Any]:
    labels = [row.label for row in scored]
    return {
        "file": rows.name,
        "rows": len(scored),
        "checksum": rows.checksum,
        "scorer": scorer,
        "labels": {label.value: labels.count(label) for label in sorted(set(labels))},
        "languages": dict(found.languages),
        "unscored": found.unscored,
        "vader": asdict(evaluate_vader(scored)),
        **as_json(found),
        **({"brands": found.brands} if found.brands else {}),
    }


def _before(found: Evaluation) -> dict[str, Any]:
    """The figures without learning, under one name."""
    document = as_json(found)
    return {**document.pop("engagebot"), **document}


def _text(document: Mapping[str, Any]) -> str:
    parts = [_head(document), _figures(document), _MEANING]
    if document["friendly_lane"]:
        parts += [_LANE, _lane(document["friendly_lane"])]
    if document["shipped_rules"]:
        parts.append(_rules(document["shipped_rules"]))
    if 1 < len(document.get("brands", {})) <= _SHOWN_BRANDS:
        lines = [(brand, each["rows"], _number(each["auc"])) for brand, each in document["brands"].items()]
        parts.append(table(("brand", "posts", "AUC of unhappy"), lines, empty=""))
    return "\n\n".join(parts)


def _head(document: Mapping[str, Any]) -> str:
    labels = ", ".join(f"{count:,} {label}" for label, count in document["labels"].items())
    languages = ", ".join(f"{code} {count:,}" for code, count in [*document["languages"].items()][:8])
    lines = [
        f"{clean(document['file'])}: {document['rows']:,} posts scored ({labels})",
        f"sha256 {document['checksum']}",
        f"scorer {document['scorer']}",
        f"languages: {languages}",
    ]
    if document["unscored"]:
        lines.append(
            f"{document['unscored']:,} posts are in a language that is not scored: never counted as right, "
            "and they go to people"
        )
    if learned := document.get("learned"):
        lines.append(
            f"learned from {learned['rows']:,} other rows of the file (seed {learned['seed']}): "
            f"{learned['unhappy']:,} unhappy, {learned['praise']:,} praise"
        )
        fewest = min(learned["heard"])
        lines.append(
            f"no dialect: it needs {FEWEST_HEARD} posts in each half of those that are scored"
            if fewest < FEWEST_HEARD
            else "heard without their labels: each half of the posts scored by a model that heard the other "
            f"one, {fewest:,} posts"
        )
        if learned["note"]:
            lines.append(f"careful: {learned['note']}")
    return "\n".join(lines)


def _figures(document: Mapping[str, Any]) -> str:
    columns = {"VADER": document["vader"], "engagebot": document["engagebot"]}
    if "before_learning" in document:
        columns = {
            "VADER": document["vader"],
            "engagebot": document["before_learning"],
            "learned": document["engagebot"],
        }
    lines = [
        (said, *(_number(_at(figures, path)) for figures in columns.values())) for said, path in _FIGURES
    ]
    return table(("", *columns), lines, empty="")


def _lane(points: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        (
            _percent(point["coverage"]), _percent(point["unhappy_share"]),
            f"{point['drafted']:,}", _number(point["threshold"]),
        )
        for point in points[1::2]
    ]  # fmt: skip
    return table(("of all praise", "unhappy among them", "posts", "friendliness from"), lines, empty="")


def _rules(figures: Mapping[str, Any]) -> str:
    human = figures["human"]
    return (
        f"The rules draft a friendly answer to {_percent(figures['drafted'])} of all posts: to "
        f"{_percent(figures['praise_coverage'])} of the praise.\n"
        f"Of the posts that get one {_percent(figures['unhappy_share'])} are unhappy.\n"
        f"They send {_percent(human['share'])} of all posts to people: "
        f"{_percent(human['recall'])} of the unhappy posts."
    )


def _at(figures: Mapping[str, Any], path: str) -> float | None:
    found: Any = figures
    for name in path.split("."):
        found = found[name]
    return None if found is None else float(found)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
