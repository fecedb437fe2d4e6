"""`engagebot cases`, further: contacts elsewhere, words of the customer, which mentions, the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from engagebot.cli.cases import cases, change, moment
from engagebot.cli.command import add
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean, when
from engagebot.domain.casework.contacts import Channel
from engagebot.domain.casework.timeline import Entry
from engagebot.pipeline import casework, review
from engagebot.store.casework import cases as stored
from engagebot.store.casework import timeline
from engagebot.store.heard import mentions
from engagebot.store.persons.contacts import NewContact
from engagebot.web.api.shapes import case_json, draft_json
from engagebot.web.case_reading import entry_row
from engagebot.web.desk.handover import refuse_sensitive

__all__ = ["cases"]
_ID = click.argument("case_id", metavar="ID", type=int)
_MENTION = click.argument("mention_id", metavar="MENTION", type=int)
_MOST = 10_000


@add(cases, "log")
@_ID
@click.option(
    "--channel", required=True, type=click.Choice([channel.value for channel in Channel]),
    help="Where it was; post adds minutes to posts that were heard.",
)  # fmt: skip
@click.option("--minutes", type=int, help="How many minutes it took them.")
@click.option("--at", metavar="TIME", help="When it was (2026-08-03T09:30); now by default.")
@click.option("--by-us", is_flag=True, help="We went to them: no contact of theirs.")
@click.option(
    "--answered/--unanswered",
    default=None,
    help="Whether one of us spoke with them; by default yes by phone, in a chat or a shop, and by us.",
)
@click.argument("text", default="")
def log(
    terminal: Terminal,
    case_id: int,
    channel: str,
    minutes: int | None,
    at: str | None,
    by_us: bool,
    answered: bool | None,
    text: str,
) -> None:
    """Write down what a customer said elsewhere: on the phone, in a chat, in a shop."""
    with shown_site(terminal) as app:
        deed = acting(app)
        said_at = moment(at, app.settings.timezone) if at else deed.at
        refuse_sensitive(app, text)
        new = NewContact(
            channel=Channel(channel),
            at=said_at,
            text=text,
            minutes=minutes,
            is_inbound=not by_us,
            is_answered=answered,
        )
        with app.store.write() as tx:
            again = casework.log(tx, case_id, deed, new)
        app.decide_again(again)
        with app.store.read() as tx:
            case = stored.get(tx, case_id)
    minutes_said = f", {case.minutes} minutes of their time" if case.minutes else ""
    done = f"case {case.id} has {case.contacts} contacts{minutes_said}; {case.severity}, team {case.team}"
    terminal.show(case_json(case).model_dump(mode="json"), done)


@add(cases, "quote")
@_ID
@click.argument("words")
def quote(terminal: Terminal, case_id: int, words: str) -> None:
    """Head a case with words that its customer wrote, letter by letter."""
    change(terminal, lambda tx, number, act: casework.quote(tx, number, act, text=words), case_id)


@add(cases, "want")
@_ID
@click.argument("words", default="")
def want(terminal: Terminal, case_id: int, words: str) -> None:
    """Write down what the customer wants; nothing takes it back."""
    change(
        terminal, lambda tx, number, act: casework.want(tx, number, act, text=words), case_id,
        check=lambda app, _tx, _act: refuse_sensitive(app, words),
    )  # fmt: skip


@add(cases, "join")
@_ID
@_MENTION
def join(terminal: Terminal, case_id: int, mention_id: int) -> None:
    """Put a mention into a case, out of the open one that it was in."""
    change(terminal, lambda tx, number, act: casework.bring(tx, number, mention_id, act), case_id)


@add(cases, "suggest")
@_ID
@click.argument("text")
def suggest(terminal: Terminal, case_id: int, text: str) -> None:
    """Hand words over to be answered in public; they wait for review like any draft."""
    with shown_site(terminal) as app, app.store.write() as tx:
        draft = review.suggest(tx, case_id, acting(app), text=text, manners=app.settings.manners)
    document = draft_json(draft).model_dump(mode="json")
    terminal.show(document, f"draft {draft.id} waits for review")


@add(cases, "part")
@_ID
@_MENTION
def part(terminal: Terminal, case_id: int, mention_id: int) -> None:
    """Make a case of its own of a mention that is about another problem."""
    with shown_site(terminal) as app, app.store.write() as tx:
        due_at = app.settings.first_reply_due(mentions.get(tx, mention_id).mention.posted_at)
        case = casework.part(tx, case_id, mention_id, acting(app), due_at=due_at)
    terminal.show(case_json(case).model_dump(mode="json"), f"mention {mention_id} is case {case.id} now")


@add(cases, "timeline")
@_ID
@click.option("--channel", metavar="NAME", help="Only this platform, phone, chat …, note, deed or news.")
def show_timeline(terminal: Terminal, case_id: int, channel: str | None) -> None:
    """Show everything that happened in a case, in order."""
    with shown_site(terminal) as app, app.store.read() as tx:
        stored.get(tx, case_id)
        found = timeline.read(tx, case_id, most=_MOST, channel=channel)
    document: list[Mapping[str, Any]] = [entry_row(entry) for entry in found.entries]
    terminal.show(document, lambda: "\n".join(_line(entry) for entry in found.entries))


def _line(entry: Entry) -> str:
    minutes = f" ({entry.minutes} min)" if entry.minutes else ""
    said = entry.text or (entry.action or "").partition(".")[2].replace("_", " ")
    if "ticket" in entry.detail:
        said = f"{said}: {entry.detail['ticket']}"
    where = entry.channel.replace("_", " ")
    return f"{when(entry.at)}  {where}{minutes}  {clean(entry.by)}  {clean(' '.join(said.split()))}"
