"""Bringing in what another system knows of customers who have spoken of us: all of it, or nothing.

Whoever has not spoken is passed over: nothing is kept here of people who never came to us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from engagebot.domain.persons.customers import NewNote, NoteKind, tag_of
from engagebot.domain.roles import Act
from engagebot.errors import EngagebotError, WrongUsage
from engagebot.pipeline.people import keeping
from engagebot.pipeline.people.keeping import Lint
from engagebot.store.engine import Tx
from engagebot.store.persons import customers, people
from engagebot.yamlfile import did_you_mean

COLUMNS: Final = ("handle", "source", "since", "vip", "tags", "note")
MOST_ERRORS: Final = 20
_BOOLS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Line(NamedTuple):
    """One line of a file: its number and its cells by column, or why it cannot be read."""

    number: int
    cells: Mapping[str, Any]
    problem: str | None = None


@dataclass(slots=True)
class Brought:
    """What an import came to: people who were changed and who were not, and lines of nobody we know."""

    read: int = 0
    changed: int = 0
    same: int = 0
    unknown: list[int] = field(default_factory=list)


class NotBrought(WrongUsage):
    """Lines cannot be used, so none was; `told` says of each what to put right."""

    def __init__(self, told: Sequence[str]) -> None:
        left = len(told) - MOST_ERRORS
        more = [f"… and {left} more"] if left > 0 else []
        super().__init__("\n".join([*told[:MOST_ERRORS], *more, "nothing was brought in"]))


def bring(tx: Tx, lines: Iterable[Line], act: Act, *, source: str | None, lint: Lint) -> Brought:
    """Keep what each line says, as people here would note it; the same again changes nothing.

    Raises:
        NotBrought: a line cannot be used; the transaction must not stay.
    """
    brought, told = Brought(), []
    for line in lines:
        brought.read += 1
        try:
            if line.problem is not None:
                raise WrongUsage(line.problem)
            customer_id = _customer(tx, line.cells, source)
            if customer_id is None:
                brought.unknown.append(line.number)
            elif _keep(tx, customer_id, act, line.cells, lint):
                brought.changed += 1
            else:
                brought.same += 1
        except EngagebotError as error:
            told.append(f"line {line.number}: {error}")
    if told:
        raise NotBrought(told)
    return brought


def _customer(tx: Tx, cells: Mapping[str, Any], source: str | None) -> int | None:
    for name in cells:
        if name not in COLUMNS:
            near = did_you_mean(str(name), list(COLUMNS))
            raise WrongUsage(f"there is no column {str(name)[:40]!r}; there are {', '.join(COLUMNS)}{near}")
    handle = _cell(cells, "handle").lstrip("@").removeprefix("u/")
    if not handle:
        raise WrongUsage("handle: missing; write the account's name on its platform")
    found = customers.called(tx, handle, source=_cell(cells, "source") or source)
    if len(found) > 1:
        where = ", ".join(sorted({each.source for each in found}))
        raise WrongUsage(f"handle: {len(found)} accounts go by {handle[:60]!r} ({where}); give its source")
    return found[0].id if found else None


def _keep(tx: Tx, customer_id: int, act: Act, cells: Mapping[str, Any], lint: Lint) -> bool:
    is_new = False
    if since := _cell(cells, "since"):
        is_new |= keeping.set_since(tx, customer_id, act, since)
    if vip := _cell(cells, "vip"):
        is_vip = _BOOLS.get(vip.casefold())
        if is_vip is None:
            raise WrongUsage(f"vip: {vip[:40]!r} is neither yes nor no; leave it empty where nobody knows")
        is_new |= bool(customers.get(tx, customer_id).is_vip) is not is_vip
        keeping.set_vip(tx, customer_id, act, is_vip=is_vip)
    known = {each.tag for each in people.tags(tx, [customer_id]).get(customer_id, ())}
    for name in filter(None, map(str.strip, re.split("[;,]", _cell(cells, "tags")))):
        is_new |= tag_of(name) not in known
        known.add(keeping.tag(tx, customer_id, act, name, lint))
    if text := _cell(cells, "note"):
        is_new |= _note(tx, customer_id, act, text, lint)
    return is_new


def _note(tx: Tx, customer_id: int, act: Act, text: str, lint: Lint) -> bool:
    # One that was ended here stays ended, however often the file comes.
    if any(each.text == text for each in people.notes(tx, [customer_id])):
        return False
    keeping.note(tx, customer_id, act, NewNote(kind=NoteKind.NOTE, text=text, basis=None), lint)
    return True


def _cell(cells: Mapping[str, Any], name: str) -> str:
    value = cells.get(name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(map(str, value))
    return "" if value is None else str(value).strip()
