"""How long a reply is, as its platform counts."""

from __future__ import annotations

from dataclasses import dataclass

from engagebot.bootstrap import App, connector_names
from engagebot.domain.text.measures import Measure, fits
from engagebot.errors import WrongUsage
from engagebot.ports import MeasuresText


@dataclass(frozen=True, slots=True)
class Count:
    """A length and the most that is allowed.

    `measure` is the name by which static/js/counting.js counts in the same way; `cut` the character at which
    the part begins that is too much, `None` where all of it fits.
    """

    length: int
    limit: int
    measure: Measure = Measure.CHARACTERS
    cut: int | None = None

    @property
    def over(self) -> int:
        """By how much the text is too long; 0 where it fits."""
        return max(0, self.length - self.limit)

    @property
    def words(self) -> str:
        """`278 of 280`, or `4 over`."""
        return (
            f"{self.over} over the limit of {self.limit}" if self.over else f"{self.length} of {self.limit}"
        )

    def parts(self, text: str) -> tuple[str, str]:
        """The counted text in two parts: what fits, and what is too much."""
        cut = len(text) if self.cut is None else self.cut
        return text[:cut], text[cut:]


def count(app: App, source: str, text: str) -> Count | None:
    """Count a text as `source` does; `None` for a source without a connector."""
    if source not in connector_names():
        return None
    try:
        connector = app.connector(source)
    except WrongUsage:
        return None
    limit = connector.limits.reply_chars
    if not isinstance(connector, MeasuresText):
        return _counted(Measure.CHARACTERS, text, limit)
    counted = _counted(connector.measure, text, limit)
    length = connector.length(text)
    # A connector that counts by rules of its own has the last word; then nobody knows where to cut.
    return counted if length == counted.length else Count(length, limit, connector.measure)


def _counted(measure: Measure, text: str, limit: int) -> Count:
    fit = fits(measure, text, limit)
    return Count(fit.length, limit, measure, fit.cut)
