"""Telling: what the audit keeps of a decision beside who, when and which move."""

from __future__ import annotations

from typing import Any

from engagebot.domain.actions import DraftReply
from engagebot.domain.heard.removal import unquoted
from engagebot.domain.heard.verdicts import is_friendly
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Act
from engagebot.pipeline.review.matter import Matter
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.replying import drafts
from engagebot.store.ruling import rule_sets
from engagebot.store.texts import storable


def circumstances(tx: Tx, matter: Matter, act: Act, *, wording: str | None = None) -> dict[str, Any]:
    """The words that were decided on (by hash), the rule and its set, the route, and how old the post was.

    Source: what a team must be able to show later of each decision; the words themselves may have to be
    forgotten, so their hash stands for them.
    """
    draft, decision = matter.draft, matter.decision
    text = draft.text if wording is None else wording
    told: dict[str, Any] = {
        "text_hash": drafts.text_hash(text),
        "is_edited": is_edited(tx, draft, text),
        "route": draft.reply_route.route.value,
        "rule": draft.rule_id,
    }
    if decision is not None:
        told["rule_set"] = decision.rule_set
        told["rules_version"] = rule_sets.version_of(tx, decision.rule_set)
    if draft.said_at is not None:
        told["post_age_s"] = round((act.at - draft.said_at).total_seconds())
    return told


def is_edited(tx: Tx, draft: DraftRecord, wording: str) -> bool:
    """Whether these words are other than those that were proposed."""
    for event in audit.of(tx, f"draft:{draft.id}"):
        if event.action == "draft.proposed":
            proposed = [event.detail.get("text_hash"), *event.detail.get("variants", ())]
            return drafts.text_hash(wording) not in proposed
    return True


def in_own_words(matter: Matter, text: str) -> str:
    """What a person wrote beside a draft, without what it quotes from the post."""
    return unquoted(storable(text), matter.mention.mention.words)


def was_friendly(matter: Matter) -> bool:
    """Whether the draft was made by a template that is fit for happy people alone."""
    planned = matter.decision.planned if matter.decision is not None else ()
    made_by = (each.action for each in planned if each.rule_id == matter.draft.rule_id)
    return any(isinstance(action, DraftReply) and is_friendly(action.template) for action in made_by)
