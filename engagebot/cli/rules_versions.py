"""`engagebot rules publish`, `versions`, `show`, `restore` and `resume`: which set is live, and why."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from engagebot.bootstrap import App, Published
from engagebot.cli.check import report
from engagebot.cli.command import command
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean, fields, iso, table, when
from engagebot.domain.records import RuleSetRecord
from engagebot.errors import FilesInvalid
from engagebot.store.ruling import rule_counts, rule_sets

SHORT = 12
_NUMBER = re.compile(r"[vV]?([0-9]{1,9})")
_note = click.option(
    "--note", metavar="TEXT", required=True, help="Why, in a few words; kept with the version."
)


class _Version(click.types.IntParamType):
    """The number of a version, as `rules diff` takes it too: 7 or v7."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        number: Any = found[1] if found else value
        return int(super().convert(number, param, ctx))


@command("publish")
@_note
def publish(terminal: Terminal, note: str) -> None:
    """Make the rule files the live set, once they load and their tests pass.

    A running engagebot does so by itself when files change; publishing adds your name and your note.
    """
    with shown_site(terminal) as app:
        try:
            done = app.rules.publish(acting(app), note)
        except FilesInvalid as error:
            _refused(terminal, error, "nothing was published; the set before goes on")
            return
    terminal.show(_published(done), lambda: "\n".join(_said(done)))


@command("restore")
@click.argument("version", metavar="VERSION", type=_Version())
@_note
def restore(terminal: Terminal, version: int, note: str) -> None:
    """Put the files of an earlier VERSION (7 or v7) back in place and make it live.

    The present files are kept in var/rules-before-restore-TIME first. Rule files and templates that the
    version did not have are taken away; lists that it did not ask stay as they are.
    """
    with shown_site(terminal) as app:
        try:
            done = app.rules.restore(acting(app), version, note)
        except FilesInvalid as error:
            _refused(terminal, error, f"version {version} does not hold any more; nothing was touched")
            return
    words = [f"the files of version {version} are in place; those before are in {_kept(done)}", *_said(done)]
    terminal.show(_published(done), lambda: "\n".join(words))


@command("versions")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 1000), default=50, help="At most N (default 50)."
)
def versions(terminal: Terminal, limit: int) -> None:
    """List the sets that went live, the newest first, and how often the live rules match."""
    with shown_site(terminal) as app:
        now = app.clock.now()
        with app.store.read() as tx:
            found = rule_sets.newest(tx, limit)
            decided = rule_sets.decisions_of(tx, [each.hash for each in found])
            day, week = (rule_counts.since(tx, now - timedelta(days=days)) for days in (1, 7))
            held = {hold.rule_id: hold for hold in rule_sets.holds(tx)}
        live = found[0].version if found else None
    document = {
        "live": live,
        "versions": [
            {**version_json(each), "live": each.version == live, "decisions": decided[each.hash]}
            for each in found
        ],
        "rules": [
            {
                "id": rule_id,
                "matched_24h": day[rule_id].live if rule_id in day else 0,
                "matched_7d": counted.live,
                "shadow_24h": day[rule_id].shadow if rule_id in day else 0,
                "shadow_7d": counted.shadow,
                "state": held[rule_id].state if rule_id in held else "running",
            }
            for rule_id, counted in sorted(week.items())
        ],
    }
    terminal.show(document, lambda: _listed(document))


@command("show")
@click.argument("version", metavar="VERSION", type=_Version())
def show(terminal: Terminal, version: int) -> None:
    """Show what was new in a VERSION (7 or v7), and its files."""
    with shown_site(terminal) as app, app.store.read() as tx:
        record = rule_sets.get(tx, version)
    document = {**version_json(record), "sources": dict(record.sources)}
    head = fields(
        {
            "version": record.version,
            "hash": record.hash[:SHORT],
            "live since": when(record.live_at),
            "by": clean(record.author),
            "note": clean(record.note),
            "changes": "; ".join(record.changes) or None,
        }
    )
    files = [f"--- {name}\n{text}" for name, text in record.sources.items()]
    terminal.show(document, "\n\n".join([head, *files]))


@command("resume")
@click.argument("rule", metavar="RULE")
def resume(terminal: Terminal, rule: str) -> None:
    """Let a RULE draft again that paused itself or was quarantined.

    What it matched in the hour of its pause counts as fine for the next seven days: only twice as much pauses
    it again.
    """
    with shown_site(terminal) as app:
        changed = app.rules.resume(acting(app), rule)
    said = f"rule {rule} drafts again" if changed else f"rule {rule} was not held back"
    terminal.show({"rule": rule, "changed": changed}, said)


def version_json(record: RuleSetRecord) -> dict[str, Any]:
    """A version as JSON, without its files."""
    return {
        "version": record.version,
        "hash": record.hash,
        "at": iso(record.live_at),
        "author": record.author,
        "note": record.note,
        "changes": list(record.changes),
        "rules": record.count,
    }


def standing_words(app: App) -> dict[str, str]:
    """The rules that are held back, by id, in words."""
    with app.store.read() as tx:
        return {hold.rule_id: hold.words for hold in rule_sets.holds(tx)}


def _published(done: Published) -> dict[str, Any]:
    return {
        "ok": True,
        "changed": done.is_new,
        "signed": done.is_signed,
        **version_json(done.version),
        "rules": done.rules,
        "kept": str(done.kept) if done.kept is not None else None,
    }


def _said(done: Published) -> list[str]:
    version = done.version
    name = f"version {version.version} ({version.hash[:SHORT]})"
    if done.is_new:
        return [f"{name} is live, {done.rules} rules:", *(f"  {clean(each)}" for each in done.changes)]
    said = [f"nothing changed: {name} is live already, since {when(version.live_at)}"]
    if done.is_signed:
        said.append("it went live by itself when the files changed; now it carries your name and note")
    return said


def _refused(terminal: Terminal, error: FilesInvalid, said: str) -> None:
    terminal.say(said)
    terminal.fail(1)
    report(terminal, error.findings)


def _kept(done: Published) -> str:
    return f"{done.kept.parent.name}/{done.kept.name}" if done.kept is not None else ""


def _listed(document: dict[str, Any]) -> str:
    rows = [
        (
            f"{each['version']}{' (live)' if each['live'] else ''}",
            each["hash"][:SHORT],
            each["at"][:16].replace("T", " "),
            each["author"],
            each["rules"],
            each["decisions"],
            each["note"],
        )
        for each in document["versions"]
    ]
    heads = ("version", "hash", "since (UTC)", "by", "rules", "decisions", "note")
    parts = [table(heads, rows, empty="no set went live yet; `engagebot rules publish --note …` makes one")]
    if document["rules"]:
        columns = ("matched_24h", "matched_7d", "shadow_24h", "shadow_7d", "state")
        lines = [(each["id"], *(each[column] for column in columns)) for each in document["rules"]]
        titles = ("rule", "matched 24 h", "7 days", "in shadow 24 h", "7 days", "state")
        parts.append(table(titles, lines, empty=""))
    return "\n\n".join(parts)
