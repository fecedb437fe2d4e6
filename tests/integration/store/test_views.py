"""Saved views: a person's own, and the team's."""

from __future__ import annotations

import pytest

from engagebot.errors import NotFound, WrongUsage
from engagebot.store import audit
from engagebot.store.desk import views
from engagebot.store.engine import Store
from tests.factories import act


def names(store: Store, person: str) -> list[str]:
    with store.read() as tx:
        return [view.name for view in views.all_of(tx, person)]


def test_a_person_sees_their_own_views_and_the_teams(store: Store) -> None:
    me, other = act(store, "jo_demo"), act(store, "sam_demo")
    with store.write() as tx:
        views.add(tx, me, name="Refunds", query="lane=unhappy&q=rule%3Arefund&sort=reach")
        views.add(tx, me, name="billing", query="q=intent%3Abilling")
        theirs = views.add(tx, other, name="Refunds", query="lane=review")
        views.add(tx, other, name="For all", query="lane=person", is_team=True)
    assert names(store, "jo_demo") == ["For all", "billing", "Refunds"]
    assert names(store, "sam_demo") == ["For all", "Refunds"]
    with store.read() as tx:
        assert views.get(tx, theirs.id, "sam_demo") == theirs
        with pytest.raises(NotFound):
            views.get(tx, theirs.id, "jo_demo")
        with pytest.raises(NotFound):
            views.get(tx, 4711, "jo_demo")


def test_a_name_is_taken_once_by_each_owner_whatever_its_capitals(store: Store) -> None:
    me = act(store, "jo_demo")
    with store.write() as tx:
        mine = views.add(tx, me, name="Größe", query="lane=review")
        team = views.add(tx, me, name="größe", query="lane=review", is_team=True)
        other = views.add(tx, me, name="other", query="lane=review")
        with pytest.raises(WrongUsage, match="you have a view"):
            views.add(tx, me, name="GRÖSSE", query="lane=person")
        with pytest.raises(WrongUsage, match="you have a view"):
            views.rename(tx, me, other, name="gröSSe")
        with pytest.raises(WrongUsage, match="the team has a view"):
            views.add(tx, me, name="Größe", query="lane=person", is_team=True)
        assert views.rename(tx, me, mine, name="GRÖSSE").name == "GRÖSSE"
    assert team.owner is None


def test_nobody_fills_the_place_with_views(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    me = act(store, "jo_demo")
    with store.write() as tx:
        for name in ("a", "b"):
            views.add(tx, me, name=name, query="lane=review")
        with pytest.raises(WrongUsage, match="remove one first"):
            views.add(tx, me, name="c", query="lane=review")
        views.add(tx, me, name="c", query="lane=review", is_team=True)


def test_the_audit_tells_who_changed_which_view(store: Store) -> None:
    me = act(store, "jo_demo")
    with store.write() as tx:
        view = views.add(tx, me, name="mine", query="lane=review", is_team=True)
        views.remove(tx, me, views.rename(tx, me, view, name="ours"))
    assert names(store, "jo_demo") == []
    with store.read() as tx:
        events = audit.of(tx, f"view:{view.id}")
    assert [(event.actor, event.action) for event in events] == [
        ("jo_demo", "view.saved"), ("jo_demo", "view.renamed"), ("jo_demo", "view.removed"),
    ]  # fmt: skip
