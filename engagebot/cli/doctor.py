"""`engagebot doctor`: try everything a site depends on, and say what to paste where something fails."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from engagebot.bootstrap import App
from engagebot.cli import log
from engagebot.cli.command import command
from engagebot.cli.opening import read_settings
from engagebot.cli.terminal import Terminal, clean
from engagebot.doctor import inside, outside
from engagebot.doctor.examination import Check, Examine, examine
from engagebot.errors import FilesInvalid, WrongUsage
from engagebot.yamlfile import did_you_mean


@command("doctor")
@click.option("--only", metavar="NAME", help="Only this check, such as database, connector or 'connector x'.")
@click.option("--offline", is_flag=True, help="Ask nobody outside.")
def doctor(terminal: Terminal, only: str | None, offline: bool) -> None:
    """Try keys, credit, clock, database, disk and channels; nothing is posted and nothing is sent.

    Each failure has a line that begins with `Fix:`. Ends with 1 where anything fails.
    """
    log.set_up(terminal, level="CRITICAL")
    try:
        settings = read_settings(terminal)
    except FilesInvalid as error:
        checks = [Check("settings", False, str(finding), "engagebot check") for finding in error.findings]
        _report(terminal, checks)
        return
    log.set_up(terminal, level="CRITICAL")
    app = App(settings)
    here = inside.plan(app, os.environ)
    plan = {**here, **outside.plan(app, is_offline=offline)}
    try:
        checks = examine(_chosen(plan, only), at_work=here)
    finally:
        app.close()
    _report(terminal, checks)


def _chosen(plan: Mapping[str, Examine], only: str | None) -> dict[str, Examine]:
    if only is None:
        return dict(plan)
    chosen = {name: look for name, look in plan.items() if only in (name, name.partition(" ")[0])}
    if not chosen:
        raise WrongUsage(
            f'there is no check "{only}"; there are: {", ".join(plan)}{did_you_mean(only, plan)}'
        )
    return chosen


def _report(terminal: Terminal, checks: list[Check]) -> None:
    lines = []
    width = max(len(check.name) for check in checks)
    for check in checks:
        lines.append(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<{width}}  {clean(check.detail)}")
        if check.fix:
            lines.append(f"{'':6}{'':<{width}}  Fix: {clean(check.fix)}")
    failed = sum(not check.ok for check in checks)
    lines.append(f"{failed} of {len(checks)} checks failed" if failed else f"all {len(checks)} checks passed")
    if failed:
        terminal.fail(1)
    document = {
        "ok": not failed,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "detail": terminal.blacked_out(check.detail),
                "fix": None if check.fix is None else terminal.blacked_out(check.fix),
            }
            for check in checks
        ],
    }
    terminal.show(document, terminal.blacked_out("\n".join(lines)))
