"""The accelerated day itself."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.soak.day import START, Plan, Post, Weather, posts_of, weather_of
from benchmarks.soak.stage import Stage, stage
from benchmarks.soak.verdict import Verdict, judge

MINUTE = timedelta(minutes=1)
HALF = timedelta(seconds=30)
# Longer than any rest, then often enough for a burst that was left half read.
CLEAN_POLLS = (65, 6, 6, 65, 6, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the day is to be like; `broken` names what breaks the program on purpose."""

    plan: Plan
    kills: int
    broken: str = ""


def soak(course: Course, folder: Path, database_url: str) -> Verdict:
    """Live through the day and say what came of it."""
    began = time.monotonic()
    with stage(folder, database_url, broken=course.broken) as here:
        posts = posts_of(course.plan)
        _day(here, course, posts)
        _evening(here, course.plan)
        return judge(here, course.plan, seconds=time.monotonic() - began)


def _day(here: Stage, course: Course, posts: list[Post]) -> None:
    plan, chance = course.plan, random.Random(course.plan.seed + 2)
    by_half: dict[int, list[Post]] = defaultdict(list)
    for post in posts:
        by_half[max((post.at - START) // HALF, -1)].append(post)
    here.publish(by_half[-1], START)
    kill_from = _kill_minutes(plan, course.kills, chance)
    weather = weather_of(plan)
    missed = 0
    for minute in range(plan.minutes):
        while weather and weather[0].minute <= minute:
            _spoil(here, weather.pop(0))
        now = START + minute * MINUTE
        here.publish(by_half[2 * minute], now + HALF)
        here.worker.begin()
        # Time goes on while the process is at work, so that pages shift under it.
        if by_half[2 * minute + 1]:
            here.publish(by_half[2 * minute + 1], now + MINUTE)
        is_due = bool(kill_from) and kill_from[0] <= minute
        # A kill that came too late is tried sooner: on a busy machine what is usual may be long past.
        after_s = chance.uniform(0, here.worker.usual_s / 2**missed) if is_due else None
        if here.worker.end(kill_after_s=after_s) and is_due:
            kill_from.pop(0)
            missed = 0
        elif is_due:
            missed += 1


def _kill_minutes(plan: Plan, kills: int, chance: random.Random) -> list[int]:
    """From which minutes on to try a kill: the spikes' minute, and others spread over the day."""
    spike = int(plan.minutes * 0.6)
    others = [int(plan.minutes * (0.04 + 0.9 * (n + chance.random()) / kills)) for n in range(kills - 1)]
    return sorted([*others, spike]) if kills else []


def _spoil(here: Stage, each: Weather) -> None:
    here.platforms[each.platform].fault(each.fault, on=each.on, times=each.times, skip=each.skip)


def _evening(here: Stage, plan: Plan) -> None:
    """No more posts and no more faults: whatever is still to come comes now."""
    now = plan.end
    for platform in here.platforms.values():
        platform.clear_faults()
    for minutes in CLEAN_POLLS:
        now += minutes * MINUTE
        here.publish([], now)
        here.worker.begin()
        here.worker.end()
