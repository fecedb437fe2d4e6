"""Many rows by one statement, at little more than the driver's own cost.

SQLAlchemy's executemany works out each row's parameters anew, which costs more than SQLite needs to store
them. Here the statement is compiled once per database kind, and values are prepared column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import sqlalchemy as sa

from engagebot.store.engine import Tx

Row = Mapping[str, Any]
NEW: Final = "new_"


class Bulk:
    """A statement to be run for many rows; `build` makes it for a transaction's dialect.

    `parameters` are the statement's own, and every row has their names as keys. A parameter that may not be
    called like the column it changes begins with `new_`, which is no part of the key.
    """

    def __init__(self, build: Callable[[Tx], Any], parameters: Sequence[str]) -> None:
        self._build = build
        self._parameters = list(parameters)
        self._ready: dict[str, _Ready] = {}

    def run(self, tx: Tx, rows: Sequence[Row]) -> None:
        """Run the statement for each row, in order."""
        if not rows:
            return
        ready = self._ready.get(tx.dialect.name)
        if ready is None:
            ready = self._ready[tx.dialect.name] = _Ready(self._build(tx), self._parameters, tx.dialect)
        tx.exec_driver_sql(ready.sql, ready.values(rows))


class _Ready:
    def __init__(self, statement: Any, parameters: list[str], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=parameters)
        self.sql = str(compiled)
        self._places = [
            (name.removeprefix(NEW) if name in parameters else None, compiled.binds[name].value, process)
            for name in compiled.positiontup
            for process in [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)]
        ]

    def values(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        columns: list[Any] = []
        for key, constant, process in self._places:
            if key is None:
                columns.append(repeat(constant if process is None else process(constant), len(rows)))
            elif process is None:
                columns.append([row[key] for row in rows])
            else:
                # Most values of most columns are not there; those need no look.
                columns.append([None if (value := row[key]) is None else process(value) for row in rows])
        return list(zip(*columns, strict=True))
