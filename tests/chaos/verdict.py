"""What the platforms hold, beside what the database says and what people approved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tests.chaos.stage import Stage
from tests.crash.ledger import damage

_DRAFTS = """
SELECT d.id, d.source, d.state, d.text, d.native_id AS posted, d.approved_by, m.native_id
FROM drafts d JOIN mentions m ON m.id = d.mention_id"""
# A reply that a person settled has no id where the platform never told one.
_BY_A_PERSON = "SELECT subject FROM audit WHERE action = 'draft.found' AND actor = 'kim_demo'"


@dataclass(kw_only=True)
class Verdict:
    """How many replies are doubled, lost, known under a wrong id or never approved; `problems` in words."""

    doubled: int = 0
    lost: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)
    posted: set[int] = field(default_factory=set)


def _on_the_platforms(stage: Stage) -> dict[tuple[str, str], list[dict[str, Any]]]:
    there: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for source, remote, target in (("x", stage.x, "in_reply_to"), ("reddit", stage.reddit, "parent_id")):
        for reply in remote.replies[stage.earlier[remote.url] :]:
            there[source, reply[target]].append(reply)
    return there


def verdict_on(stage: Stage, *, is_final: bool) -> Verdict:
    """Compare; what still waits is no loss unless this `is_final`."""
    found = Verdict()
    with stage.store.read() as tx:
        rows = tx.execute(sa.text(_DRAFTS)).mappings().all()
        settled = {row[0] for row in tx.execute(sa.text(_BY_A_PERSON))}
        found.problems += damage(tx) if is_final else []
    # Asked after the database: what that calls sent must be there by now.
    there = _on_the_platforms(stage)
    for row in rows:
        mine = there.pop((row["source"], row["native_id"]), [])
        where = f"{row['source']} {row['native_id']} ({row['state']})"
        if mine:
            found.posted.add(row["id"])
        if len(mine) > 1:
            found.doubled += 1
            found.problems.append(f"posted {len(mine)} times: {where}")
        elif not mine and (is_final or row["state"] == "sent"):
            found.lost += 1
            found.problems.append(f"never posted: {where}")
        elif mine and mine[0]["text"] != stage.texts.get(row["id"]):
            found.wrong += 1
            found.problems.append(f"another text than the approved one: {where}")
        elif is_final:
            knows = row["posted"] == mine[0]["id"] or f"draft:{row['id']}" in settled
            if row["state"] != "sent" or not knows:
                found.wrong += 1
                found.problems.append(f"known as {row['posted']}, it is {mine[0]['id']}: {where}")
    for source, target in there:
        found.wrong += 1
        found.problems.append(f"nobody approved a reply to {source} {target}")
    return found
