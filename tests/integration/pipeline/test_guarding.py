"""Rules watched at work: what they match is counted, and the drafts of those that fail or rush are held."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.actions import DraftReply, Escalate, Outcome, Tag
from engagebot.domain.facts import Facts
from engagebot.domain.mention import Mention
from engagebot.domain.outbox import DeliveryState, Severity
from engagebot.domain.records import DeliveryRecord, RuleSetRecord
from engagebot.domain.rules import Answer, Condition, Rulebook, RuleStatus
from engagebot.domain.ruling.rule_holds import Hold
from engagebot.store import tables
from engagebot.store.heard import mentions
from engagebot.store.ruling import rule_counts, rule_faults, rule_pauses, rule_sets
from engagebot.store.ruling.rule_counts import Matches
from engagebot.store.telling import deliveries
from tests.factories import hear, id_of, make_author, make_book, make_mention, make_rule, says
from tests.integration.pipeline.desk import Desk

THANKS = DraftReply(template="thanks")
HARD = Escalate(team="support", severity=Severity.HIGH)


def fan(number: int, text: str = "I love the new box", **over: object) -> Mention:
    return make_mention(f"fan-{number}", text, author=make_author(f"fan_{number}_demo"), **over)


def fans(count: int, start: int = 1, **over: Any) -> list[Mention]:
    return [fan(number, **over) for number in range(start, start + count)]


def breaks_on(word: str) -> Condition:
    def ask(facts: Facts) -> Answer:
        if word in facts.text:
            raise ZeroDivisionError("no followers to divide by")
        return Answer("love" in facts.text)

    return Condition("fragile", word, ask)


def fragile(word: str = "zebra") -> Rulebook:
    rule = make_rule("thanks", breaks_on(word), then=[THANKS, Tag(tags=("praise",))])
    return make_book(rule)


def loving(*more: Condition, status: RuleStatus = RuleStatus.LIVE) -> Rulebook:
    return make_book(
        make_rule("dead", says("dead"), then=[HARD]),
        make_rule("love", says("love"), *more, then=[THANKS], status=status),
    )


def holds(desk: Desk) -> list[Hold]:
    with desk.store.read() as tx:
        return [*rule_faults.standing(tx), *rule_pauses.standing(tx)]


def counted(desk: Desk, rule_id: str) -> Matches:
    with desk.store.read() as tx:
        return rule_counts.since(tx, desk.clock.now()).get(rule_id, Matches())


def alarms(desk: Desk) -> list[DeliveryRecord]:
    with desk.store.read() as tx:
        found = deliveries.in_state(tx, DeliveryState.PENDING)
    return [each for each in found if each.kind == "alarm"]


def notes_of(desk: Desk, number: int) -> tuple[str, ...]:
    decision = desk.decision_of(f"fan-{number}")
    assert decision is not None
    return decision.notes


def test_a_rule_that_raises_is_quarantined_and_named_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        desk.hear(fan(1, "I love my zebra"), fan(2, "my zebra, again"), book=fragile())
        desk.hear(fan(3, "I love the zebra"), book=fragile())
    (fault,) = holds(desk)
    assert (fault.rule_id, fault.state, getattr(fault, "count", 0)) == ("thanks", "quarantined", 3)
    assert "ZeroDivisionError: no followers to divide by" in fault.words
    assert len([line for line in caplog.messages if "rule thanks is quarantined" in line]) == 1
    assert [event.action for event in desk.events("rule:thanks")] == ["rule.quarantined"]
    assert desk.case_of("fan-1") is not None


def test_the_drafts_of_a_quarantined_rule_are_held_and_all_else_goes_on(desk: Desk) -> None:
    tally = desk.hear(fan(1), fan(2, "my zebra"), fan(3), book=fragile())
    assert (tally.drafted, tally.escalated) == (1, 1)
    assert len(desk.drafts_of("fan-1")) == 1
    assert desk.drafts_of("fan-3") == []
    (note,) = notes_of(desk, 3)
    assert note.startswith("no draft by rule thanks: the rule is quarantined since 2026-08-03 12:00 UTC")
    decision = desk.decision_of("fan-3")
    assert decision is not None
    assert list(decision.facts["held_rules"]) == ["thanks"]
    with desk.store.read() as tx:
        assert mentions.get(tx, id_of(tx, "fan-3")).tags == ("praise",)


def test_a_quarantine_ends_when_the_rule_is_changed_or_let_go(desk: Desk) -> None:
    desk.hear(fan(1, "my zebra"), book=fragile())
    assert desk.hear(fan(2), book=fragile()).drafted == 0
    assert desk.hear(fan(3), book=fragile("lion")).drafted == 1
    with desk.store.write() as tx:
        assert rule_faults.lift(tx, "thanks", by="lead_demo", at=desk.clock.now())
    assert desk.hear(fan(4), book=fragile()).drafted == 1
    desk.hear(fan(5, "a zebra"), book=fragile())
    assert desk.hear(fan(6), book=fragile()).drafted == 0
    assert len(desk.events("rule:thanks")) == 2


def test_matches_are_counted_by_the_hour_live_beside_shadow(desk: Desk) -> None:
    book = make_book(
        make_rule("love", says("love"), then=[THANKS]),
        make_rule("trial", says("box"), then=[THANKS], status=RuleStatus.SHADOW),
    )
    desk.hear(*fans(3), fan(9, "a box"), book=book)
    desk.hear(fan(10), book=book)
    assert counted(desk, "love") == Matches(live=4, fresh=4)
    assert counted(desk, "trial") == Matches(shadow=5)
    assert counted(desk, "default") == Matches(live=1, fresh=1)


def test_history_and_a_backlog_are_counted_and_make_no_rush(desk: Desk) -> None:
    late = desk.clock.now() - timedelta(hours=5)
    desk.hear(*fans(2), book=loving(), is_history=True)
    desk.hear(*fans(3, 10, posted_at=late), book=loving())
    assert counted(desk, "love") == Matches(live=5, fresh=0)


def test_what_is_decided_again_is_counted_once(desk: Desk) -> None:
    desk.hear(fan(1), book=loving())
    with desk.store.write() as tx:
        tx.execute(tables.mentions.update().values(state="new"))
    assert desk.triage(loving()).decided == 1
    assert counted(desk, "love") == Matches(live=1, fresh=1)


def test_a_rule_that_rushes_is_paused_and_its_team_is_told_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        tally = desk.hear(*fans(103), book=loving())
        desk.hear(*fans(3, 200), book=loving())
    assert tally.drafted == 100
    assert len([line for line in caplog.messages if "rule love paused itself" in line]) == 1
    (pause,) = holds(desk)
    assert pause.words.startswith("matched 101 mentions within the hour at 2026-08-03 12:00 UTC")
    (notice,) = alarms(desk)
    assert notice.channel == "console"
    assert notice.payload["title"] == "Rule love paused itself"
    assert [event.detail for event in desk.events("rule:love")] == [{"matched": 101, "allowed": 100}]
    assert desk.drafts_of("fan-200") == []
    (note,) = notes_of(desk, 200)
    assert note.startswith("no draft by rule love: the rule is paused since 2026-08-03 12:00 UTC")


def test_a_rush_counts_over_batches_and_restarts(desk: Desk) -> None:
    drafted = [desk.hear(*fans(40, start), book=loving()).drafted for start in (1, 41, 81)]
    assert drafted == [40, 40, 20]
    assert len(holds(desk)) == 1


def test_escalations_go_on_however_many_they_are(desk: Desk) -> None:
    hear(desk.store, *[fan(number, "the box is dead") for number in range(1, 121)])
    tally = desk.triage(loving())
    assert (tally.escalated, len(holds(desk))) == (120, 1)
    last = desk.decision_of("fan-120")
    assert last is not None
    assert (last.outcome, last.notes) == (Outcome.ESCALATED, ())
    assert desk.case_of("fan-120") is not None


def test_a_rule_that_only_tags_is_never_paused(desk: Desk) -> None:
    desk.hear(*fans(120, text="nothing of note"), book=loving())
    assert counted(desk, "default").live == 120
    assert holds(desk) == []


def test_five_times_its_own_usual_rate_pauses_a_known_rule(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.store.write() as tx:
        for hours in range(1, 24 * 10 + 1):
            rule_counts.add(tx, {"love": Matches(live=6, fresh=6)}, now - timedelta(hours=hours))
    desk.hear(*fans(30), book=loving())
    assert holds(desk) == []
    desk.hear(fan(31), book=loving())
    (pause,) = holds(desk)
    assert "up to 30 are usual" in pause.words


def test_five_times_its_backtest_pauses_a_rule_that_is_new(desk: Desk) -> None:
    book = loving()
    record = RuleSetRecord(
        hash=book.hash,
        sources={},
        author="lead_demo",
        note="new",
        live_at=desk.clock.now(),
        rates={"love": 8.0},
    )
    with desk.store.write() as tx:
        rule_sets.put(tx, record)
    desk.hear(*fans(40), book=book)
    assert holds(desk) == []
    desk.hear(fan(41), book=book)
    (pause,) = holds(desk)
    assert "up to 40 are usual" in pause.words


def test_a_resumed_rule_drafts_again_and_twice_as_much_pauses_it(desk: Desk) -> None:
    desk.hear(*fans(110), book=loving())
    with desk.store.write() as tx:
        assert rule_pauses.resume(tx, "love", by="lead_demo", at=desk.clock.now())
    assert desk.hear(*fans(110, 200), book=loving()).drafted == 110
    assert holds(desk) == []
    assert desk.hear(fan(999), book=loving()).drafted == 0
    assert len(holds(desk)) == 1


def test_a_changed_rule_is_not_paused_any_more_and_may_pause_again(desk: Desk) -> None:
    desk.hear(*fans(101), book=loving())
    desk.clock.forward(hours=1)
    fresh = {"posted_at": desk.clock.now()}
    changed = loving(says("box"))
    assert desk.hear(*fans(1, 300, **fresh), book=loving()).drafted == 0
    assert desk.hear(*fans(1, 301, **fresh), book=changed).drafted == 1
