"""Between approval and sending: who may send, and what voids an approval in the last moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from engagebot.domain.listening.costs import PriceList, Prices
from engagebot.domain.mention import Author, Mention
from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.leaving import Leaving
from engagebot.errors import OutcomeUnknown, RateLimited
from engagebot.pipeline import review
from engagebot.pipeline.deliver import Stopwatch, deliver_replies, settle_replies
from engagebot.pipeline.deliver.replies import DEADLINE_S
from engagebot.pipeline.deliver.settle import SETTLE_AFTER
from engagebot.store import site, tables
from engagebot.store.engine import Store, sqlite_path
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.sending_locks import SendingLocks
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery
from tests.factories import act, hear, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
MAPLE = Author(handle="maple_fan_demo", native_id="77")


def approved(desk: Desk, said: Mention | None = None) -> int:
    """An approved reply to somebody whom we know."""
    mention = said or make_mention("1", "@acme I love the new box", author=MAPLE, conversation_id="c1")
    desk.hear(mention)
    (draft,) = desk.drafts_of(mention.ref.native_id)
    with desk.store.write() as tx:
        review.approve(tx, draft.id, act(desk.store), text="Thank you!")
    return draft.id


def last_words(desk: Desk, draft_id: int) -> tuple[DraftState, str | None, str]:
    draft = desk.draft(draft_id)
    return draft.state, draft.last_error, draft.text


def test_nothing_is_sent_where_another_process_sends(desk: Desk) -> None:
    draft_id = approved(desk)
    other = SendingLocks(desk.store.url)
    with other.turn("fake") as held:
        assert held is not None
        assert deliver_replies(desk.deliver_context) == 0
        assert (desk.draft(draft_id).state, desk.fake.looked_up) == (S.APPROVED, [])
    other.close()
    assert deliver_replies(desk.deliver_context) == 1


def test_a_process_stopped_between_claim_and_request_sends_nothing(desk: Desk) -> None:
    draft_id = approved(desk)
    moments = iter([0.0, DEADLINE_S])  # when it began, and when it wakes up
    stopped = replace(desk.deliver_context, stopwatch=Stopwatch(lambda: next(moments)))
    assert deliver_replies(stopped) == 0
    assert desk.fake.replies == []
    state, why, _ = last_words(desk, draft_id)
    assert (state, (why or "").partition(";")[0]) == (S.APPROVED, "stopped between the claim and the request")
    desk.clock.forward(seconds=1)
    assert deliver_replies(desk.deliver_context) == 1
    assert len(desk.fake.replies) == 1


def lose_the_lock(store: Store) -> None:
    if store.is_sqlite:
        (lock,) = sqlite_path(store.url).parent.glob("*.sending-fake.lock")
        lock.unlink()
        return
    with store.write() as tx:
        # Every other connection of this database, as when the server is started anew.
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        tx.exec_driver_sql(f"SELECT pg_terminate_backend(pid) {others}")


def test_a_reply_whose_lock_was_lost_after_the_claim_does_not_leave(desk: Desk) -> None:
    draft_id = approved(desk)

    def lose(_: str) -> None:
        lose_the_lock(desk.store)
        desk.fake.before_call = lambda name: None

    desk.fake.before_call = lose
    assert deliver_replies(desk.deliver_context) == 0
    assert (desk.draft(draft_id).state, desk.fake.replies) == (S.APPROVED, [])


def test_an_approval_older_than_it_may_be_expires_with_its_text(desk: Desk) -> None:
    draft_id = approved(desk)
    desk.clock.forward(hours=24)
    context = replace(desk.deliver_context, leaving=Leaving(approval_lasts=timedelta(hours=24)))
    desk.clock.forward(seconds=1)
    assert deliver_replies(context) == 0
    why = "approved more than 24 h 00 ago; read it again, then approve it anew or let it be"
    assert last_words(desk, draft_id) == (S.EXPIRED, why, "Thank you!")
    with desk.store.read() as tx:
        assert drafts.approved_hashes(tx, draft_id) == (None, None)


def later(desk: Desk, native_id: str, text: str) -> Mention:
    desk.clock.forward(seconds=1)
    return make_mention(
        native_id, text, author=MAPLE, conversation_id="c1", posted_at=desk.clock.now(), parent_native_id="1"
    )


def test_whoever_turned_unhappy_since_the_approval_gets_no_cheer(desk: Desk) -> None:
    draft_id = approved(desk)
    desk.hear(later(desk, "2", "this is terrible, it broke again and I hate it"))
    assert deliver_replies(desk.deliver_context) == 0
    state, why, text = last_words(desk, draft_id)
    assert state in (S.PROPOSED, S.WITHDRAWN)
    assert (text, desk.fake.replies) == ("Thank you!", [])
    assert why is not None


def test_what_somebody_wrote_since_the_approval_is_read_before_the_reply_leaves(desk: Desk) -> None:
    draft_id = approved(desk)
    again = later(desk, "2", "and I love the cable too")
    desk.fake.posts.append(again)
    hear(desk.store, again)
    assert deliver_replies(desk.deliver_context) == 0
    draft = desk.draft(draft_id)
    assert (draft.state, draft.due_at) == (S.APPROVED, desk.clock.now() + timedelta(seconds=10))
    assert (draft.last_error or "").endswith("they have written again; that is read first")
    desk.triage()
    desk.clock.forward(minutes=5)
    assert deliver_replies(desk.deliver_context) == 1


def test_an_approval_is_good_for_the_post_it_was_given_for_alone(desk: Desk) -> None:
    draft_id = approved(desk)
    with desk.store.write() as tx:
        moved = sa.update(tables.mentions).where(tables.mentions.c.native_id == "1")
        tx.execute(moved.values(conversation_id="another"))
    assert deliver_replies(desk.deliver_context) == 0
    why = "it would answer another post than the one it was approved for"
    assert last_words(desk, draft_id) == (S.PROPOSED, why, "Thank you!")


def test_a_reply_that_a_colleague_posted_on_the_platform_is_not_doubled(desk: Desk) -> None:
    draft_id = approved(desk)
    desk.fake.replies.append(("1", "Thanks from a phone"))
    assert deliver_replies(desk.deliver_context) == 0
    state, why, _ = last_words(desk, draft_id)
    assert (state, why) == (S.WITHDRAWN, "we have answered this post on the platform already")
    assert desk.events(f"draft:{draft_id}")[-1].detail["seen"] == "reply-0"


PRICED = Prices(connectors={"fake": PriceList(units={"owned_posts": Decimal("0.001")})})


def restored(desk: Desk, at: datetime) -> None:
    with desk.store.write() as tx:
        site.note_restored(tx, made_at=NOON, at=at)


@pytest.mark.parametrize(
    ("prepare", "looks"),
    [
        pytest.param(lambda desk: None, 0, id="a look costs money"),
        pytest.param(
            lambda desk: restored(desk, NOON + timedelta(hours=1)), 1, id="drafted before a restore"
        ),
        pytest.param(lambda desk: restored(desk, NOON - timedelta(hours=1)), 0, id="drafted after it"),
    ],
)
def test_where_a_look_costs_money_it_is_taken_after_a_restore_alone(
    desk: Desk, prepare: Callable[[Desk], None], looks: int
) -> None:
    approved(desk)
    prepare(desk)
    assert deliver_replies(replace(desk.deliver_context, prices=PRICED)) == 1
    assert desk.fake.looks == looks


def test_a_clock_put_forward_gives_a_post_no_more_time_to_show(desk: Desk) -> None:
    seconds = [0.0]
    context = replace(desk.deliver_context, stopwatch=Stopwatch(lambda: seconds[0]))
    approved(desk)
    desk.fake.after_reply.append(OutcomeUnknown("the line was cut"))
    assert deliver_replies(context) == 0
    desk.clock.forward(days=1)
    looks = desk.fake.looks
    assert (settle_replies(context), desk.fake.looks) == (0, looks)
    seconds[0] = SETTLE_AFTER.total_seconds()
    assert settle_replies(context) == 1
    assert len(desk.fake.replies) == 1


def test_a_notice_after_a_restore_is_not_taken_for_one_from_before(desk: Desk) -> None:
    notice = NewDelivery(
        notice_id="case-1-mention-1", channel="console", kind="escalation", payload={"text": "-"}
    )
    with desk.store.write() as tx:
        assert deliveries.add(tx, notice, NOON)
        assert not deliveries.add(tx, notice, NOON)
    restored(desk, NOON + timedelta(hours=1))
    with desk.store.write() as tx:
        assert deliveries.add(tx, notice, NOON)
        assert not deliveries.add(tx, notice, NOON)
        (known,) = [each.id for each in deliveries.of_notice(tx, "case-1-mention-1")]
        assert deliveries.pass_on(tx, known, "slack", NOON, note="-")
        assert {each.channel for each in deliveries.of_notice(tx, "case-1-mention-1")} == {"console", "slack"}
        assert deliveries.of_notice(tx, "case-1-mention-1-since-20260803T130000")


def test_a_limit_on_replies_alone_makes_nobody_deaf(desk: Desk) -> None:
    first, second = approved(desk), approved(desk, make_mention("9", "I love it as well, my friends"))
    until = NOON + timedelta(hours=20)
    desk.fake.fail("reply", RateLimited("100 posts a day", retry_at=until))
    assert deliver_replies(desk.deliver_context) == 0
    with desk.store.read() as tx:
        assert watches.paused_connectors(tx, desk.clock.now()) == {}
    desk.clock.forward(minutes=1)
    assert deliver_replies(desk.deliver_context) == 0
    waits = desk.draft(second)
    assert (waits.due_at, waits.state) == (until, S.APPROVED)
    assert "fake takes no replies for now: 100 posts a day" in (waits.last_error or "")
    assert desk.fake.replies == []
    desk.clock.at = until
    assert deliver_replies(desk.deliver_context) == 2
    assert (desk.draft(first).state, desk.draft(second).state) == (S.SENT, S.SENT)
