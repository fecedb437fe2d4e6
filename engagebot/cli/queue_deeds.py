"""`engagebot queue`, further: what people do with drafts beside approving, rejecting and editing them."""

from __future__ import annotations

from datetime import timedelta

import click

from engagebot.cli.command import add
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.queue import each_draft, queue
from engagebot.cli.terminal import Terminal
from engagebot.domain.outbox import Severity
from engagebot.domain.records import CaseRecord
from engagebot.errors import WrongUsage
from engagebot.pipeline import review
from engagebot.store.heard import mentions
from engagebot.web.api.shapes import case_json, draft_json
from engagebot.web.desk.handover import assignee, handover, refuse_sensitive

__all__ = ["queue"]
_ID = click.argument("draft_id", metavar="ID", type=int)
_IDS = click.argument("ids", metavar="ID…", type=int, nargs=-1, required=True)


@add(queue, "release")
@_IDS
def release(terminal: Terminal, ids: tuple[int, ...]) -> None:
    """Let approved replies leave now, without waiting for the rest of the time to undo."""
    with shown_site(terminal) as app:
        each_draft(terminal, app, ids, review.release)


@add(queue, "snooze")
@_IDS
@click.option("--hours", type=click.FloatRange(0.1, 24 * 90), help="For how many hours.")
@click.option("--until-answer", is_flag=True, help="Until they write again.")
def snooze(terminal: Terminal, ids: tuple[int, ...], hours: float | None, until_answer: bool) -> None:
    """Put drafts off; they come back earlier when their person or thread says something new."""
    if (hours is None) == (not until_answer):
        raise WrongUsage("say for how long: --hours N or --until-answer")

    with shown_site(terminal) as app:
        until = None if hours is None else app.clock.now() + timedelta(hours=hours)
        each_draft(terminal, app, ids, lambda tx, number, act: review.snooze(tx, number, act, until=until))


@add(queue, "assign")
@_IDS
@click.option("--to", metavar="NAME", help="The person or team that takes them; without it, nobody.")
def assign(terminal: Terminal, ids: tuple[int, ...], to: str | None) -> None:
    """Give drafts to a person, or to nobody."""
    with shown_site(terminal) as app:
        each_draft(
            terminal, app, ids,
            lambda tx, number, act: review.assign(tx, number, act, to=assignee(app, tx, to, act.by)),
        )  # fmt: skip


@add(queue, "not-posted")
@_IDS
def not_posted(terminal: Terminal, ids: tuple[int, ...]) -> None:
    """Say that by-hand replies were not posted after all; they wait for review again."""
    with shown_site(terminal) as app:
        each_draft(terminal, app, ids, review.not_posted)


@add(queue, "settle")
@_ID
@click.option("--there/--not-there", "is_there", required=True, help="Whether it stands on the platform.")
@click.option("--url", metavar="URL", help="Where it stands.")
def settle(terminal: Terminal, draft_id: int, is_there: bool, url: str | None) -> None:
    """Say what became of a reply whose outcome nobody could find out."""
    with shown_site(terminal) as app:
        each_draft(
            terminal, app, (draft_id,),
            lambda tx, number, act: review.settle(tx, number, act, is_there=is_there, url=url),
        )  # fmt: skip


@add(queue, "write")
@click.argument("mention_id", metavar="MENTION", type=int)
@click.option("--text", metavar="TEXT", default="", help="How it begins; edit it later.")
def write(terminal: Terminal, mention_id: int, text: str) -> None:
    """Begin a reply of your own to a mention that has none."""
    with shown_site(terminal) as app, app.store.write() as tx:
        posted_at = mentions.get(tx, mention_id).mention.posted_at
        draft = review.begin(
            tx, mention_id, acting(app), text=text,
            answer_by=app.settings.first_reply_due(posted_at), manners=app.settings.manners,
        )  # fmt: skip
    terminal.show(draft_json(draft).model_dump(mode="json"), f"draft {draft.id} is {draft.state}")


@add(queue, "escalate")
@_ID
@click.option("--team", metavar="NAME", required=True, help="The team that takes it.")
@click.option("--severity", type=click.Choice([each.value for each in Severity]), default="medium")
@click.option("--note", metavar="TEXT", help="What the team should know.")
def escalate(terminal: Terminal, draft_id: int, team: str, severity: str, note: str | None) -> None:
    """Give the person behind a draft to a team as a case; the draft is withdrawn."""
    with shown_site(terminal) as app:
        to = handover(app, team=team, severity=severity, note=note)
        with app.store.write() as tx:
            case = review.escalate(tx, draft_id, acting(app), to=to)
    _show_case(terminal, case)


@add(queue, "join")
@_ID
@click.option("--case", "case_id", type=int, metavar="ID", help="Which; else their own open case.")
def join(terminal: Terminal, draft_id: int, case_id: int | None) -> None:
    """Put the post behind a draft into an open case; the draft is withdrawn."""
    with shown_site(terminal) as app, app.store.write() as tx:
        case = review.join(tx, draft_id, acting(app), case_id=case_id)
    _show_case(terminal, case)


@add(queue, "note")
@_ID
@click.argument("text")
def note(terminal: Terminal, draft_id: int, text: str) -> None:
    """Write an internal note beside a draft; it can never be sent."""
    with shown_site(terminal) as app, app.store.write() as tx:
        refuse_sensitive(app, text)
        review.note(tx, draft_id, acting(app), text=text)
    terminal.show({"id": draft_id, "noted": True}, f"noted beside draft {draft_id}")


def _show_case(terminal: Terminal, case: CaseRecord) -> None:
    said = f"case {case.id} is {case.state}, team {case.team}; the draft was withdrawn"
    terminal.show(case_json(case).model_dump(mode="json"), said)
