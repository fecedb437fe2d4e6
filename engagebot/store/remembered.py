"""What a read transaction was asked once it knows until its end.

A page asks some things from several rooms: the shell and the list both want to know who paused the site, the
item and its risks both read the person. Handing each answer down through all functions on the way would tie
their signatures together; a read transaction sees one moment only, so the same question has the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from engagebot.store.engine import OF_ONE_MOMENT, Tx

P = ParamSpec("P")
R = TypeVar("R")
# A replay walks through all there is in one transaction; what it asked must not pile up.
_MOST = 64
_known: WeakKeyDictionary[Tx, dict[Any, Any]] = WeakKeyDictionary()


def remembered(ask: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """Ask once in each read transaction; arguments must be hashable, and the answer is for reading alone.

    A transaction that writes asks each time.
    """

    @wraps(ask)
    def asked(tx: Tx, /, *args: P.args, **named: P.kwargs) -> R:
        if not tx.get_execution_options().get(OF_ONE_MOMENT):
            return ask(tx, *args, **named)
        known = _known.setdefault(tx, {})
        question = (ask, args, *named.items())
        if question not in known:
            answer = ask(tx, *args, **named)
            if len(known) >= _MOST:
                return answer
            known[question] = answer
        found: R = known[question]
        return found

    return asked
