"""Feelings over time as a drawing: places in an SVG that the server writes, beside a table of the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engagebot.domain.persons.feelings import Span

WIDTH: Final = 640
HEIGHT: Final = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 104, 14, 16, 30
_HIGHEST: Final = 2.0


@dataclass(frozen=True, slots=True)
class Point:
    """A span in the drawing."""

    x: float
    y: float
    tone: str
    label: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A line through points, in words as well.

    `lines` are the heights of three feelings, with their words, and signs for narrow screens.
    """

    points: tuple[Point, ...]
    path: str
    sentence: str
    lines: tuple[tuple[float, str, str], ...]

    @property
    def ends(self) -> tuple[Point, ...]:
        """What is named under the drawing: where it begins and where it ends."""
        return (self.points[0], self.points[-1]) if len(self.points) > 1 else self.points


def drawing(spans: Sequence[Span]) -> Drawing | None:
    """Place spans in a drawing; `None` where nobody was judged."""
    if not spans:
        return None
    first = spans[0].begins.toordinal()
    length = max(1, spans[-1].begins.toordinal() - first)
    points = tuple(
        Point(
            x=round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (span.begins.toordinal() - first) / length, 1),
            y=_height(span.level),
            tone=tone_of(span.level),
            label=span.label,
            words=feeling_of(span.level),
        )
        for span in spans
    )
    path = " ".join(f"{'L' if number else 'M'}{each.x} {each.y}" for number, each in enumerate(points))
    named = ((_HIGHEST, "very happy", "▲▲"), (0, "neutral", "●"), (-_HIGHEST, "very unhappy", "▼▼"))
    lines = tuple((_height(level), words, sign) for level, words, sign in named)
    return Drawing(points=points, path=path, sentence=_sentence(spans), lines=lines)


def feeling_of(level: float) -> str:
    """A middle feeling in words."""
    for border, words in ((1.5, "very happy"), (0.5, "happy"), (-0.5, "neutral"), (-1.5, "unhappy")):
        if level >= border:
            return words
    return "very unhappy"


def tone_of(level: float) -> str:
    """The style sheet's word for a middle feeling."""
    return "good" if level >= 0.5 else "bad" if level < -0.5 else "plain"


def _height(level: float) -> float:
    return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (_HIGHEST - level) / (2 * _HIGHEST), 1)


def _sentence(spans: Sequence[Span]) -> str:
    first, last = spans[0], spans[-1]
    if len(spans) == 1:
        return f"{first.label}: {feeling_of(first.level)}"
    return f"From {feeling_of(first.level)} ({first.label}) to {feeling_of(last.level)} ({last.label})"
