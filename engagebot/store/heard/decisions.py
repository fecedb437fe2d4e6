"""Decisions: what a rule set made of each mention, with the facts it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain import actions
from engagebot.domain.actions import Action, Decision, Outcome, Planned
from engagebot.domain.outbox import Severity
from engagebot.domain.records import DecisionRecord
from engagebot.store.among import among
from engagebot.store.bulk import Bulk
from engagebot.store.engine import Tx
from engagebot.store.remembered import remembered
from engagebot.store.tables import decisions
from engagebot.store.types import encode

_KINDS: Mapping[str, type[Action]] = {
    "escalate": actions.Escalate,
    "draft": actions.DraftReply,
    "tag": actions.Tag,
    "assign": actions.Assign,
    "notify": actions.Notify,
    "webhook": actions.Webhook,
    "ignore": actions.Ignore,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _KINDS.values()}


def add_many(
    tx: Tx, decided: Sequence[tuple[int, Decision, Mapping[str, Any], Sequence[str]]], at: datetime
) -> None:
    """Store decisions as (mention id, decision, facts, notes); each is a new row, older ones stay."""
    common: dict[int, dict[str, Any]] = {}
    rows = []
    for mention_id, decision, facts, notes in decided:
        # Most mentions of a batch share their decision with many others.
        known = common.get(id(decision))
        if known is None:
            known = common[id(decision)] = _common(decision, at)
        rows.append({**known, "mention_id": mention_id, "facts": facts, "notes": notes or None})
    _INSERT.run(tx, rows)


def _common(decision: Decision, at: datetime) -> dict[str, Any]:
    return {
        "rule_set": decision.rule_set,
        "decided_at": at,
        "outcome": decision.outcome.value,
        "matched": encode(decision.matched),
        "shadow": encode(decision.shadow) if decision.shadow else None,
        "failed": encode(decision.failed) if decision.failed else None,
        "planned": encode([planned_json(planned) for planned in decision.planned]),
    }


_OF_PLAN = frozenset({"rule", "action", "silenced", "why"})
_ENCODED = ("matched", "shadow", "failed", "planned")
_INSERT = Bulk(
    lambda tx: sa.insert(decisions).values({name: sa.bindparam(name, type_=sa.Text) for name in _ENCODED}),
    ("mention_id", "rule_set", "decided_at", "outcome", *_ENCODED, "facts", "notes"),
)


# Asked for each item that is shown; putting it together takes as long as its answer.
_LATEST = (
    sa.select(decisions)
    .where(decisions.c.mention_id == sa.bindparam("mention"))
    .order_by(decisions.c.id.desc())
    .limit(1)
)


@remembered
def latest(tx: Tx, mention_id: int) -> DecisionRecord | None:
    """The newest decision on a mention, or `None`."""
    row = tx.execute(_LATEST, {"mention": mention_id}).mappings().first()
    return None if row is None else _record(row)


def latest_facts(tx: Tx, mention_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """The facts of the newest decision on each of these mentions."""
    newest = (
        sa.select(sa.func.max(decisions.c.id))
        .where(among(tx, decisions.c.mention_id, mention_ids))
        .group_by(decisions.c.mention_id)
    )
    query = sa.select(decisions.c.mention_id, decisions.c.facts).where(decisions.c.id.in_(newest))
    return {row.mention_id: row.facts for row in tx.execute(query)}


def planned_json(planned: Planned) -> dict[str, Any]:
    """A planned action as plain JSON: `{rule, action, …its fields, silenced?}`."""
    values: dict[str, Any] = {"rule": planned.rule_id, "action": _NAMES[type(planned.action)]}
    for name in _FIELDS[type(planned.action)]:
        if (value := getattr(planned.action, name)) is not None:
            values[name] = value
    if planned.silenced is not None:
        values["silenced"] = planned.silenced
    if planned.why is not None:
        values["why"] = planned.why
    return values


def _planned(values: Mapping[str, Any]) -> Planned:
    fields = {name: value for name, value in values.items() if name not in _OF_PLAN}
    if "severity" in fields:
        fields["severity"] = Severity(fields["severity"])
    if "tags" in fields:
        fields["tags"] = tuple(fields["tags"])
    action = _KINDS[values["action"]](**fields)
    return Planned(
        rule_id=values["rule"], action=action, silenced=values.get("silenced"), why=values.get("why")
    )


def _record(row: Mapping[Any, Any]) -> DecisionRecord:
    return DecisionRecord(
        id=row["id"],
        mention_id=row["mention_id"],
        rule_set=row["rule_set"],
        decided_at=row["decided_at"],
        outcome=Outcome(row["outcome"]),
        matched=tuple(row["matched"]),
        shadow=tuple(row["shadow"] or ()),
        failed=tuple(row["failed"] or ()),
        planned=tuple(_planned(planned) for planned in row["planned"]),
        facts=row["facts"],
        notes=tuple(row["notes"] or ()),
    )


def outcomes(tx: Tx) -> dict[str, int]:
    """How many mentions came to which outcome, over all decisions."""
    query = sa.select(decisions.c.outcome, sa.func.count()).group_by(decisions.c.outcome)
    return {row[0]: row[1] for row in tx.execute(query)}
