"""A reply that arrived is in the ledger once, as the unit its platform charges for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engagebot.domain.listening.costs import Counted, PriceList, Prices
from engagebot.domain.outbox import DraftState
from engagebot.errors import OutcomeUnknown, Refused, Unavailable
from engagebot.pipeline import review
from engagebot.pipeline.deliver import DeliverContext, deliver_replies, settle_replies
from engagebot.pipeline.deliver.settle import SETTLE_AFTER
from engagebot.pipeline.review import Terms
from engagebot.store.listening import costs
from tests.factories import act, hear, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

UNITS = ("lookups", "writes", "writes_with_link", "summoned_replies")
PRICES = Prices(connectors={"fake": PriceList(units=dict.fromkeys(UNITS, Decimal("0.01")))})


def context(desk: Desk, prices: Prices = PRICES) -> DeliverContext:
    return replace(desk.deliver_context, prices=prices)


def approve(desk: Desk, text: str = "Thank you!", *, is_summoned: bool = False) -> int:
    mention = make_mention(platform={"summoned": is_summoned})
    desk.fake.posts.append(mention)
    hear(desk.store, mention)
    draft_id = desk.propose(text=text)
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store), terms=Terms(timedelta(0)))
    return draft_id


def counts(desk: Desk) -> dict[str, int]:
    return {line.unit: line.count for line in ledger(desk)}


def ledger(desk: Desk) -> list[Counted]:
    with desk.store.read() as tx:
        return costs.counted(tx, since=NOON.date())


@pytest.mark.parametrize(
    ("text", "is_summoned", "unit"),
    [
        ("Thank you!", False, "writes"),
        ("Thank you!", True, "summoned_replies"),
        ("See https://acme.example", True, "writes_with_link"),
    ],
)
def test_a_reply_is_counted_as_what_it_is(desk: Desk, text: str, is_summoned: bool, unit: str) -> None:
    approve(desk, text, is_summoned=is_summoned)
    assert deliver_replies(context(desk)) == 1
    assert counts(desk) == {"lookups": 1, unit: 1}
    assert {(line.day, line.connector, line.watch) for line in ledger(desk)} == {
        (NOON.date(), "fake", "talk")
    }


def test_a_platform_without_prices_has_one_kind_of_reply(desk: Desk) -> None:
    approve(desk, "See https://acme.example", is_summoned=True)
    deliver_replies(context(desk, Prices()))
    assert counts(desk) == {"lookups": 1, "writes": 1}


@pytest.mark.parametrize("error", [Refused("locked"), Unavailable("down"), OutcomeUnknown("time-out")])
def test_a_reply_that_did_not_surely_arrive_is_not_counted(desk: Desk, error: Exception) -> None:
    approve(desk)
    desk.fake.fail("reply", error)
    assert deliver_replies(context(desk)) == 0
    assert counts(desk) == {"lookups": 1}


def test_a_reply_that_is_found_later_is_counted_then_and_once(desk: Desk) -> None:
    draft_id = approve(desk)
    desk.fake.after_reply.append(OutcomeUnknown("time-out"))
    deliver_replies(context(desk))
    assert counts(desk) == {"lookups": 1}
    desk.clock.at = NOON + SETTLE_AFTER
    for _ in range(2):
        settle_replies(context(desk))
    assert desk.draft(draft_id).state is DraftState.SENT
    assert counts(desk) == {"lookups": 1, "writes": 1}


def test_a_look_at_a_deleted_post_brings_nothing_and_costs_nothing(desk: Desk) -> None:
    approve(desk)
    desk.fake.gone.add("1")
    deliver_replies(context(desk))
    assert counts(desk) == {}
