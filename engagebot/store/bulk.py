"""Many rows by one statement, at little more than the driver's own cost.

SQLAlchemy's executemany works out each row's parameters anew, which costs more than SQLite needs to store
them. Here the statement is compiled once per database kind and the rows become plain tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from engagebot.store.engine import Tx

Row = Mapping[str, Any]


class Bulk:
    """A statement to be run for many rows; `build` makes it for a transaction's dialect.

    Every row has exactly the keys `columns`, which name the statement's parameters.
    """

    def __init__(self, build: Callable[[Tx], Any], columns: Sequence[str]) -> None:
        self._build = build
        self._columns = list(columns)
        self._ready: dict[str, _Ready] = {}

    def run(self, tx: Tx, rows: Sequence[Row]) -> None:
        """Run the statement for each row, in order."""
        if not rows:
            return
        ready = self._ready.get(tx.dialect.name)
        if ready is None:
            ready = self._ready[tx.dialect.name] = _Ready(self._build(tx), self._columns, tx.dialect)
        tx.exec_driver_sql(ready.sql, [ready.values(row) for row in rows])


class _Ready:
    def __init__(self, statement: Any, columns: list[str], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        names: list[str] = compiled.positiontup
        types = {name: compiled.binds[name].type for name in names}
        self._pick = itemgetter(*names)
        self._constants = {name: compiled.binds[name].value for name in names if name not in set(columns)}
        self._processors = [
            (place, process)
            for place, name in enumerate(names)
            if (process := types[name].dialect_impl(dialect).bind_processor(dialect)) is not None
        ]

    def values(self, row: Row) -> tuple[Any, ...]:
        values = list(self._pick({**row, **self._constants} if self._constants else row))
        for place, process in self._processors:
            values[place] = process(values[place])
        return tuple(values)
