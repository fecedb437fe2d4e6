"""`engagebot status`: the site in numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from engagebot.bootstrap import App
from engagebot.cli.command import command
from engagebot.cli.opening import shown_site
from engagebot.cli.place import ALIVE, RUNNING
from engagebot.cli.terminal import Terminal, fields, iso, table
from engagebot.domain.listening.costs import money
from engagebot.domain.listening.spending import CostReport
from engagebot.domain.records import ConnectorRecord, SiteStatus
from engagebot.pipeline import prune
from engagebot.pipeline.hearing import Hearing, how_heard
from engagebot.store import site
from engagebot.store.listening import costs, watches
from engagebot.web.figures.deletion import DeletionJson, deletion_json, receipt_words
from engagebot.web.figures.held import held_json, held_words
from engagebot.web.figures.judging import judging_json, model_words
from engagebot.web.figures.reaching import ChannelJson, UnreachedJson, channels_json, unreached_json
from engagebot.web.figures.sending import SendingJson, sending_json

_RECEIPT = {"stored", "oldest_check_age_s", "redacted", "overdue"}


@command("status")
def status(terminal: Terminal) -> None:
    """Show the site in numbers: mode, mentions, drafts, cases, connectors."""
    with shown_site(terminal) as app:
        now = app.clock.now()
        judging = judging_json(app)
        with app.store.read() as tx:
            numbers = site.status(tx)
            running = site.get(tx, RUNNING)
            connectors = watches.connector_records(tx, app.settings.watches, now, prices=app.settings.prices)
            spent = costs.report(tx, app.settings.watches, app.settings.purse, now=now, days=1)
            deletion = deletion_json(prune.receipt(app.prune_context, tx))
            heard = how_heard(tx, app.settings.watches, now, span=timedelta(days=1))
            told, ways = unreached_json(app, tx), channels_json(app, tx)
            sending = sending_json(tx, now, app.settings.timezone)
        is_running = numbers.heartbeat_at is not None and numbers.heartbeat_at > now - ALIVE
        document = _document(app, numbers, connectors, deletion, running if is_running else None)
        document |= _costs(app, spent) | _telling(told, ways) | {"sending": sending.model_dump(mode="json")}
        document |= _ears(heard) | judging.model_dump(mode="json")
    words = {
        "deletion": receipt_words(deletion),
        "site model": model_words(judging),
        "rules held": held_words(numbers.holds),
        "sending": _sending(sending),
    }
    terminal.show(document, lambda: _text(document, words))


def _document(
    app: App,
    numbers: SiteStatus,
    connectors: list[ConnectorRecord],
    deletion: DeletionJson,
    running: dict[str, Any] | None,
) -> dict[str, Any]:
    mode = app.mode(numbers.paused_by)
    if mode == "DRY RUN" and running is not None and running.get("is_live"):
        mode = "LIVE"
    return {
        "mode": mode,
        "mentions": numbers.mentions,
        "undecided": numbers.undecided,
        "drafts": dict(numbers.drafts),
        "cases": dict(numbers.cases),
        "deliveries": dict(numbers.deliveries),
        "connectors": [
            {
                "name": connector.name,
                "healthy": connector.is_healthy,
                "last_poll_at": iso(connector.last_poll_at),
                "reads_today": connector.reads_today,
                "cost_today": connector.cost_today or 0.0,
                "paused_until": iso(connector.paused_until),
                "problem": connector.problem,
            }
            for connector in connectors
        ],
        "deletion": deletion.model_dump(include=_RECEIPT),
        "deletion_sources": [line.model_dump() for line in deletion.sources],
        "running": None if running is None else running.get("pid"),
        "paused_by": numbers.paused_by,
        "paused_at": iso(numbers.paused_at),
        "heartbeat_at": iso(numbers.heartbeat_at),
        "rules": numbers.rules_hash,
        "rules_version": numbers.rules_version,
        "rules_problem": numbers.rules_problem,
        "rules_held": [hold.model_dump(mode="json") for hold in held_json(numbers.holds)],
    }


def _costs(app: App, today: CostReport) -> dict[str, Any]:
    """What each watch of the settings read and cost today, and how budgets stand."""
    usages = {usage.name: usage for usage in today.watches}
    return {
        "watches": [
            {
                "name": watch.name,
                "connector": watch.connector,
                "reads_today": sum(usages[watch.name].reads.values()) if watch.name in usages else 0,
                "cost_today": float(usages[watch.name].cost) if watch.name in usages else 0.0,
            }
            for watch in app.settings.watches
        ],
        "budgets": [{"level": line.level.value, "words": line.words} for line in today.budgets],
    }


def _telling(told: UnreachedJson | None, ways: list[ChannelJson]) -> dict[str, Any]:
    """What reached nobody, and which channels are used no more."""
    return {
        "unreached": told.model_dump(mode="json") if told else None,
        "channels_shut": {each.name: each.shut for each in ways if each.shut},
    }


def _sending(sending: SendingJson) -> str:
    """What waits to leave, and which platforms rest after failures."""
    resting = [f"nothing is sent to {each.source}: {each.words}" for each in sending.breakers]
    return "; ".join([sending.waiting.words, *resting])


def _ears(heard: list[Hearing]) -> dict[str, Any]:
    """Which watches are deaf, and how long each was not heard in the last 24 hours."""
    return {
        "deaf": {each.watch.name: each.deaf.why for each in heard if each.deaf is not None},
        "blind_minutes_24h": {each.watch.name: each.coverage.blind_minutes for each in heard},
    }


def _text(document: dict[str, Any], words: dict[str, str | None]) -> str:
    def counts(name: str) -> str:
        return ", ".join(f"{count} {state}" for state, count in sorted(document[name].items())) or "none"

    paused_by = document["paused_by"]
    facts = fields(
        {
            "mode": document["mode"],
            "paused": f"by {paused_by} since {_minute(document['paused_at'])}" if paused_by else None,
            "running": f"pid {document['running']}" if document["running"] else "no",
            "deaf": "; ".join(f"{name}: {why}" for name, why in document["deaf"].items()) or None,
            "unreached": document["unreached"] and document["unreached"]["words"],
            "shut": "; ".join(f"{name}: {why}" for name, why in document["channels_shut"].items()) or None,
            "mentions": f"{document['mentions']}, {document['undecided']} undecided",
            "drafts": counts("drafts"),
            "sending": words["sending"],
            "cases": counts("cases"),
            "notices": counts("deliveries"),
            "deletion": words["deletion"],
            "rules": _rules(document),
            "rules held": words["rules held"],
            "rule files": document["rules_problem"],
            "scorer": document["scorer"] or "none",
            "site model": words["site model"],
            "lexicons": document["lexicons_problem"],
            "word lists": document["word_lists_problem"],
        }
    )
    heard = table(
        ("watch", "connector", "not heard in 24 h", "reads today", "cost today"),
        [
            (
                row["name"],
                row["connector"],
                f"{document['blind_minutes_24h'][row['name']]} min",
                row["reads_today"],
                _money(row["cost_today"]),
            )
            for row in document["watches"]
        ],
        empty="",
    )
    budgets = "\n".join(f"budget {line['level']}: {line['words']}" for line in document["budgets"])
    return "\n\n".join(filter(None, (facts, _connectors(document), heard, budgets)))


def _connectors(document: dict[str, Any]) -> str:
    health = {True: "healthy", False: "failing", None: "not asked yet"}
    polled = [{**row, "last_poll_at": _minute(row["last_poll_at"])} for row in document["connectors"]]
    return table(
        ("connector", "health", "last poll", "reads today", "cost today", "problem"),
        [
            (
                row["name"],
                health[row["healthy"]],
                row["last_poll_at"],
                row["reads_today"],
                _money(row["cost_today"]),
                row["problem"],
            )
            for row in polled
        ],
        empty="no connector: there is no watch in config/engagebot.yaml",
    )


def _rules(document: dict[str, Any]) -> str:
    if document["rules"] is None:
        return "none yet"
    return f"version {document['rules_version']} ({document['rules'][:12]})"


def _money(amount: float) -> str:
    return money(Decimal(str(amount)))


def _minute(at: str | None) -> str:
    return f"{at[:16].replace('T', ' ')} UTC" if at else ""
