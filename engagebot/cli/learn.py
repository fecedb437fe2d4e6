"""`engagebot learn`: the site model, made from what people decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, real_site
from engagebot.cli.terminal import Terminal, fields, iso, said_short, table, when
from engagebot.domain.heard.verdicts import ModelState, SiteModelRecord, labels_of_sentiment
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.records import MentionRecord
from engagebot.errors import EngagebotError, WrongUsage
from engagebot.pipeline import learning, sampling
from engagebot.pipeline.correcting import correct
from engagebot.store.heard import mentions, models
from engagebot.yamlfile import did_you_mean

ANSWERS = {"unhappy": Sentiment.NEGATIVE, "fine": Sentiment.NEUTRAL, "praise": Sentiment.POSITIVE}


@group("learn", invoke_without_command=True)
@click.option("--rollback", is_flag=True, help="Go back to the model before, or to none.")
@click.option("--off", is_flag=True, help="Use no model and learn no more, until `engagebot learn` is run.")
@click.pass_context
def learn(ctx: click.Context, rollback: bool, off: bool) -> None:
    """Make a model of what this site's people decided; it is adopted only if it proves no worse.

    It is tried on decisions that it did not learn from, beside the shipped weights alone. At least 200
    verdicts are needed, 30 of them "unhappy" and 30 not. A running process takes an adopted model up by
    itself; `engagebot rescore` judges stored mentions by it.
    """
    if ctx.invoked_subcommand is not None:
        if rollback or off:
            raise WrongUsage(f"--rollback and --off stand alone, without {ctx.invoked_subcommand}")
        return
    if rollback and off:
        raise WrongUsage("--rollback and --off cannot both be; choose one")
    terminal: Terminal = ctx.ensure_object(Terminal)
    with real_site(terminal) as app:
        if rollback:
            _roll_back(terminal, app)
        elif off:
            _switch_off(terminal, app)
        else:
            _learn(terminal, app)


def _learn(terminal: Terminal, app: App) -> None:
    act = acting(app)
    with app.store.write() as tx:
        models.switch_on(tx, by=act.by.name, at=act.at)
    made = learning.learn(app.learning_context, by=act.by.name)
    terminal.show(_json(made), lambda: _told(made))


def _roll_back(terminal: Terminal, app: App) -> None:
    act = acting(app)
    with app.store.write() as tx:
        back = models.roll_back(tx, by=act.by.name, at=act.at)
    if back is None:
        terminal.show({"adopted": False, "model": None}, "no site model is in use: there is none before it")
    else:
        words = f"model {back.id} ({back.version}) of {when(back.made_at)} is in use again"
        terminal.show(_json(back), words)


def _switch_off(terminal: Terminal, app: App) -> None:
    act = acting(app)
    with app.store.write() as tx:
        was = models.switch_off(tx, by=act.by.name, at=act.at)
    words = f"model {was.id} is not in use any more" if was else "no site model was in use"
    document = {"adopted": False, "off_by": act.by.name, "model": was.id if was else None}
    terminal.show(document, f"{words}; nothing is learned until you run `engagebot learn`")


@add(learn, "list")
def list_(terminal: Terminal) -> None:
    """List the models that were made, newest first."""
    with real_site(terminal) as app, app.store.read() as tx:
        found, off_by = models.all_of(tx), models.off_by(tx)
    terminal.show([_json(model) for model in found], lambda: _listed(found))
    if off_by is not None:
        terminal.say(f"learning is switched off (by {off_by}); `engagebot learn` switches it on")


@add(learn, "sample")
@click.option(
    "--limit", type=click.IntRange(1, sampling.MOST), help="So many posts; default: as wanted today."
)
@click.option(
    "--answer", "answers", multiple=True, metavar="ID=WORD", help="unhappy, fine or praise; may be repeated."
)
def sample(terminal: Terminal, limit: int | None, answers: tuple[str, ...]) -> None:
    """Show posts that nobody routed, to say how their authors feel; learning sees what rules miss.

    What engagebot thinks of them is not shown, so that it sways nobody.
    """
    given = [_answer(text) for text in answers]
    with real_site(terminal) as app:
        if given:
            _take(terminal, app, given)
            return
        share = app.settings.learning.audit_share
        with app.store.read() as tx:
            drawn = sampling.draw(tx, app.clock.now(), share=share, limit=limit)
    document = {
        "items": [_item(record) for record in drawn.items],
        "day": drawn.day.isoformat(),
        "wanted": drawn.wanted,
        "answered": drawn.answered,
    }
    terminal.show(document, lambda: _asked(drawn.items))
    terminal.say(f"{drawn.answered} of {drawn.wanted} answers of today are given")


def _answer(text: str) -> tuple[int, str]:
    number, found, word = text.partition("=")
    if not found or not (number.isascii() and number.isdigit()):
        raise WrongUsage(f"--answer {text}: write ID=unhappy, ID=fine or ID=praise")
    if word not in ANSWERS:
        near = did_you_mean(word, tuple(ANSWERS))
        raise WrongUsage(f"--answer {text}: {word!r} is not one of {', '.join(ANSWERS)}{near}")
    return int(number), word


def _take(terminal: Terminal, app: App, given: Sequence[tuple[int, str]]) -> None:
    """Note each answer in a transaction of its own; one that fails does not stop the others."""
    act = acting(app)
    done: list[dict[str, Any]] = []
    failed: EngagebotError | None = None
    for mention_id, word in given:
        try:
            with app.store.write() as tx:
                before = mentions.get(tx, mention_id).judgement
                level = ANSWERS[word]
                if before is not None and labels_of_sentiment(before.sentiment) == labels_of_sentiment(level):
                    # It agrees with the machine, whose level may be the stronger one.
                    level = before.sentiment
                correct(tx, mention_id, act, sentiment=level.value, intents=_intents(before, word))
        except EngagebotError as error:
            if len(given) == 1:
                raise
            terminal.say(f"mention {mention_id}: {error}")
            failed = failed or error
        else:
            done.append({"id": mention_id, "answer": word, "sentiment": level.value})
    again = app.decide_again([line["id"] for line in done])
    words = f"{len(done)} {'answer' if len(done) == 1 else 'answers'} noted"
    terminal.show(done, words + (f", {again} decided again" if again else ""))
    if failed is not None:
        terminal.fail(failed.exit_code)


def _intents(before: Any, word: str) -> list[str] | None:
    """The machine's intents without those that the answer denies."""
    if before is None:
        return None
    denied = {
        "unhappy": {Intent.PRAISE},
        "fine": {Intent.PRAISE, Intent.COMPLAINT},
        "praise": {Intent.COMPLAINT},
    }[word]
    return [intent.value for intent in before.intents if intent not in denied]


def _item(record: MentionRecord) -> dict[str, Any]:
    mention = record.mention
    return {
        "id": record.id,
        "source": mention.ref.source,
        "author": mention.author.handle if mention.author else None,
        "posted_at": iso(mention.posted_at),
        "url": mention.url,
        "text": mention.words,
    }


def _asked(items: Sequence[MentionRecord]) -> str:
    rows = [(record.id, record.mention.ref.source, said_short(record, 90)) for record in items]
    listed = table(("id", "source", "said"), rows, empty="nothing is to be asked about now")
    return f"{listed}\n\nAnswer with --answer ID=unhappy, ID=fine or ID=praise." if rows else listed


def _json(model: SiteModelRecord) -> dict[str, Any]:
    return {
        "adopted": model.state is ModelState.ADOPTED,
        "model": model.id,
        "state": model.state.value,
        "why": model.note,
        "version": model.version or None,
        "made_at": iso(model.made_at),
        "made_by": model.made_by,
        **model.figures,
    }


def _told(model: SiteModelRecord) -> str:
    figures = model.figures
    left_out = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in figures["left_out"].items())
    praise = figures["praise"]
    facts = {
        "verdicts": f"{figures['verdicts']} of {figures['people']} people: {figures['unhappy']} unhappy, "
        f"{figures['not_unhappy']} not",
        "blind": f"{figures['audited']} from the audit sample, each counting {figures['audit_weight']:g}",
        "left out": left_out or None,
        "heard": _heard(figures["heard"]),
        "unhappy": _compared(figures["held_back"]),
        "praise": _compared(praise["held_back"]),
        "words": figures["words"] or None,
        "outcome": learning.outcome_words(model),
        "": None if praise["is_taught"] else f"praise stays as shipped: {praise['why_not']}",
    }
    if model.state is not ModelState.ADOPTED:
        facts.pop("")
    return fields(facts)


def _heard(heard: Mapping[str, Any]) -> str | None:
    if not heard["posts"]:
        return None
    used = " and ".join(heard["used_for"])
    dialect = f"dialect used for {used}" if used else "dialect not used: decisions alone do better"
    return f"{heard['posts']:,} posts that nobody decided about; {dialect}"


def _compared(held_back: Mapping[str, Mapping[str, float]] | None) -> str | None:
    if held_back is None:
        return None
    shipped, taught = held_back["shipped"], held_back["taught"]
    return (
        f"AUC {shipped['auc']:.3f} before, {taught['auc']:.3f} taught; "
        f"log-loss {shipped['log_loss']:.3f} before, {taught['log_loss']:.3f} taught"
    )


def _listed(found: Sequence[SiteModelRecord]) -> str:
    rows = []
    for model in found:
        held = model.figures.get("held_back")
        auc = f"{held['shipped']['auc']:.3f} to {held['taught']['auc']:.3f}" if held else ""
        verdicts = model.figures.get("verdicts")
        rows.append((model.id, model.state, when(model.made_at), model.made_by, verdicts, auc, model.note))
    headings = ("id", "state", "made", "by", "verdicts", "AUC", "why")
    return table(headings, rows, empty="no model was made yet; `engagebot learn` makes one")
