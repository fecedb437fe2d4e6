"""What people who look on are told: ids, states and the names of colleagues, never a customer's words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engagebot.bootstrap import App
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import Event
from engagebot.store import site
from engagebot.store.desk import happenings
from engagebot.store.desk.happenings import Place
from engagebot.store.desk.presence import Presence
from engagebot.store.engine import Tx
from engagebot.web.wording import deed

_WAITING = frozenset({DraftState.PROPOSED, DraftState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event of the stream; `id` is that of the audit's line it tells of, `only_for` whom it concerns."""

    name: str
    data: Mapping[str, Any]
    id: int | None = None
    only_for: str | None = None

    def frame(self) -> str:
        """The event as it goes over the wire."""
        number = "" if self.id is None else f"id: {self.id}\n"
        return f"{number}event: {self.name}\ndata: {json.dumps(self.data, separators=(',', ':'))}\n\n"


def told(app: App, tx: Tx, events: Sequence[Event]) -> list[Message]:
    """Tell of lines of the audit, in their order, with where things stand now."""
    places = happenings.places(tx, [_number(event) for event in events if event.subject.startswith("draft:")])
    states = happenings.case_states(
        tx, [_number(event) for event in events if event.subject.startswith("case:")]
    )
    messages: list[Message] = []
    for event in events:
        kind = event.subject.partition(":")[0]
        if kind == "draft" and (place := places.get(_number(event))) is not None:
            messages += _of_draft(event, place)
        elif kind == "case" and (state := states.get(_number(event))) is not None:
            data = {"id": _number(event), "state": state, "by": event.actor, "action": _bare(event)}
            messages.append(Message(name="case", data=data, id=event.id))
        elif event.action in {"site.paused", "site.resumed"}:
            messages.append(of_site(app, tx, event.id))
    return messages


def _of_draft(event: Event, place: Place) -> list[Message]:
    draft_id = _number(event)
    if event.action == "draft.proposed":
        if place.state not in _WAITING:
            return []
        return [of_new([(draft_id, place.lane)], is_awake=False, number=event.id)]
    changed = {
        "id": draft_id,
        "state": place.state.value,
        "by": event.actor,
        "action": _bare(event),
        "lane": place.lane,
        "version": place.version,
        "words": f"{event.actor} {deed(event.action)}",
    }
    messages = [Message(name="draft", data=changed, id=event.id)]
    former = event.detail.get("from_person")
    if event.action == "draft.taken_over" and isinstance(former, str):
        data = {"draft_id": draft_id, "by": event.actor}
        messages.append(Message(name="taken", data=data, id=event.id, only_for=former))
    return messages


def of_new(drafts: Sequence[tuple[int, str | None]], *, is_awake: bool, number: int | None = None) -> Message:
    """Tell that drafts have come into the queue, or back into it."""
    rows = [{"id": draft_id, "lane": lane} for draft_id, lane in drafts]
    return Message(name="new", data={"drafts": rows, "is_awake": is_awake}, id=number)


def of_site(app: App, tx: Tx, number: int | None = None) -> Message:
    """Tell whether anything leaves."""
    by = site.paused_by(tx)
    return Message(name="site", data={"paused_by": by, "mode": app.mode(by)}, id=number)


def of_presence(who: Mapping[int, Sequence[Presence]]) -> Message:
    """Tell everybody who is at a draft; whoever is not named has left."""
    drafts = {
        str(draft_id): [{"name": each.name, "is_typing": each.is_typing} for each in people]
        for draft_id, people in who.items()
    }
    return Message(name="presence", data={"drafts": drafts})


def _number(event: Event) -> int:
    number = event.subject.partition(":")[2]
    return int(number) if number.isdigit() else 0


def _bare(event: Event) -> str:
    return event.action.partition(".")[2]
