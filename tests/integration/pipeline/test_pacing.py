"""Caps and quiet hours: what waits, until exactly when, and what goes past it meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.durations import Rate
from engagebot.domain.mention import Author
from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.leaving import CapScope, Leaving
from engagebot.errors import Unavailable
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from tests.factories import API, PLAIN, act, hear, id_of, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
ACCOUNT, AUTHOR, THREAD, COMMUNITY = CapScope


def approve(desk: Desk, native_id: str, *, is_proactive: bool = False, **said: Any) -> int:
    """An approved reply to a mention of its own, due now; each is by somebody else."""
    mention = make_mention(native_id, **{"author": Author(handle=native_id, native_id=native_id), **said})
    desk.fake.posts.append(mention)
    hear(desk.store, mention)
    with desk.store.write() as tx:
        heard = mentions.get(tx, id_of(tx, native_id))
        new = NewDraft(
            mention_id=heard.id, customer_id=heard.customer_id, rule_id="love", source="fake",
            conversation_id=mention.conversation_id, text="Thanks!", missing=(), reply_route=API,
            is_proactive=is_proactive, said_at=desk.clock.now(), urgency=PLAIN,
        )  # fmt: skip
        draft_id = drafts.propose(tx, new, desk.clock.now())
        assert draft_id is not None
        review.approve(tx, draft_id, act(desk.store))
    return draft_id


def deliver(desk: Desk, leaving: Leaving) -> list[str]:
    """Send what is due by these bounds; answer to which posts."""
    before = len(desk.fake.replies)
    deliver_replies(replace(desk.deliver_context, leaving=leaving))
    return [native_id for native_id, _ in desk.fake.replies[before:]]


def capped(scope: CapScope, *rates: Rate, **more: Any) -> Leaving:
    return Leaving(caps={scope: rates}, zone=BERLIN, **more)


MAPLE = Author(handle="maple", native_id="7")
SCOPES = [
    pytest.param(AUTHOR, {"author": MAPLE}, {}, "to this person", id="author"),
    pytest.param(THREAD, {"conversation_id": "t"}, {"conversation_id": "u"}, "in this thread", id="thread"),
    pytest.param(
        COMMUNITY, {"community": "r/Acme"}, {"community": "r/b"}, "in this community", id="community"
    ),
]


@pytest.mark.parametrize(("scope", "here", "elsewhere", "where"), SCOPES)
def test_a_reply_over_a_cap_waits_until_it_frees_and_holds_up_nobody_else(
    desk: Desk, scope: CapScope, here: dict[str, Any], elsewhere: dict[str, Any], where: str
) -> None:
    leaving = capped(scope, Rate(1, HOUR))
    approve(desk, "1", **here)
    assert deliver(desk, leaving) == ["1"]
    desk.clock.forward(minutes=25)
    second, _, _ = approve(desk, "2", **here), approve(desk, "3", **elsewhere), approve(desk, "4")
    assert deliver(desk, leaving) == ["3", "4"]
    draft = desk.draft(second)
    assert (draft.state, draft.due_at, draft.approved_by) == (S.APPROVED, NOON + HOUR, "agent_demo")
    assert draft.last_error == f"waits until 15:00: 1 reply an hour {where} ({scope.setting})"
    desk.clock.at = NOON + HOUR - timedelta(milliseconds=1)
    assert deliver(desk, leaving) == []
    desk.clock.at = NOON + HOUR
    assert deliver(desk, leaving) == ["2"]
    assert desk.draft(second).last_error is None


def test_all_that_is_over_an_accounts_cap_is_put_off_at_once_and_said_once(desk: Desk) -> None:
    leaving = capped(ACCOUNT, Rate(2, MINUTE), Rate(3, HOUR))
    waiting = [approve(desk, str(number)) for number in range(5)]
    looks: list[str] = []
    desk.fake.before_call = looks.append
    assert deliver(desk, leaving) == ["0", "1"]
    # Who waits is not looked up, for a look may cost money.
    assert looks.count("lookup") == 2
    assert {desk.draft(each).due_at for each in waiting[2:]} == {NOON + MINUTE}
    assert desk.draft(waiting[4]).last_error == (
        "waits until 14:01:00: 2 replies a minute from this account (contact_policy.replies_per_account)"
    )
    desk.clock.at = NOON + MINUTE
    assert deliver(desk, leaving) == ["2"]
    assert {desk.draft(each).due_at for each in waiting[3:]} == {NOON + HOUR}
    desk.clock.at = NOON + HOUR
    assert deliver(desk, leaving) == ["3", "4"]
    told = [event.action for event in desk.events(f"draft:{waiting[4]}")]
    assert told == [
        "draft.proposed",
        "draft.approved",
        "draft.waits",
        "draft.waits",
        "draft.sending",
        "draft.sent",
    ]


def test_other_sources_are_not_held_up_by_a_cap(desk: Desk) -> None:
    leaving = capped(ACCOUNT, Rate(1, HOUR))
    other = approve(desk, "3")
    desk.put_draft(other, S.APPROVED, source="other")
    approve(desk, "1"), approve(desk, "2")
    assert sorted(deliver(desk, leaving)) == ["1", "3"]


def test_what_was_posted_by_hand_counts_for_people_and_places_not_for_the_account(desk: Desk) -> None:
    draft_id = approve(desk, "1", author=MAPLE)
    desk.put_draft(draft_id, S.POSTED_BY_HAND, posted_at=NOON)
    again = approve(desk, "2", author=MAPLE)
    assert deliver(desk, capped(AUTHOR, Rate(1, DAY))) == []
    desk.put_draft(again, S.APPROVED, due_at=NOON)
    assert deliver(desk, capped(ACCOUNT, Rate(1, DAY))) == ["2"]


def test_an_attempt_counts_whatever_came_of_it_but_not_against_its_own_repeat(desk: Desk) -> None:
    leaving = capped(ACCOUNT, Rate(1, HOUR))
    first = approve(desk, "1")
    desk.fake.fail("reply", Unavailable("down"))
    assert deliver(desk, leaving) == []
    approve(desk, "2")
    assert deliver(desk, leaving) == []
    desk.clock.at = desk.draft(first).due_at or NOON
    assert deliver(desk, leaving) == ["1"]


def test_a_cap_that_frees_after_the_approval_ends_lets_it_expire_in_time(desk: Desk) -> None:
    leaving = capped(AUTHOR, Rate(1, 2 * DAY))
    approve(desk, "1", author=MAPLE)
    deliver(desk, leaving)
    second = approve(desk, "2", author=MAPLE)
    assert deliver(desk, leaving) == []
    desk.clock.at = desk.draft(second).due_at or NOON
    assert desk.clock.at == NOON + DAY + timedelta(seconds=1)
    assert deliver(desk, leaving) == []
    assert desk.draft(second).state is S.EXPIRED


def test_who_waits_can_still_be_taken_back_and_waits_for_no_undo_window_of_others(desk: Desk) -> None:
    leaving = capped(ACCOUNT, Rate(1, HOUR))
    approve(desk, "1")
    second = approve(desk, "2")
    assert deliver(desk, leaving) == ["1"]
    with desk.store.write() as tx:
        review.undo(tx, second, act(desk.store))
    assert (desk.draft(second).state, desk.draft(second).last_error) == (S.PROPOSED, None)


QUIET = Leaving(quiet_hours=(21 * 60, 8 * 60), zone=BERLIN)


def test_quiet_hours_hold_what_nobody_asked_for_and_nothing_else(desk: Desk) -> None:
    desk.clock.at = datetime(2026, 8, 3, 19, 30, tzinfo=UTC)  # 21:30 in Berlin
    unasked = approve(desk, "1", is_proactive=True)
    approve(desk, "2")
    assert deliver(desk, QUIET) == ["2"]
    ends = datetime(2026, 8, 4, 6, 0, tzinfo=UTC)
    draft = desk.draft(unasked)
    assert (draft.state, draft.due_at) == (S.APPROVED, ends)
    why = "waits until Tue 4 Aug, 08:00: quiet hours from 21:00 to 08:00 (contact_policy.quiet_hours)"
    assert draft.last_error == why
    desk.clock.at = ends
    assert deliver(desk, QUIET) == ["1"]


def test_quiet_hours_are_an_hour_longer_in_the_night_the_clocks_go_back(desk: Desk) -> None:
    desk.clock.at = datetime(2026, 10, 24, 19, 0, tzinfo=UTC)  # 21:00 CEST
    unasked = approve(desk, "1", is_proactive=True)
    assert deliver(desk, QUIET) == []
    assert desk.draft(unasked).due_at == datetime(2026, 10, 25, 7, 0, tzinfo=UTC)  # 08:00 CET
