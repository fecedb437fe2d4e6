"""The made-up mention of a rule's test: what may be written there, and the facts it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from engagebot.domain.durations import parse_duration
from engagebot.domain.facts import CustomerFacts, Facts, feeling_of
from engagebot.domain.hours import BusinessHours
from engagebot.domain.judgement import VADER_BORDERS, Intent, Sentiment
from engagebot.domain.mention import Kind
from engagebot.domain.rules import RuleTest
from engagebot.ports import Scorer
from engagebot.rulebook.acting import ACTIONS
from engagebot.rulebook.reading import Reading
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed, validate

_LONGEST = timedelta(days=36_500)
# Beyond them a zone's clock or an age leads out of the calendar.
_YEARS = range(1990, 2200)
_CONTACTS = re.compile(r"contacts_in_([0-9]{1,4})_days")
_CUSTOMER = ("contacts_in_30_days", "open_case", "last_outcome", "vip", "opted_out")
_EXTRA = ("reason", "mentions_rival", "tender_topic", "asks_for_human", "near_duplicate_of_recent")
_ONE_OR_LIST = ("intent", "intents")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthorModel(_Strict):
    handle: str | None = None
    followers: int | None = None
    account_age: str | None = None
    verified: bool | None = None


class EngagementModel(_Strict):
    likes: int | None = None
    replies: int | None = None
    score: int | None = None
    growth: float | None = None


class MentionModel(_Strict):
    """Keys of `mention`; what is left out is scored from the text, or not known."""

    text: str
    title: str | None = None
    source: str | None = None
    platform: str | None = None
    watch: str | None = None
    kind: str | None = None
    subreddit: str | None = None
    community: str | None = None
    addressed_to_us: bool | None = None
    author: AuthorModel = AuthorModel()
    customer: dict[str, Any] = {}
    engagement: EngagementModel = EngagementModel()
    likes: int | None = None
    replies: int | None = None
    score: int | None = None
    sentiment: str | None = None
    compound: float | None = None
    unhappiness: float | None = None
    intent: Any = None
    intents: Any = None
    language: str | None = None
    reason: Any = None
    mentions_rival: Any = None
    tender_topic: Any = None
    asks_for_human: bool | None = None
    near_duplicate_of_recent: bool | None = None
    age: str | None = None
    at: str | None = None
    business_open: bool | None = None


class ExpectModel(_Strict):
    matches: bool | None = None
    actions: list[Literal["escalate", "draft", "tag", "assign", "notify", "ignore", "webhook"]] | None = None


class TestModel(_Strict):
    __test__ = False

    name: str
    mention: MentionModel
    expect: ExpectModel


def read_test(node: Node, reading: Reading) -> RuleTest | None:
    """Read one entry of `tests`."""
    model, faults = validate(node, TestModel)
    reading.findings += faults
    before = len(reading.findings)
    mention, expect = node.at("mention"), node.at("expect")
    if isinstance(mention.content, dict):
        _check_mention(mention, reading)
    if model is None or len(reading.findings) > before:
        return None
    if model.expect.matches is None and model.expect.actions is None:
        message = f'"expect" must say matches: true or false, or actions: [{ACTIONS[0].name}]'
        reading.fail(expect, "EB140", message)
        return None
    actions = model.expect.actions
    return RuleTest(
        name=model.name, given=mention.plain(), matches=model.expect.matches,
        actions=tuple(actions) if actions is not None else None, file=node.file, line=node.line,
    )  # fmt: skip


def _check_mention(node: Node, reading: Reading) -> None:
    for key, inner in node.items():
        if key == "sentiment":
            reading.chosen(inner, key, tuple(Sentiment))
        elif key == "kind":
            reading.chosen(inner, key, tuple(Kind), noun="kind of mention")
        elif key in _ONE_OR_LIST:
            reading.chosen(inner, key, tuple(Intent))
        elif key == "at" and _moment(inner.content) is None:
            message = f'"at" must be a time such as 2026-03-02T09:00, not {kind_of(inner.plain())}'
            reading.fail(inner, "EB140", message)
        elif key == "age":
            _check_span(inner, reading)
        elif key == "customer":
            _check_customer(inner, reading)
        elif key == "author" and isinstance(inner.content, dict) and "account_age" in inner.content:
            _check_span(inner.content["account_age"], reading)


def _check_span(node: Node, reading: Reading) -> None:
    try:
        if parse_duration(str(node.content)) > _LONGEST:
            raise ValueError(f'"{node.content}" is too long; at most {_LONGEST.days}d')
    except ValueError as error:
        reading.fail(node, "EB140", str(error))


def _check_customer(node: Node, reading: Reading) -> None:
    for key, inner in node.items():
        if _CONTACTS.fullmatch(key):
            value = inner.content
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000:
                message = f'"{key}" counts this contact too, so it is 1 or more, not {kind_of(inner.plain())}'
                reading.fail(inner, "EB140", message)
        elif key not in _CUSTOMER:
            near = did_you_mean(key, _CUSTOMER)
            message = f'unknown key "{key}" in "customer"; allowed: {listed(_CUSTOMER)}{near}'
            reading.fail(node, "EB140", message, key=key)
        elif key == "last_outcome":
            reading.chosen(inner, key, None)
        else:
            reading.flag(inner, key)


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.year in _YEARS else None


def facts_given(
    given: Mapping[str, Any],
    scorer: Scorer,
    *,
    now: datetime,
    hours: BusinessHours | None = None,
    zone: ZoneInfo | None = None,
) -> Facts:
    """Lay a test's mention out as facts; feelings that it does not name are scored from its text.

    A time without a zone is the team's.
    """
    team_zone = zone or (hours.zone if hours else ZoneInfo("UTC"))
    at = _moment(given["at"]) if given.get("at") is not None else None
    here = (at.replace(tzinfo=team_zone) if at.tzinfo is None else at) if at else now
    here = here.astimezone(team_zone)
    facts = _said(given, here)
    facts = facts._replace(customer=_customer(given.get("customer") or {}))
    facts = _felt(facts, given, scorer)
    is_open = given.get("business_open")
    if is_open is None and hours is not None:
        is_open = hours.is_open(here)
    return facts._replace(business_open=is_open)


def _said(given: Mapping[str, Any], here: datetime) -> Facts:
    author: Mapping[str, Any] = given.get("author") or {}
    engagement = {**given, **(given.get("engagement") or {})}
    community = given.get("community") or given.get("subreddit")
    source = given.get("source") or given.get("platform") or ("reddit" if community else "x")
    age = parse_duration(given["age"]) if given.get("age") else timedelta(0)
    account_age = author.get("account_age")
    extra = {name: given[name] for name in _EXTRA if given.get(name) is not None}
    if engagement.get("growth") is not None:
        extra["engagement.growth"] = engagement["growth"]
    title, text = given.get("title"), str(given["text"])
    return Facts(
        text=f"{title}\n{text}" if title else text,
        source=source,
        now=here,
        posted_at=(here - age).astimezone(UTC),
        watch=given.get("watch"),
        community=community,
        kind=given.get("kind") or Kind.POST.value,
        addressed_to_us=given.get("addressed_to_us"),
        author_handle=author.get("handle"),
        author_followers=author.get("followers"),
        author_created_at=here - parse_duration(account_age) if account_age else None,
        author_is_verified=author.get("verified"),
        likes=engagement.get("likes"),
        replies=engagement.get("replies"),
        score=engagement.get("score"),
        extra=extra,
    )


def _customer(given: Mapping[str, Any]) -> CustomerFacts:
    counts = sorted(
        (int(match[1]), int(count)) for key, count in given.items() if (match := _CONTACTS.fullmatch(key))
    )
    ages = [0.0]
    for days, count in counts:
        # Earlier contacts are put as far back as the count allows: a narrower window has none of them.
        ages += [float(days)] * max(0, count - len(ages))
    return CustomerFacts(
        contact_ages_days=tuple(ages),
        has_open_case=given.get("open_case"),
        last_outcome=given.get("last_outcome"),
        is_vip=given.get("vip"),
        is_opted_out=given.get("opted_out"),
    )


def _felt(facts: Facts, given: Mapping[str, Any], scorer: Scorer) -> Facts:
    """Add what the text says of its author's feelings; each value that the test gives stands alone."""
    feeling = feeling_of(scorer.judge(facts.text, lang=given.get("language")))
    compound, unhappiness = given.get("compound"), given.get("unhappiness")
    if given.get("sentiment") is not None:
        sentiment: Sentiment | None = Sentiment(given["sentiment"])
    else:
        sentiment = VADER_BORDERS.level(compound) if compound is not None else feeling.sentiment
    intents = given.get("intents", given.get("intent"))
    found = (intents,) if isinstance(intents, str) else tuple(intents) if intents is not None else None
    return facts._replace(
        sentiment=sentiment,
        compound=feeling.compound if compound is None else compound,
        unhappiness=feeling.unhappiness if unhappiness is None else unhappiness,
        intents=feeling.intents if found is None else found,
        language=given.get("language") or feeling.language,
        extra={**feeling.extra, **facts.extra},
    )
