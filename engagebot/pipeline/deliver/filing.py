"""Filing: a request for a ticket on its way to a ticket system, and the ticket that its answer names."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.casework.tickets import read_ticket, url_of
from engagebot.domain.records import CaseRecord, DeliveryRecord, MentionRecord
from engagebot.domain.telling import ticket_notices
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline.deliver.context import ACTOR
from engagebot.pipeline.deliver.keeping import Keeper, Showing
from engagebot.ports import Filed, FilesTickets, Notice, Sink
from engagebot.store.casework import cases, tickets
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions


def file(keeper: Keeper, sink: Sink, delivery: DeliveryRecord) -> Filed | None:
    """Ask for a ticket; answer the one that the receiver says it made, or `None` where it does not say.

    The same id at every try lets a receiver answer the ticket that it made before. Where the case has one by
    now, nobody is asked: a receiver that links what it files may have done so before its answer was lost.

    Raises:
        DeliveryFailed: nobody has the request, or nobody can tell.
    """
    with keeper.store.read() as tx:
        system = delivery.payload["data"]["system"]
        if any(each.system == system for each in tickets.of_case(tx, delivery.case_id or 0)):
            return None
        notice = _notice(tx, keeper.showing, delivery)
    if isinstance(sink, FilesTickets):
        return sink.file(notice)
    sink.deliver(notice)
    return None


def link(tx: Tx, delivery: DeliveryRecord, filed: Filed, at: datetime) -> str | None:
    """Link the ticket that an answer names; answer in words why not, where it cannot be."""
    case_id, system = delivery.case_id or 0, delivery.payload["data"]["system"]
    try:
        # An address that nobody should follow is no reason to lose the key.
        new = read_ticket(system=system, key=filed.key, url=_address(filed.url))
        tickets.link(tx, case_id, new, by=ACTOR, at=at)
    except (IllegalMove, WrongUsage) as error:
        return f"it answered with a ticket that could not be linked: {error}"
    return None


def _address(url: str | None) -> str | None:
    try:
        return url_of(url or "")
    except WrongUsage:
        return None


def _notice(tx: Tx, showing: Showing, delivery: DeliveryRecord) -> Notice:
    case = cases.get(tx, delivery.case_id or 0)
    heard = _newest(tx, case)
    payload = delivery.payload
    return Notice(
        id=delivery.notice_id,
        kind=delivery.kind,
        title=payload["title"],
        text=payload["text"],
        url=payload.get("url"),
        sent_at=delivery.created_at,
        payload=ticket_notices.filed(
            payload,
            case,
            heard.mention if heard else None,
            notice_id=delivery.notice_id,
            is_masked=showing.is_masked,
        ),
    )


def _newest(tx: Tx, case: CaseRecord) -> MentionRecord | None:
    """What its customer said last, where the words are still there."""
    heard = [each for each in mentions.get_many(tx, case.mention_ids).values() if each.redacted_at is None]
    own = [each for each in heard if each.customer_id == case.customer_id] or heard
    return max(own, key=lambda each: (each.mention.posted_at, each.id), default=None)
