"""Sending: approved replies on their way out, and what the platforms' own records say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engagebot.domain.outbox import DraftState, Severity
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import review
from engagebot.store.casework import cases
from engagebot.store.casework.cases import NewCase
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from tests.crash.databases import Databases
from tests.crash.sweep import Sweep, Trial
from tests.crash.world import HookEnd, Lane
from tests.emulators.faults import Fault
from tests.fakes import FakeClock

APPROVED = 4
# Each round is a process of its own, and believes another one's window only long after it.
STEP_S = 1000.0
ROUNDS_AT_MOST = 6


def sending(
    databases: Databases, lanes: list[Lane], hooks: HookEnd, folder: Path, *, variant: str = ""
) -> Sweep:
    """A sweep over a round that sends and a round that settles, on copies of a database full of approvals."""
    step_s = STEP_S
    found = Sweep(
        folder=folder / f"send-{databases.name}{variant}",
        lanes=lanes,
        hooks=hooks,
        database=databases.name,
        new_database=databases.copies(approved(databases, lanes[0], hooks, folder)),
        listens=False,
        sends=True,
        rounds=(0.0, step_s),
        prepare=set_stage,
        after=lambda trial: wrong_after(trial, step_s),
    )
    found.warm_up()
    found.variant = variant
    return found


def decided(databases: Databases, lane: Lane, hooks: HookEnd, tmp_path: Path) -> str:
    """A database in which everything was heard and decided, and no draft approved."""
    url = databases.migrated(tmp_path)
    listening = Sweep(
        folder=tmp_path / f"decide-{databases.name}",
        lanes=[lane],
        hooks=hooks,
        new_database=databases.kept(url),
        listens=True,
        sends=True,
    )
    with listening.trial() as trial:
        trial.round()
    return url


def approved(databases: Databases, lane: Lane, hooks: HookEnd, tmp_path: Path) -> str:
    """A database in which everything was heard and decided, and every draft approved."""
    url = decided(databases, lane, hooks, tmp_path)
    store = Store(url, clock=FakeClock())
    with store.write() as tx:
        proposed = drafts.in_state(tx, DraftState.PROPOSED)
        now = Act(by=Person("agent_demo", Role.COMMUNITY), at=datetime.now(UTC))
        states = [review.approve(tx, draft.id, now).state for draft in proposed]
        for draft in proposed[::2]:
            heard = mentions.get(tx, draft.mention_id)
            new = NewCase(
                customer_id=heard.customer_id,
                severity=Severity.LOW,
                team="support",
                title="-",
                why="-",
                rule_id=None,
                first_reply_due_at=None,
                first_symptom_at=heard.mention.posted_at,
            )
            cases.open_case(tx, new, [heard.id], now.at, actor="agent_demo")
    store.close()
    assert states == [DraftState.APPROVED] * APPROVED
    return url


def set_stage(trial: Trial) -> None:
    """Cut the line once on each platform after it took a reply."""
    trial.lane.x.fault(Fault.cut_after(), on="POST /2/tweets", skip=1)
    trial.lane.reddit.fault(Fault.cut_after(), on="POST /api/comment", skip=1)


def wrong_after(trial: Trial, step_s: float) -> list[str]:
    """Go on until nothing is under way, then compare the platforms' own records with ours."""
    for number in range(1, ROUNDS_AT_MOST + 1):
        trial.round(later_s=(1 + number) * step_s)
        if {row["state"] for row in trial.ledger().drafts} <= {"sent"}:
            break
    return wrong_with(trial)


def wrong_with(trial: Trial) -> list[str]:
    book = trial.ledger()
    posted: dict[str, list[dict[str, Any]]] = {}
    for remote, target in ((trial.lane.x, "in_reply_to"), (trial.lane.reddit, "parent_id")):
        for reply in remote.replies[trial.lane.seen[remote.url] :]:
            posted.setdefault(reply[target], []).append(reply)
    found = list(book.damage)
    for draft in book.drafts:
        mine = posted.pop(draft["native_id"], [])
        where = f"{draft['source']} {draft['native_id']}"
        if len(mine) != 1:
            found.append(f"{where}: posted {len(mine)} times ({draft['state']})")
        elif (draft["state"], draft["posted"], draft["text"]) != ("sent", mine[0]["id"], mine[0]["text"]):
            found.append(f"{where}: {draft['state']}, we know it as {draft['posted']}, it is {mine[0]['id']}")
    found += [f"nobody approved a reply to {target}" for target in posted]
    answered = {draft["native_id"] for draft in book.drafts}
    with_case = [row for row in book.cases if row["native_id"] in answered]
    assert len(with_case) == APPROVED / 2
    unanswered = [row["native_id"] for row in with_case if row["first_reply_at"] is None]
    return found + ([f"no first reply noted: {unanswered}"] if unanswered else [])
