"""Rules whose drafts are held back, for people, programs and monitoring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily
from pydantic import BaseModel

from engagebot.domain.records import SiteStatus
from engagebot.domain.ruling.rule_holds import Fault, Hold, Pause


class HoldJson(BaseModel):
    rule: str
    state: str
    since: datetime
    reason: str


def held_json(holds: Sequence[Hold]) -> list[HoldJson]:
    """Which rules are quarantined or paused, and why."""
    return [
        HoldJson(rule=hold.rule_id, state=hold.state, since=hold.since, reason=hold.words) for hold in holds
    ]


def held_words(holds: Sequence[Hold]) -> str | None:
    """The same on one line, or `None` where nothing is held back."""
    return "; ".join(f"{hold.rule_id} ({hold.state}): {hold.words}" for hold in holds) or None


def rule_figures(status: SiteStatus) -> Iterator[GaugeMetricFamily]:
    """The same for monitoring, with the files' health and the live version."""
    yield GaugeMetricFamily(
        "engagebot_rules_last_reload_successful",
        "1 while the rule files on disk are the running ones.",
        value=float(status.rules_problem is None),
    )
    yield GaugeMetricFamily(
        "engagebot_rules_version", "The number of the live rule set; 0 before the first.",
        value=status.rules_version or 0,
    )  # fmt: skip
    for name, kind, help_text in (
        ("quarantined", Fault, "Rules that could not be evaluated, until they are changed."),
        ("paused", Pause, "Rules that paused themselves for matching far more than usual."),
    ):
        count = sum(isinstance(hold, kind) for hold in status.holds)
        yield GaugeMetricFamily(f"engagebot_rules_{name}", help_text, value=count)
