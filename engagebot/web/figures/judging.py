"""What judges posts here: the scorer, the lexicons on disk and the site model, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily
from pydantic import BaseModel

from engagebot.bootstrap import App
from engagebot.store.heard import models


class SiteModelJson(BaseModel):
    id: int
    version: str
    verdicts: int
    made_at: datetime


class JudgingJson(BaseModel):
    scorer: str | None
    lexicons_problem: str | None
    word_lists_problem: str | None
    site_model: SiteModelJson | None


def judging_json(app: App) -> JudgingJson:
    """Name the scorer in use, say what is wrong with files of words on disk, and which site model judges."""
    version, problem = app.judging.standing()
    with app.store.read() as tx:
        model = models.adopted(tx)
    taught = None
    if model is not None:
        taught = SiteModelJson(
            id=model.id, version=model.version, verdicts=model.figures["verdicts"], made_at=model.made_at
        )
    return JudgingJson(
        scorer=version,
        lexicons_problem=problem,
        word_lists_problem=app.guarding.standing(),
        site_model=taught,
    )


def model_words(judging: JudgingJson) -> str:
    """`site-…, learned from 412 verdicts on 2026-08-03 03:00 UTC`, or that there is none."""
    model = judging.site_model
    if model is None:
        return "none"
    return f"{model.version}, learned from {model.verdicts} verdicts on {model.made_at:%Y-%m-%d %H:%M} UTC"


def judging_figures(judging: JudgingJson, now: datetime) -> Iterator[GaugeMetricFamily]:
    """The same for monitoring."""
    model = judging.site_model
    named = GaugeMetricFamily(
        "engagebot_scorer_info", "The scorer in use and its site model, as labels.",
        labels=["version", "site_model"],
    )  # fmt: skip
    named.add_metric([judging.scorer or "", model.version if model else ""], 1.0)
    yield named
    yield GaugeMetricFamily(
        "engagebot_lexicons_last_reload_successful",
        "1 while the lexicons on disk are the ones in use.",
        value=float(judging.lexicons_problem is None),
    )
    yield GaugeMetricFamily(
        "engagebot_word_lists_last_reload_successful",
        "1 while the guards' word lists on disk are the ones in use.",
        value=float(judging.word_lists_problem is None),
    )
    yield GaugeMetricFamily(
        "engagebot_site_model_verdicts", "What the site model in use learned from; 0 without one.",
        value=model.verdicts if model else 0,
    )  # fmt: skip
    if model is not None:
        yield GaugeMetricFamily(
            "engagebot_site_model_age_seconds", "Time since the site model in use was made.",
            value=(now - model.made_at).total_seconds(),
        )  # fmt: skip
