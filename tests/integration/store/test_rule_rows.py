"""What is kept of rules at work: versions, hourly counts, faults and pauses, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.records import RuleSetRecord
from engagebot.domain.ruling.rule_holds import Fault, Pause
from engagebot.errors import Finding, NotFound
from engagebot.store import site
from engagebot.store.engine import Store
from engagebot.store.ruling import rule_counts, rule_faults, rule_pauses, rule_problem, rule_sets
from engagebot.store.ruling.rule_counts import Matches
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def a_set(name: str, **marks: str) -> RuleSetRecord:
    return RuleSetRecord(
        hash=name, sources={"10.yaml": name}, author="agent_demo", note=f"set {name}", live_at=NOON,
        marks=marks, changes=(f"added {name}",),
    )  # fmt: skip


def a_fault(mark: str = "m1", *, minutes: int = 0, **over: object) -> Fault:
    at = NOON + timedelta(minutes=minutes)
    values = {
        "rule_id": "thanks",
        "mark": mark,
        "rule_set": "s",
        "count": 1,
        "error": "KeyError",
        "mention_id": 1,
    }
    return Fault(**{**values, "first_at": at, "last_at": at, **over})  # type: ignore[arg-type]


def a_pause(mark: str = "m1", matched: int = 101) -> Pause:
    return Pause(rule_id="thanks", mark=mark, paused_at=NOON, matched=matched, allowed=100)


def test_every_set_that_goes_live_is_a_version(store: Store) -> None:
    with store.write() as tx:
        assert rule_sets.put(tx, a_set("one"))
        assert not rule_sets.put(tx, a_set("one"))
        assert rule_sets.put(tx, a_set("two", thanks="m1"))
        assert rule_sets.put(tx, a_set("one"))
        first, second, third = reversed(rule_sets.newest(tx))
        assert [each.hash for each in (first, second, third)] == ["one", "two", "one"]
        assert first.version < second.version < third.version
        assert rule_sets.live(tx) == third
        assert rule_sets.get(tx, second.version) == second
        assert rule_sets.get(tx, second.version).changes == ("added two",)
        assert [each.version for each in rule_sets.newest(tx, 1, before=third.version)] == [second.version]
        rule_sets.sign(tx, third.version, author="lead_demo", note="as it was")
        signed = rule_sets.live(tx)
        assert signed is not None
        assert (signed.author, signed.note) == ("lead_demo", "as it was")
        assert rule_sets.decisions_of(tx, ["one"]) == {"one": 0}
        with pytest.raises(NotFound, match="no version 999"):
            rule_sets.get(tx, 999)


def test_counts_of_an_hour_add_up_and_old_ones_go(store: Store) -> None:
    with store.write() as tx:
        rule_counts.add(tx, {"old": Matches(live=9)}, NOON - timedelta(days=91))
        for minutes in (5, 55):
            counted = {"thanks": Matches(live=2, fresh=1), "trial": Matches(shadow=3)}
            rule_counts.add(tx, counted, NOON + timedelta(minutes=minutes))
        rule_counts.add(tx, {"thanks": Matches(live=1, fresh=1)}, NOON + HOUR)
        rule_counts.add(tx, {}, NOON)
        assert rule_counts.fresh_in_hour(tx, NOON + timedelta(minutes=59)) == {"thanks": 2, "trial": 0}
        assert rule_counts.since(tx, NOON) == {
            "thanks": Matches(live=5, fresh=3),
            "trial": Matches(shadow=6),
        }
        assert rule_counts.since(tx, NOON - timedelta(days=400)).keys() == {"thanks", "trial"}
        rush = rule_counts.rush(tx, "thanks", NOON + 3 * HOUR)
        assert (rush.matches, rush.span) == (3, 3 * HOUR)
        assert rule_counts.rush(tx, "thanks", NOON).matches == 0


def test_a_rule_that_raises_is_one_row_until_it_changes(store: Store) -> None:
    with store.write() as tx:
        rule_faults.add(tx, a_fault())
        rule_faults.add(tx, a_fault(minutes=5, count=3, mention_id=9, error="IndexError"))
        (found,) = rule_faults.standing(tx)
        assert (found.count, found.first_at, found.last_at) == (4, NOON, NOON + timedelta(minutes=5))
        assert (found.error, found.mention_id) == ("IndexError", 9)
        assert rule_faults.standing(tx, {"thanks": "m1"}) == [found]
        assert rule_faults.standing(tx, {"thanks": "m2"}) == []
        assert rule_faults.lift(tx, "thanks", by="lead_demo", at=NOON)
        assert not rule_faults.lift(tx, "thanks", by="lead_demo", at=NOON)
        assert rule_faults.standing(tx) == []
        rule_faults.add(tx, a_fault(minutes=9))
        (again,) = rule_faults.standing(tx)
        assert (again.count, again.first_at) == (1, NOON + timedelta(minutes=9))


def test_a_rule_is_paused_once_and_what_was_accepted_is_remembered(store: Store) -> None:
    with store.write() as tx:
        rule_sets.put(tx, a_set("one", thanks="m1"))
        assert rule_pauses.add(tx, a_pause()) is not None
        assert rule_pauses.add(tx, a_pause(matched=150)) is None
        assert rule_pauses.standing(tx) == [a_pause()]
        assert rule_sets.holds(tx) == [a_pause()]
        assert rule_pauses.accepted(tx, "thanks", NOON) == 0
        rule_counts.add(tx, {"thanks": Matches(live=130, fresh=130)}, NOON)
        assert rule_pauses.resume(tx, "thanks", by="lead_demo", at=NOON)
        assert not rule_pauses.resume(tx, "thanks", by="lead_demo", at=NOON)
        assert rule_sets.holds(tx) == []
        assert rule_pauses.accepted(tx, "thanks", NOON + timedelta(days=6)) == 130
        assert rule_pauses.accepted(tx, "thanks", NOON + timedelta(days=8)) == 0
        assert rule_pauses.add(tx, a_pause()) is not None


def test_a_rule_that_was_changed_is_not_held_any_more(store: Store) -> None:
    with store.write() as tx:
        rule_sets.put(tx, a_set("one", thanks="m1"))
        rule_faults.add(tx, a_fault("m1"))
        rule_pauses.add(tx, a_pause("m1"))
        assert [each.state for each in rule_sets.holds(tx)] == ["paused", "quarantined"]
        rule_sets.put(tx, a_set("two", thanks="m2"))
        assert rule_sets.holds(tx) == []


def test_the_files_problem_is_kept_as_text_and_as_data(store: Store) -> None:
    finding = Finding("rules/10-all.yaml", 3, 7, "EB101", 'unknown key "whn"')
    with store.write() as tx:
        rule_problem.note(tx, [finding], NOON)
        assert site.rules_problem(tx) == 'rules/10-all.yaml:3:7 EB101 unknown key "whn"'
        assert rule_problem.findings(tx) == [finding.as_json()]
        rule_problem.note(tx, [], NOON)
        assert site.rules_problem(tx) is None
        assert rule_problem.findings(tx) == []
