"""Deletion checks: whose turn it is, and what an answer, or none, changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.mention import Author, Engagement
from engagebot.domain.outbox import CaseState, DraftState
from engagebot.domain.records import DeletionReceipt, MentionRecord
from engagebot.errors import AuthFailed, ConnectorError, OutOfCredit, RateLimited, Unavailable
from engagebot.pipeline import prune
from engagebot.pipeline.prune import Checked, PruneContext, batches_due
from engagebot.settings.values import Deletion
from engagebot.store import tables
from engagebot.store.heard import mentions
from engagebot.store.listening import checks, watches
from engagebot.store.listening.checks import Standing
from tests.factories import hear, id_of, make_author, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

DAY = timedelta(hours=24)


def context(desk: Desk, every: timedelta = DAY) -> PruneContext:
    return PruneContext(
        store=desk.store,
        clock=desk.clock,
        connector=lambda source: desk.fake if source == "fake" else None,
        deletion=Deletion(check_every=every),
    )


def recheck(desk: Desk) -> Checked:
    return prune.recheck(context(desk))


def minutes(desk: Desk, count: int, *, each: int = 1) -> Iterator[Checked]:
    for _ in range(0, count, each):
        desk.clock.forward(minutes=each)
        yield recheck(desk)


def record(desk: Desk, native_id: str = "1") -> MentionRecord:
    with desk.store.read() as tx:
        return mentions.get(tx, id_of(tx, native_id))


def receipt(desk: Desk) -> DeletionReceipt:
    with desk.store.read() as tx:
        return checks.receipt(tx, desk.clock.now(), {"fake": DAY})


def hear_many(desk: Desk, count: int, *, first: int = 0) -> None:
    posts = [make_mention(f"{number:06}", f"post {number}") for number in range(first, first + count)]
    desk.fake.posts.extend(posts)
    hear(desk.store, *posts)


def test_what_was_heard_a_while_ago_needs_no_check_yet(desk: Desk) -> None:
    desk.hear(make_mention())
    for hours in (0, 1, 16.9):
        desk.clock.at = NOON + timedelta(hours=hours)
        assert recheck(desk) == Checked()
    assert desk.fake.looked_up == []


def test_a_post_that_still_stands_is_checked_within_its_span_and_then_rests(desk: Desk) -> None:
    desk.hear(make_mention())
    assert sum(done.shown for done in minutes(desk, 24 * 60, each=5)) == 1
    checked_at = record(desk).checked_at
    assert checked_at is not None
    assert NOON + timedelta(hours=22) < checked_at < NOON + DAY
    assert desk.fake.looked_up == [["1"]]
    assert receipt(desk).overdue == 0


def test_a_deleted_post_is_emptied_within_its_span(desk: Desk) -> None:
    desk.hear(make_mention("1"), make_mention("2"))
    desk.fake.gone.add("1")
    done = [each for each in minutes(desk, 24 * 60, each=5) if each.redacted]
    assert done == [Checked(shown=1, redacted=1)]
    gone, kept = record(desk, "1"), record(desk, "2")
    assert (gone.mention.text, gone.mention.author, gone.mention.url) == ("", None, None)
    assert gone.redacted_at is not None
    assert gone.redacted_at < NOON + DAY
    assert kept.redacted_at is None
    assert receipt(desk).redacted == 1


def test_many_posts_are_asked_for_in_full_questions_spread_over_the_day(desk: Desk) -> None:
    hear_many(desk, 100)
    for _ in minutes(desk, 24 * 60, each=5):
        assert receipt(desk).overdue == 0
    asked = desk.fake.looked_up
    assert [len(batch) for batch in asked] == [10] * 10
    assert sorted(native_id for batch in asked for native_id in batch) == [f"{n:06}" for n in range(100)]
    with desk.store.read() as tx:
        times = set(tx.execute(sa.select(tables.mentions.c.checked_at)).scalars())
    assert len(times) == 10
    gaps = [later - earlier for earlier, later in pairwise(sorted(times))]
    assert min(gaps) > timedelta(minutes=10)


def test_the_load_stays_level_day_after_day(desk: Desk) -> None:
    hear_many(desk, 100)
    for _ in minutes(desk, 5 * 24 * 60, each=20):
        assert receipt(desk).overdue == 0
    # Nobody is asked for much more often than needed: where answers are paid for, that is the bill.
    assert 5 * 10 - 5 <= len(desk.fake.looked_up) <= 5 * 10 * 1.35
    assert {len(batch) for batch in desk.fake.looked_up} == {10}


def test_what_fell_behind_is_caught_up_in_bounded_steps(desk: Desk) -> None:
    hear_many(desk, 150)
    desk.clock.forward(days=3)
    assert receipt(desk).overdue == 150
    assert recheck(desk).shown == 100
    desk.clock.forward(minutes=1)
    assert recheck(desk).shown == 50
    assert receipt(desk).overdue == 0
    assert len(desk.fake.looked_up) == 15


def test_two_workers_do_not_ask_the_same(desk: Desk) -> None:
    hear_many(desk, 10)
    desk.clock.forward(hours=23.5)
    with desk.store.read() as tx:
        seen = checks.standing(tx, "fake", NOON)
    with desk.store.write() as tx:
        assert checks.claim(tx, "fake", seen, desk.clock.now())
    with desk.store.write() as tx:
        assert not checks.claim(tx, "fake", seen, desk.clock.now())


@pytest.mark.parametrize(
    ("error", "rest"),
    [
        (RateLimited("slow down", retry_at=NOON + timedelta(hours=23.6)), timedelta(minutes=6)),
        (RateLimited("slow down", retry_at=NOON + timedelta(days=30)), timedelta(hours=1)),
        (Unavailable("502"), timedelta(minutes=5)),
        (AuthFailed("revoked"), timedelta(hours=1)),
        (OutOfCredit("no credit"), timedelta(hours=1)),
        (KeyError("a bug"), timedelta(minutes=5)),
    ],
    ids=str,
)
def test_a_failure_forgets_nothing_rests_and_is_told(desk: Desk, error: Exception, rest: timedelta) -> None:
    desk.hear(make_mention("1"), make_mention("2"))
    desk.fake.gone.add("1")
    desk.clock.at = NOON + timedelta(hours=23.5)
    desk.fake.fail("lookup_many", error)
    assert recheck(desk) == Checked()
    assert record(desk).redacted_at is None
    assert record(desk).mention.text
    (line,) = receipt(desk).sources
    assert line.problem is not None
    assert str(error) in line.problem
    desk.clock.at += rest - timedelta(seconds=1)
    assert recheck(desk) == Checked()
    assert len(desk.fake.looked_up) == 1
    desk.clock.forward(seconds=2)
    with desk.store.read() as tx:
        paused = watches.paused_connectors(tx, NOON)
    assert bool(paused) is isinstance(error, OutOfCredit)
    assert recheck(desk).redacted == 1
    assert receipt(desk).sources[0].problem is None


def test_a_paused_connector_is_not_asked(desk: Desk) -> None:
    desk.hear(make_mention())
    desk.clock.forward(days=2)
    with desk.store.write() as tx:
        until = desk.clock.now() + timedelta(hours=1)
        watches.pause_connector(tx, "fake", until=until, problem=ConnectorError("no credit"))
    assert recheck(desk) == Checked()
    assert desk.fake.looked_up == []
    assert receipt(desk).overdue == 1


def test_a_post_without_an_answer_is_neither_gone_nor_in_the_way_of_others(desk: Desk) -> None:
    hear_many(desk, 25)
    desk.fake.unanswered = {f"{number:06}" for number in range(20)}
    desk.fake.gone = {"000024"}
    desk.clock.forward(days=2)
    assert recheck(desk) == Checked()
    for _ in minutes(desk, 60):
        pass
    assert record(desk, "000024").redacted_at is not None
    assert record(desk, "000000").redacted_at is None
    assert receipt(desk).overdue == 20
    assert receipt(desk).sources[0].problem == "the platform does not answer for some mentions"
    assert len(desk.fake.looked_up) < 20
    desk.fake.unanswered = set()
    for _ in minutes(desk, 15):
        pass
    assert receipt(desk).overdue == 0


def test_sources_that_nobody_can_ask_are_counted_apart(desk: Desk) -> None:
    desk.hear(make_mention())
    yelp = make_mention("7")
    hear(desk.store, yelp._replace(ref=yelp.ref._replace(source="yelp")))
    desk.clock.forward(hours=30)
    recheck(desk)
    desk.clock.forward(minutes=90)
    found = receipt(desk)
    assert (found.stored, found.redacted, found.overdue) == (2, 0, 0)
    assert found.oldest_check_age == timedelta(minutes=90)
    assert found.unchecked == {"yelp": 1}


def test_an_account_that_is_gone_leaves_its_words_and_loses_its_name(desk: Desk) -> None:
    mention = make_mention("1", "the modem is dead again", author=make_author("oak_fan_demo"))
    desk.hear(mention)
    desk.fake.posts = [mention._replace(author=None)]
    desk.clock.forward(hours=23.5)
    assert recheck(desk) == Checked(shown=1)
    found = record(desk)
    assert (found.mention.text, found.mention.author) == ("the modem is dead again", None)
    assert found.redacted_at is None
    assert "oak_fan_demo" not in everything(desk)


def test_new_counts_and_facts_are_kept_and_the_author_is_not_unlearned(desk: Desk) -> None:
    mention = make_mention("1", engagement=Engagement(likes=1, score=4), platform={"a": 1, "locked": False})
    desk.hear(mention)
    decided = desk.decision_of("1")
    shown = mention._replace(
        author=Author(handle="12345", native_id="12345"),
        engagement=Engagement(likes=9),
        platform={"locked": True},
    )
    desk.fake.posts = [shown]
    desk.clock.forward(hours=23.5)
    assert recheck(desk) == Checked(shown=1)
    found = record(desk).mention
    assert found.engagement == Engagement(likes=9, score=4)
    assert found.platform == {"a": 1, "locked": True}
    assert found.author == mention.author
    assert desk.triage().decided == 0
    assert desk.decision_of("1") == decided


def test_an_edited_post_that_waits_for_an_answer_is_decided_anew(desk: Desk) -> None:
    mention = make_mention("1", "I love the new modem")
    desk.hear(mention)
    old = desk.draft_of("1")
    desk.fake.posts = [mention._replace(text="now it is dead, dead")]
    desk.clock.forward(hours=23.5)
    assert recheck(desk) == Checked(shown=1, edited=1)
    assert record(desk).mention.text == "now it is dead, dead"
    assert desk.draft(old.id).state is DraftState.PROPOSED
    tally = desk.triage()
    assert (tally.decided, tally.escalated) == (1, 1)
    assert desk.draft(old.id).state is DraftState.WITHDRAWN
    case = desk.case_of("1")
    assert case is not None
    assert case.title == "now it is dead, dead"
    (event,) = [each for each in desk.events(f"mention:{record(desk).id}") if each.action == "mention.edited"]
    assert set(event.detail) == {"text_hash", "earlier_hash"}


def test_an_edited_complaint_keeps_its_case_and_is_quoted_as_it_is_now(desk: Desk) -> None:
    mention = make_mention("1", "the modem is dead")
    desk.hear(mention)
    desk.fake.posts = [mention._replace(text="the router is dead")]
    desk.clock.forward(hours=23.5)
    recheck(desk)
    desk.triage()
    case = desk.case_of("1")
    assert case is not None
    assert (case.title, case.contacts, case.state) == ("the router is dead", 1, CaseState.NEW)
    assert desk.count(tables.cases) == desk.count(tables.deliveries) == 1
    assert "modem" not in everything(desk)


def test_an_edited_post_is_decided_anew_until_a_week_after_it_was_heard(desk: Desk) -> None:
    mention = make_mention("1", "a modem")
    desk.hear(mention)
    desk.fake.posts = [mention._replace(text="two modems")]
    desk.clock.forward(hours=23.5)
    assert recheck(desk).edited == 1
    assert record(desk).mention.text == "two modems"
    assert desk.triage().decided == 1
    desk.fake.posts = [mention._replace(text="three modems")]
    desk.clock.forward(days=7)
    assert recheck(desk).edited == 1
    assert record(desk).mention.text == "three modems"
    assert desk.triage().decided == 0


def test_texts_are_emptied_when_they_were_kept_long_enough(desk: Desk) -> None:
    desk.hear(make_mention("1", posted_at=NOON - timedelta(days=500)), is_history=True)
    desk.clock.forward(days=20)
    desk.hear(make_mention("2"))
    desk.clock.forward(days=11)
    assert prune.expire(desk.store, desk.clock, timedelta(days=30)) == 1
    assert (record(desk, "1").mention.text, record(desk, "1").reply_route.reason) == ("", "no longer kept")
    assert record(desk, "2").mention.text
    assert prune.expire(desk.store, desk.clock, timedelta(days=30)) == 0


def test_reads_of_a_check_are_counted(desk: Desk) -> None:
    hear_many(desk, 10)
    desk.clock.forward(hours=23.5)
    recheck(desk)
    with desk.store.read() as tx:
        rows = tx.execute(sa.select(tables.reads)).mappings().all()
    assert [(row["connector"], row["unit"], row["count"]) for row in rows] == [("fake", "posts", 10)]


def standing(**over: Any) -> Standing:
    values: dict[str, Any] = {"intact": 100, "ready": 100, "oldest_at": NOON, "asked_at": NOON}
    return Standing(**{**values, **over})


@pytest.mark.parametrize(
    ("seen", "hours", "expected"),
    [
        (standing(oldest_at=None, ready=0), 30.0, 0),
        (standing(ready=5), 20.0, 0),  # not a full question, and there is time
        (standing(ready=5), 23.1, 10),  # not full, but pressing
        (standing(asked_at=None), 18.0, 1),
        (standing(), 18.0, 10),
        (standing(asked_at=NOON + timedelta(hours=17, minutes=45)), 18.0, 0),
        (standing(asked_at=NOON + timedelta(hours=17, minutes=25)), 18.0, 1),
    ],
)
def test_questions_are_full_and_spread_until_time_presses(
    seen: Standing, hours: float, expected: int
) -> None:
    assert batches_due(seen, at(hours), DAY, 10) == expected


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def everything(desk: Desk) -> str:
    """Every value of every table, as one text."""
    with desk.store.read() as tx:
        return "\n".join(
            repr(tuple(row))
            for table in tables.metadata.sorted_tables
            if table.name != "rule_sets"
            for row in tx.execute(sa.select(table))
        )
