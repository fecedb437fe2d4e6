"""The receipt of forgetting: what is kept, how long nobody asked about it, what was forgotten."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from engagebot.domain.records import DeletionReceipt


class SourceDeletionJson(BaseModel):
    source: str
    checked: bool
    stored: int
    oldest_check_age_s: int | None
    redacted: int
    overdue: int
    problem: str | None


class DeletionJson(BaseModel):
    """`stored` counts mentions whose words are kept; `unchecked` those of them that nobody can ask about."""

    stored: int
    oldest_check_age_s: int | None
    redacted: int
    overdue: int
    unchecked: dict[str, int]
    sources: list[SourceDeletionJson]


def deletion_json(receipt: DeletionReceipt) -> DeletionJson:
    """The receipt for programs."""
    return DeletionJson(
        stored=receipt.stored,
        oldest_check_age_s=_seconds(receipt.oldest_check_age),
        redacted=receipt.redacted,
        overdue=receipt.overdue,
        unchecked=receipt.unchecked,
        sources=[
            SourceDeletionJson(
                source=line.source,
                checked=line.is_checked,
                stored=line.stored,
                oldest_check_age_s=_seconds(line.oldest_check_age),
                redacted=line.redacted,
                overdue=line.overdue,
                problem=line.problem,
            )
            for line in receipt.sources
        ],
    )


def receipt_words(receipt: DeletionJson) -> str:
    """The receipt in one line for people."""
    age = receipt.oldest_check_age_s
    words = (
        f"{receipt.stored:,} stored, {'no check' if age is None else f'oldest check {age_words(age)}'}, "
        f"{receipt.redacted:,} redacted, {receipt.overdue:,} overdue"
    )
    if receipt.unchecked:
        names = ", ".join(f"{count:,} of {source}" for source, count in receipt.unchecked.items())
        words += f"; cannot be checked: {names}"
    return words


def age_words(seconds: int) -> str:
    """An age to the minute: `12 m`, `5 h 12 m`, `3 d 4 h`."""
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} m"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} m" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else max(0, int(age.total_seconds()))
