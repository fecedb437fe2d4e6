"""What a person does at the desk, done by the driver in place of a round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from engagebot.bootstrap import App
from engagebot.domain.desk.preferences import Preferences
from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import review
from engagebot.store.replying import drafts

WINDOW = timedelta(minutes=2)
KIM = Person("kim_demo", Role.COMMUNITY)


def approve(app: App) -> None:
    """Approve every draft that waits, with time to undo."""
    terms = app.terms.of(Preferences(undo_after=WINDOW))
    for draft_id in waiting(app, DraftState.PROPOSED):
        with app.store.write() as tx:
            review.approve(tx, draft_id, Act(KIM, app.clock.now()), terms=terms)


def undo(app: App) -> None:
    """Take every approval back that has not left."""
    for draft_id in waiting(app, DraftState.APPROVED):
        with app.store.write() as tx:
            review.undo(tx, draft_id, Act(KIM, app.clock.now()))


def undo_first(app: App) -> None:
    """Take the oldest approval back."""
    for draft_id in waiting(app, DraftState.APPROVED)[:1]:
        with app.store.write() as tx:
            review.undo(tx, draft_id, Act(KIM, app.clock.now()))


def waiting(app: App, state: DraftState) -> list[int]:
    with app.store.read() as tx:
        return sorted(draft.id for draft in drafts.in_state(tx, state))


DEEDS: dict[str, Callable[[App], None]] = {"approve": approve, "undo": undo, "undo first": undo_first}
