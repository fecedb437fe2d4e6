"""The JSON API: the site's status, and the switch that stops everything that leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from engagebot.domain.records import ConnectorRecord, SiteStatus
from engagebot.pipeline import prune
from engagebot.store import site
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.web.api.asking import ApiRoute
from engagebot.web.entry.auth import Pauser, Reader, Resumer
from engagebot.web.figures.deletion import DeletionJson, deletion_json
from engagebot.web.figures.held import HoldJson, held_json
from engagebot.web.figures.judging import JudgingJson, judging_json
from engagebot.web.figures.sending import SendingJson, WaitingJson, sending_json, waiting_json
from engagebot.web.site import Site

router = APIRouter(prefix="/api/v1", tags=["site"], route_class=ApiRoute)
MOST_LISTED = 100


class ConnectorJson(BaseModel):
    name: str
    healthy: bool | None
    last_poll_at: datetime | None
    reads_today: int
    cost_today: float | None
    paused_until: datetime | None
    problem: str | None


class StatusJson(JudgingJson):
    mode: str
    mentions: int
    undecided: int
    drafts: dict[str, int]
    cases: dict[str, int]
    deliveries: dict[str, int]
    paused_by: str | None
    paused_at: datetime | None
    rules: str | None
    rules_version: int | None
    rules_problem: str | None
    rules_held: list[HoldJson]
    connectors: list[ConnectorJson]
    sending: SendingJson
    deletion: DeletionJson


class Paused(BaseModel):
    """Whether everything that leaves is stopped, and how many replies stand between approval and arrival."""

    paused: bool
    changed: bool
    waiting: WaitingJson


class Resumed(Paused):
    """`leaving` are the ids of the replies that are due now, the longest waiting first, a hundred at most."""

    leaving: list[int]


@router.get("/status")
def show_status(app: Site, _: Reader) -> StatusJson:
    with app.store.read() as tx:
        status = site.status(tx)
        connectors = watches.connector_records(
            tx, app.settings.watches, app.clock.now(), prices=app.settings.prices
        )
        receipt = prune.receipt(app.prune_context, tx)
        sending = sending_json(tx, app.clock.now(), app.settings.timezone)
    return status_json(
        status, connectors, deletion=deletion_json(receipt), judging=judging_json(app), sending=sending,
        mode=app.mode(status.paused_by),
    )  # fmt: skip


@router.post("/pause")
def pause(app: Site, me: Pauser) -> Paused:
    now = app.clock.now()
    with app.store.write() as tx:
        changed = site.pause(tx, by=me.name, at=now)
        return Paused(paused=True, changed=changed, waiting=waiting_json(tx, now))


@router.post("/resume")
def resume(app: Site, me: Resumer) -> Resumed:
    now = app.clock.now()
    with app.store.write() as tx:
        changed = site.resume(tx, by=me.name, at=now)
        due = drafts.due_to_send(tx, now, without=watches.paused_connectors(tx, now), limit=MOST_LISTED)
        return Resumed(
            paused=False, changed=changed, waiting=waiting_json(tx, now), leaving=[each.id for each in due]
        )


def status_json(
    status: SiteStatus,
    connectors: Sequence[ConnectorRecord],
    *,
    deletion: DeletionJson,
    judging: JudgingJson,
    sending: SendingJson,
    mode: str,
) -> StatusJson:
    """The site in numbers."""
    return StatusJson(
        mode=mode,
        mentions=status.mentions,
        undecided=status.undecided,
        paused_by=status.paused_by,
        paused_at=status.paused_at,
        rules=status.rules_hash,
        rules_version=status.rules_version,
        rules_problem=status.rules_problem,
        rules_held=held_json(status.holds),
        connectors=[connector_json(record) for record in connectors],
        deletion=deletion,
        sending=sending,
        drafts=dict(status.drafts),
        cases=dict(status.cases),
        deliveries=dict(status.deliveries),
        scorer=judging.scorer,
        lexicons_problem=judging.lexicons_problem,
        word_lists_problem=judging.word_lists_problem,
        site_model=judging.site_model,
    )


def connector_json(record: ConnectorRecord) -> ConnectorJson:
    """How a connector fares."""
    return ConnectorJson(
        name=record.name,
        healthy=record.is_healthy,
        last_poll_at=record.last_poll_at,
        reads_today=record.reads_today,
        cost_today=record.cost_today,
        paused_until=record.paused_until,
        problem=record.problem,
    )
