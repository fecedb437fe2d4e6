"""Pull: ask a connector for one watch, and save each page together with the cursor behind it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from engagebot.domain.heard.removal import Removal
from engagebot.domain.listening.costs import Level, Purse, Verdict
from engagebot.domain.listening.coverage import RESTS, Span
from engagebot.domain.mention import Mention, ReplyRoute, Route
from engagebot.domain.replying import routes
from engagebot.domain.replying.routes import Manners
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutOfCredit,
    RateLimited,
    StoreUnavailable,
    WatchInvalid,
)
from engagebot.ports import Clock, Connector, Cursor, Page, RoutesReplies, Watch
from engagebot.store.engine import Store
from engagebot.store.heard import redaction
from engagebot.store.heard.mentions import Incoming
from engagebot.store.heard.receiving import read_again, receive
from engagebot.store.listening import costs, coverage, watches
from engagebot.store.listening.watches import Lease
from engagebot.store.turns import take_turn

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
MAX_PAGES = 200
LONGEST_WAIT = timedelta(hours=1)
# What a listing shows moves on while nobody reads it, so a failed question is soon asked again.
FIRST_BACK_OFF, LONGEST_BACK_OFF = timedelta(minutes=1), timedelta(minutes=15)
# A platform refuses a good key now and then; a bad one is tried ever more seldom.
REFUSED_WAIT = timedelta(minutes=5)
# The begin of a watch's note by which a later page knows that it may take the note away.
BUDGET = "budget: "
_UNROUTED = ReplyRoute(
    route=Route.BY_HAND, reason="engagebot cannot post there; a person posts the reply", rule="no-connector"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullContext:
    """What pulling needs: `owner` names this worker, `own_handles` are our accounts by source.

    `manners` are the site's own rules about speaking to people. `purse` holds prices and budgets; without it
    nothing is held back.
    """

    store: Store
    clock: Clock
    owner: str
    own_handles: Mapping[str, str]
    manners: Manners = field(default_factory=Manners)
    purse: Purse = field(default_factory=Purse)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What a poll brought: `fetched` counts mentions the connector gave, `added` those that were new."""

    name: str
    fetched: int = 0
    added: int = 0
    pages: int = 0
    error: str | None = None


class LeaseLost(Exception):
    """Another worker took the watch over; its page is the one that counts."""


def due_watches(context: PullContext, configured: Mapping[str, Watch]) -> list[Watch]:
    """The watches that should be polled now; those of paused connectors are left out."""
    with context.store.read() as tx:
        now = context.store.lease_now(tx)
        paused = watches.paused_connectors(tx, now)
        found = watches.due(tx, configured, now)
    return [configured[row.name] for row in found if row.connector not in paused]


def poll(context: PullContext, watch: Watch, connector: Connector) -> PollResult | None:
    """Pull every page of a watch, or answer `None` when another worker is at it.

    Each page and its cursor are one transaction: a crash anywhere repeats at most one page, which the unique
    key then drops. A failure is written down with the time of the next try, and never raised.

    Raises:
        StoreUnavailable: nothing can be written down; the lease runs out by itself.
    """
    lease = _claim(context, watch)
    if lease is None:
        return None
    result = PollResult(name=watch.name)
    try:
        result = _pull_pages(context, watch, connector, lease)
        with context.store.write() as tx:
            watches.release(tx, lease, context.store.lease_now(tx))
    except LeaseLost:
        log.warning("watch %s was taken over by another worker", watch.name)
    return result


def _claim(context: PullContext, watch: Watch) -> Lease | None:
    with context.store.write() as tx:
        row = watches.all_of(tx, [watch.name])
        if not row:
            return None
        now = context.store.lease_now(tx)
        return watches.claim(tx, row[0].id, owner=context.owner, now=now, lease=LEASE)


def _pull_pages(context: PullContext, watch: Watch, connector: Connector, lease: Lease) -> PollResult:
    cursor = Cursor(lease.watch.cursor) if lease.watch.cursor is not None else None
    started_at = lease.watch.started_at or context.clock.now()
    fetched = added = pages = 0
    while pages < MAX_PAGES:
        try:
            allowed = _may_read(context, watch)
            if allowed.until is not None:
                _rest(context, watch, lease, allowed)
                return PollResult(
                    name=watch.name, fetched=fetched, added=added, pages=pages, error=BUDGET + allowed.words
                )
            asked_at = context.clock.now()
            page = connector.pull(replace(watch, page_limit=allowed.room), cursor)
            # A cursor that stands still would bring the same page for ever.
            has_more = page.has_more and page.cursor != cursor
            heard = _Heard(page, has_more, asked_at, started_at - watch.lookback, allowed.level)
            added += _save(context, watch, connector, lease, heard)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:  # no connector stops the others, whatever it raises or brings
            message = _note_failure(context, watch, lease, error)
            return PollResult(name=watch.name, fetched=fetched, added=added, pages=pages, error=message)
        pages += 1
        fetched += len(page.mentions)
        if not has_more:
            break
        cursor = page.cursor
    return PollResult(name=watch.name, fetched=fetched, added=added, pages=pages)


@dataclass(frozen=True, slots=True)
class _Heard:
    page: Page
    has_more: bool
    asked_at: datetime
    history_before: datetime
    budget_before: Level


def _may_read(context: PullContext, watch: Watch) -> Verdict:
    if not context.purse.limits(watch.connector, watch.budget):
        return Verdict()
    with context.store.read() as tx:
        return costs.verdict(tx, watch, context.purse, context.clock.now())


def _rest(context: PullContext, watch: Watch, lease: Lease, spent: Verdict) -> None:
    """Wait for the next day or month; the cursor stays, so that nothing is lost when the watch goes on."""
    assert spent.until is not None  # noqa: S101 (asked by the caller)
    with context.store.write() as tx:
        if not watches.rest(tx, lease, until=spent.until, note=BUDGET + spent.words):
            raise LeaseLost(watch.name)
        coverage.note_limited(tx, watch.name, Span(context.clock.now(), spent.until), BUDGET + spent.words)
    log.warning("watch %s: %s%s", watch.name, BUDGET, spent.words)


def _budget_note(lease: Lease, page: Page, after: Verdict) -> str | None:
    """The watch's note after a page: how a tight budget stands, and what the page itself says."""
    told = "; ".join(filter(None, (after.words and BUDGET + after.words, page.note)))
    # A day's note must not outlive the day.
    return told or ("" if (lease.watch.note or "").startswith(BUDGET) else None)


def _save(context: PullContext, watch: Watch, connector: Connector, lease: Lease, heard: _Heard) -> int:
    page, now = heard.page, context.clock.now()
    manners = replace(context.manners, own_handles=context.own_handles)
    incoming = [
        Incoming(
            mention=mention,
            reply_route=route_of(connector, mention),
            is_history=mention.posted_at < heard.history_before,
        )
        for mention in page.mentions
    ]
    with context.store.write() as tx:
        if page.gone or page.gone_authors:
            take_turn(tx)  # first of all: whoever holds it may wait for the rows written below
        # Before the page is stored: what it brings of such an account was written after its return.
        redaction.redact_authors(tx, connector.name, page.gone_authors, now, Removal.GONE)
        added = receive(tx, incoming, manners, watch=watch.name, fetched_at=now)
        redaction.redact_refs(tx, page.gone, now, Removal.GONE)
        costs.count(tx, page.reads, connector=watch.connector, watch=watch.name, at=now)
        after = costs.verdict(tx, watch, context.purse, now)
        next_poll_at = now if heard.has_more else now + watch.every
        note = _budget_note(lease, page, after)
        is_ours = watches.advance(tx, lease, cursor=page.cursor, at=now, next_poll_at=next_poll_at, note=note)
        if not is_ours:
            raise LeaseLost(watch.name)
        watches.connector_recovered(tx, watch.connector)
        coverage.note_page(tx, watch, page, asked_at=heard.asked_at)
    if page.shown:
        # By itself: a transaction that came to the same posts twice could stand in another one's way.
        with context.store.write() as tx:
            read_again(tx, page.shown, now)
    if page.note:
        log.warning("watch %s: %s", watch.name, page.note)
    if after.level is Level.WARN and heard.budget_before is Level.FINE:
        # Counts only grow within a day, so this border is crossed, and this said, once.
        log.warning("watch %s: %s%s", watch.name, BUDGET, after.words)
    return added


def route_of(connector: object, mention: Mention) -> ReplyRoute:
    """Say how a reply to this mention can leave, as far as its connector knows."""
    return connector.reply_route(mention) if isinstance(connector, RoutesReplies) else _UNROUTED


def is_own(mention: Mention, own_handles: Mapping[str, str]) -> bool:
    """Whether one of our own accounts wrote this; such posts are never customers'."""
    return routes.is_own(mention.ref.source, mention.author.handle if mention.author else None, own_handles)


def _note_failure(context: PullContext, watch: Watch, lease: Lease, error: Exception) -> str:
    now = context.clock.now()
    message = str(error) if isinstance(error, ConnectorError) else f"{type(error).__name__}: {error}"
    if isinstance(error, ConnectorError):
        log.warning("watch %s: %s", watch.name, message)
    else:
        log.error("watch %s: the connector failed in an unexpected way", watch.name, exc_info=error)
    next_poll_at = _next_try(watch, lease, error, now)
    with context.store.write() as tx:
        coverage.begin(tx, watch.name, now)
        if isinstance(error, RateLimited | OutOfCredit | AuthFailed):
            watches.pause_connector(tx, watch.connector, until=next_poll_at, problem=error)
            rest = Span(now, next_poll_at)
            coverage.note_connector_limited(tx, watch.connector, rest, RESTS[type(error).__name__])
        watches.record_failure(
            tx,
            lease,
            {
                "at": now,
                "kind": type(error).__name__,
                "message": message,
                "next_poll_at": next_poll_at,
                "is_stopped": isinstance(error, WatchInvalid),
            },
        )
    return message


def _next_try(watch: Watch, lease: Lease, error: Exception, now: datetime) -> datetime:
    if isinstance(error, RateLimited):
        return min(max(error.retry_at, now), now + LONGEST_WAIT)
    if isinstance(error, OutOfCredit):
        return min(max(error.until or now + LONGEST_WAIT, now), now + timedelta(days=31))
    doublings: int = 2 ** min(lease.watch.failures, 10)
    if isinstance(error, AuthFailed):
        return now + min(REFUSED_WAIT * doublings, LONGEST_WAIT)
    longest = min(max(watch.every, LONGEST_BACK_OFF), LONGEST_WAIT)
    return now + min(min(watch.every, FIRST_BACK_OFF) * doublings, longest)
