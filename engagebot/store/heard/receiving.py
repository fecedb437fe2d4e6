"""What every mention goes through when it comes in, whoever brings it: pulled, imported or pushed.

Own accounts are left out and what they answer is closed, the reply route is settled, copies are linked, and
who asks to be left alone is: all in the transaction that stores the mention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from engagebot.domain.heard.copies import fingerprint
from engagebot.domain.mention import Mention, ReplyRoute, Route
from engagebot.domain.replying.routes import NOTHING_SPECIAL, Manners, Standing, final_route, is_own
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.heard import answers, copies, mentions, readings, redaction
from engagebot.store.heard.copies import First, Said
from engagebot.store.heard.mentions import Incoming
from engagebot.store.heard.standing import standings
from engagebot.store.persons import customers, people
from engagebot.store.replying import drafts, snoozing
from engagebot.store.uncollected import uncollected

ACTOR = "engagebot"
_ONLY_SHOWN = ReplyRoute(route=Route.BLOCKED, reason="it was only shown again", rule="only-shown")
WHY_WITHDRAWN = "this person asked not to be written to"


def receive(
    tx: Tx, incoming: Sequence[Incoming], manners: Manners, *, watch: str | None, fetched_at: datetime
) -> int:
    """Store what is not stored yet; answer how many were new. What a watch shows in other words is revised.

    The route that an `Incoming` brings is the platform's word; ours is added here.
    """
    theirs: list[Incoming] = []
    ours: list[Mention] = []
    for item in incoming:
        if _is_ours(item, manners):
            ours.append(item.mention)
        else:
            theirs.append(item)
    with uncollected():
        added = _store(tx, theirs, manners, watch=watch, fetched_at=fetched_at)
    if ours:
        answers.note(tx, ours, fetched_at)
    return added


def _store(
    tx: Tx, theirs: Sequence[Incoming], manners: Manners, *, watch: str | None, fetched_at: datetime
) -> int:
    # A file without a column of authors does not say that the accounts are gone, nor do old exports tell
    # how a post reads now.
    is_pulled = watch is not None
    sorted_out = mentions.sort_out(tx, theirs)
    again = dict(sorted_out.known)
    if is_pulled and sorted_out.reworded:
        _revise(tx, sorted_out.reworded, manners, fetched_at)
    elif not is_pulled:
        # History says how many reactions a post had at some time, and nobody knows when.
        again |= sorted_out.reworded
        again = {key: item for key, item in again.items() if not item.is_history}
    readings.note_heard(tx, {key: item.mention.engagement for key, item in again.items()}, fetched_at)
    fresh = sorted(sorted_out.fresh, key=_order)
    if not fresh:
        return 0
    said = [_said(item, fetched_at) for item in fresh]
    found = copies.find(tx, said)
    standing = standings(tx, [item.mention for item in fresh], manners, names_authors=is_pulled)
    ready = [
        _settled(item, stand, words, first)
        for item, stand, words, first in zip(fresh, standing, said, found, strict=True)
    ]
    added = mentions.add(tx, ready, watch=watch, fetched_at=fetched_at)
    copies.link(tx, said, found)
    _honour(tx, ready, manners, fetched_at)
    if new := [item.mention for item in ready if not item.is_history]:
        snoozing.wake_answered(tx, new, fetched_at)
    return added


def read_again(tx: Tx, shown: Sequence[Mention], at: datetime) -> None:
    """Read the reactions to those of these mentions that are stored; what is not stored stays so."""
    found = mentions.sort_out(tx, [Incoming(mention=mention, reply_route=_ONLY_SHOWN) for mention in shown])
    again = found.known | found.reworded
    readings.note_heard(tx, {key: item.mention.engagement for key, item in again.items()}, at)


def _settled(item: Incoming, stand: Standing, said: Said, first: First | None) -> Incoming:
    if stand is NOTHING_SPECIAL and said.fingerprint is None and first is None:
        return item
    return Incoming(
        mention=item.mention,
        is_history=item.is_history,
        is_customer=item.is_customer,
        reply_route=final_route(item.reply_route, stand),
        fingerprint=said.fingerprint,
        copy_of=first.id if first else None,
    )


def _revise(tx: Tx, reworded: Mapping[int, Incoming], manners: Manners, at: datetime) -> None:
    shown = {mention_id: item.mention for mention_id, item in reworded.items()}
    edited = redaction.revise_heard(tx, shown, at)
    standing = standings(tx, [shown[mention_id] for mention_id in edited], manners)
    for mention_id, stand in zip(edited, standing, strict=True):
        route = final_route(reworded[mention_id].reply_route, stand)
        mentions.set_route(tx, mention_id, route)
        drafts.set_route(tx, mention_id, route)


def _is_ours(item: Incoming, manners: Manners) -> bool:
    author = item.mention.author
    return is_own(item.mention.ref.source, author.handle if author else None, manners.own_handles)


def _order(item: Incoming) -> tuple[datetime, str, str]:
    # Oldest first: what was said first is the original, and is decided first.
    return item.mention.posted_at, item.mention.ref.source, item.mention.ref.native_id


def _said(item: Incoming, now: datetime) -> Said:
    mention = item.mention
    # History starts nothing, so it need not be told apart from its echoes; and what lies further back than
    # the window cannot be the source of anything said today. That halves the cost of storing an import.
    is_past = item.is_history and mention.posted_at < now - copies.WINDOW
    return Said(
        ref=(mention.ref.source, mention.ref.native_id),
        fingerprint=None if is_past else fingerprint(mention.words),
        posted_at=mention.posted_at,
        author=customers.key_of(mention),
    )


def _honour(tx: Tx, stored: Sequence[Incoming], manners: Manners, at: datetime) -> None:
    """Leave those alone who asked for it; a mention that was known before asks for nothing a second time."""
    asking = [
        item.mention
        for item in stored
        if item.mention.addressed_to_us and item.is_customer and manners.opt_out.is_meant(item.mention.text)
    ]
    if not asking:
        return
    ids = customers.ids_of(tx, asking)
    for mention in asking:
        customer_id = ids.get(customers.key_of(mention))
        if customer_id is not None and customers.opt_out(tx, customer_id, at):
            leave_alone(tx, customer_id, actor=ACTOR, at=at, detail={"said": mention.ref.native_id})


def leave_alone(tx: Tx, customer_id: int, *, actor: str, at: datetime, detail: Mapping[str, object]) -> None:
    """Audit an opt-out that has just been noted, and take out every draft that has not left yet."""
    theirs = people.accounts_of(tx, customer_id)
    gone = drafts.withdraw_waiting(tx, theirs, at=at, actor=actor, reason=WHY_WITHDRAWN)
    audit.add(
        tx,
        at=at,
        actor=actor,
        action="customer.opted_out",
        subject=f"customer:{customer_id}",
        detail={**detail, "drafts_withdrawn": gone},
    )
