"""Mentions as pages: everything that was heard, filtered by the address, and each one with its trace."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from engagebot.domain.actions import DraftReply, Ignore, Outcome, Planned, Tag, no_draft
from engagebot.domain.desk import searching
from engagebot.domain.judgement import Intent, Sentiment
from engagebot.domain.outbox import CASE_OPEN, Severity
from engagebot.domain.records import DecisionRecord, MentionRecord, Slice
from engagebot.pipeline import review
from engagebot.pipeline.correcting import correct
from engagebot.store import audit
from engagebot.store.casework import cases
from engagebot.store.heard import decisions, looking, mentions
from engagebot.store.heard.mentions import MentionFilter
from engagebot.store.heard.searched import Asker
from engagebot.store.replying import drafts
from engagebot.web import welcome
from engagebot.web.desk.reasons import explain, found_value, said, said_value
from engagebot.web.entry.auth import Corrector, Reader, Reviewer
from engagebot.web.rendering import page, with_query
from engagebot.web.site import Site, act

router = APIRouter(prefix="/mentions", include_in_schema=False)
PER_PAGE = 50


def filter_of(
    source: str = "",
    watch: str = "",
    sentiment: str = "",
    outcome: str = "",
    customer_id: Annotated[str, Query(max_length=20)] = "",
) -> MentionFilter:
    """Read the filter out of an address, where a form's empty fields mean all."""
    return MentionFilter(
        source=source or None,
        watch=watch or None,
        sentiment=sentiment or None,
        outcome=outcome or None,
        customer_id=int(customer_id) if customer_id.isascii() and customer_id.isdigit() else None,
    )


@router.get("")
def list_mentions(
    request: Request,
    app: Site,
    me: Reader,
    only: Annotated[MentionFilter, Depends(filter_of)],
    q: Annotated[str, Query(max_length=1000)] = "",
    cursor: str | None = None,
) -> Response:
    asked, asker = searching.parse(q), Asker(app.clock.now(), me.name)
    with app.store.read() as tx:
        # Half a search would show what nobody asked for.
        found: Slice[MentionRecord] = Slice(())
        if not asked.problems:
            found = mentions.page(
                tx, limit=PER_PAGE, cursor=cursor, only=only, search=asked.search, asker=asker
            )
        sources = looking.sources(tx)
    chosen = {name: value for name, value in asdict(only).items() if value is not None}
    if q.strip():
        chosen["q"] = q.strip() if asked.problems else asked.search.text
    return page(
        request, me, "mentions.html", found=found, chosen=chosen, sources=sources, is_first=cursor is None,
        watches=[each.name for each in app.settings.watches], sentiments=list(Sentiment),
        outcomes=list(Outcome), problems=asked.problems,
    )  # fmt: skip


@router.get("/{mention_id}")
def show_mention(request: Request, app: Site, me: Reader, mention_id: int) -> Response:
    with app.store.read() as tx:
        record = mentions.get(tx, mention_id)
        route = welcome.route_of(tx, app, record)
        decision = decisions.latest(tx, mention_id)
        values: dict[str, Any] = {
            "drafts": drafts.of_mention(tx, mention_id),
            "case": cases.of_mention(tx, mention_id),
            "thread": mentions.conversation(tx, record),
            "history": audit.of(tx, f"mention:{mention_id}"),
            "asked_out": welcome.opted_out(tx, record, route),
        }
    explanation = explain(app, record, decision) if decision else None
    words = said(record.mention, explanation.spans if explanation else ())
    return page(
        request, me, "mention.html", mention=record, decision=decision, explanation=explanation, said=words,
        said_value=said_value, found_value=found_value, is_undone=is_undone,
        route=route, sentiments=list(Sentiment), intents=list(Intent), severities=list(Severity),
        teams=tuple(app.settings.teams), case_open=CASE_OPEN,
        **values,
    )  # fmt: skip


def is_undone(planned: Planned, decision: DecisionRecord, mention: MentionRecord) -> bool:
    """Whether something that no other rule silenced was left undone all the same; the notes say why."""
    if isinstance(planned.action, Tag | Ignore):
        return False
    unbegun = no_draft(planned.rule_id)
    is_draft = isinstance(planned.action, DraftReply)
    return mention.is_history or (is_draft and any(note.startswith(unbegun) for note in decision.notes))


@router.post("/{mention_id}/correct")
def correct_mention(
    app: Site,
    me: Corrector,
    mention_id: int,
    sentiment: Annotated[str, Form()] = "",
    intents: Annotated[list[str] | None, Form()] = None,
) -> Response:
    with app.store.write() as tx:
        correct(tx, mention_id, act(app, me), sentiment=sentiment or None, intents=intents or [])
    app.decide_again([mention_id])
    return RedirectResponse(with_query(f"/mentions/{mention_id}", done="corrected"), status_code=303)


@router.post("/{mention_id}/reply")
def begin_reply(app: Site, me: Reviewer, mention_id: int) -> Response:
    with app.store.write() as tx:
        posted_at = mentions.get(tx, mention_id).mention.posted_at
        draft = review.begin(
            tx, mention_id, act(app, me),
            answer_by=app.settings.first_reply_due(posted_at), manners=app.settings.manners,
        )  # fmt: skip
    return RedirectResponse(with_query("/queue", item=draft.id, done="begun"), status_code=303)
