"""What people do about notices that did not arrive: replay them, know of them, say that a channel works."""

from __future__ import annotations

from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.roles import Act
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.telling import channels, deliveries, unreached

AT_ONCE = 1000


def replay(tx: Tx, delivery_id: int, act: Act) -> DeliveryRecord:
    """Let a dead letter be sent again, under the id it always had.

    A channel that was shut is asked once more; a receiver that is still gone shuts it again.

    Raises:
        NotFound: there is no such delivery.
        IllegalMove: it is not dead.
    """
    delivery = deliveries.replay(tx, delivery_id, act.at)
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action="delivery.replayed",
        subject=f"delivery:{delivery_id}",
        detail={"notice": delivery.notice_id, "channel": delivery.channel},
    )
    if channels.reopen(tx, delivery.channel):
        _opened(tx, act, delivery.channel, notices=1)
    return delivery


def replay_all(tx: Tx, act: Act) -> list[DeliveryRecord]:
    """Let all dead letters be sent again, the newest 1,000 at a time."""
    dead = deliveries.in_state(tx, DeliveryState.DEAD, AT_ONCE)
    return [replay(tx, each.id, act) for each in reversed(dead)]


def acknowledge(tx: Tx, act: Act) -> int:
    """Say that somebody knows what reached nobody, and looks after it; answer how many notices that were."""
    count = unreached.known(tx, by=act.by.name, at=act.at)
    if count:
        audit.add(
            tx,
            at=act.at,
            actor=act.by.name,
            action="delivery.known",
            subject="site",
            detail={"notices": count},
        )
    return count


def channel_works(tx: Tx, channel: str, act: Act) -> int:
    """Use a channel again that has just taken a test; answer how many notices leave through it at once."""
    was_shut = channel in channels.all_shut(tx)
    count = channels.works_again(tx, channel, act.at)
    if was_shut:
        _opened(tx, act, channel, notices=count)
    return count


def _opened(tx: Tx, act: Act, channel: str, *, notices: int) -> None:
    detail = {"channel": channel, "notices": notices}
    audit.add(tx, at=act.at, actor=act.by.name, action="channel.opened", subject="site", detail=detail)
