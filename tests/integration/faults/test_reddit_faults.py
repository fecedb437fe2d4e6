"""What Reddit alone does: anchors that die, listings that end, replies it does not show."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.outbox import DraftState
from engagebot.pipeline import pull
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.integration.faults.line import Line


def test_deleted_before_anchor(reddit: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(reddit.platform, RedditEmulator)
    reddit.platform.dead_anchors = ("before", "after")
    newest = reddit.platform.burst(5)[-1]
    reddit.tick()
    reddit.platform.delete(newest)
    reddit.clock.forward(minutes=5)
    published = reddit.platform.burst(500, every_s=0.5)
    # The walk stands at the last item of a page when that is deleted too.
    monkeypatch.setattr(pull, "MAX_PAGES", 1)
    reddit.tick()
    anchor = published[-100]
    reddit.platform.delete(anchor)
    monkeypatch.undo()
    reddit.tick()
    assert set(published) <= set(reddit.stored)
    assert not any("before" in asked.query for asked in reddit.reads)
    assert len(reddit.reads) <= 10
    assert reddit.gaps == []


def test_burst_of_more_than_1000_items(reddit: Line) -> None:
    before = reddit.says("acme before")
    reddit.tick()
    stopped_at = reddit.clock.now()
    reddit.clock.forward(hours=1)
    published = reddit.platform.burst(1300, every_s=2)
    reddit.tick()
    assert len(reddit.reads) == 11
    assert sorted(reddit.stored) == sorted([before, *published[300:]])
    (gap,) = reddit.gaps
    lost_until = reddit.clock.now() - timedelta(seconds=2 * 999)
    assert timedelta(0) <= stopped_at - gap.span.from_at <= timedelta(seconds=63), "what came late counts"
    assert abs(gap.span.until_at - lost_until) < timedelta(seconds=3)
    assert (reddit.row.error_kind, "1000" in (reddit.row.note or "")) == (None, True)
    assert reddit.tick_after(minutes=5) == 1
    assert len(reddit.gaps) == 1


def test_reply_that_comes_back_as_none(reddit: Line) -> None:
    draft_id = reddit.approve()
    reddit.fault(Fault.empty_things(), reddit.send_on)
    assert reddit.deliver() == 1
    draft = reddit.draft(draft_id)
    assert (draft.state, draft.native_id) == (DraftState.SENT, None)
    assert reddit.settle() == 0
    assert reddit.deliver() == 0
    assert (len(reddit.posts), len(reddit.platform.replies)) == (1, 1)
