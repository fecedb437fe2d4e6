"""What a case is about, and which of somebody's open cases a further contact belongs to."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from engagebot.domain.judgement import Intent, Judgement
from engagebot.domain.records import CaseRecord

PROBLEMS: Final = (Intent.BILLING, Intent.DELIVERY, Intent.BUG)
"""The intents that name a problem; the others say how somebody feels about it or what they want."""


def problem_of(judgement: Judgement | None) -> str | None:
    """The one problem that the words name; `None` where they name none, or several at once."""
    if judgement is None:
        return None
    named = [intent.value for intent in judgement.intents if intent in PROBLEMS]
    return named[0] if len(named) == 1 else None


def right_case(
    open_cases: Sequence[CaseRecord], problem: str | None, *, in_talk: Container[int] = ()
) -> CaseRecord | None:
    """The case of these, all of one customer and open, that words about `problem` belong to, or `None`.

    `in_talk` are the ids of those that grew in the same conversation: that tells most. Next comes the same
    problem; a case whose problem nobody has named yet takes any. Who does not say what it is about goes on
    about what moved last: two half-told cases would be one problem with two people at work on it.
    """
    latest = sorted(open_cases, key=lambda case: (case.updated_at, case.id), reverse=True)
    choices = (
        [case for case in latest if case.id in in_talk],
        [case for case in latest if problem is not None and case.problem == problem],
        [case for case in latest if problem is None or case.problem is None],
    )
    return next((found[0] for found in choices if found), None)
