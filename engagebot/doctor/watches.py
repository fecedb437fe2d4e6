"""Faults of watches that their connectors see without asking a platform, each with its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engagebot.bootstrap import App
from engagebot.bootstrap.outside import faults_without_keys
from engagebot.errors import FilesInvalid, Finding, WrongUsage
from engagebot.ports import ChecksWatch
from engagebot.settings.load import CONFIG
from engagebot.yamlfile import Node, read_text, read_yaml

CODE = "EB040"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and the watches that nobody looked at because their connector cannot be opened yet."""

    findings: Sequence[Finding]
    unseen: Sequence[str]


def look_at_watches(app: App) -> Looked:
    """Let each connector that can look at its watches."""
    watches = _file(app).at("watches")
    findings: list[Finding] = []
    unseen: list[str] = []
    for index, watch in enumerate(app.settings.watches):
        try:
            connector = app.connector(watch.connector)
        except WrongUsage:
            # Its keys are missing or wrong, which the check of the connector tells.
            faults = faults_without_keys(watch)
            if faults is None:
                unseen.append(watch.name)
        else:
            faults = connector.watch_faults(watch) if isinstance(connector, ChecksWatch) else ()
        for fault in faults or ():
            place = watches.at(index, *filter(None, [fault.key]))
            findings.append(place.finding(CODE, f'watch "{watch.name}": {fault.message}'))
    return Looked(findings, unseen)


def _file(app: App) -> Node:
    try:
        return read_yaml(read_text(app.settings.site / CONFIG, CONFIG), CONFIG)
    except FilesInvalid:
        # Changed since the settings were read: what is wrong with the watches still holds.
        return Node(None, CONFIG, 0, 0)
