"""Rules over the mentions of the past: what they would have done, and nothing is written."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.actions import DraftReply, Escalate, Ignore, Tag
from engagebot.domain.durations import Rate
from engagebot.domain.facts import Facts
from engagebot.domain.limits import Limit, Scope
from engagebot.domain.listening.costs import PriceList, Prices
from engagebot.domain.outbox import CaseState, DraftState, Severity
from engagebot.domain.rules import Answer, Condition, Rulebook, RuleStatus
from engagebot.domain.ruling.replay import Said, routing_of, vader_routing
from engagebot.errors import FilesInvalid
from engagebot.pipeline import casework, replay, review
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.replay.reading import read
from engagebot.pipeline.triage import restore_facts
from engagebot.rulebook import Known
from engagebot.settings.values import ContactPolicy
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import decisions, mentions
from tests.factories import (
    BLOCKED,
    BY_HAND,
    act,
    id_of,
    make_author,
    make_book,
    make_mention,
    make_rule,
    says,
)
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

LOVED = {"sentiment": "positive", "unhappiness": 0.01}
ESCALATE = Escalate(team="support", severity=Severity.HIGH)


def said(number: int, text: str, *, ago: timedelta = timedelta(hours=1), **over: Any) -> Any:
    author = make_author(f"fan_{number}_demo")
    return make_mention(str(number), text, **{"author": author, "posted_at": NOON - ago, **over})


def content_of(store: Store) -> str:
    digest = hashlib.sha256()
    with store.read() as tx:
        for table in tables.metadata.sorted_tables:
            for row in tx.execute(sa.select(table).order_by(*table.primary_key.columns)):
                digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()


def backtest(desk: Desk, book: Rulebook, **over: Any) -> Any:
    with desk.store.read() as tx:
        return replay.backtest(tx, book, over.pop("settings", desk.settings), **over)


def difference(desk: Desk, old: Rulebook, new: Rulebook, **over: Any) -> Any:
    with desk.store.read() as tx:
        return replay.difference(tx, (routing_of(old, "old"), routing_of(new, "new")), desk.settings, **over)


def judge(desk: Desk, native_id: str, **values: Any) -> None:
    """Write what the scorer said of a mention."""
    with desk.store.write() as tx:
        row = sa.update(tables.mentions).where(tables.mentions.c.native_id == native_id)
        tx.execute(row.values(**values))


def book_of(*rules: Any) -> Rulebook:
    return make_book(*rules)


DEAD = make_rule("dead", says("dead"), then=[ESCALATE])
LOVE = make_rule("love", says("love"), then=[DraftReply(template="thanks")])


def test_without_history_there_is_nothing_to_tell(desk: Desk) -> None:
    result = backtest(desk, book_of(DEAD))
    moved = difference(desk, book_of(DEAD), book_of())

    assert (result.mentions, result.rules, result.consequences) == (0, (), None)
    assert (moved.mentions, moved.moved, moved.protected_count) == (0, 0, 0)


def test_it_counts_what_each_rule_would_have_done(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead"), said(2, "dead dead"), said(3, "fine"))
    shadow = make_rule("quiet", says("fine"), status=RuleStatus.SHADOW, then=[ESCALATE])
    off = make_rule("off", says("fine"), status=RuleStatus.DRAFT, then=[ESCALATE])

    result = backtest(desk, book_of(DEAD, shadow, off))
    by_id = {rule.id: rule for rule in result.rules}

    assert result.mentions == 3
    assert result.outcomes == {"escalated": 2, "routed": 1}
    assert result.actions == {"escalate": 2, "tag": 1}
    assert (by_id["dead"].matched, by_id["dead"].acted, by_id["dead"].share) == (2, 2, 0.6667)
    assert by_id["dead"].actions == {"escalate": 2}
    assert (by_id["quiet"].matched, by_id["quiet"].acted, by_id["quiet"].shadow) == (1, 0, 1)
    assert by_id["off"].matched == 0
    assert by_id["default"].acted == 1
    assert [sample.text for sample in by_id["dead"].newest] == ["dead dead", "modem is dead"]


def test_two_runs_are_equal_and_write_nothing(desk: Desk) -> None:
    heard = [said(n, "dead" if n % 3 else "love it", ago=timedelta(hours=n)) for n in range(1, 40)]
    desk.hear(*heard)
    book = book_of(DEAD, LOVE)
    before = content_of(desk.store)

    first, second = backtest(desk, book), backtest(desk, book)
    moved = difference(desk, book, book_of(LOVE)), difference(desk, book, book_of(LOVE))

    assert first == second
    assert moved[0] == moved[1]
    assert content_of(desk.store) == before


def test_chance_is_that_of_the_rule_set(desk: Desk) -> None:
    desk.hear(*(said(n, "dead") for n in range(1, 60)))

    drawn = {
        tuple(sample.id for sample in backtest(desk, make_book(DEAD, hash=each * 64)).rules[0].random)
        for each in "0a7"
    }

    assert len(drawn) == 3
    assert all(len(set(ids)) == 5 for ids in drawn)


def test_only_the_newest_days_count_back_from_the_newest_mention(desk: Desk) -> None:
    year = timedelta(days=365)
    desk.hear(
        said(1, "dead", ago=year),
        said(2, "dead", ago=year + timedelta(days=2, minutes=-1)),
        said(3, "dead", ago=year + timedelta(days=3)),
        is_history=True,
    )

    assert backtest(desk, book_of(DEAD), days=2).mentions == 2
    assert backtest(desk, book_of(DEAD), days=30).mentions == 3


def test_what_is_undecided_or_gone_is_left_out_and_counted(desk: Desk) -> None:
    desk.hear(said(1, "dead"), said(2, "dead"))
    judge(desk, "2", redacted_at=NOON)
    desk.fake.posts.clear()
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.mentions).where(tables.mentions.c.native_id == "2").values(text=""))

    result = backtest(desk, book_of(DEAD))

    assert (result.mentions, result.left_out) == (1, 1)


def test_facts_are_those_of_the_first_decision_with_the_judgement_of_today(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead", author=make_author("one_demo")))
    desk.clock.forward(hours=2)
    desk.hear(said(2, "dead again", ago=timedelta(0), author=make_author("one_demo")))
    with desk.store.write() as tx:
        number = id_of(tx, "1")
        correct(tx, number, act(desk.store), sentiment="positive")
    desk.triage()
    judge(desk, "2", compound=0.5, language="de")

    with desk.store.read() as tx:
        period = replay.period_of(tx, 30)
        second, first = list(read(tx, period, replay.Place(desk.settings.timezone, desk.settings.hours)))
        kept = restore_facts(mentions.get(tx, second.id), decisions.latest(tx, second.id).facts)

    assert (first.at, first.facts.customer.has_open_case) == (NOON, False)
    assert (first.facts.sentiment, first.facts.unhappiness) == ("positive", 0.0)
    assert second.facts.customer.has_open_case is True
    assert len(second.facts.customer.contact_ages_days) == 2
    # What nobody touched is what the decision saw.
    assert second.facts._replace(compound=kept.compound, language=kept.language) == kept


def test_history_is_taken_as_heard_when_it_was_posted(desk: Desk) -> None:
    posted_at = NOON - timedelta(days=9, hours=9)
    desk.hear(said(1, "dead", posted_at=posted_at), is_history=True)

    result = backtest(desk, book_of(DEAD))

    assert result.consequences.times == (posted_at,)
    assert str(result.consequences.times[0].tzinfo) == "Europe/Berlin"
    assert result.per_hour[5] == {"escalated": 1}
    assert result.consequences.at_night == 1


def test_the_first_rule_that_stops_takes_a_mention_from_later_ones(desk: Desk) -> None:
    desk.hear(said(1, "dead vip"), said(2, "dead"), said(3, "dead vip"))
    vip = make_rule("vip", says("vip"), stop=True, then=[Ignore(reason="somebody calls them")])

    (_, dead, _) = backtest(desk, book_of(vip, DEAD)).rules

    assert (dead.matched, dead.acted, dead.taken_first) == (3, 1, {"vip": 2})


def test_near_misses_name_the_condition_that_failed(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead"), said(2, "modem is fine"), said(3, "nothing of the sort"))

    (rule, _) = backtest(desk, book_of(make_rule("both", says("modem"), says("dead"), then=[ESCALATE]))).rules

    (missed,) = rule.near_misses
    assert (missed.mention.text, missed.condition, missed.expected) == (
        "modem is fine",
        "text.contains_any",
        ["dead"],
    )


def test_a_rule_that_breaks_is_counted_and_its_mention_goes_to_people(desk: Desk) -> None:
    def broken(facts: Facts) -> Answer:
        raise RuntimeError("no")

    desk.hear(said(1, "fine"))

    (rule, _) = backtest(desk, book_of(make_rule("broken", Condition("broken", 1, broken)))).rules

    assert (rule.failed, rule.matched) == (1, 0)


def happy(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        judge(desk, str(number), **LOVED)


def test_limits_are_counted_in_the_order_of_time(desk: Desk) -> None:
    limit = Limit(rate=Rate(2, timedelta(days=1)), scope=Scope.OVERALL, name="per_day", rule_id="love")
    hours = {1: 50, 2: 49, 3: 48, 4: 20, 5: 1}
    desk.hear(*(said(n, "love it", ago=timedelta(hours=ago)) for n, ago in hours.items()), is_history=True)
    happy(desk, *hours)

    found = backtest(desk, book_of(replace(LOVE, limits=(limit,)))).consequences

    assert (found.wanted, found.drafts) == (5, 4)
    (cap,) = found.caps
    assert (cap.limit, cap.rule_id, cap.times) == ("per_day 2/1d", "love", 1)
    assert cap.first_at == NOON - timedelta(hours=48)


def test_the_contact_policy_counts_only_where_nobody_wrote_to_us(desk: Desk) -> None:
    author = make_author("one_demo")
    desk.hear(
        *(said(n, "love it", author=author, addressed_to_us=n > 2) for n in (1, 2, 3, 4)), is_history=True
    )
    happy(desk, 1, 2, 3, 4)
    policy = ContactPolicy(proactive_per_author=Rate(1, timedelta(days=30)))

    found = backtest(desk, book_of(LOVE), settings=replace(desk.settings, contact_policy=policy)).consequences

    assert found.drafts == 3
    assert [cap.limit for cap in found.caps] == ["contact_policy.proactive_per_author 1/30d"]


def test_it_says_why_nobody_could_be_answered(desk: Desk) -> None:
    desk.hear(said(1, "love it"), route=BLOCKED)
    desk.hear(said(2, "love that", author=None))
    happy(desk, 1, 2)

    found = backtest(desk, book_of(LOVE)).consequences

    assert (found.drafts, found.wanted) == (0, 2)
    assert found.not_drafted == {
        "a reply is not allowed there: the thread is locked": 1,
        "the author's account is gone": 1,
    }


def test_it_says_what_sending_would_cost(desk: Desk) -> None:
    desk.hear(said(1, "love it"), said(2, "love that"))
    desk.hear(said(3, "love those"), route=BY_HAND)
    happy(desk, 1, 2, 3)
    prices = Prices(connectors={"fake": PriceList(units={"writes": Decimal("0.01")})})

    found = backtest(desk, book_of(LOVE), settings=replace(desk.settings, prices=prices)).consequences

    assert (found.drafts, found.cost, found.costs) == (3, "$0.02", {"fake": 0.02})


def test_the_interlock_silences_in_the_past_as_it_does_now(desk: Desk) -> None:
    desk.hear(said(1, "love it"))
    judge(desk, "1", sentiment="positive", unhappiness=0.9)

    result = backtest(desk, book_of(LOVE))

    assert result.outcomes == {"escalated": 1}
    assert sum(result.rules[0].silenced.values()) == 1


def test_agreement_is_held_against_what_people_did(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead"), said(2, "line is dead"), said(3, "so so"), said(4, "well"))
    by = act(desk.store)
    with desk.store.write() as tx:
        casework.acknowledge(tx, desk_case(desk, "1"), by)
        correct(tx, id_of(tx, "3"), by, sentiment="negative")
        correct(tx, id_of(tx, "2"), by, sentiment="positive")

    found = backtest(desk, book_of(DEAD)).agreement

    assert found.by == {"not_unhappy": (1, 0), "unhappy": (2, 1)}
    assert (found.decided_by_people, found.agreed, found.share) == (3, 1, 0.3333)
    assert {each.mention.text: each.does for each in found.disagreements} == {
        "so so": "only marked by default",
        "line is dead": "escalate support as high",
    }


def desk_case(desk: Desk, native_id: str) -> int:
    case = desk.case_of(native_id)
    assert case is not None
    return case.id


def test_a_draft_says_by_its_end_whether_it_was_right(desk: Desk) -> None:
    approved, rejected, waiting = desk.propose("1"), desk.propose("2"), desk.propose("3")
    desk.triage(make_book())
    happy(desk, 1, 2, 3)
    by = act(desk.store)
    with desk.store.write() as tx:
        review.reject(tx, rejected, by, reason="wrong tone")
    desk.put_draft(approved, DraftState.SENT)

    found = backtest(desk, book_of(make_rule("all", says("modem"), then=[DraftReply(template="thanks")])))

    assert waiting
    assert found.agreement.by == {"draft_approved": (1, 1), "draft_rejected": (1, 0)}
    assert found.agreement.drafted == {"draft_approved": 1, "draft_rejected": 1}


def test_a_difference_says_which_mentions_move_where(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead"), said(2, "line is dead"), said(3, "love it"), said(4, "well"))
    happy(desk, 3)

    found = difference(
        desk, book_of(DEAD, LOVE), book_of(DEAD, make_rule("well", says("well"), then=[ESCALATE]))
    )

    assert (found.mentions, found.moved) == (4, 2)
    assert {(move.old, move.new, move.count) for move in found.moves} == {
        ("draft by love", "only marked by default", 1),
        ("only marked by default", "escalate support as high", 1),
    }
    assert found.old.outcomes == {"escalated": 2, "drafted": 1, "routed": 1}
    assert found.new.outcomes == {"escalated": 3, "routed": 1}
    assert found.protected_count == 0


def test_a_worked_case_that_no_person_gets_any_more_is_protected(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead"), said(2, "line is dead"))
    desk.put_case(desk_case(desk, "1"), CaseState.RESOLVED)

    found = difference(desk, book_of(DEAD), book_of())

    assert (found.moved, found.protected_count) == (2, 1)
    assert found.protected[0].mention.text == "modem is dead"
    assert found.old.agreement.share == 1.0
    assert found.new.agreement.share == 0.0


def test_labels_can_stand_in_place_of_people(desk: Desk) -> None:
    desk.hear(said(1, "modem is dead"), said(2, "line is dead"))
    found = difference(
        desk,
        book_of(DEAD),
        book_of(),
        said=lambda past: Said.UNHAPPY if "modem" in past.facts.text else Said.FINE,
    )

    assert found.protected_count == 1
    assert found.new.agreement.by == {"not_unhappy": (1, 1), "unhappy": (1, 0)}


def test_plain_vader_can_be_compared_with(desk: Desk) -> None:
    desk.hear(said(1, "I hate it, terrible"), said(2, "great, wonderful"))

    with desk.store.read() as tx:
        sides = vader_routing("support", "thanks"), routing_of(book_of(), "new")
        found = replay.difference(tx, sides, desk.settings)

    assert found.old.outcomes == {"escalated": 1, "drafted": 1}
    assert found.changes == ()


def test_one_rule_is_counted_over_the_newest_mentions(desk: Desk) -> None:
    heard = [said(n, "dead modem" if n % 2 else "modem", ago=timedelta(minutes=n)) for n in range(1, 21)]
    desk.hear(*heard)
    rule = make_rule("both", says("modem"), says("dead"), then=[ESCALATE])

    with desk.store.read() as tx:
        place = replay.Place(desk.settings.timezone)
        everything, few = (replay.count_rule(tx, rule, place, newest=n) for n in (50_000, 5))

    assert (everything.mentions, everything.matched) == (20, 10)
    assert (few.mentions, few.matched) == (5, 3)
    assert len(everything.newest) == len(everything.random) == len(everything.near_misses) == 5
    assert everything.until == NOON - timedelta(minutes=1)


RULE = """
- id: asked
  when: {all: [CONDITION]}
  then: [{ignore: {reason: test}}]
"""


def rule_with(condition: str) -> Any:
    text = RULE.replace("CONDITION", condition)
    return replay.read_rule(text, known=Known(), lists={}, templates={})


@pytest.mark.parametrize(
    "condition",
    [
        "text: {contains_any: [modem]}",
        "sentiment: [negative, very_negative]",
        "compound: {below: -0.1}",
        "unhappiness: {at_least: 0.5}",
        "intent: complaint",
        "reason: waiting",
        "language: en",
        "platform: fake",
        "watch: talk",
        "subreddit: gadgets",
        "kind: post",
        "addressed_to_us: true",
        "author.followers: {at_least: 10}",
        "author.account_age: {at_least: 30d}",
        "author.verified: true",
        "customer.contacts_in_30_days: {at_least: 2}",
        "customer.open_case: true",
        "customer.vip: true",
        "engagement.likes: {at_least: 3}",
        "mentions_rival: true",
        "tender_topic: false",
        "asks_for_human: true",
        "age: {at_least: 10m}",
        "time: {weekdays: [mon]}",
        "near_duplicate_of_recent: false",
    ],
)
def test_a_count_reads_little_and_sees_what_a_backtest_sees(desk: Desk, condition: str) -> None:
    rich = make_author("one_demo", followers=50, created_at=NOON - timedelta(days=90), is_verified=True)
    desk.hear(
        said(1, "modem is dead", author=rich),
        said(2, "I hate this modem", author=rich, community="gadgets", ago=timedelta(minutes=2)),
        said(3, "lovely", addressed_to_us=False),
    )
    judge(desk, "1", unhappiness=0.9, reason="waiting", intents=["complaint"], language="en")
    judge(desk, "1", flags={"tender": False, "human": True, "rivals": ["Other"]}, engagement={"likes": 4})
    rule = replay.read_rule(
        RULE.replace("CONDITION", f"{{{condition}}}"), known=Known(), lists={}, templates={}
    )

    with desk.store.read() as tx:
        counted = replay.count_rule(tx, rule, replay.Place(desk.settings.timezone))
    (shown, _) = backtest(desk, book_of(rule)).rules

    assert (counted.mentions, counted.matched) == (3, shown.matched)


def test_a_rule_is_read_as_it_is_written_with_its_faults() -> None:
    with pytest.raises(FilesInvalid) as caught:
        replay.read_rule(
            RULE.replace("CONDITION", "{sentimnt: negative}"), known=Known(), lists={}, templates={}
        )

    (finding,) = caught.value.findings
    assert (finding.line, finding.code) == (3, "EB101")


def test_two_rules_are_not_one() -> None:
    two = RULE.replace("CONDITION", "{kind: post}")

    with pytest.raises(FilesInvalid, match="one rule"):
        replay.read_rule(two + two.replace("asked", "other"), known=Known(), lists={}, templates={})


def test_changes_are_told_in_words() -> None:
    def tagged(rule_id: str, **over: Any) -> Any:
        return make_rule(rule_id, then=[Tag(tags=("seen",))], **over)

    old = make_book(tagged("kept"), tagged("gone"), tagged("other"), tagged("moved"), hash="a" * 64)
    new = make_book(
        tagged("moved"), tagged("kept", status=RuleStatus.SHADOW), tagged("other", stop=True), tagged("new"),
        hash="b" * 64, templates={},
    )  # fmt: skip

    told = list(replay.diff_in_words(old, new))

    assert [line.split(":")[0] for line in told] == [
        "rule kept was live, now shadow",
        "rule other was",
        "new rule new (live)",
        "rule gone is gone",
        "another order",
        "template thanks is gone",
    ]
    assert list(replay.diff_in_words(old, old)) == []
