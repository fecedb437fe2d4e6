"""What every move of a draft by a person shares: the version that was read, the states it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engagebot.domain.heard.verdicts import Labels, Origin
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, VersionMoved
from engagebot.store.engine import Tx
from engagebot.store.heard import verdicts
from engagebot.store.replying import drafts, seeded
from engagebot.store.replying.drafts import Move

DECIDABLE = frozenset({DraftState.PROPOSED, DraftState.HELD})


def current(tx: Tx, draft_id: int, version: int | None) -> DraftRecord:
    """The draft, locked, at the version that was read.

    Raises:
        VersionMoved: it is at another version by now.
    """
    draft = drafts.get(tx, draft_id, lock=True)
    if version is not None and version != draft.version:
        (shown,) = seeded.shown(tx, [draft])
        raise VersionMoved(
            f"draft {draft_id} was changed meanwhile: you read version {version}, "
            f"it is at version {draft.version} ({draft.state})",
            version=draft.version,
            text=shown.text,
        )
    return draft


def only_in(states: frozenset[DraftState], draft: DraftRecord, done: str) -> None:
    """Refuse what cannot be done to a draft in its state.

    Raises:
        IllegalMove: it is in none of `states`.
    """
    if draft.state not in states:
        raise IllegalMove(f"draft {draft.id} is {draft.state}: it cannot be {done}")


def move(
    tx: Tx,
    draft: DraftRecord,
    act: Act,
    to: DraftState,
    action: str,
    **more: Mapping[str, Any],
) -> DraftRecord:
    """Move a draft in somebody's name; `more` are the `values` and the `detail` of a `Move`."""
    return drafts.change(tx, draft, Move(to=to, at=act.at, actor=act.by.name, action=action, **more))


def say(tx: Tx, draft: DraftRecord, said: Labels, origin: Origin, act: Act) -> None:
    """Note what a decision says of the author's feeling."""
    verdicts.add(tx, draft.mention_id, said, origin, by=act.by.name, at=act.at)
