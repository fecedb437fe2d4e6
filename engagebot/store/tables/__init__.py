"""The tables, private to the store, by the room that keeps their rows."""

from engagebot.store.tables.casework import (
    case_clocks,
    case_contacts,
    case_continuations,
    case_mentions,
    case_messages,
    case_remedies,
    case_tickets,
    cases,
    chat_people,
)
from engagebot.store.tables.desk import claims, preferences, presence, variants, views, writings
from engagebot.store.tables.entry import keys, users
from engagebot.store.tables.heard import decisions, mentions, site_models, verdicts
from engagebot.store.tables.listening import connectors, coverage, mention_readings, mutes, reads, watches
from engagebot.store.tables.metadata import Id, metadata
from engagebot.store.tables.persons import (
    customer_links,
    customer_notes,
    customer_tags,
    customer_tenures,
    customers,
)
from engagebot.store.tables.replying import breakers, drafts, seeded_checks
from engagebot.store.tables.ruling import rule_counts, rule_faults, rule_pauses, rule_sets
from engagebot.store.tables.telling import deliveries, shut_channels, unreached
from engagebot.store.tables.whole_site import audit, site

__all__ = [
    "Id",
    "audit",
    "breakers",
    "case_clocks",
    "case_contacts",
    "case_continuations",
    "case_mentions",
    "case_messages",
    "case_remedies",
    "case_tickets",
    "cases",
    "chat_people",
    "claims",
    "connectors",
    "coverage",
    "customer_links",
    "customer_notes",
    "customer_tags",
    "customer_tenures",
    "customers",
    "decisions",
    "deliveries",
    "drafts",
    "keys",
    "mention_readings",
    "mentions",
    "metadata",
    "mutes",
    "preferences",
    "presence",
    "reads",
    "rule_counts",
    "rule_faults",
    "rule_pauses",
    "rule_sets",
    "seeded_checks",
    "shut_channels",
    "site",
    "site_models",
    "unreached",
    "users",
    "variants",
    "verdicts",
    "views",
    "watches",
    "writings",
]
