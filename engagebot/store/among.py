"""Many values asked for at once, as one parameter.

SQLAlchemy writes `IN` with a parameter for each value and works the statement out anew for each number of
them, which costs more than the look-up itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from engagebot.store.engine import Tx
from engagebot.store.types import encode


def among(tx: Tx, column: sa.Column[Any], values: Iterable[int] | Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of these values, which have to be as it stores them."""
    if tx.dialect.name == "sqlite":
        # As text, for a table-valued function takes SQLAlchemy longer to build than SQLite to answer.
        given: sa.BindParameter[str] = sa.bindparam("given", encode(list(values)), unique=True)
        return column.bool_op("IN")(sa.text("(SELECT value FROM json_each(:given))").bindparams(given))
    kind = sa.BigInteger() if isinstance(column.type, sa.Integer) else sa.Text()
    return column == sa.any_(sa.literal(list(values), sa.ARRAY(kind)))
