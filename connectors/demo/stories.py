"""The demo's made-up posts, as data relative to the moment the demo starts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import Any

import yaml

from engagebot.domain.durations import parse_duration

_WORD = re.compile(r"[@/\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody made up. `looks_like` is the platform the account imitates: x or reddit."""

    handle: str
    looks_like: str
    name: str | None = None
    followers: int | None = None
    joined: timedelta
    is_verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One post. `at` counts from the start, negative before it; `gone_at` is when it gets deleted."""

    slug: str
    by: Person
    at: timedelta
    text: str
    title: str | None = None
    community: str | None = None
    answers: str | None = None
    lang: str = "en"
    addressed_to_us: bool | None = None
    is_locked: bool = False
    gone_at: timedelta | None = None
    likes: int | None = None
    replies: int | None = None
    score: int | None = None


def load_stories() -> list[Story]:
    """Read the stories that are shipped with the connector, oldest first."""
    text = resources.files("connectors.demo").joinpath("stories.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    people = {handle: _person(handle, values) for handle, values in data["people"].items()}
    stories = [_story(values, people, data["us"]) for values in data["posts"]]
    return sorted(stories, key=lambda story: story.at)


def parse_offset(text: str) -> timedelta:
    """Read `-20d 3h` or `+40s` as a span from the start.

    Raises:
        ValueError: no sign, or one of the parts is not a span of time.
    """
    if text[:1] not in {"-", "+"}:
        raise ValueError(f"{text!r} must begin with - (before the start) or + (after it)")
    span = sum((parse_duration(part) for part in text[1:].split()), timedelta())
    return -span if text[0] == "-" else span


def _person(handle: str, values: Mapping[str, Any]) -> Person:
    return Person(
        handle=handle,
        looks_like=values["as"],
        name=values.get("name"),
        followers=values.get("followers"),
        joined=parse_duration(values["joined"]),
        is_verified=values.get("verified"),
    )


def _story(values: Mapping[str, Any], people: Mapping[str, Person], us: Mapping[str, str]) -> Story:
    person = people[values["by"]]
    names_us = us[person.looks_like] in _WORD.findall(values["text"].lower())
    # X tells whom a post is meant for; on Reddit only a summons is a sign, its absence tells nothing.
    is_x = person.looks_like == "x"
    return Story(
        slug=values["id"],
        by=person,
        at=parse_offset(values["at"]),
        text=values["text"],
        title=values.get("title"),
        community=values.get("community"),
        answers=values.get("to"),
        lang=values.get("lang", "en"),
        addressed_to_us=names_us if is_x else names_us or None,
        is_locked=values.get("locked", False),
        gone_at=parse_offset(values["gone"]) if "gone" in values else None,
        likes=values.get("likes", 0 if is_x else None),
        replies=values.get("replies", 0),
        score=values.get("score", None if is_x else 1),
    )
