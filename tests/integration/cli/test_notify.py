"""Notices in the terminal: what did not arrive, sent again by somebody who is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from engagebot.bootstrap import App, open_app
from engagebot.domain.outbox import DeliveryState
from engagebot.store import audit
from engagebot.store.telling import deliveries, unreached
from engagebot.store.telling.channels import ShutChannel, shut
from engagebot.store.telling.deliveries import NewDelivery
from tests.integration.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _user_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "keeper_demo")


def give_up(site: Path, *notice_ids: str) -> list[int]:
    """Put dead letters into a site's database, and a channel that is shut; answer the ids."""
    app = open_app(site, {})
    try:
        return [_dead(app, notice_id) for notice_id in notice_ids]
    finally:
        app.close()


def _dead(app: App, notice_id: str) -> int:
    now, payload = app.clock.now(), {"title": "HIGH: \x1b[2Jdead", "text": "> dead", "data": {}}
    with app.store.write() as tx:
        new = NewDelivery(notice_id=notice_id, channel="console", kind="case", payload=payload)
        deliveries.add(tx, new, now)
        number = deliveries.page(tx).items[0].id
        claimed = deliveries.claim(tx, number, owner="worker", now=now)
        assert claimed is not None
        deliveries.settle(tx, claimed, DeliveryState.DEAD, {"last_error": "it is gone"})
        unreached.note(tx, claimed.delivery, "it is gone")
        shut(tx, ShutChannel("console", now, "it is gone", app.mark("console")))
    return number


def test_what_did_not_arrive_is_told_listed_and_sent_again(cli: Cli) -> None:
    site = cli.listens()
    first, second = give_up(site.site, "n-1", "n-2")

    status = site.json("status")
    assert (status["unreached"]["escalations"], status["channels_shut"]) == (2, {"console": "it is gone"})
    assert "2 escalations have reached nobody since" in site("status").stdout
    found = {check["name"]: check for check in site.json("doctor", "--offline")["checks"]}
    assert [found[name]["ok"] for name in ("notices", "channel console")] == [False, False]
    assert "notify test --channel console" in found["channel console"]["fix"]

    listed = site.json("notify", "list", "--state", "dead")
    assert [(each["id"], each["notice_id"]) for each in listed] == [(second, "n-2"), (first, "n-1")]
    assert "\x1b" not in site("notify", "list").stdout
    assert site.json("notify", "replay", first)[0]["state"] == "pending"
    assert site("notify", "replay", first).exit_code == 1
    assert site("notify", "replay").exit_code == 2
    assert [each["id"] for each in site.json("notify", "replay", "--all")] == [second]
    assert site.json("notify", "ack") == {"known": 2}
    assert site.json("status")["unreached"] is None

    assert site.json("notify", "test")[0]["ok"]
    assert site.json("status")["channels_shut"] == {}
    app = open_app(site.site, {})
    try:
        with app.store.read() as tx:
            (event,) = audit.of(tx, f"delivery:{first}")
    finally:
        app.close()
    assert (event.actor, event.action) == ("keeper_demo", "delivery.replayed")
