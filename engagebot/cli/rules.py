"""`engagebot rules`: check, test and explain them; their versions are next door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from engagebot.cli import rules_versions
from engagebot.cli.check import report
from engagebot.cli.command import add, group
from engagebot.cli.opening import unopened_site
from engagebot.cli.rule_lint import known_here, lint_site, without_settings
from engagebot.cli.rules_explain import explain, route
from engagebot.cli.rules_proof import backtest, diff
from engagebot.cli.terminal import Terminal, clean, shorten, to_json
from engagebot.errors import FilesInvalid
from engagebot.rulebook import Setting, TestResult, check_rulebook, run_each
from engagebot.rulebook.schema import json_schema


@group("rules")
def rules() -> None:
    """Check, test and explain the rules, publish them and bring earlier ones back."""


rules.add_command(explain)
rules.add_command(route)
rules.add_command(backtest)
rules.add_command(diff)


for made in (
    rules_versions.publish,
    rules_versions.versions,
    rules_versions.show,
    rules_versions.restore,
    rules_versions.resume,
):
    rules.add_command(made)


@add(rules, "check")
@click.option("--strict", is_flag=True, help="End with 1 for warnings too.")
def check(terminal: Terminal, strict: bool) -> None:
    """Find every error in the rule files, and what is doubtful: FILE:LINE:COLUMN CODE MESSAGE.

    Warnings tell of rules that work and are probably not meant so: without tests or limits, never reached,
    said twice, replies that unhappy people could get, and with a database what matched nothing for 30 days,
    or more than a fifth of everything.
    """
    try:
        with unopened_site(terminal) as app:
            book, findings = check_rulebook(app.settings.rules_folder, known=known_here(app))
            doubts = lint_site(app, book) if book else ()
    except FilesInvalid as error:
        # Rules are read with names that the settings give; what is wrong there has the same form.
        terminal.fail(2)
        report(terminal, [*error.findings, *without_settings(terminal.site)])
        return
    found = sorted({*findings, *doubts})
    report(terminal, found, fine=f"{len(book.rules) if book else 0} rules hold", is_strict=strict)


@add(rules, "test")
def test(terminal: Terminal) -> None:
    """Run the tests that the rule files carry."""
    with unopened_site(terminal) as app:
        settings = app.settings
        book, findings = check_rulebook(settings.rules_folder, known=app.rules.known)
        if book is None:
            report(terminal, sorted(findings))
            return
        setting = Setting(hours=settings.hours, zone=settings.timezone)
        results = run_each(book, app.judging.untaught, setting)
    failed = [result for result in results if not result.is_passed]
    lines = [line for result in failed for line in _failure(result)]
    lines.append(f"{len(results) - len(failed)} of {len(results)} tests passed")
    document = {
        "ok": not failed,
        "tests": [
            {**asdict(result), "problem": result.problem, "passed": result.is_passed} for result in results
        ],
    }
    if failed:
        terminal.fail(1)
    terminal.show(document, "\n".join(lines))


def _failure(result: TestResult) -> Iterator[str]:
    yield f'{result.file}:{result.line}:1 EB200 test "{clean(result.name)}" of {result.rule_id} failed'
    yield f'    mention   "{shorten(result.mention, 200)}"'
    yield f"    judged    {result.judged}"
    yield f"    expected  {result.expected}"
    yield f"    got       {result.got}"
    yield f"    because   {clean((result.because or '').removeprefix('because '))}"


@add(rules, "schema")
def schema(terminal: Terminal) -> None:
    """Print the JSON Schema of a rule file, for editors."""
    terminal.write(to_json(json_schema()))
