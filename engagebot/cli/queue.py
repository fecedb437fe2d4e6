"""`engagebot queue`: drafts that wait for a person."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from engagebot.bootstrap import App
from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, person, shown_site
from engagebot.cli.terminal import (
    Terminal,
    clean,
    clean_lines,
    fields,
    said,
    said_short,
    shorten,
    table,
    when,
)
from engagebot.domain.desk import searching
from engagebot.domain.mention import Route, platform_name
from engagebot.domain.outbox import DRAFT_OPEN, DraftState
from engagebot.domain.records import DraftRecord, MentionRecord, QueueItem
from engagebot.domain.roles import Act
from engagebot.errors import EngagebotError, WrongUsage
from engagebot.pipeline import review
from engagebot.store import audit
from engagebot.store.desk import presence
from engagebot.store.desk import queue as listing
from engagebot.store.desk.queue import QueueFilter
from engagebot.store.desk.queue_order import Sort
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.web.api.shapes import EventJson, draft_json, queue_item_json

WAITING = (DraftState.PROPOSED, DraftState.HELD, DraftState.BY_HAND, DraftState.NEEDS_PERSON)
_STATES = [state.value for state in DraftState]
_Do = Callable[[Tx, int, Act], DraftRecord]
_TAKE_OVER = click.option(
    "--take-over", "takes_over", is_flag=True, help="Also where somebody else is writing it; they are told."
)


@group("queue")
def queue() -> None:
    """Drafts that wait for a person.

    What is done here is done by you: the audit shows your user name.
    """


@add(queue, "list")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these states.")
@click.option("--all", "wants_all", is_flag=True, help="Every state, those that ended too.")
@click.option(
    "--filter", "wanted", metavar="SEARCH", default="", help="Only what a search of the queue finds."
)
@click.option("--sort", type=click.Choice([each.value for each in Sort]), default="due", help="The order.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, help="At most so many (default 100).")
def list_(
    terminal: Terminal, *, states: tuple[str, ...], wants_all: bool, wanted: str, sort: str, limit: int
) -> None:
    """List drafts beside their mentions, the most pressing first.

    A search has words and operators, such as --filter 'feeling:unhappy older:2h mine'.
    """
    shown = tuple(DraftState) if wants_all else tuple(DraftState(state) for state in states) or WAITING
    search = searching.read(wanted)
    with shown_site(terminal) as app, app.store.read() as tx:
        only = QueueFilter(states=shown, now=app.clock.now(), search=search, me=person())
        page = listing.page(tx, only, Sort(sort), limit=limit)
    document = [queue_item_json(item).model_dump(mode="json") for item in page.items]
    terminal.show(document, lambda: _lines(page.items))
    if page.looked_until is not None:
        terminal.say(f"of those that ended, only the newest were looked at: until {when(page.looked_until)}")
    elif page.cursor is not None:
        terminal.say(f"there are more than {limit}; --limit shows them")


def _lines(items: Sequence[QueueItem]) -> str:
    rows = [
        (
            item.draft.id,
            item.draft.state,
            item.draft.reply_route.route,
            item.mention.mention.author.handle if item.mention.mention.author else "",
            said_short(item.mention, 44),
            shorten(item.draft.text, 44),
        )
        for item in items
    ]
    headings = ("id", "state", "route", "author", "said", "draft")
    return table(headings, rows, empty="nothing waits for you")


@add(queue, "show")
@click.argument("draft_id", metavar="ID", type=int)
def show(terminal: Terminal, draft_id: int) -> None:
    """Show a draft, what it answers and its history."""
    with shown_site(terminal) as app:
        with app.store.read() as tx:
            item = listing.item(tx, draft_id)
            history = audit.of(tx, f"draft:{draft_id}")
        compose_url = _compose_url(app, item.draft, item.mention)
    document = queue_item_json(item).model_dump(mode="json") | {
        "compose_url": compose_url,
        "history": [EventJson.model_validate(event).model_dump(mode="json") for event in history],
    }
    terminal.show(document, lambda: _shown(item, compose_url, [(e.at, e.actor, e.action) for e in history]))


def _shown(item: QueueItem, compose_url: str | None, history: Sequence[tuple[object, ...]]) -> str:
    draft, mention = item.draft, item.mention.mention
    facts = {
        "draft": f"{draft.id}, {draft.state}, version {draft.version}",
        "route": f"{draft.reply_route.route}: {draft.reply_route.reason}",
        "rule": draft.rule_id,
        "missing": ", ".join(draft.missing) or None,
        "problem": draft.last_error,
        "leaves": when(draft.due_at),
        "author": f"@{mention.author.handle}" if mention.author else "(account gone)",
        "posted": f"{when(mention.posted_at)} on {platform_name(mention.ref.source)}",
        "post": mention.url,
        "composer": compose_url,
    }
    lines = [f"{at:%Y-%m-%d %H:%M}  {clean(actor)}  {action}" for at, actor, action in history]
    answer = clean_lines(draft.text)
    return "\n".join([fields(facts), "", "They said:", said(item.mention), "", "Draft:", answer, "", *lines])


@add(queue, "approve")
@click.argument("ids", metavar="ID…", type=int, nargs=-1, required=True)
@click.option("--text", metavar="TEXT", help="Approve this wording instead (one draft only).")
@click.option("--version", type=int, metavar="N", help="Refuse if it is not at this version any more.")
@click.option("--reason", metavar="TEXT", help="Why a risky one is right (one draft only).")
@_TAKE_OVER
def approve(
    terminal: Terminal, ids: tuple[int, ...], *, text: str | None, version: int | None, reason: str | None,
    takes_over: bool,
) -> None:  # fmt: skip
    """Let drafts leave, or take them over to post by hand where the platform wants that.

    Risky ones want a reason, and some a second person. A seeded check ends with 1 and is told; nothing is
    sent.
    """
    if len(ids) > 1 and (text, version, reason) != (None, None, None):
        raise WrongUsage("--text, --version and --reason are for one draft; approve them one by one")
    with shown_site(terminal) as app:

        def approve_one(tx: Tx, draft_id: int, act: Act) -> DraftRecord:
            _heed_claim(tx, draft_id, act, takes_over=takes_over)
            terms = app.terms_of(tx, act.by.name).because(reason)
            done = review.approve(tx, draft_id, act, version=version, text=text, terms=terms)
            presence.let_go(tx, draft_id)
            return done

        each_draft(terminal, app, ids, approve_one)


@add(queue, "reject")
@click.argument("ids", metavar="ID…", type=int, nargs=-1, required=True)
@click.option("--reason", metavar="TEXT", help="Why: your own words, or a short one.")
def reject(terminal: Terminal, ids: tuple[int, ...], reason: str | None) -> None:
    """Refuse drafts, and say why.

    Any words will do. Short ones, or their numbers: 1 not_happy, 2 sarcasm, 3 tone, 4 facts, 5 not_about_us,
    6 should_not_answer, 7 already_handled, 8 other. The first two also say that the author is unhappy, which
    `engagebot learn` learns.
    """
    why = reason or terminal.ask("Why", instead='say why with --reason "…"')
    with shown_site(terminal) as app:
        each_draft(terminal, app, ids, lambda tx, draft_id, act: review.reject(tx, draft_id, act, reason=why))


@add(queue, "edit")
@click.argument("draft_id", metavar="ID", type=int)
@click.option("--text", metavar="TEXT", help='The new wording; "-" reads standard input.')
@click.option("--version", type=int, metavar="N", help="Refuse if it is not at this version any more.")
@_TAKE_OVER
def edit(
    terminal: Terminal, draft_id: int, *, text: str | None, version: int | None, takes_over: bool
) -> None:
    """Change a draft's wording; without --text your editor opens."""
    with shown_site(terminal) as app:
        with app.store.read() as tx:
            draft = listing.item(tx, draft_id).draft
        wording = _wording(terminal, draft, text)
        read = draft.version if version is None else version

        def edit_one(tx: Tx, number: int, act: Act) -> DraftRecord:
            _heed_claim(tx, number, act, takes_over=takes_over)
            return review.edit(tx, number, act, text=wording, version=read)

        each_draft(terminal, app, (draft_id,), edit_one)


def _heed_claim(tx: Tx, draft_id: int, act: Act, *, takes_over: bool) -> None:
    if takes_over:
        presence.take_over(tx, draft_id, act.by.name, act.at)
    else:
        presence.refuse_if_claimed(tx, draft_id, act.by.name, act.at)


@add(queue, "undo")
@click.argument("draft_id", metavar="ID", type=int)
def undo(terminal: Terminal, draft_id: int) -> None:
    """Take back an approval that has not left yet, a rejection, or a "posted"."""
    with shown_site(terminal) as app:
        each_draft(terminal, app, (draft_id,), lambda tx, number, act: review.undo(tx, number, act).draft)


@add(queue, "posted")
@click.argument("draft_id", metavar="ID", type=int)
@click.option("--url", metavar="URL", help="Where the reply stands now.")
def posted(terminal: Terminal, draft_id: int, url: str | None) -> None:
    """Say that you have posted a by-hand reply on the platform."""
    with shown_site(terminal) as app:
        each_draft(
            terminal, app, (draft_id,), lambda tx, number, act: review.posted(tx, number, act, url=url)
        )


def _wording(terminal: Terminal, draft: DraftRecord, text: str | None) -> str:
    if text == "-":
        return sys.stdin.read()
    if text is not None:
        return text
    if not terminal.may_ask or not sys.stdin.isatty():
        raise WrongUsage('no editor can be opened here; give the wording with --text "…" or --text -')
    edited = click.edit(draft.text)
    if edited is None:
        raise WrongUsage("the editor was left without saving; nothing was changed")
    return edited


def each_draft(terminal: Terminal, app: App, ids: Sequence[int], do: _Do) -> None:
    """Do one thing to each draft, in a transaction of its own; one that fails does not stop the others."""
    act = acting(app)
    done: list[DraftRecord] = []
    failed: EngagebotError | None = None
    for draft_id in ids:
        try:
            with app.store.write() as tx:
                changed = do(tx, draft_id, act)
            done.append(review.told(changed))
        except EngagebotError as error:
            if len(ids) == 1:
                raise
            terminal.say(f"draft {draft_id}: {error}")
            failed = failed or error
    with app.store.read() as tx:
        heard = mentions.get_many(tx, [draft.mention_id for draft in done])
    document = []
    lines = []
    for draft in done:
        url = _compose_url(app, draft, heard[draft.mention_id])
        document.append(draft_json(draft).model_dump(mode="json") | {"compose_url": url})
        lines.append(_said(draft, url))
    terminal.show(document[0] if len(ids) == 1 else document, "\n".join(lines))
    if failed is not None:
        terminal.fail(failed.exit_code)


def _compose_url(app: App, draft: DraftRecord, heard: MentionRecord) -> str | None:
    if draft.reply_route.route is not Route.BY_HAND or draft.state not in DRAFT_OPEN:
        return None
    return app.compose_url(heard.mention, draft.text)


def _said(draft: DraftRecord, compose_url: str | None) -> str:
    if draft.state is DraftState.BY_HAND:
        where = clean(compose_url) if compose_url else "on the platform"
        return f"draft {draft.id} is yours to post by hand: {where}"
    leaves = ""
    if draft.state is DraftState.APPROVED:
        leaves = f", leaves {when(draft.due_at)} at the earliest" if draft.due_at else ", waits for release"
    if draft.first_reader and draft.state is DraftState.HELD:
        leaves = ", waits for a second reader"
    return f"draft {draft.id} is {draft.state}, version {draft.version}{leaves}"
