"""Contacts elsewhere: what a customer said on the phone, in a chat or in a shop, written down by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engagebot.domain.casework.contacts import MOST_MINUTES, OLDEST, Channel
from engagebot.domain.heard.removal import unquoted
from engagebot.domain.outbox import CASE_OPEN
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.casework import cases, clocks
from engagebot.store.casework.cases import CaseMove
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, reopening
from engagebot.store.persons import contacts
from engagebot.store.persons.contacts import NewContact
from engagebot.store.turns import take_turn


def log(tx: Tx, case_id: int, act: Act, new: NewContact) -> set[int]:
    """Write a contact down; answer which mentions wait to be decided again for it.

    Where somebody of ours spoke with them, that is our first reply, or the next one, from that moment. One
    more contact may be what a rule waits for: the customer's latest mention is decided again with it, so that
    the same rules that route a third post route a third call.

    Raises:
        NotFound: there is no such case.
        WrongUsage: a figure or a time makes no sense.
    """
    _check(new, act)
    take_turn(tx)
    case = cases.get(tx, case_id, lock=True)
    heard = mentions.get_many(tx, case.mention_ids)
    text = " ".join(new.text.split())
    for record in heard.values():
        text = unquoted(text, record.mention.words)
    contacts.add(tx, case_id, replace(new, text=text), by=act.by.name, at=act.at)
    counts = new.is_inbound and new.channel is not Channel.POST
    began_at = min(case.first_symptom_at, new.at) if counts else case.first_symptom_at
    detail = {"channel": new.channel.value, "minutes": new.minutes, "at": new.at.isoformat()}
    if not new.is_inbound:
        detail["by_us"] = True
    if new.was_answered:
        detail["answered"] = True
    cases.change(
        tx,
        case,
        CaseMove(
            at=act.at,
            actor=act.by.name,
            action="contact_logged",
            values={"first_symptom_at": began_at, **_spoken(tx, case, new)},
            detail=detail,
        ),
    )
    if new.was_answered and not new.is_inbound:
        cases.rouse(tx, case_id, act.at, actor=act.by.name, begun_at=new.at)
    latest = _latest(tx, case) if counts and case.state in CASE_OPEN else None
    return reopening.reopen(tx, [latest], act.at) if latest is not None else set()


def _spoken(tx: Tx, case: CaseRecord, new: NewContact) -> dict[str, datetime]:
    """When we spoke with them first and last, where we did by this; a word before the case is none in it."""
    if not new.was_answered or not clocks.is_about(tx, case, new.at, audit.of(tx, f"case:{case.id}")):
        return {}
    return {
        "first_reply_at": min(case.first_reply_at or new.at, new.at),
        "spoken_at": max(case.spoken_at or new.at, new.at),
    }


def _check(new: NewContact, act: Act) -> None:
    if new.minutes is not None and not 0 < new.minutes <= MOST_MINUTES:
        raise WrongUsage(
            f"minutes: {new.minutes} is not between 1 and {MOST_MINUTES}, the minutes of a day",
            field="minutes",
        )
    if new.channel is Channel.POST and new.minutes is None:
        raise WrongUsage(
            "say how many minutes their posts took them; the posts themselves are counted already",
            field="minutes",
        )
    if new.channel is Channel.POST and new.is_answered:
        raise WrongUsage("what answers a post is a reply; leave that out here", field="answered")
    if new.at > act.at:
        raise WrongUsage("that moment is still to come; log a contact once it has been", field="at")
    if new.at < act.at - OLDEST:
        raise WrongUsage("that was more than a year ago; write a note instead", field="at")


def _latest(tx: Tx, case: CaseRecord) -> int | None:
    theirs = [
        record
        for record in mentions.get_many(tx, case.mention_ids).values()
        if record.customer_id is not None and record.customer_id == case.customer_id
    ]
    newest = max(theirs, key=lambda record: (record.mention.posted_at, record.id), default=None)
    return newest.id if newest is not None else None
