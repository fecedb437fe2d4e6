"""Writing: what people put down beside a draft, and replies that no rule has proposed."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.desk.urgency import urgency_of
from engagebot.domain.drafting import WRITTEN_BY_HAND, placeholders
from engagebot.domain.mention import Route
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.domain.replying.routes import NO_MANNERS, Manners, final_route
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.review.matter import matter_of
from engagebot.pipeline.review.telling import in_own_words
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.heard.standing import standings
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from engagebot.store.replying.rejections import SKIPPED
from engagebot.store.texts import storable
from engagebot.store.turns import take_turn


def note(tx: Tx, draft_id: int, act: Act, *, text: str) -> None:
    """Write an internal note beside a draft; it can never be sent, and keeps no quote of the post.

    Raises:
        WrongUsage: it is empty.
    """
    draft = drafts.get(tx, draft_id)
    if not text.strip():
        raise WrongUsage("the note is empty")
    _log(tx, draft_id, act, "draft.note", {"text": in_own_words(matter_of(tx, draft), text)})


def skip(tx: Tx, draft_id: int, act: Act, *, reason: str = "") -> None:
    """Pass a draft over without deciding; leads can read what was skipped, and why."""
    draft = drafts.get(tx, draft_id)
    _log(tx, draft_id, act, SKIPPED, {"reason": in_own_words(matter_of(tx, draft), reason).strip()})


def begin(
    tx: Tx,
    mention_id: int,
    act: Act,
    *,
    text: str = "",
    answer_by: datetime | None = None,
    manners: Manners = NO_MANNERS,
) -> DraftRecord:
    """Begin a reply of one's own to a mention that has none; it waits for review as any other.

    Raises:
        NotFound: there is no such mention.
        IllegalMove: nothing may be said there or to this person, the words are gone, or there is a reply.
    """
    take_turn(tx)
    heard = mentions.get(tx, mention_id)
    for other in drafts.of_mention(tx, mention_id):
        if other.is_the_reply:
            raise IllegalMove(f"draft {other.id} ({other.state}) answers this mention; work on that one")
    draft_id = drafts.propose(
        tx, _by_hand(tx, heard, act, storable(text).strip(), answer_by, manners), act.at
    )
    if draft_id is None:
        raise IllegalMove("somebody else has just begun a reply to this mention; work on that one")
    return drafts.get(tx, draft_id)


def _by_hand(
    tx: Tx, heard: MentionRecord, act: Act, wording: str, answer_by: datetime | None, manners: Manners
) -> NewDraft:
    if heard.redacted_at is not None:
        raise IllegalMove("the words of this mention are gone; there is nothing left to answer")
    mention = heard.mention
    (standing,) = standings(tx, [mention], manners)
    route = final_route(heard.reply_route, standing)
    if route.route is Route.BLOCKED:
        raise IllegalMove(f"this reply is not allowed: {route.reason}")
    return NewDraft(
        mention_id=heard.id,
        customer_id=heard.customer_id,
        rule_id=WRITTEN_BY_HAND,
        source=mention.ref.source,
        conversation_id=mention.conversation_id,
        text=wording,
        missing=placeholders(wording),
        reply_route=route,
        is_proactive=mention.addressed_to_us is not True,
        said_at=mention.posted_at,
        urgency=urgency_of(mention, heard.judgement),
        answer_by=answer_by,
        assignee=act.by.name,
        written_by=act.by.name,
    )


def _log(tx: Tx, draft_id: int, act: Act, action: str, detail: dict[str, str]) -> None:
    audit.add(tx, at=act.at, actor=act.by.name, action=action, subject=f"draft:{draft_id}", detail=detail)
