"""The list of customers: by name, tag and mark, and those who may be about to leave us, with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from engagebot.domain.casework.contacts import Reached
from engagebot.domain.persons.customers import CustomerTag, Mark
from engagebot.domain.records import CustomerRecord, Slice
from engagebot.pipeline.people import knowing
from engagebot.store.engine import Tx
from engagebot.store.persons import at_risk, customers, people
from engagebot.store.persons.customers import CustomerFilter


class Show(StrEnum):
    """Which customers are listed."""

    ALL = "all"
    VIP = "vip"
    STAFF = "staff"
    PRESS = "press"
    AT_RISK = "at_risk"


class Wanted(NamedTuple):
    """What was asked for: letters of a name, a tag, one of `Show`; what is none of them shows all."""

    name: str = ""
    tag: str = ""
    show: str = Show.ALL.value

    @property
    def chosen(self) -> Show:
        """Which customers are meant."""
        return Show(self.show) if self.show in list(Show) else Show.ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of customers with their tags, how often they came to us, and why some of them may leave."""

    wanted: Wanted
    found: Slice[CustomerRecord]
    tags: Mapping[int, Sequence[CustomerTag]]
    reasons: Mapping[int, tuple[str, ...]]
    reached: Mapping[int, Reached]


def list_people(
    tx: Tx, now: datetime, wanted: Wanted, *, limit: int = 50, cursor: str | None = None
) -> Listed:
    """List customers, those who spoke last first."""
    show = wanted.chosen
    reasons = at_risk.found(tx, now) if show is Show.AT_RISK else {}
    only = CustomerFilter(
        name=wanted.name.strip() or None,
        tag=wanted.tag.strip().lstrip("#").casefold() or None,
        is_vip=True if show is Show.VIP else None,
        mark=Mark(show.value) if show in {Show.STAFF, Show.PRESS} else None,
    )
    if show is Show.AT_RISK:
        only = replace(only, among=tuple(reasons))
    found = customers.page(tx, limit=limit, cursor=cursor, only=only)
    tags = people.tags(tx, [each.id for each in found.items])
    return Listed(
        wanted=wanted, found=found, tags=tags, reasons=reasons, reached=knowing.reached(tx, found.items)
    )
