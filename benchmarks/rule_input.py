"""Measure the dearest thing a stranger or a careless rule can bring: each must take 50 ms at most.

python -m benchmarks.rule_input
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator

from engagebot.domain.drafting import Template, fill
from engagebot.rulebook.patterns import Pattern, PatternSet
from engagebot.rulebook.words import Phrases, Words
from tests.unit.rulebook.hostile import PATTERNS, SLOW_TEXTS, VALUES

_TAKES = 3
_MOST_MS = 50.0
_TEMPLATE = Template("t", '{{author.name | default("there")}}, thank you {{mention.community}}!')


def main() -> None:
    print(f"Python {platform.python_version()}, one thread; the fastest of {_TAKES} takes, the dearest shown")
    print(f"{'what':<44}{'cases':>7}{'dearest':>12}   which")
    dearest = 0.0
    for name, cases in (
        ("make a pattern, or refuse it", list(_compiled())),
        ("ask a pattern of a text of 40,000 characters", list(_asked())),
        ("ask all of them together", list(_together())),
        ("find words in a text of 40,000 characters", list(_phrases())),
        ("fill a template with a value", list(_filled())),
    ):
        timed = sorted((_milliseconds(case), label) for label, case in cases)
        cost, label = timed[-1]
        dearest = max(dearest, cost)
        print(f"{name:<44}{len(timed):>7}{cost:>9.2f} ms   {label}")
    print("all within 50 ms" if dearest <= _MOST_MS else f"DEARER than {_MOST_MS:.0f} ms")


def _made(source: str) -> Pattern | None:
    try:
        return Pattern(source)
    except ValueError:
        return None


def _compiled() -> Iterator[tuple[str, Callable[[], object]]]:
    for source in PATTERNS:
        yield _shown(source), lambda source=source: _made(source)  # type: ignore[misc]


def _asked() -> Iterator[tuple[str, Callable[[], object]]]:
    for source in PATTERNS:
        if (pattern := _made(source)) is not None:
            for text in SLOW_TEXTS:
                label = f"{_shown(source)} of {_shown(text)}"
                yield label, lambda pattern=pattern, text=text: pattern.find(text)  # type: ignore[misc]


def _together() -> Iterator[tuple[str, Callable[[], object]]]:
    together = PatternSet()
    for number, source in enumerate(PATTERNS):
        if (pattern := _made(source)) is not None:
            together.add(number, pattern)
    for text in SLOW_TEXTS:
        yield _shown(text), lambda text=text: together.found_in(text)  # type: ignore[misc]


def _phrases() -> Iterator[tuple[str, Callable[[], object]]]:
    phrases = Phrases(["a", "a a a", "x x", "{{", "@", "ab ab ab b"])
    for text in (*SLOW_TEXTS, *VALUES, "e\u0301" * 20_000, "\U0001f468\u200d" * 20_000, "a " * 20_000):
        yield _shown(text), lambda text=text: phrases.find(Words(text))  # type: ignore[misc]


def _filled() -> Iterator[tuple[str, Callable[[], object]]]:
    for value in VALUES:
        values = {"author.name": value, "mention.community": value}
        yield _shown(value), lambda values=values: fill(_TEMPLATE, values)  # type: ignore[misc]


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 24 else f"{text[:20]}… ({len(text):,})")


def _milliseconds(case: Callable[[], object]) -> float:
    takes = []
    for _ in range(_TAKES):
        started = time.perf_counter()
        case()
        takes.append(time.perf_counter() - started)
    return min(takes) * 1_000


if __name__ == "__main__":
    main()
