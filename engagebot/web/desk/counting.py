"""How long a reply is, as its platform counts."""

from __future__ import annotations

from dataclasses import dataclass

from engagebot.bootstrap import App, connector_names
from engagebot.errors import WrongUsage
from engagebot.ports import MeasuresText


@dataclass(frozen=True, slots=True)
class Count:
    """A length and the most that is allowed."""

    length: int
    limit: int

    @property
    def words(self) -> str:
        """`278 of 280`, or `4 over`."""
        over = self.length - self.limit
        return f"{over} over the limit of {self.limit}" if over > 0 else f"{self.length} of {self.limit}"


def count(app: App, source: str, text: str) -> Count | None:
    """Count a text as `source` does; `None` for a source without a connector."""
    if source not in connector_names():
        return None
    try:
        connector = app.connector(source)
    except WrongUsage:
        return None
    length = connector.length(text) if isinstance(connector, MeasuresText) else len(text)
    return Count(length, connector.limits.reply_chars)
