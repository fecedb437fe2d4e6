"""Nights: once a day a site learns, if there is something new to learn from or to forget."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from engagebot.domain.heard.verdicts import SiteModelRecord
from engagebot.pipeline.learning.gathering import ENOUGH, LearningContext
from engagebot.pipeline.learning.making import base_version, forget, learn, outcome_words
from engagebot.store.engine import Tx
from engagebot.store.heard import models, unlabelled, verdicts

log = logging.getLogger(__name__)

NIGHT: Final = timedelta(hours=3)
BY: Final = "engagebot"


def learn_nightly(
    context: LearningContext, zone: ZoneInfo, *, only_forgets: bool = False
) -> SiteModelRecord | None:
    """Learn once a day, after three in the morning, if there is something new to learn from or to forget.

    It may be called as often as one likes and by several processes: one of them does it. With `only_forgets`,
    and where learning is switched off, stored models lose the words of deleted posts, and that is all.
    """
    now = context.clock.now()
    local = now.astimezone(zone)
    day = local.date().isoformat()
    with context.store.read() as tx:
        if local < local.replace(hour=0, minute=0, second=0, microsecond=0) + NIGHT:
            return None
        if models.looked(tx) == day:
            return None
    with context.store.write() as tx:
        if not models.claim_day(tx, day, now):
            return None
        is_due, is_off = _is_due(context, tx), only_forgets or models.off_by(tx) is not None
    if not is_due:
        return None
    if is_off:
        forget(context)
        return None
    record = learn(context, by=BY)
    log.info("learned from %d verdicts: %s", record.figures["verdicts"], outcome_words(record))
    return record


def _is_due(context: LearningContext, tx: Tx) -> bool:
    count, newest = verdicts.standing(tx)
    last = models.newest(tx)
    if last is None:
        return count >= ENOUGH
    figures = last.figures
    known = (figures["mentions"], figures["newest_verdict"], figures["scorer"])
    return (count, newest, base_version(context.scorer)) != known or _has_lost(tx, figures)


def _has_lost(tx: Tx, figures: Mapping[str, Any]) -> bool:
    """Whether any post that the newest model's dialect may have heard was forgotten since."""
    heard = figures.get("heard")
    if not heard or not heard["used_for"]:
        return False
    return unlabelled.kept(tx, after=heard["after"], until=heard["until"]) < int(heard["kept"])
