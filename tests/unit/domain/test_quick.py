"""Values that are made in a quicker way are the same values, and as frozen."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from inspect import signature

import pytest

from engagebot.domain.mention import Author
from engagebot.domain.quick import quick


@quick
@dataclass(frozen=True, slots=True)
class Point:
    """Two places, a name by word alone, and a list of its own."""

    x: int
    y: int = 0
    name: str = field(default="here", kw_only=True)
    seen: list[int] = field(default_factory=list, kw_only=True)


def test_it_is_made_as_any_dataclass_is() -> None:
    assert repr(Point(1)) == "Point(x=1, y=0, name='here', seen=[])"
    assert Point(1, 2, name="there", seen=[3]) == Point(x=1, y=2, name="there", seen=[3])
    assert Point(1) != Point(2)
    assert Point(1).seen is not Point(1).seen
    assert replace(Point(1), y=5) == Point(1, 5)


def test_it_takes_what_it_took_before() -> None:
    assert list(signature(Point).parameters) == ["x", "y", "name", "seen"]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=2)  # type: ignore[call-arg]


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]


def test_it_can_be_hashed_copied_and_sent() -> None:
    author = Author(handle="ann", followers=3)
    assert len({author, Author(handle="ann", followers=3)}) == 1
    assert copy.deepcopy(author) == copy.copy(author) == pickle.loads(pickle.dumps(author)) == author


def test_what_is_no_dataclass_is_refused() -> None:
    with pytest.raises(TypeError, match="dataclass"):
        quick(int)
