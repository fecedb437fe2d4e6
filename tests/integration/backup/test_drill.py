"""The drill: a live site on X goes back from evening to the backup of noon, and nobody outside can tell."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.domain.listening.costs import PriceList, Prices
from engagebot.domain.outbox import DraftState
from engagebot.pipeline import review
from engagebot.settings.values import Brand
from engagebot.store import backup, site, tables
from engagebot.store.engine import Store
from engagebot.store.replying import drafts
from tests.emulators.x import XEmulator
from tests.factories import act, make_settings, make_watch
from tests.fakes import FakeClock, FakeSink
from tests.integration.backup.filled import fill
from tests.rows import Rows, broken_references, of_table, rows_of

RULES = """\
- {id: love, name: Love, status: live, when: {all: [{text: {contains_any: [love]}}]},
   then: [{draft: {template: thanks}}]}
- {id: dead, name: Dead, status: live, when: {all: [{text: {contains_any: [dead]}}]},
   then: [{escalate: {team: support, severity: high}}]}
- {id: rest, name: Rest, status: live, default: true, then: [{tag: [seen]}]}
"""
KEYS = {
    "bearer_token": "bearer-made-up-1",
    "consumer_key": "consumer-made-up-2",
    "consumer_secret": "consumer-secret-made-up-3",
    "access_token": "access-made-up-4",
    "access_token_secret": "access-secret-made-up-5",
    "handle": "acme",
}
# Where reading costs, the platform is asked for a reply of ours only when there is a reason to.
PRICES = Prices(connectors={"x": PriceList(units={"owned_posts": Decimal("0.001")})})


@dataclass
class Site:
    """A live site that may answer on X; it is opened anew after a restore."""

    folder: Path
    url: str
    clock: FakeClock
    x: XEmulator
    sink: FakeSink
    app: App

    def round(self) -> None:
        self.clock.forward(minutes=3)
        scheduler.run_once(self.app)

    def approve(self, count: int) -> None:
        """Approve so many of the replies on X that wait."""
        with self.app.store.write() as tx:
            waiting = [each for each in drafts.in_state(tx, DraftState.PROPOSED) if each.source == "x"]
            for draft in waiting[:count]:
                assert review.approve(tx, draft.id, act(self.app.store)).state is DraftState.APPROVED
        self.clock.forward(minutes=1)

    def states(self) -> Counter[str]:
        with self.app.store.read() as tx:
            query = sa.select(tables.drafts.c.state).where(tables.drafts.c.source == "x")
            return Counter(tx.execute(query).scalars())

    def start(self) -> None:
        self.app.close()
        self.app = opened(self.folder, self.url, self.clock, self.x, self.sink)


def opened(folder: Path, url: str, clock: FakeClock, x: XEmulator, sink: FakeSink) -> App:
    settings = make_settings(
        folder, url, now=clock.now(), sending=True,
        watches=(make_watch(connector="x", options={"query": "acme"}, lookback=timedelta(days=2)),),
        brand=Brand(name="Acme", handles={"x": "acme"}),
        connector_options={"x": {**KEYS, "base_url": x.url}}, prices=PRICES,
    )  # fmt: skip
    app = App(settings, is_live=True)
    app.clock = app.store.clock = app.rules._clock = clock
    app._sinks["console"] = sink
    return app


@pytest.fixture
def here(tmp_path: Path, database_url: str, clock: FakeClock) -> Iterator[Site]:
    folder, sink = tmp_path / "site", FakeSink()
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "lists").mkdir(parents=True)
    (folder / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    (folder / "rules" / "templates" / "thanks.md").write_text("Thank you!\n", encoding="utf-8")
    with XEmulator(account="acme", clock=clock.now) as x:
        app = opened(folder, database_url, clock, x, sink)
        fill(app.store)
        found = Site(folder, database_url, clock, x, sink, app)
        yield found
        found.app.close()


def talk(site: Site, name: str, count: int) -> None:
    for number in range(count):
        word = "I love it" if number % 2 else "it is dead again"
        site.x.post(text=f"@acme {word}, {name} {number}", author=f"maple_{name}_{number}_demo")


class Writer(threading.Thread):
    """Commits, over and over, two rows that belong together."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store, self.committed, self.enough = store, 0, threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            with self.store.write() as tx:
                for half in "ab":
                    site.put(tx, f"pair-{self.committed}-{half}", True, self.store.clock.now())
            self.committed += 1
            time.sleep(0.002)  # without a breath in between, nobody else would ever get to write


def back_up_while_somebody_writes(store: Store, file: Path) -> int:
    """Make a backup beside a writer; answer how many pairs were committed in the end."""
    writer = Writer(store)
    writer.start()
    while not writer.committed:
        time.sleep(0.002)
    backup.make(store, file, by="agent_demo")
    writer.enough.set()
    writer.join()
    return writer.committed


def check_pairs(store: Store, committed: int) -> None:
    """What the writer had committed at the moment of the backup is there, and no half of a pair."""
    with store.read() as tx:
        pairs = {row["key"] for row in of_table(tx, "site") if row["key"].startswith("pair-")}
    whole = len(pairs) // 2
    assert 0 < whole <= committed
    assert pairs == {f"pair-{number}-{half}" for number in range(whole) for half in "ab"}


def told_apart(rows: Rows) -> Rows:
    """The rows of a site, without what the writer, the backup and the restore put there."""
    new = ("site.", "draft.cut_off")
    kept = {
        name: found for name, found in rows.items() if name not in {"site", "keys", "watches", "connectors"}
    }
    kept["audit"] = [row for row in rows["audit"] if not row["action"].startswith(new)]
    kept["drafts"] = [row for row in rows["drafts"] if row["state"] not in {"sending", "unknown"}]
    return kept


def test_going_back_to_a_backup_loses_nothing_and_doubles_nothing_outside(here: Site) -> None:
    talk(here, "noon", 8)
    here.round()
    here.approve(2)
    here.round()
    assert here.states() == {"sent": 2, "proposed": 2}
    here.approve(1)
    noon = rows_of(here.app.store)

    file = here.folder / "noon.backup"
    committed = back_up_while_somebody_writes(here.app.store, file)

    # The evening: what was approved leaves, what waited is decided, others write.
    here.round()
    here.approve(1)
    talk(here, "evening", 4)
    here.round()
    here.approve(1)
    here.round()
    assert here.states()["sent"] == 5
    evening, told = len(rows_of(here.app.store)["mentions"]), list(here.sink.ids)
    replies = list(here.x.replies)
    assert len(replies) == 5

    here.app.store.close()
    back = App(here.app.settings).store
    back.clock = here.clock
    found = backup.examine(back, file)
    backup.restore(back, found, by="agent_demo", keep_in=here.folder)
    assert told_apart(rows_of(back)) == told_apart(noon)
    assert broken_references(back) == []
    check_pairs(back, committed)
    back.close()

    # In other words than before, for X itself refuses an equal text.
    template = here.folder / "rules" / "templates" / "thanks.md"
    template.write_text("We are glad to hear it!\n", encoding="utf-8")
    here.start()
    here.round()
    rows = rows_of(here.app.store)
    assert len(rows["mentions"]) == evening
    assert len({(row["source"], row["native_id"]) for row in rows["mentions"]}) == evening
    assert Counter(row["mention_id"] for row in rows["decisions"]).most_common(1)[0][1] == 1
    assert set(told) <= set(here.sink.ids)
    assert list(here.x.replies) == replies

    # A person lets things leave again and approves everything once more: each reply is looked for first.
    with here.app.store.write() as tx:
        assert site.paused_by(tx) == "restore"
        site.resume(tx, by="agent_demo", at=here.clock.now())
    here.approve(10)
    for _ in range(3):
        here.round()
    assert {"proposed", "approved", "sending", "unknown"}.isdisjoint(here.states())
    assert Counter(each.in_reply_to for each in here.x.replies).most_common(1)[0][1] == 1
    assert len(here.x.replies) == 6
