"""Broken answers and lines of X and of Reddit: nothing lost, nothing doubled, nothing asked too often."""

from __future__ import annotations

import pytest

from engagebot.domain.outbox import DraftState
from tests.emulators.faults import Fault
from tests.integration.faults.line import Line

S = DraftState


def reads_on_after(line: Line, fault: Fault) -> None:
    """One failed read is one request; cursor and store stand still; the next poll brings everything."""
    first = line.says("acme one")
    line.tick()
    cursor, seen = line.row.cursor, len(line.reads)
    line.clock.forward(minutes=5)
    second = line.says("acme two")
    line.fault(fault, line.read_on)
    line.tick()
    row = line.row
    assert len(line.reads) == seen + 1
    assert (row.error_kind, row.failures, row.cursor) == ("Unavailable", 1, cursor)
    assert line.pause_s is None
    assert line.stored == [first]
    assert line.tick_after(seconds=59) == 0
    line.tick_after(seconds=1)
    row = line.row
    assert (row.error_kind, row.failures) == (None, 0)
    assert sorted(line.stored) == sorted([first, second])
    assert line.gaps == []


def is_found_again(line: Line, fault: Fault) -> None:
    """The platform has the reply although it did not say so: one POST, then found among our own posts."""
    draft_id = line.approve()
    line.fault(fault, line.send_on)
    assert line.deliver() == 0
    assert (line.state(draft_id), len(line.posts)) == (S.UNKNOWN, 1)
    assert line.deliver() == 0
    assert line.settle() == 1
    draft = line.draft(draft_id)
    assert (draft.state, draft.native_id) == (S.SENT, line.platform.replies[0].id)
    assert line.deliver() == 0
    assert (len(line.posts), len(line.platform.replies)) == (1, 1)


def is_sent_after_a_look(line: Line, fault: Fault) -> None:
    """The platform has nothing, which only a look can tell: a second POST, and never before that look."""
    draft_id = line.approve()
    line.fault(fault, line.send_on)
    assert line.deliver() == 0
    assert (line.state(draft_id), len(line.posts), line.platform.replies) == (S.UNKNOWN, 1, [])
    assert line.deliver() == 0
    assert len(line.posts) == 1
    assert line.settle() == 1
    assert line.deliver() == 1
    assert line.state(draft_id) is S.SENT
    assert (len(line.posts), len(line.platform.replies)) == (2, 1)


def test_html_503(line: Line) -> None:
    reads_on_after(line, Fault.html_503())
    is_found_again(line, Fault.html_503(act=True))


def test_200_that_is_not_json(line: Line) -> None:
    reads_on_after(line, Fault.not_json())
    is_found_again(line, Fault.not_json(act=True))


def test_hang(line: Line) -> None:
    reads_on_after(line, Fault.hang(5))
    # Whoever waits without an end gets a proper answer here, and does not notice that it came too late.
    is_found_again(line, Fault.slow(3))


def test_connection_cut_before_the_request_is_read(line: Line) -> None:
    reads_on_after(line, Fault.cut_before())
    is_sent_after_a_look(line, Fault.cut_before())


def test_connection_cut_after_a_post_was_accepted(line: Line) -> None:
    is_found_again(line, Fault.cut_after())


def test_429_with_a_reset_in_the_past(x: Line) -> None:
    heard = x.says("acme one")
    x.fault(Fault.rate_429(-900), x.read_on)
    assert x.tick() == 1
    assert (x.row.error_kind, x.pause_s) == ("RateLimited", 5)
    assert x.tick() == 0
    assert x.tick_after(seconds=5) == 1
    assert (x.stored, x.pause_s, x.row.error_kind) == ([heard], None, None)


def test_401_without_its_header(line: Line) -> None:
    heard = line.says("acme one")
    line.tick()
    line.clock.forward(minutes=5)
    line.fault(Fault.bare_401(), line.read_on, times=None)
    assert 1 <= line.tick() <= 3  # Reddit's token is renewed once and tried once more
    assert (line.row.error_kind, line.pause_s) == ("AuthFailed", 300)
    assert line.tick_after(minutes=4) == 0
    assert 1 <= line.tick_after(minutes=1) <= 3
    assert line.pause_s == 600
    line.platform.clear_faults()
    line.clock.forward(minutes=10)
    again = line.says("acme two")
    line.tick()
    assert (sorted(line.stored), line.pause_s) == (sorted([heard, again]), None)


def test_items_out_of_order(line: Line) -> None:
    line.fault(Fault.out_of_order(), line.read_on, times=None)
    published = set(line.platform.burst(150))
    line.tick()
    line.clock.forward(minutes=5)
    published |= set(line.platform.burst(30))
    line.tick()
    line.platform.clear_faults()
    line.tick_after(minutes=5)
    assert len(line.reads) <= 6
    assert sorted(line.stored) == sorted(published)
    assert line.polls[-1].fetched <= 30
    assert line.gaps == []


def test_same_item_twice(line: Line) -> None:
    line.fault(Fault.same_twice(), line.read_on, times=None)
    published = line.platform.burst(150)
    line.tick()
    line.tick_after(minutes=5)
    assert len(line.reads) <= 4
    assert sorted(line.stored) == sorted(published)
    assert [result.added for result in line.polls] == [150, 0]


def test_edited_post(line: Line) -> None:
    heard = line.says("acme is slow")
    line.tick()
    line.clock.forward(minutes=5)
    line.edits(heard, "acme is slow and dead")
    line.tick()
    line.tick_after(minutes=5)
    assert len(line.reads) == 3
    assert (line.stored, line.texts) == ([heard], ["acme is slow and dead"])


@pytest.mark.parametrize("fault", [Fault.duplicate(act=True), Fault.duplicate()], ids=["ours", "not ours"])
def test_403_duplicate(x: Line, fault: Fault) -> None:
    draft_id = x.approve()
    x.fault(fault, x.send_on, times=None)
    assert x.deliver() == 0
    assert (x.state(draft_id), len(x.posts)) == (S.UNKNOWN, 1)
    for _ in range(4):
        x.settle()
        x.deliver()
    if fault.act:
        assert (x.state(draft_id), len(x.posts), len(x.platform.replies)) == (S.SENT, 1, 1)
    else:
        assert (x.state(draft_id), len(x.posts), x.platform.replies) == (S.NEEDS_PERSON, 3, [])
