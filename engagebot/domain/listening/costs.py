"""What listening and answering cost: prices, budgets, and what could be had for less.

Money is `Decimal`, in the price list's currency. Days are UTC days, as platforms bill them; so are months.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

POST_UNITS = ("posts", "owned_posts")
READ_WITH_A_POST = (*POST_UNITS, "users")
WRITE_UNITS = ("writes", "writes_with_link", "summoned_replies")
_FREE = Decimal(0)
# Platforms make a link of a bare domain too; what merely looks like one is taken for the dearer case.
_LINK = re.compile(r"https?://\S|(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]{2,}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """What one platform charges by unit, where that is published, and when a person last read it there."""

    units: Mapping[str, Decimal] = field(default_factory=dict)
    source: str | None = None
    read_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The price lists by connector. What is not listed is free."""

    currency: str = "USD"
    connectors: Mapping[str, PriceList] = field(default_factory=dict)

    def units(self, connector: str) -> Mapping[str, Decimal]:
        """The listed prices of a connector; may be empty."""
        found = self.connectors.get(connector)
        return found.units if found is not None else {}

    def cost(self, connector: str, counts: Mapping[str, int]) -> Decimal:
        """Return what so many units cost."""
        listed = self.units(connector)
        return sum((listed.get(unit, _FREE) * count for unit, count in counts.items()), _FREE)

    def write_unit(self, connector: str, text: str, *, is_summoned: bool) -> str:
        """Name the unit that a reply counts as, among those the platform tells apart."""
        listed = self.units(connector)
        if has_link(text) and "writes_with_link" in listed:
            return "writes_with_link"
        return "summoned_replies" if is_summoned and "summoned_replies" in listed else "writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One line of the ledger; `watch` is empty for what belongs to none."""

    day: date
    connector: str
    watch: str
    unit: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be read or spent before listening rests; `warn_at` is the share, 0 to 1, at which to warn."""

    posts_per_day: int | None = None
    usd_per_day: Decimal | None = None
    usd_per_month: Decimal | None = None
    warn_at: float = 0.8

    @property
    def limits(self) -> Mapping[str, Decimal]:
        """The limits that are set, by key."""
        every = {key: getattr(self, key) for key in ("posts_per_day", "usd_per_day", "usd_per_month")}
        return {key: Decimal(value) for key, value in every.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What money rules a site has: prices, and a budget for each connector that has one."""

    prices: Prices = field(default_factory=Prices)
    budgets: Mapping[str, Budget] = field(default_factory=dict)

    def limits(self, connector: str, own: Budget) -> bool:
        """Say whether a watch of this connector, with this budget of its own, can be held back at all."""
        return bool(own.limits or self.budgets.get(connector, Budget()).limits)


class Level(StrEnum):
    """How a budget stands."""

    FINE = "fine"
    WARN = "warn"
    SPENT = "spent"


_ORDER = tuple(Level)
_NAMES = {"posts_per_day": "posts a day", "usd_per_day": "a day", "usd_per_month": "a month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """One limit beside what was used of it; `scope` is `watch` or `connector`, `key` the setting's name."""

    scope: str
    name: str
    key: str
    limit: Decimal
    used: Decimal
    warn_at: float
    resets_at: datetime

    @property
    def share(self) -> float:
        """How much of it is used; above 1 where a page went beyond it."""
        return float(self.used / self.limit)

    @property
    def level(self) -> Level:
        """How it stands."""
        if self.used >= self.limit:
            return Level.SPENT
        return Level.WARN if self.share >= self.warn_at else Level.FINE

    @property
    def words(self) -> str:
        """One line for people, such as `412 of 500 posts a day used by watch acme-talk`."""
        is_posts = self.key == "posts_per_day"
        shown = (str(self.used), str(self.limit)) if is_posts else (money(self.used), money(self.limit))
        said = f"{shown[0]} of {shown[1]} {_NAMES[self.key]} used by {self.scope} {self.name}"
        if self.level is Level.SPENT:
            return f"{said}; listening goes on at {self.resets_at:%Y-%m-%d %H:%M} UTC"
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether one more page may be read. `until` is set where not; `room` is how many posts surely fit.

    `words` say how the tightest budget stands, and are empty while all is fine.
    """

    level: Level = Level.FINE
    words: str = ""
    until: datetime | None = None
    room: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was counted up to now: posts today, money today and this month."""

    posts_today: int
    today: Decimal
    month: Decimal

    @classmethod
    def of(cls, rows: Iterable[Counted], prices: Prices, now: datetime) -> Used:
        """Add up ledger lines; those before this month do not count."""
        found = list(rows)
        today = [row for row in found if row.day == now.date()]
        month = [row for row in found if row.day >= month_start(now)]
        return cls(
            posts_today=sum(row.count for row in today if row.unit in POST_UNITS),
            today=cost_of(today, prices),
            month=cost_of(month, prices),
        )


def watch_lines(
    watch: str, budget: Budget, rows: Iterable[Counted], *, prices: Prices, now: datetime
) -> list[BudgetLine]:
    """Hold a watch's budget against what its listening used; replies do not count."""
    own = (row for row in rows if row.watch == watch and row.unit not in WRITE_UNITS)
    return _lines("watch", watch, budget, Used.of(own, prices, now), now=now)


def connector_lines(
    connector: str, budget: Budget, rows: Iterable[Counted], *, prices: Prices, now: datetime
) -> list[BudgetLine]:
    """Hold a connector's budget against everything it used, replies included."""
    own = (row for row in rows if row.connector == connector)
    return _lines("connector", connector, budget, Used.of(own, prices, now), now=now)


def _lines(scope: str, name: str, budget: Budget, used: Used, *, now: datetime) -> list[BudgetLine]:
    amounts = {
        "posts_per_day": Decimal(used.posts_today), "usd_per_day": used.today, "usd_per_month": used.month,
    }  # fmt: skip
    return [
        BudgetLine(
            scope=scope, name=name, key=key, limit=limit, used=amounts[key],
            warn_at=budget.warn_at, resets_at=_reset(key, now),
        )
        for key, limit in budget.limits.items()
    ]  # fmt: skip


def verdict(lines: Sequence[BudgetLine], units: Mapping[str, Decimal]) -> Verdict:
    """Say whether another page may be read; `units` are the connector's prices, for how much still fits."""
    if not lines:
        return Verdict()
    # Of those that are spent, the one that lasts longest says when it goes on.
    worst = max(lines, key=lambda line: (_ORDER.index(line.level), _lasts(line), line.share))
    spent = [line.resets_at for line in lines if line.level is Level.SPENT]
    return Verdict(
        level=worst.level,
        words="" if worst.level is Level.FINE else worst.words,
        until=max(spent, default=None),
        room=min((each for each in (_room(line, units) for line in lines) if each is not None), default=None),
    )


def _lasts(line: BudgetLine) -> float:
    return line.resets_at.timestamp() if line.level is Level.SPENT else 0.0


def _room(line: BudgetLine, units: Mapping[str, Decimal]) -> int | None:
    left = max(line.limit - line.used, _FREE)
    if line.key == "posts_per_day":
        return int(left)
    # A post may come with its author's profile, and nobody knows beforehand which of them was read today.
    dearest = sum((units.get(unit, _FREE) for unit in READ_WITH_A_POST), _FREE)
    return int(left / dearest) if dearest else None


def month_start(now: datetime) -> date:
    """Return the first day of this month."""
    return now.date().replace(day=1)


def _reset(key: str, now: datetime) -> datetime:
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
    if key.endswith("_per_day"):
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)


def cost_of(rows: Iterable[Counted], prices: Prices) -> Decimal:
    """Return what ledger lines cost."""
    return sum((prices.cost(row.connector, {row.unit: row.count}) for row in rows), _FREE)


def units_of(rows: Iterable[Counted]) -> dict[str, int]:
    """Add up ledger lines by unit."""
    total: dict[str, int] = {}
    for row in rows:
        total[row.unit] = total.get(row.unit, 0) + row.count
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCost:
    """What a reply would cost; `plain` is the same without its link."""

    cost: Decimal
    plain: Decimal

    @property
    def words(self) -> str:
        """`about $0.01`, or `about $0.01; with this link $0.20`."""
        said = f"about {money(self.plain)}"
        return said if self.cost == self.plain else f"{said}; with this link {money(self.cost)}"


def reply_cost(prices: Prices, connector: str, text: str, *, is_summoned: bool) -> ReplyCost | None:
    """Return what sending a reply would cost; `None` where replies are free."""
    cost, plain = (
        prices.cost(connector, {prices.write_unit(connector, words, is_summoned=is_summoned): 1})
        for words in (text, "")
    )
    return ReplyCost(cost=cost, plain=plain) if cost else None


def has_link(text: str) -> bool:
    """Say whether a platform would make a link of something in this text."""
    return _LINK.search(text) is not None


def money(amount: Decimal) -> str:
    """Write an amount with two decimals, or with as many as a smaller one needs."""
    if amount >= 1 or amount * 100 == int(amount * 100):
        return f"${amount:.2f}"
    return f"${amount:.4f}".rstrip("0") if amount >= Decimal("0.0001") else "less than $0.0001"
