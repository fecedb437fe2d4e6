"""The audit, the site, rule sets, decisions and cases as they are read back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.actions import (
    Action,
    Assign,
    Decision,
    DraftReply,
    Escalate,
    Ignore,
    Notify,
    Outcome,
    Planned,
    Tag,
    Webhook,
)
from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.records import RuleSetRecord
from engagebot.errors import IllegalMove, NotFound
from engagebot.store import audit, site
from engagebot.store.casework import cases
from engagebot.store.casework.cases import CaseMove, NewCase
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import decisions
from engagebot.store.ruling import rule_sets
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery
from tests.factories import hear, id_of, make_mention
from tests.fakes import NOON

ACTIONS: list[Action] = [
    Escalate(team="support", severity=Severity.URGENT, assignee="kim_demo"),
    Escalate(team="support"),
    DraftReply(template="thanks"),
    Tag(tags=("a", "b")),
    Assign(to="kim_demo"),
    Notify(channel="console"),
    Webhook(name="crm"),
    Ignore(reason="advertising"),
]


def open_case(tx: Tx) -> int:
    new = NewCase(
        customer_id=None,
        severity=Severity.LOW,
        team="support",
        title="t",
        why="w",
        rule_id=None,
        first_symptom_at=NOON,
        first_reply_due_at=None,
    )
    return cases.open_case(tx, new, [id_of(tx, "1")], NOON, actor="rule:dead")


def test_a_decision_comes_back_with_every_kind_of_action(store: Store) -> None:
    hear(store, make_mention("1"))
    planned = tuple(
        Planned(rule_id=f"r{number}", action=action, silenced="because" if number % 2 else None)
        for number, action in enumerate(ACTIONS)
    )
    decision = Decision(rule_set="0" * 64, matched=("r0",), planned=planned, shadow=("s",), failed=("f",))
    with store.write() as tx:
        mention_id = id_of(tx, "1")
        assert decisions.latest(tx, mention_id) is None
        decisions.add_many(tx, [], NOON)
        decisions.add_many(tx, [(mention_id, decision, {"now": "x"}, ["a note"])], NOON)
        plain = Decision(rule_set="1" * 64, matched=("default",), planned=())
        found = decisions.latest(tx, mention_id)
        assert found is not None
        assert (found.planned, found.matched, found.shadow, found.failed) == (
            planned,
            ("r0",),
            ("s",),
            ("f",),
        )
        assert (found.outcome, found.facts, found.notes) == (Outcome.ESCALATED, {"now": "x"}, ("a note",))
        decisions.add_many(tx, [(mention_id, plain, {}, [])], NOON)
        newest = decisions.latest(tx, mention_id)
        assert newest is not None
        assert (newest.rule_set, newest.shadow, newest.failed, newest.notes) == ("1" * 64, (), (), ())
        assert decisions.outcomes(tx) == {"escalated": 1, "untouched": 1}


def test_every_rule_set_that_went_live_is_kept(store: Store) -> None:
    def rule_set(name: str, minutes: int) -> RuleSetRecord:
        at = NOON + timedelta(minutes=minutes)
        return RuleSetRecord(
            hash=name, sources={"a.yaml": f"# {name}"}, author="kim_demo", note="n", live_at=at
        )

    with store.write() as tx:
        assert rule_sets.live(tx) is None
        assert rule_sets.by_hash(tx, "one") is None
        assert rule_sets.put(tx, rule_set("one", 0))
        assert not rule_sets.put(tx, rule_set("one", 1))
        assert rule_sets.put(tx, rule_set("two", 2))
        assert rule_sets.put(tx, rule_set("one", 3))
        assert rule_sets.live(tx) == rule_set("one", 3)
        assert rule_sets.by_hash(tx, "two") == rule_set("two", 2)
        assert rule_sets.by_hash(tx, "one") == rule_set("one", 3)


def test_the_audit_pages_once_newest_first(store: Store) -> None:
    rows = [
        {"at": NOON, "actor": "kim_demo", "action": f"a{n}", "subject": f"draft:{n % 2}", "detail": {"n": n}}
        for n in range(7)
    ]
    with store.write() as tx:
        audit.add_many(tx, [])
        audit.add_many(tx, rows)
    seen: list[str] = []
    cursor: str | None = None
    with store.read() as tx:
        while True:
            page = audit.page(tx, limit=3, cursor=cursor)
            seen += [event.action for event in page.items]
            if (cursor := page.cursor) is None:
                break
        assert [event.detail["n"] for event in audit.of(tx, "draft:1")] == [1, 3, 5]
    assert seen == [f"a{n}" for n in range(6, -1, -1)]


def test_the_site_is_paused_once_and_says_by_whom(store: Store) -> None:
    with store.write() as tx:
        assert not site.resume(tx, by="kim_demo", at=NOON)
        assert site.pause(tx, by="kim_demo", at=NOON)
        assert not site.pause(tx, by="lee_demo", at=NOON + timedelta(minutes=1))
        found = site.status(tx)
        assert (found.paused_by, found.paused_at) == ("kim_demo", NOON)
        assert site.resume(tx, by="lee_demo", at=NOON)
        found = site.status(tx)
        assert (found.paused_by, found.paused_at) == (None, None)
        assert [event.action for event in audit.of(tx, "site")] == ["site.paused", "site.resumed"]


def test_the_site_in_numbers(store: Store) -> None:
    hear(store, make_mention("1"), make_mention("2"))
    with store.write() as tx:
        assert site.status(tx).rules_hash is None
        open_case(tx)
        site.note_rules_problem(tx, "a.yaml:3:1 EB101 broken", NOON)
        site.beat(tx, NOON)
        rule_sets.put(tx, RuleSetRecord(hash="one", sources={}, author="a", note="n", live_at=NOON))
        found = site.status(tx)
        assert (found.mentions, found.undecided, found.cases, found.drafts) == (2, 2, {"new": 1}, {})
        assert (found.heartbeat_at, found.rules_hash) == (NOON, "one")
        assert found.rules_problem == site.rules_problem(tx) == "a.yaml:3:1 EB101 broken"
        site.note_rules_problem(tx, None, NOON)
        assert site.rules_problem(tx) is None


def test_a_mention_joins_a_case_once(store: Store) -> None:
    hear(store, make_mention("1"))
    with store.write() as tx:
        case_id = open_case(tx)
        told = len(audit.of(tx, f"case:{case_id}"))
        assert not cases.join(tx, case_id, id_of(tx, "1"), NOON, actor="rule:dead")
        assert len(audit.of(tx, f"case:{case_id}")) == told
        assert cases.get(tx, case_id).contacts == 1


def test_a_case_moves_only_along_its_table(store: Store) -> None:
    hear(store, make_mention("1"))
    with store.write() as tx:
        case = cases.get(tx, open_case(tx))
        with pytest.raises(IllegalMove):
            cases.change(tx, case, CaseMove(at=NOON, actor="a", action="x", to=CaseState.CLOSED))
        with pytest.raises(NotFound, match="no case 4711"):
            cases.get(tx, 4711)


def test_the_notices_of_a_case_are_told_oldest_first(store: Store) -> None:
    hear(store, make_mention("1"))
    with store.write() as tx:
        case_id = open_case(tx)
        for number in range(3):
            new = NewDelivery(
                notice_id=f"n-{number}", channel="console", kind="case", payload={}, case_id=case_id
            )
            assert deliveries.add(tx, new, NOON)
        assert [found.notice_id for found in deliveries.of_case(tx, case_id)] == ["n-0", "n-1", "n-2"]
        assert deliveries.of_case(tx, 4711) == []
