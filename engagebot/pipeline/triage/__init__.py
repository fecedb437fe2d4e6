"""Triage: from a stored mention to a stored decision and everything it starts."""

from engagebot.pipeline.triage.aging import look_at_ages
from engagebot.pipeline.triage.growing import look_at_growth
from engagebot.pipeline.triage.memory import restore_facts
from engagebot.pipeline.triage.run import BATCH, Tally, TriageContext, triage

__all__ = ["BATCH", "Tally", "TriageContext", "look_at_ages", "look_at_growth", "restore_facts", "triage"]
