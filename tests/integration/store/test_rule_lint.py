"""What rules matched lately, as the lint of a rule set counts it."""

from __future__ import annotations

from datetime import timedelta

from engagebot.domain.actions import Decision
from engagebot.store.engine import Store
from engagebot.store.heard import decisions
from engagebot.store.ruling import rule_lint
from engagebot.store.tables import rule_sets
from tests.factories import hear, id_of, make_mention
from tests.fakes import NOON


def decision(*matched: str, shadow: tuple[str, ...] = ()) -> Decision:
    return Decision(rule_set="0" * 64, matched=matched, planned=(), shadow=shadow)


def test_the_newest_decision_of_each_mention_counts_once(store: Store) -> None:
    hear(store, *(make_mention(name) for name in ("1", "2", "3", "4")))
    with store.write() as tx:
        ids = [id_of(tx, name) for name in ("1", "2", "3", "4")]
        decisions.add_many(tx, [(ids[3], decision("old"), {}, [])], NOON - timedelta(days=31))
        decisions.add_many(tx, [(ids[0], decision("first"), {}, [])], NOON - timedelta(days=3))
        later = [decision("a", "b", shadow=("s",)), decision("a", "b", shadow=("s",)), decision("b")]
        decisions.add_many(tx, [(id_, each, {}, []) for id_, each in zip(ids, later, strict=False)], NOON)

        counted = rule_lint.matched_since(tx, NOON - timedelta(days=30))

    assert counted == (3, {"a": 2, "b": 3, "s": 2})


def test_nothing_decided_is_nothing_counted(store: Store) -> None:
    with store.read() as tx:
        assert rule_lint.matched_since(tx, NOON) == (0, {})
        assert rule_lint.texts_live_at(tx, NOON) == ""


def test_the_files_in_force_at_a_moment_are_those_that_went_live_last_before_it(store: Store) -> None:
    with store.write() as tx:
        for day, text in enumerate(("one", "two", "three")):
            row = {
                "hash": text, "sources": {"a.yaml": text, "lists/x.txt": "no", "b.yaml": "too"},
                "author": "kim_demo", "note": "n", "live_at": NOON + timedelta(days=day),
            }  # fmt: skip
            tx.execute(rule_sets.insert().values(**row))

        assert rule_lint.texts_live_at(tx, NOON + timedelta(days=1.5)) == "two\ntoo"
        assert rule_lint.texts_live_at(tx, NOON - timedelta(days=1)) == ""
