"""Made-up values for tests; every field has a plain default."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.actions import Action, DraftReply, Escalate, Tag
from engagebot.domain.desk.urgency import Lane, Urgency
from engagebot.domain.drafting import Template
from engagebot.domain.facts import Facts
from engagebot.domain.limits import Limit
from engagebot.domain.mention import Author, Kind, Mention, MentionRef, ReplyRoute, Route
from engagebot.domain.outbox import Severity
from engagebot.domain.roles import Act, Person, Role
from engagebot.domain.rules import Answer, Condition, Group, Mode, Rule, Rulebook, RuleStatus
from engagebot.ports import Watch
from engagebot.settings import Settings
from engagebot.settings.values import Brand, Sla, Team
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import mentions
from engagebot.store.heard.mentions import Incoming
from tests.fakes import NOON

API = ReplyRoute(route=Route.API, reason="they wrote to us")
BY_HAND = ReplyRoute(route=Route.BY_HAND, reason="they did not write to us")
BLOCKED = ReplyRoute(route=Route.BLOCKED, reason="the thread is locked")
PLAIN = Urgency(lane=Lane.APPRECIATION, rank=3)


def make_author(handle: str = "maple_fan_demo", **over: Any) -> Author:
    return Author(**{"handle": handle, "native_id": f"id-{handle}", "name": "Maple Fan", **over})


def make_mention(native_id: str = "1", text: str = "the modem is dead again", **over: Any) -> Mention:
    values: dict[str, Any] = {
        "ref": MentionRef("fake", native_id),
        "kind": Kind.POST,
        "text": text,
        "posted_at": NOON - timedelta(minutes=5),
        "author": make_author(),
        "url": f"https://fake.example/{native_id}",
        "addressed_to_us": True,
    }
    return Mention(**{**values, **over})


def incoming(mention: Mention, *, route: ReplyRoute = API, is_history: bool = False) -> Incoming:
    return Incoming(mention=mention, reply_route=route, is_history=is_history)


def hear(store: Store, *heard: Mention, route: ReplyRoute = API, is_history: bool = False) -> int:
    """Store mentions as if just pulled; answer how many were new."""
    with store.write() as tx:
        items = [incoming(mention, route=route, is_history=is_history) for mention in heard]
        return mentions.save(tx, items, watch="talk", fetched_at=store.clock.now())


def id_of(tx: Tx, native_id: str, source: str = "fake") -> int:
    record = mentions.find(tx, MentionRef(source, native_id))
    assert record is not None, f"{source} {native_id} is not stored"
    return record.id


def make_watch(name: str = "talk", **over: Any) -> Watch:
    values: dict[str, Any] = {
        "name": name,
        "connector": "fake",
        "kind": "search",
        "every": timedelta(minutes=5),
        "options": {"query": "acme"},
    }
    return Watch(**{**values, **over})


def make_settings(site: Path, database_url: str, **over: Any) -> Settings:
    values: dict[str, Any] = {
        "site": site,
        "database_url": database_url,
        "brand": Brand(name="Acme", handles={"fake": "acme"}),
        "timezone": ZoneInfo("Europe/Berlin"),
        "watches": (make_watch(),),
        "teams": {"support": Team(name="support", notify=("console",))},
        "slas": (Sla(name="standard", first_reply=timedelta(hours=24)),),
    }
    return Settings(**{**values, **over})


def says(word: str) -> Condition:
    """A condition that a text holds a word."""

    def ask(facts: Facts) -> Answer:
        at = facts.text.find(word)
        return Answer(at >= 0, facts.text if at >= 0 else None, ((at, at + len(word)),) if at >= 0 else ())

    return Condition("text.contains_any", [word], ask)


def make_rule(rule_id: str, *conditions: Condition, then: Sequence[Action] = (), **over: Any) -> Rule:
    values: dict[str, Any] = {
        "id": rule_id,
        "name": rule_id.replace("-", " ").capitalize(),
        "status": RuleStatus.LIVE,
        "when": Group(Mode.ALL, conditions),
        "then": tuple(then),
    }
    return Rule(**{**values, **over})


def make_book(*rules: Rule, **over: Any) -> Rulebook:
    """A rule set: the rules given, and a default route that tags."""
    default = make_rule("default", then=[Tag(tags=("seen",))], when=None, is_default=True)
    values: dict[str, Any] = {
        "rules": (*rules, default),
        "hash": "0" * 64,
        "human_team": "support",
        "templates": {"thanks": Template("thanks", 'Thank you, {{author.name | default("friend")}}!')},
    }
    return Rulebook(**{**values, **over})


def usual_book(*limits: Limit) -> Rulebook:
    """Dead things go to support, love gets thanks."""
    return make_book(
        make_rule("dead", says("dead"), then=[Escalate(team="support", severity=Severity.HIGH)]),
        make_rule("love", says("love"), then=[DraftReply(template="thanks")], limits=limits),
    )


def act(store: Store, name: str = "agent_demo", role: Role = Role.COMMUNITY) -> Act:
    return Act(by=Person(name, role), at=store.clock.now())
