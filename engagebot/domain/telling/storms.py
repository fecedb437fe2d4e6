"""Storms: when news of cases come too thick to be read one by one, people get one list of them.

Programs (webhooks) get each of them in any weather, and people what is urgent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from engagebot.domain.outbox import Severity
from engagebot.domain.telling.cards import severity_words

CALM: Final = 10
"""So many news of cases within `WINDOW` reach a channel one by one; from the next one on it is a storm."""
WINDOW: Final = timedelta(minutes=10)
GATHERED_FOR: Final = timedelta(minutes=1)
"""The first list waits so long, as what comes in a burst comes within a minute; the next ones a `WINDOW`."""
MOST_LINES: Final = 30
"""More would not fit into a message of Slack, with their links; the others are named by number alone."""
MOST_KEPT: Final = 1_000
"""A list of more than these news is followed by another; to write it anew for each would take ever longer."""
SCHEMA: Final = "engagebot.storm.v1"
_FOR_PEOPLE: Final = frozenset({"slack", "email", "apprise"})
_FOLDED: Final = {
    "case.opened": "new",
    "case.contact": "wrote again",
    "case.warning": "due soon",
    "case.breached": "late",
}


def can_fold(channel: str, payload: Mapping[str, Any]) -> bool:
    """Whether a notice may be told in a list: an ordinary one about a case, for people."""
    data = payload.get("data", {})
    severity = data.get("case", {}).get("severity")
    is_for_people = channel.partition(":")[0] in _FOR_PEOPLE
    return is_for_people and data.get("type") in _FOLDED and severity != Severity.URGENT.value


def line_of(notice_id: str, payload: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """What the list keeps of a notice. No word and no name of a customer: those go with their posts."""
    data = payload["data"]
    return {
        "notice": notice_id,
        "case": data["case"]["id"],
        "severity": data["case"]["severity"],
        "team": data["case"]["team"],
        "what": data["type"],
        "at": at.isoformat(),
        "url": payload.get("url"),
    }


def summary(lines: Sequence[Mapping[str, Any]], zone: ZoneInfo, *, base_url: str) -> dict[str, Any]:
    """One notice for all of them, each case once, the hardest first."""
    by_case: dict[int, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_case.setdefault(line["case"], []).append(line)
    rank = {severity.value: severity.rank for severity in Severity}
    ordered = sorted(by_case.items(), key=lambda pair: (-rank.get(pair[1][-1]["severity"], 0), pair[0]))
    told = [_told(case_id, news) for case_id, news in ordered[:MOST_LINES]]
    if len(ordered) > MOST_LINES:
        further = [case_id for case_id, _ in ordered[MOST_LINES:]]
        told.append(f"and {len(further)} more: cases {_ranges(further)}")
    why = f"More than {CALM} news in {WINDOW.seconds // 60} minutes, so they come together."
    hardest = ordered[0][1][-1]
    counted = f"{len(ordered)} cases" if len(ordered) > 1 else "1 case"
    pressing = severity_words(Severity(hardest["severity"]))
    span = f"{_clock(lines[0], zone)}-{_clock(lines[-1], zone)}"
    return {
        "title": f"{pressing} Storm: {counted} in one list ({span})",
        "text": "\n".join([why, *told]),
        "url": f"{base_url}/cases",
        "data": {
            "schema": SCHEMA,
            "type": "storm",
            # Whose it is and how it presses, by which a notice finds another way.
            "case": {"team": hardest["team"], "severity": hardest["severity"]},
            "lines": [dict(line) for line in lines],
        },
    }


def _told(case_id: int, news: Sequence[Mapping[str, Any]]) -> str:
    what = ", ".join(dict.fromkeys(_FOLDED[line["what"]] for line in news))
    severity, url = severity_words(Severity(news[-1]["severity"])), news[-1]["url"]
    return " · ".join([f"{severity} case {case_id}", what, *([url] if url else [])])


def _ranges(numbers: Iterable[int]) -> str:
    """`13-15, 40`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1] = [found[-1][0], number]
        else:
            found.append([number])
    return ", ".join("-".join(str(end) for end in each) for each in found)


def _clock(line: Mapping[str, Any], zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(line['at']).astimezone(zone):%H:%M}"
