"""The collector rests while a batch is worked on, and works again after it, whatever happened."""

from __future__ import annotations

import gc
from threading import Event, Thread

import pytest

from engagebot.store.uncollected import uncollected


def test_it_rests_inside_and_works_again_after_the_last() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")
    assert gc.isenabled()


def test_who_turned_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_it_rests_until_the_last_thread_is_done() -> None:
    is_inside, may_leave = Event(), Event()

    def work() -> None:
        with uncollected():
            is_inside.set()
            may_leave.wait(10)

    other = Thread(target=work)
    with uncollected():
        other.start()
        assert is_inside.wait(10)
    assert not gc.isenabled()
    may_leave.set()
    other.join(10)
    assert gc.isenabled()
