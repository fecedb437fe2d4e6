"""Rules whose drafts are held back: those that raised, and those that match far more than they used to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from engagebot.domain.actions import Tag
from engagebot.domain.rules import Rule, RuleStatus

HOUR: Final = timedelta(hours=1)
TIMES: Final = 5
"""How many times its usual matches a rule may have in an hour."""
LEAST: Final = 20
"""So many matches in an hour stop no rule, however rare it is."""
NEW_PER_HOUR: Final = 20
"""What is taken for usual where a rule is too new to have shown it and no backtest tells."""
KNOWN_AFTER: Final = timedelta(days=7)
LOOK_BACK: Final = timedelta(days=30)
CALM: Final = timedelta(days=7)
"""So long a person's word that a rush was fine raises what is allowed."""
LATE: Final = timedelta(hours=2)
"""What a watch brings this long after it was posted tells of a backlog, not of a rush."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """How often a rule matched before this hour: `matches` in the `span` since it was first counted.

    `accepted` is the largest rush of an hour that a person said yes to lately. `expected` is what the rule
    matched an hour in its backtest; `None` where there was too little to test it on.
    """

    matches: int = 0
    span: timedelta = timedelta(0)
    accepted: int = 0
    expected: float | None = None

    @property
    def allowed(self) -> int:
        """How many matches within an hour stop no rule yet."""
        per_hour = self.matches / max(1.0, self.span / HOUR)
        if self.span < KNOWN_AFTER:
            # A first busy hour says little about the next.
            usual = NEW_PER_HOUR if self.expected is None else self.expected
            per_hour = max(per_hour if self.span >= timedelta(days=1) else 0.0, usual)
        return max(LEAST, round(TIMES * per_hour), 2 * self.accepted)


def has_breaker(rule: Rule) -> bool:
    """Whether a rule can pause itself: it is live and does more than tag."""
    return rule.status is RuleStatus.LIVE and any(not isinstance(action, Tag) for action in rule.then)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that could not be evaluated, as it stood then (`mark`): how often, and the last error."""

    rule_id: str
    mark: str
    rule_set: str
    first_at: datetime
    last_at: datetime
    count: int
    error: str
    mention_id: int

    state: ClassVar[str] = "quarantined"

    @property
    def since(self) -> datetime:
        """When it began."""
        return self.first_at

    @property
    def reason(self) -> str:
        """What happened, short enough for a decision's note."""
        return f"quarantined since {_minute(self.first_at)}, as it could not be evaluated ({self.error})"

    @property
    def words(self) -> str:
        """What happened and what ends it, for people."""
        times = "once" if self.count == 1 else f"{self.count} times"
        return (
            f"could not be evaluated {times} since {_minute(self.first_at)}, last on mention "
            f"{self.mention_id}: {self.error}. Such mentions go to people; its drafts are held back "
            "until the rule is changed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A rule that paused itself: `matched` mentions within the hour, where `allowed` are not unusual."""

    rule_id: str
    mark: str
    paused_at: datetime
    matched: int
    allowed: int

    state: ClassVar[str] = "paused"

    @property
    def since(self) -> datetime:
        """When it began."""
        return self.paused_at

    @property
    def reason(self) -> str:
        """What happened, short enough for a decision's note."""
        return (
            f"paused since {_minute(self.paused_at)}, as it matched {self.matched} mentions within an hour "
            f"(up to {self.allowed} are usual)"
        )

    @property
    def words(self) -> str:
        """What happened and what ends it, for people."""
        return (
            f"matched {self.matched} mentions within the hour at {_minute(self.paused_at)}, where up to "
            f"{self.allowed} are usual. Its drafts are held back until somebody resumes it; escalations go on"
        )


Hold = Fault | Pause


def pause_payload(rule: Rule, pause: Pause, url: str) -> dict[str, Any]:
    """What a team is told of a rule that paused itself."""
    return {
        "title": f"Rule {rule.id} paused itself",
        "text": (
            f"“{rule.name}” {pause.words}.\n"
            f"Look at what it matched; if that is fine: engagebot rules resume {rule.id}"
        ),
        "url": url,
        "data": {
            "schema": "engagebot.rule.v1",
            "type": "rule.paused",
            "rule": rule.id,
            "matched": pause.matched,
            "allowed": pause.allowed,
            "paused_at": pause.paused_at.isoformat(),
        },
    }


def error_words(error: BaseException, words: str) -> str:
    """An error in one line; it quotes nothing of the post, which may have to be forgotten."""
    name, said = type(error).__name__, " ".join(str(error).split())
    quoted = {each for each in _tokens(words) if len(each) > 3} & set(_tokens(said))
    if not said or quoted:
        return name
    return f"{name}: {said[:200]}"


def _tokens(text: str) -> Iterable[str]:
    return "".join(ch if ch.isalnum() else " " for ch in text.casefold()).split()


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
