from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.pipeline import review
from engagebot.ports import Cursor
from engagebot.store.engine import Store
from engagebot.store.listening import watches
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import Move, NewDraft
from engagebot.store.replying.sending_locks import SendingLocks
from engagebot.store.telling import deliveries
from engagebot.store.telling.deliveries import NewDelivery
from tests.factories import API, PLAIN, act, hear, id_of, make_mention, make_settings
from tests.fakes import FakeClock

LEASE = timedelta(minutes=5)


@pytest.fixture
def app(store: Store, clock: FakeClock, tmp_path: Path) -> Iterator[App]:
    site = App(make_settings(tmp_path, store.url), is_live=True)
    own = site.store
    site.clock, site.store = clock, store
    yield site
    own.close()


def claim(store: Store) -> watches.Lease | None:
    with store.write() as tx:
        watch = watches.all_of(tx, ["talk"])[0]
        return watches.claim(tx, watch.id, owner="worker", now=store.clock.now(), lease=LEASE)


def test_a_restart_polls_at_once_what_a_killed_process_had_claimed(app: App) -> None:
    scheduler.prepare(app)
    assert claim(app.store) is not None
    assert claim(app.store) is None

    scheduler.prepare(app)

    assert claim(app.store) is not None


def test_a_start_beside_others_leaves_their_claims_alone(app: App) -> None:
    scheduler.prepare(app)
    assert claim(app.store) is not None

    scheduler.prepare(app, is_alone=False)

    assert claim(app.store) is None


def test_whoever_lost_a_claim_to_a_restart_can_save_nothing(app: App) -> None:
    scheduler.prepare(app)
    lease = claim(app.store)
    assert lease is not None

    with app.store.write() as tx:
        watches.end_leases(tx)
        now = app.store.clock.now()
        is_ours = watches.advance(tx, lease, cursor=Cursor("2"), at=now, next_poll_at=now, note=None)

    assert not is_ours


def sending(store: Store) -> DraftRecord:
    hear(store, make_mention())
    now = store.clock.now()
    with store.write() as tx:
        new = NewDraft(
            mention_id=id_of(tx, "1"),
            customer_id=None,
            rule_id="love",
            source="fake",
            conversation_id=None,
            text="Thank you!",
            missing=(),
            reply_route=API,
            is_proactive=False,
            said_at=now,
            urgency=PLAIN,
        )
        draft_id = drafts.propose(tx, new, now)
        assert draft_id is not None
        approved = review.approve(tx, draft_id, act(store))
        values = {"attempt_started_at": now}
        move = Move(to=DraftState.SENDING, at=now, actor="worker", action="sending", values=values)
        return drafts.change(tx, approved, move)


def test_a_reply_of_a_dead_worker_is_found_by_those_that_go_on(app: App) -> None:
    draft = sending(app.store)
    worker = SendingLocks(app.store.url)
    with worker.turn(draft.source) as held:
        assert held is not None
        scheduler.recover(app)
        with app.store.read() as tx:
            assert drafts.get(tx, draft.id).state is DraftState.SENDING

    worker.close()  # as when it dies
    scheduler.recover(app)
    with app.store.read() as tx:
        assert drafts.get(tx, draft.id).state is DraftState.UNKNOWN


def test_the_search_for_dead_workers_is_one_of_the_ticks(app: App) -> None:
    ticks = scheduler.start(app, polls=False)
    try:
        assert "recover" in {job.id for job in ticks.scheduler.get_jobs()}
    finally:
        ticks.stop()


def test_one_round_delivers_every_notice_that_is_due(
    app: App, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with app.store.write() as tx:
        for number in range(60):
            payload = {"title": f"notice {number}", "text": "-"}
            new = NewDelivery(notice_id=f"n-{number}", channel="console", kind="case", payload=payload)
            deliveries.add(tx, new, clock.now())

    assert scheduler.exhaust(app, scheduler.tell_people) == 60
    assert capsys.readouterr().err.count("engagebot: notice") == 60
