"""`engagebot check`: settings, watches, lexicons, word lists, rules and the rules' own tests."""

from __future__ import annotations

from collections.abc import Sequence

from engagebot.bootstrap import App, replying, seeding
from engagebot.cli import log
from engagebot.cli.command import command
from engagebot.cli.opening import read_settings
from engagebot.cli.rule_lint import known_here, lint_site, without_settings
from engagebot.cli.terminal import Terminal
from engagebot.doctor.watches import look_at_watches
from engagebot.errors import FilesInvalid, Finding
from engagebot.rulebook import check_rulebook


@command("check")
def check(terminal: Terminal) -> None:
    """Check settings, watches, lexicons, word lists and rules, and run the rules' own tests.

    Ends with 0 when all is well, 2 when the settings do not hold, 1 when any of the others does not.
    """
    log.set_up(terminal, level="ERROR")
    try:
        settings = read_settings(terminal)
    except FilesInvalid as error:
        terminal.fail(2)
        report(terminal, [*error.findings, *without_settings(terminal.site)])
        return
    app = App(settings)
    book, findings = check_rulebook(settings.rules_folder, known=known_here(app))
    doubts = lint_site(app, book) if book else ()
    found = [
        *settings.warnings,
        *app.judging.findings(),
        *app.guarding.findings(),
        *replying.findings(settings),
        *seeding.findings(settings),
        *findings,
        *doubts,
    ]
    try:
        looked = look_at_watches(app)
        found += looked.findings
        if looked.unseen:
            terminal.say(f"watches not looked at, for want of keys: {', '.join(looked.unseen)}")
        if book is not None:
            app.rules.load_checked()
    except FilesInvalid as error:
        found += error.findings
    finally:
        app.close()
    # What connectors say of one place stays in their order.
    in_place = sorted(dict.fromkeys(found), key=lambda each: (each.file, each.line, each.column))
    report(terminal, in_place, fine=f"settings and {len(book.rules) if book else 0} rules hold")


def report(
    terminal: Terminal, findings: Sequence[Finding], *, fine: str = "", is_strict: bool = False
) -> None:
    """Show findings, one a line, and let the command end with 1 where any is more than a warning.

    Where it is strict, warnings count as errors do.
    """
    errors = [finding for finding in findings if is_strict or not finding.is_warning]
    lines = [f"{finding}" + (" (warning)" if finding.is_warning else "") for finding in findings]
    if errors:
        lines.append(f"{len(errors)} {'error' if len(errors) == 1 else 'errors'}")
        terminal.fail(1)
    elif fine:
        lines.append(fine)
    document = {"ok": not errors, "findings": [finding.as_json() for finding in findings]}
    terminal.show(document, terminal.blacked_out("\n".join(lines)))
