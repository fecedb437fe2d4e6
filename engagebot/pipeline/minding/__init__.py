"""Minding: what time does to cases. What people do with them is `pipeline.casework`."""

from engagebot.pipeline.minding.climbing import if_nobody_answers
from engagebot.pipeline.minding.walk import MindContext, mind_at_once, mind_cases

__all__ = ["MindContext", "if_nobody_answers", "mind_at_once", "mind_cases"]
