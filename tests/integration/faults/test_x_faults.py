"""What X alone does: credit and caps, rules about who may be answered, pages and ids, two dialects."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.pipeline import pull
from tests.emulators.faults import Fault
from tests.emulators.x import XEmulator
from tests.integration.faults.line import Line

S = DraftState


def rests_an_hour(x: Line, fault: Fault) -> None:
    heard = x.says("acme one")
    x.fault(fault, x.read_on, times=None)
    assert x.tick() == 1
    assert (x.row.error_kind, x.pause_s, x.stored) == ("OutOfCredit", 3600, [])
    assert x.tick_after(minutes=59) == 0
    assert x.deliver() == 0
    x.platform.clear_faults()
    assert x.tick_after(minutes=1) == 1
    assert (x.stored, x.pause_s) == ([heard], None)


def test_cap_429_without_a_reset_header(x: Line) -> None:
    rests_an_hour(x, Fault.cap_429())


def test_402_no_credit(x: Line) -> None:
    rests_an_hour(x, Fault.credits_402())
    draft_id = x.approve()
    x.fault(Fault.credits_402(), x.send_on)
    assert x.deliver() == 0
    assert (x.state(draft_id), x.pause_s, len(x.posts)) == (S.APPROVED, 3600, 1)
    assert x.deliver() == 0
    x.clock.forward(hours=1)
    assert x.deliver() == 1
    assert (len(x.posts), len(x.platform.replies)) == (2, 1)


def goes_to_a_person(x: Line, wording: str) -> None:
    draft_id = x.approve()
    x.fault(Fault.not_summoned(wording), x.send_on, times=None)
    assert x.deliver() == 0
    draft = x.draft(draft_id)
    assert draft.state is S.BY_HAND
    assert "summoned" in draft.reply_route.reason
    assert x.pause_s is None
    x.settle()
    x.clock.forward(hours=2)
    assert x.deliver() == 0
    assert (len(x.posts), x.platform.replies) == (1, [])


def test_403_not_summoned_wording_of_april(x: Line) -> None:
    goes_to_a_person(x, "april")


def test_403_not_summoned_wording_of_july(x: Line) -> None:
    goes_to_a_person(x, "july")


def test_burst_of_250_posts_with_a_page_budget_of_1(x: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "MAX_PAGES", 1)
    x.tick()
    x.clock.forward(minutes=5)
    published = set(x.platform.burst(250))
    floor = json.loads(x.row.cursor or "{}").get("since_id")
    for number in (1, 2):
        assert x.tick() == 1
        assert json.loads(x.row.cursor or "{}").get("since_id") == floor
        x.clock.forward(seconds=30)
        published |= set(x.platform.burst(5, author=f"late{number}_demo"))
    assert x.tick() == 1
    x.tick_after(minutes=5)
    assert len(x.reads) == 5
    assert sorted(x.stored) == sorted(published)
    assert x.gaps == []


def test_partial_errors_beside_data(x: Line) -> None:
    published = x.platform.burst(20)
    x.fault(Fault.partial_errors(), x.read_on)
    assert x.tick() == 1
    assert sorted(x.stored) == sorted(published)
    assert (x.row.error_kind, x.gaps) == (None, [])


def test_new_field_dialect(x: Line) -> None:
    asked = x.says("@acme is slow")
    x.tick()
    assert isinstance(x.platform, XEmulator)
    x.platform.dialect = "new"
    x.clock.forward(seconds=30)
    x.edits(asked, "is slow and dead")
    answer = x.says("acme: same here", reply_to=asked)
    long = x.says("acme " + "very " * 80 + "slow")
    x.tick_after(minutes=5)
    assert len(x.reads) == 2
    assert sorted(x.stored) == sorted([asked, answer, long])
    assert max(map(len, x.texts)) > 280
    x.approve("@acme love it")
    assert x.deliver() == 1
    assert len(x.posts) == 1


def test_since_id_older_than_7_days(x: Line) -> None:
    x.says("acme before")
    x.tick()
    stopped_at = x.clock.now()
    x.clock.forward(days=9)
    after = x.says("acme after")
    assert x.tick() == 1
    (asked,) = x.reads[1:]
    assert (asked.status, "since_id" in asked.query, "start_time" in asked.query) == (200, False, True)
    assert after in x.stored
    (gap,) = x.gaps
    assert abs(gap.span.from_at - stopped_at) < timedelta(minutes=2)
    assert abs(gap.span.until_at - (x.clock.now() - timedelta(days=7))) < timedelta(minutes=2)
    assert (x.row.error_kind, "seven days" in (x.row.note or "")) == (None, True)
    assert x.tick_after(minutes=5) == 1
    assert len(x.gaps) == 1


def test_end_of_the_mentions_timeline_at_800(timeline: Line) -> None:
    timeline.tick()
    timeline.clock.forward(hours=3)
    published = timeline.platform.burst(850, text="@acme again", **every(8))
    timeline.tick()
    assert len(timeline.reads) <= 11
    assert sorted(timeline.stored) == sorted(published[50:])
    (gap,) = timeline.gaps
    assert "800" in gap.reason
    assert gap.span.until_at - gap.span.from_at > timedelta(minutes=50)
    timeline.tick_after(minutes=5)
    assert len(timeline.gaps) == 1


def every(seconds: float) -> dict[str, Any]:
    return {"every_s": seconds}
