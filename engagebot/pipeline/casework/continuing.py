"""Continuing: a case goes on at another channel by a link that carries it, and comes back as one contact."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from engagebot.domain.casework.continuing import (
    CHANNELS,
    NOTE_CHARS,
    Continuation,
    NewContinuation,
    dislike_of,
    dislike_words,
)
from engagebot.domain.casework.wording import one_line
from engagebot.domain.heard.removal import unquoted
from engagebot.domain.persons.customers import CustomerNote
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act, Person, Role
from engagebot.errors import NeedsReason, WrongUsage
from engagebot.pipeline.casework.contacts import log
from engagebot.pipeline.casework.moving import move, refuse_ended
from engagebot.store.casework import cases, continuations
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions
from engagebot.store.persons import people
from engagebot.store.persons.contacts import NewContact


def hand_over(
    tx: Tx, case_id: int, act: Act, new: NewContinuation, *, zone: ZoneInfo
) -> tuple[Continuation, str]:
    """Make a link for whoever goes on with a case at a channel; answer it with its secret.

    Raises:
        NotFound: there is no such case.
        IllegalMove: it has ended.
        WrongUsage: nothing goes on there, or the note is too long.
        NeedsReason: the customer does not want that channel, and nobody said that it is meant.
    """
    channel = new.channel
    if channel not in CHANNELS:
        raise WrongUsage(f"channel: {channel.value!r} is not one of {', '.join(CHANNELS)}")
    said = one_line(new.note)
    if len(said) > NOTE_CHARS:
        raise WrongUsage(f"what they should know has at most {NOTE_CHARS} characters", field="note")
    case = cases.get(tx, case_id, lock=True)
    refuse_ended(case)
    against = dislike_of(channel, wishes(tx, case))
    if against is not None and not new.is_sure:
        why = dislike_words(against, zone)
        message = f"{why}; choose another channel, or say that you mean it"
        raise NeedsReason(message, risks=("against_wish",))
    for heard in mentions.get_many(tx, case.mention_ids).values():
        said = unquoted(said, heard.mention.words)
    link, secret = continuations.add(tx, case_id, channel, note=said, by=act.by.name, at=act.at)
    detail = {"link": link.id, "channel": channel.value, "until": link.expires_at.isoformat()}
    if against is not None:
        detail["against_wish"] = True
    move(tx, case, act, "link_made", detail=detail)
    return link, secret


def wishes(tx: Tx, case: CaseRecord) -> list[CustomerNote]:
    """What the customer of a case wants and does not, from all their accounts."""
    if case.customer_id is None:
        return []
    return people.notes(tx, people.accounts_of(tx, case.customer_id), standing=True)


def take_back(tx: Tx, case_id: int, link_id: int, act: Act) -> Continuation:
    """Let a link open nothing any more.

    Raises:
        NotFound: the case has no such link that still opens.
    """
    case = cases.get(tx, case_id, lock=True)
    link = continuations.revoke(tx, case_id, link_id, by=act.by.name, at=act.at)
    move(tx, case, act, "link_revoked", detail={"link": link_id})
    return link


def come_back(tx: Tx, secret: str, act: Act, *, new: NewContact) -> tuple[Continuation, set[int]]:
    """Write down, by a link, what was said there; answer the link, used up, and what is decided again.

    Raises:
        NotFound: the link opens nothing any more.
        WrongUsage: a figure makes no sense.
    """
    link = continuations.opened_by(tx, secret, act.at)
    # Nobody signs in behind a link: what is known is whose it was.
    who = Person(name=f"link {link.id} by {link.made_by}", role=Role.LIGHT)
    by_link = replace(act, by=who)
    again = log(tx, link.case_id, by_link, new)
    continuations.use_up(tx, link, act.at)
    case = cases.get(tx, link.case_id, lock=True)
    move(tx, case, by_link, "link_used", detail={"link": link.id, "channel": link.channel.value})
    return link, again
