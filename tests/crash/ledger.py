"""What a database says happened, and what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tests.crash.world import Produced

_MENTIONS = """
SELECT m.source, m.native_id, m.state, m.outcome, c.account_key,
  (SELECT count(*) FROM decisions d WHERE d.mention_id = m.id) AS decisions
FROM mentions m LEFT JOIN customers c ON c.id = m.customer_id"""
_CONTACTS = """
SELECT c.account_key, c.contacts, (SELECT count(*) FROM mentions m WHERE m.customer_id = c.id) AS heard
FROM customers c"""
_DRAFTS = """
SELECT d.id, m.source, m.native_id, d.rule_id, d.state, d.text, d.native_id AS posted
FROM drafts d JOIN mentions m ON m.id = d.mention_id"""
_CASES = """
SELECT k.id, c.account_key, k.severity, k.state, k.first_reply_at, m.native_id
FROM cases k JOIN customers c ON c.id = k.customer_id
JOIN case_mentions j ON j.case_id = k.id JOIN mentions m ON m.id = j.mention_id"""
_NOTICES = """
SELECT d.notice_id, d.channel, d.kind, d.state, m.native_id
FROM deliveries d JOIN mentions m ON m.id = d.mention_id"""
_WATCHES = "SELECT name, cursor FROM watches"


@dataclass(frozen=True)
class Ledger:
    """The rows that matter, with the platforms' ids in place of ours, which depend on the order of things."""

    mentions: list[Mapping[str, Any]]
    contacts: list[Mapping[str, Any]]
    drafts: list[Mapping[str, Any]]
    cases: list[Mapping[str, Any]]
    notices: list[Mapping[str, Any]]
    cursors: dict[str, str]
    damage: list[str]

    @property
    def stored(self) -> set[tuple[str, str]]:
        return {(row["source"], row["native_id"]) for row in self.mentions}

    def outcome(self) -> dict[str, Counter[Any]]:
        """What an undisturbed run has to equal."""
        by_case: dict[int, tuple[Any, ...]] = {}
        for row in self.cases:
            joined = by_case.get(row["id"], (row["account_key"], row["severity"], row["state"]))
            by_case[row["id"]] = (*joined, row["native_id"])
        return {
            "outcomes": _count(self.mentions, "source", "native_id", "account_key", "state", "outcome"),
            "contacts": _count(self.contacts, "account_key", "contacts"),
            "drafts": _count(self.drafts, "source", "native_id", "rule_id", "state", "text"),
            "cases": Counter((case[:3], tuple(sorted(case[3:]))) for case in by_case.values()),
            "notices": _count(self.notices, "native_id", "channel", "kind", "state"),
        }


def _count(rows: Iterable[Mapping[str, Any]], *names: str) -> Counter[Any]:
    return Counter(tuple(row[name] for name in names) for row in rows)


def read(database_url: str) -> Ledger:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.connect() as tx:

        def rows(query: str) -> list[Mapping[str, Any]]:
            return [dict(row) for row in tx.execute(sa.text(query)).mappings()]

        cursors = {row["name"]: row["cursor"] for row in rows(_WATCHES) if row["cursor"]}
        return Ledger(
            mentions=rows(_MENTIONS),
            contacts=rows(_CONTACTS),
            drafts=rows(_DRAFTS),
            cases=rows(_CASES),
            notices=rows(_NOTICES),
            cursors=cursors,
            damage=damage(tx),
        )


def has_tables(database_url: str) -> bool:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    return sa.inspect(engine).has_table("watches")


def damage(tx: sa.Connection) -> list[str]:
    """What SQLite finds wrong with its own file."""
    if tx.dialect.name != "sqlite":
        return []  # PostgreSQL checks its keys at each commit and has no such pragma
    verdict = [row[0] for row in tx.exec_driver_sql("PRAGMA integrity_check")]
    found = [f"integrity_check: {line}" for line in verdict if line != "ok"]
    return found + [
        f"foreign_key_check: {tuple(row)}" for row in tx.exec_driver_sql("PRAGMA foreign_key_check")
    ]


def problems(ledger: Ledger, expected: dict[str, Counter[Any]], produced: Produced) -> list[str]:
    """Say what was lost or doubled, in words; nothing is well."""
    found = list(ledger.damage)
    lost, extra = produced.ids() - ledger.stored, ledger.stored - produced.ids()
    found += [f"lost: {len(lost)} posts, e.g. {sorted(lost)[:2]}"] if lost else []
    found += [f"stored without being there: {sorted(extra)[:2]}"] if extra else []
    if len(ledger.mentions) != len(ledger.stored):
        found.append("a post is stored twice")
    undecided = [row["native_id"] for row in ledger.mentions if row["decisions"] != 1]
    found += [f"not exactly one decision: {undecided[:3]}"] if undecided else []
    miscounted = [row["account_key"] for row in ledger.contacts if row["contacts"] != row["heard"]]
    found += [f"contacts miscounted: {miscounted[:3]}"] if miscounted else []
    for name, counted in ledger.outcome().items():
        missing, surplus = expected[name] - counted, counted - expected[name]
        found += [f"{name} missing: {list(missing)[:2]}"] if missing else []
        found += [f"{name} too many: {list(surplus)[:2]}"] if surplus else []
    return found


def ahead(ledger: Ledger, produced: Produced) -> list[str]:
    """Say which cursors stand behind posts that are not stored: nobody would ever ask for those again."""
    found = []
    for name, cursor in ledger.cursors.items():
        source = name.partition("-")[0]
        claims = _claimed_by_x if source == "x" else _claimed_by_reddit
        claimed = claims(json.loads(cursor), produced.by_watch[name])
        missing = {native for native in claimed if (source, native) not in ledger.stored}
        found += [f"the cursor of {name} is ahead of {len(missing)} posts"] if missing else []
    return found


def _claimed_by_x(cursor: Mapping[str, Any], posts: Mapping[str, datetime]) -> set[str]:
    settled, top, until = (
        int(cursor.get(name) or 0) for name in ("since_id", "pending_top", "pending_until")
    )
    return {each for each in posts if int(each) <= settled or (until and until <= int(each) <= top)}


def _claimed_by_reddit(cursor: Mapping[str, Any], posts: Mapping[str, datetime]) -> set[str]:
    if cursor["after"]:
        return {each for each, at in posts.items() if at >= posts[cursor["after"]]}
    return {each for each, at in posts.items() if at.timestamp() <= cursor["watermark"]}


@dataclass
class Verdict:
    """What became of one point."""

    number: int
    name: str
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"point {self.number}, {self.name}: {'; '.join(self.problems)}"
