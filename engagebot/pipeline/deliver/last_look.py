"""The last look before a reply leaves: is it still what was approved, and may it still go that way?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import Mention, MentionState, ReplyRoute, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.domain.replying.leaving import CapScope, Wait
from engagebot.domain.replying.routes import final_route
from engagebot.domain.replying.seeded import holds
from engagebot.domain.telling.notices import span_words
from engagebot.errors import IllegalMove, VersionMoved
from engagebot.pipeline.deliver.context import ACTOR, DeliverContext, by_route
from engagebot.pipeline.deliver.pacing import HeldBack, held_back, put_off
from engagebot.ports import Connector, Posted, RoutesReplies
from engagebot.store import site
from engagebot.store.engine import Tx
from engagebot.store.heard import answers, mentions, redaction
from engagebot.store.heard.standing import standings
from engagebot.store.replying import drafts, pacing, seeded
from engagebot.store.replying.drafts import Move

log = logging.getLogger(__name__)

# What somebody asked for ends a reply; what a platform or a policy forbids waits for a person to see it.
_ENDS = frozenset({"opted-out", "muted-author", "muted-community", "author-gone"})
_ASK_AGAIN = timedelta(seconds=10)
_UNHAPPY = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE})


@dataclass(frozen=True, slots=True)
class Sight:
    """A mention as the platform shows it just now, and what the platform takes there."""

    mention: Mention
    platform: ReplyRoute


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a reply does not leave now, and where it goes instead; `None` keeps it, to be asked again.

    What only has to wait is `held` back.
    """

    why: str
    to: DraftState | None
    action: str = "approval_void"
    values: Mapping[str, Any] | None = None
    detail: Mapping[str, Any] | None = None
    held: HeldBack | None = None


def sight(connector: Connector, heard: Mention, shown: Mention, draft: DraftRecord) -> Sight:
    """Hold what the platform shows beside what was heard.

    What it does not tell again stays as it was heard. A connector that knows nothing of routes leaves the
    word that was approved.
    """
    if shown.addressed_to_us is None:
        shown = shown._replace(addressed_to_us=heard.addressed_to_us)
    if isinstance(connector, RoutesReplies):
        return Sight(shown, connector.reply_route(shown))
    return Sight(shown, draft.reply_route)


def own_answer(
    context: DeliverContext, connector: Connector, draft: DraftRecord, heard: MentionRecord
) -> Posted | None:
    """Ask the platform for a reply of ours that is there already, where that is needed or costs nothing.

    It is needed after a restore: what the backup calls approved may have left after the backup was made, and
    what was heard and answered since is heard again.
    """
    with context.store.read() as tx:
        restored_at = site.restored_at(tx)
    is_doubtful = restored_at is not None and heard.mention.posted_at <= restored_at
    if is_doubtful or not context.prices.units(draft.source):
        return connector.own_reply(heard.mention)
    return None


def may_look(context: DeliverContext, draft: DraftRecord) -> bool:
    """Ask what needs no look at the platform: a look may cost money, and who waits would look in vain.

    Asked again by `may_leave`, where the answer counts.
    """
    with context.store.read() as tx:
        is_over = _too_old(context, draft) or _time_is_over(context, draft)
        stopped = is_over or _has_to_wait(tx, context, draft)
    if stopped is None:
        return True
    with suppress(VersionMoved, IllegalMove), context.store.write() as tx:
        _heed(tx, context, draft, stopped)
    return False


def may_leave(tx: Tx, context: DeliverContext, draft: DraftRecord, heard: MentionRecord, seen: Sight) -> bool:
    """Ask again whether the approval holds; where it does not, void it, keep the text and say why.

    To be asked in the transaction that claims the draft: an opt-out or a mute noted before it holds the
    reply, one that comes later finds it on its way. What the platform shows in other words is revised.
    """
    stopped = next(_reasons(tx, context, draft, heard, seen), None)
    if stopped is not None:
        _heed(tx, context, draft, stopped)
    if seen.mention.words != heard.mention.words:
        redaction.revise(tx, {heard.id: seen.mention}, context.clock.now())
        log.warning("draft %d is not sent: %s", draft.id, redaction.EDITED)
        return False
    return stopped is None


def _reasons(
    tx: Tx, context: DeliverContext, draft: DraftRecord, heard: MentionRecord, seen: Sight
) -> Iterator[Stopped]:
    looks: tuple[Callable[[], Stopped | None], ...] = (
        lambda: _seeded_check(tx, draft),
        lambda: _not_what_was_approved(tx, draft, heard),
        lambda: _too_old(context, draft),
        lambda: _time_is_over(context, draft),
        lambda: _other_route(tx, context, draft, seen),
        lambda: _turned(tx, context, draft, heard),
        lambda: _has_to_wait(tx, context, draft),
    )
    for look in looks:
        if (found := look()) is not None:
            yield found


def _seeded_check(tx: Tx, draft: DraftRecord) -> Stopped | None:
    """What no approval lets through: a check that stands on the draft, or the words of one."""
    checks = seeded.on(tx, draft.id)
    if any(holds(draft.text, check.text or "") for check in checks):
        return Stopped("its words are those of a seeded check", DraftState.WITHDRAWN, action="withdrawn")
    if any(check.is_standing for check in checks):
        return Stopped("a seeded check stands on it; nobody has read the reply", DraftState.PROPOSED)
    return None


def _not_what_was_approved(tx: Tx, draft: DraftRecord, heard: MentionRecord) -> Stopped | None:
    text, place = drafts.approved_hashes(tx, draft.id)
    if text is None:
        return Stopped(redaction.EDITED, DraftState.PROPOSED)
    if text != drafts.text_hash(draft.text):
        return Stopped("its text is not the one that was approved", DraftState.PROPOSED)
    # Approvals from before places were kept have none.
    if place not in (None, drafts.place_hash(heard.mention)):
        return Stopped("it would answer another post than the one it was approved for", DraftState.PROPOSED)
    return None


def _too_old(context: DeliverContext, draft: DraftRecord) -> Stopped | None:
    lasts = context.leaving.approval_lasts
    if draft.approved_at is None or context.clock.now() <= draft.approved_at + lasts:
        return None
    ago = span_words(round(lasts.total_seconds() / 60))
    why = f"approved more than {ago} ago; read it again, then approve it anew or let it be"
    return Stopped(why, DraftState.EXPIRED, action="expired")


def _time_is_over(context: DeliverContext, draft: DraftRecord) -> Stopped | None:
    if draft.follow_up_at is None or context.clock.now() < draft.follow_up_at:
        return None
    return Stopped("the time that it names has passed", DraftState.EXPIRED, action="expired")


def _other_route(tx: Tx, context: DeliverContext, draft: DraftRecord, seen: Sight) -> Stopped | None:
    (standing,) = standings(tx, [seen.mention], context.manners, without=[draft.id])
    route = final_route(seen.platform, standing)
    if route.route is Route.API:
        return None
    to, action = DraftState.HELD, "route_changed"
    if route.route is Route.BY_HAND:
        to, action = DraftState.BY_HAND, "handed_over"
    elif route.rule in _ENDS:
        to, action = DraftState.WITHDRAWN, "withdrawn"
    mentions.set_route(tx, draft.mention_id, route)
    detail = {"route": route.route.value, "rule": route.rule}
    return Stopped(f"not sent: {route.reason}", to, action, by_route(route), detail)


def _turned(tx: Tx, context: DeliverContext, draft: DraftRecord, heard: MentionRecord) -> Stopped | None:
    """What the person has said since the approval: unhappy by now, or not read by the scorer yet."""
    if draft.approved_at is None or heard.customer_id is None:
        return None
    since = mentions.heard_since(tx, heard.customer_id, draft.approved_at)
    if any(each.judgement is not None and each.judgement.sentiment in _UNHAPPY for each in since):
        why = "they have written again since, and are unhappy; read that first"
        return Stopped(why, DraftState.PROPOSED)
    if any(each.state is MentionState.NEW for each in since):
        # Not at the next tick: each look at the post may cost money.
        wait = Wait(context.clock.now() + _ASK_AGAIN, "they have written again; that is read first")
        held = HeldBack(wait, pacing.place_of(tx, draft.id), CapScope.AUTHOR)
        return Stopped(wait.why, None, held=held)
    return None


def _has_to_wait(tx: Tx, context: DeliverContext, draft: DraftRecord) -> Stopped | None:
    held = held_back(tx, context, draft)
    return None if held is None else Stopped(held.wait.why, None, held=held)


def _heed(tx: Tx, context: DeliverContext, draft: DraftRecord, stopped: Stopped) -> None:
    if stopped.to is not None:
        _stop(tx, context, draft, stopped, stopped.to)
    if stopped.held is not None:
        log.info("draft %d %s", draft.id, put_off(tx, context, stopped.held))


def _stop(tx: Tx, context: DeliverContext, draft: DraftRecord, stopped: Stopped, to: DraftState) -> None:
    values = {**(stopped.values or {}), "last_error": stopped.why, **drafts.UNAPPROVED}
    detail = {"error": stopped.why, **(stopped.detail or {})}
    move = Move(
        to=to, at=context.clock.now(), actor=ACTOR, action=stopped.action, values=values, detail=detail
    )
    drafts.change(tx, draft, move)
    log.warning("draft %d is not sent: %s", draft.id, stopped.why)


def answered_already(context: DeliverContext, draft: DraftRecord, ours: Posted) -> None:
    """Close what a reply of ours answers that the platform shows although we did not know of it."""
    with context.store.write() as tx:
        answers.close(tx, draft.mention_id, ours, context.clock.now())
    log.warning("draft %d is not sent: %s", draft.id, answers.ANSWERED.reason)
