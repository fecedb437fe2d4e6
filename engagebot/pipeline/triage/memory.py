"""The facts a decision was made on, kept beside it so that its trace can be computed again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from engagebot.domain.facts import ECHO, VOICE, CustomerFacts, Facts, facts_of
from engagebot.domain.judgement import Sentiment
from engagebot.domain.records import MentionRecord


def keep_facts(facts: Facts) -> dict[str, Any]:
    """Facts that the mention's own row does not hold, as JSON, so that a trace can be computed again."""
    customer = facts.customer
    kept: dict[str, Any] = {"now": _written(facts.now), "contact_ages_days": customer.contact_ages_days}
    known = {
        "compound": facts.compound,
        "sentiment": facts.sentiment.value if facts.sentiment else None,
        "unhappiness": facts.unhappiness,
        "intents": facts.intents,
        "language": facts.language,
        "business_open": facts.business_open,
        "has_open_case": customer.has_open_case,
        "last_outcome": customer.last_outcome,
        "is_vip": customer.is_vip,
        "is_opted_out": customer.is_opted_out,
    }
    for name, value in known.items():
        if value is not None:
            kept[name] = value
    extra = dict(facts.extra)
    for name in ECHO:  # whether it copies another is in its own row
        extra.pop(name, None)
    if extra:
        kept["extra"] = extra
    return kept


@lru_cache(maxsize=8)
def _written(at: datetime) -> str:
    """A batch is decided at one moment."""
    return at.isoformat()


def restore_facts(heard: MentionRecord, kept: Mapping[str, Any]) -> Facts:
    """The facts a decision was made on, from the mention and what `keep_facts` kept."""
    facts = facts_of(
        heard.mention,
        None,
        now=datetime.fromisoformat(kept["now"]),
        watch=heard.watch,
        business_open=kept.get("business_open"),
        customer=CustomerFacts(
            contact_ages_days=tuple(kept.get("contact_ages_days", (0.0,))),
            has_open_case=kept.get("has_open_case"),
            last_outcome=kept.get("last_outcome"),
            is_vip=kept.get("is_vip"),
            is_opted_out=kept.get("is_opted_out"),
        ),
    )
    # Whether it copies another is in its own row.
    extra = {**(VOICE if heard.copy_of is None else ECHO), **(kept.get("extra") or {})}
    sentiment = kept.get("sentiment")
    return facts._replace(
        compound=kept.get("compound"),
        sentiment=Sentiment(sentiment) if sentiment else None,
        unhappiness=kept.get("unhappiness"),
        intents=tuple(kept.get("intents") or ()) or None,
        language=kept.get("language"),
        extra=extra,
    )
